/**
 * What an index selects: a strided window of the array, axes addressed by integer arrays, and how the result is laid out.
 *
 * Law: the selected shape is NumPy's: integers drop their axis, `null` adds one, adjacent index arrays keep their place
 * and separated ones come first.
 * Example: on shape [4, 5], [-1, [null, null, -2], null] selects shape [3, 1]
 * Source: NumPy's user guide, "Indexing on ndarrays".
 */
import { isInteger } from '../../data/dtype'
import { fault, raise, shown } from '../../data/errors'
import { broadcastShapes, range, sameShape, showShape } from '../../data/shape'
import { isKnown, Tensor, type Index } from '../../trace/tensor'
import { asTensor, broadcastTo, wrap, type Context } from './context'

/** An axis addressed by an integer array, whose entries are not negative (and inside, where their values are known). */
interface Addressed {
  readonly axis: number
  readonly indices: Tensor
}

export interface Selection {
  /** For every axis: where the window starts, its positive step and its extent. Addressed axes are whole. */
  readonly start: readonly number[]
  readonly strides: readonly number[]
  readonly lengths: readonly number[]
  /** Axes whose step was negative. */
  readonly reversed: readonly number[]
  readonly arrays: readonly Addressed[]
  /** The shape that the index arrays broadcast to. */
  readonly common: readonly number[]
  /** How many of the axes that are not addressed come before the index arrays' own in the result. */
  readonly before: number
  /** The result's shape. */
  readonly shape: readonly number[]
}

type Entry =
  | { readonly tag: 'int' | 'range' | 'array'; readonly axis: number }
  | { readonly tag: 'new' }

const fix = 'Index with integers, ranges [start, stop, step], [] for a whole axis, null for a new one, \'...\', and integer or boolean arrays.'

export const outOfBounds = (index: number, axis: number, extent: number): never =>
  raise(fault('index', `index ${index} is out of bounds for axis ${axis} with size ${extent}`, extent === 0 ? 'The axis is empty.' : `Give an index from ${-extent} to ${extent - 1}.`))

const wrong = (what: string, how: string = fix): never => raise(fault('index', what, how))

/** A mask as the integer arrays of its true elements' positions, one for each of its axes. */
function positions(ctx: Context, mask: Tensor): Tensor[] {
  const elements = mask.elements('a boolean mask')
  const shape = mask.shape
  if (typeof elements === 'number') return wrong('a rank-0 boolean cannot be an index', 'Use np.where or cond for a choice.')
  let count = 0
  for (let i = 0; i < elements.length; i++) count += elements[i]!
  const out = shape.map(() => new Int32Array(count))
  let step = elements.length
  for (let k = 0; k < shape.length; k++) {
    step = step / shape[k]!
    const axis = out[k]!
    for (let i = 0, n = 0; n < count; i++) if (elements[i]!) axis[n++] = Math.floor(i / step) % shape[k]!
  }
  return out.map((o) => wrap(ctx, o, [count]))
}

/** Indices as non-negative int32: known ones are checked, traced ones wrapped (and left to be clipped or dropped). */
export function normalized(ctx: Context, t: Tensor, axis: number, extent: number): Tensor {
  const { ops } = ctx
  if (!isKnown(t)) {
    if (extent === 0 && t.size > 0) outOfBounds(0, axis, 0)
    if (t.dtype === 'uint32') return ops.convert(ops.min(t, extent), 'int32')
    return ops.select(ops.lt(t, 0), ops.add(t, extent), t)
  }
  const elements = t.data()
  let negative = false
  for (const e of elements) {
    if (e < -extent || e >= extent) outOfBounds(e, axis, extent)
    negative ||= e < 0
  }
  if (!negative && t.dtype === 'int32') return t
  return wrap(ctx, Int32Array.from(elements, (e) => (e < 0 ? e + extent : e)), t.shape)
}

/** A range by NumPy's clipping: its least element, the size of its step, its length, and whether it runs backwards. */
function clipped(range: readonly (number | null | undefined)[], extent: number): { start: number; stride: number; length: number; backwards: boolean } {
  const bad = (): never =>
    wrong(`[${range.map(shown).join(', ')}] is no range [start, stop, step]`, 'Ranges hold integers or null; give indices as an Int32Array or a tensor, a traced start to np.dynamicSlice.')
  if (range.length > 3 || range.some((r) => r !== null && r !== undefined && !Number.isInteger(r))) bad()
  const step = range[2] ?? 1
  if (step === 0) wrong('a range has step 0', 'Give a step other than 0.')
  const least = step > 0 ? 0 : -1
  const most = step > 0 ? extent : extent - 1
  const bound = (r: number | null | undefined, open: number): number =>
    r === null || r === undefined ? open : Math.min(most, Math.max(least, r < 0 ? r + extent : r))
  const from = bound(range[0], step > 0 ? 0 : extent - 1)
  const to = bound(range[1], step > 0 ? extent : -1)
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (length === 0) return { start: 0, stride: 1, length, backwards: false }
  const last = from + (length - 1) * step
  return { start: Math.min(from, last), stride: length === 1 ? 1 : Math.abs(step), length, backwards: step < 0 && length > 1 }
}

const asIndex = (ctx: Context, e: Index): Exclude<Index, Int32Array | Uint32Array> =>
  ArrayBuffer.isView(e) ? asTensor(ctx, e as Int32Array) : e

/** How many axes of the array an entry takes up. */
const consumed = (e: Index): number => (e === null || e === '...' ? 0 : e instanceof Tensor && e.dtype === 'bool' ? e.ndim : 1)

/** What `index` selects of an array like x. Raises `IndexError`. */
export function selection(ctx: Context, x: Tensor, index: readonly Index[]): Selection {
  const rank = x.ndim
  const given = index.map((e) => asIndex(ctx, e))
  const used = given.reduce<number>((n, e) => n + consumed(e), 0)
  if (used > rank) wrong(`too many indices: shape ${showShape(x.shape)} has ${rank} axes, but ${used} were indexed`, 'Give at most one index for each axis.')
  const dots = given.indexOf('...')
  if (dots >= 0 && given.indexOf('...', dots + 1) >= 0) wrong("an index can have only one '...'")

  const start = new Array<number>(rank).fill(0)
  const strides = new Array<number>(rank).fill(1)
  const lengths = [...x.shape]
  const reversed: number[] = []
  const arrays: Addressed[] = []
  const entries: Entry[] = []
  let axis = 0

  const whole = (n: number): void => {
    for (let i = 0; i < n; i++) entries.push({ tag: 'range', axis: axis++ })
  }
  const integer = (i: number): void => {
    const extent = x.shape[axis]!
    if (!Number.isInteger(i)) wrong(`index ${i} for axis ${axis} is not an integer`)
    if (i < -extent || i >= extent) outOfBounds(i, axis, extent)
    start[axis] = i < 0 ? i + extent : i
    lengths[axis] = 1
    entries.push({ tag: 'int', axis: axis++ })
  }
  const addressed = (t: Tensor): void => {
    arrays.push({ axis, indices: normalized(ctx, t, axis, x.shape[axis]!) })
    entries.push({ tag: 'array', axis: axis++ })
  }
  const tensor = (t: Tensor): void => {
    if (t.dtype === 'bool') {
      t.shape.forEach((e, i) => {
        if (e !== x.shape[axis + i]) wrong(`a boolean index of shape ${showShape(t.shape)} does not match axis ${axis + i} with size ${x.shape[axis + i]}`, 'Give a mask of the same extents.')
      })
      for (const p of positions(ctx, t)) addressed(p)
    } else if (!isInteger(t.dtype)) wrong(`an index array must be of integers or booleans, got ${t.dtype}${showShape(t.shape)}`, "Convert it with np.astype(index, 'int32').")
    else if (t.ndim === 0 && isKnown(t)) integer(t.item() as number)
    else addressed(t)
  }

  for (const e of given) {
    if (e === '...') whole(rank - used)
    else if (e === null) entries.push({ tag: 'new' })
    else if (typeof e === 'number') integer(e)
    else if (e instanceof Tensor) tensor(e)
    else if (Array.isArray(e)) {
      const r = clipped(e as readonly (number | null | undefined)[], x.shape[axis]!)
      start[axis] = r.start
      strides[axis] = r.stride
      lengths[axis] = r.length
      if (r.backwards) reversed.push(axis)
      whole(1)
    } else wrong(`${shown(e)} is no index`)
  }
  whole(rank - axis)

  const common = broadcastShapes(...arrays.map((a) => a.indices.shape)) ??
    wrong(`index arrays of shapes ${arrays.map((a) => showShape(a.indices.shape)).join(' and ')} do not broadcast`, 'Extents must be equal or 1.')
  return { start, strides, lengths, reversed, arrays, common, ...layout(entries, lengths, arrays.length > 0, common) }
}

/** The result's shape, and where the index arrays' axes go in it: integers count as index arrays beside real ones. */
function layout(entries: readonly Entry[], lengths: readonly number[], arrays: boolean, common: readonly number[]): { before: number; shape: number[] } {
  const isAdvanced = (e: Entry): boolean => arrays && (e.tag === 'array' || e.tag === 'int')
  const places = range(entries.length).filter((i) => isAdvanced(entries[i]!))
  // Adjacent ones keep their place.
  const at = places.at(-1)! - places[0]! < places.length ? places[0]! : 0
  const shape: number[] = []
  let before = 0
  entries.forEach((e, i) => {
    if (arrays && i === at) shape.push(...common)
    if (e.tag === 'new') shape.push(1)
    else if (e.tag === 'range') shape.push(lengths[e.axis]!)
    if (i < at && (e.tag === 'int' || e.tag === 'range')) before++
  })
  return { before, shape }
}

/** The index arrays as one: shape [common…, number of addressed axes]. */
export function stacked(ctx: Context, s: Selection): Tensor {
  const columns = s.arrays.map((a) => ctx.ops.reshape(broadcastTo(ctx, a.indices, s.common), [...s.common, 1]))
  return columns.length === 1 ? columns[0]! : ctx.ops.concatenate(columns, s.common.length)
}

/** Whether nothing was left out by ranges and integers. */
export const isWhole = (x: Tensor, s: Selection): boolean => sameShape(s.lengths, x.shape)
