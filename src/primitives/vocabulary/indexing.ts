/**
 * Reading and writing at an index, with NumPy's meaning of integers, ranges, new axes, masks and integer arrays.
 *
 * Ranges and integers lower to views; integer arrays to one gather or scatter over leading axes between two transposes.
 * Law: x.set(i, x.at(i)) = x where no element is addressed twice; ⟨v, x.at(i)⟩ = ⟨0.addAt(i, v), x⟩.
 * Edge: known indices out of range raise `IndexError`; traced ones, and known ones in a branch that may not be taken, are clipped where
 * read and dropped where written.
 */
import { holds, isFloat, promote } from '../../data/dtype'
import { fault, raise } from '../../data/errors'
import { broadcastShapes, invert, range, sameShape, showShape, size } from '../../data/shape'
import { Tensor, type Index } from '../../trace/tensor'
import { literalValue } from '../../trace/trace'
import { scatterAdd, scatterSet } from '../indexing'
import { accumulateAt, replaceAt } from '../movement'
import { dynamicSlice } from '../windows'
import { broadcastTo, converted, scalar, type Context } from './context'
import { isWhole, selection, stacked, type Selection } from './selection'

/** The window that ranges and integers leave; integers' axes have extent 1. */
function windowOf(ctx: Context, x: Tensor, s: Selection): Tensor {
  const cut = isWhole(x, s) ? x : ctx.ops.slice(x, s.start, s.start.map((b, i) => (s.lengths[i] === 0 ? b : b + (s.lengths[i]! - 1) * s.strides[i]! + 1)), s.strides)
  return s.reversed.length === 0 ? cut : ctx.ops.reverse(cut, s.reversed)
}

/** Addressed axes first, then the others. */
function arrangement(x: Tensor, s: Selection): { axes: number[]; rest: number[] } {
  const axes = s.arrays.map((a) => a.axis)
  return { axes, rest: range(x.ndim).filter((i) => !axes.includes(i)) }
}

/** From [common…, rest…] to the order of the result. */
const placement = (s: Selection, rest: number): number[] => {
  const b = s.common.length
  return [...range(s.before, b), ...range(b), ...range(rest - s.before, b + s.before)]
}

/** x at an index. The shape is NumPy's; basic indices give a view. */
export function at(ctx: Context, x: Tensor, index: readonly Index[]): Tensor {
  const { ops } = ctx
  const s = selection(ctx, x, index)
  if (s.arrays.length > 0 && size(s.shape) === 0) return ops.full(s.shape, 0, x.dtype)
  const y = windowOf(ctx, x, s)
  if (s.arrays.length === 0) return ops.reshape(y, s.shape)
  if (s.common.length === 0) {
    const starts = y.shape.map((_, i) => s.arrays.find((a) => a.axis === i)?.indices ?? 0)
    const sizes = y.shape.map((e, i) => (starts[i] === 0 ? e : 1))
    return ops.reshape(ops.bind(dynamicSlice, [y, ...starts.map((v) => (typeof v === 'number' ? scalar(ctx, v, 'int32') : v))], { sizes })[0]!, s.shape)
  }
  const { axes, rest } = arrangement(x, s)
  const g = ops.gather(ops.transpose(y, [...axes, ...rest]), stacked(ctx, s), { batch: 0, mode: 'clip' })
  return ops.reshape(ops.transpose(g, placement(s, rest.length)), s.shape)
}

/** The value in x's dtype; nothing is narrowed silently. */
function fitted(ctx: Context, name: string, x: Tensor, v: Tensor): Tensor {
  if (v.dtype === x.dtype) return v
  const number = literalValue(v)
  const fits = v.aval.weak ? isFloat(x.dtype) || (number !== undefined && holds(x.dtype, number)) : promote(x.dtype, v.dtype) === x.dtype
  if (!fits) raise(fault('dtype', `${name}: a ${v.dtype} value does not fit into an array of ${x.dtype}`, `Convert one of them: np.astype(value, '${x.dtype}'), or np.astype(x, '${v.dtype}').`))
  return converted(ctx, v, x.dtype)
}

/** The value stretched to the selected shape; leading extents of 1 may be left over, as in NumPy. */
function spread(ctx: Context, name: string, v: Tensor, shape: readonly number[]): Tensor {
  const extra = v.ndim - shape.length
  const fit = extra > 0 && v.shape.slice(0, extra).every((e) => e === 1) ? ctx.ops.reshape(v, v.shape.slice(extra)) : v
  if (!sameShape(broadcastShapes(fit.shape, shape) ?? [-1], shape))
    raise(fault('shape', `${name}: a value of shape ${showShape(v.shape)} does not broadcast to the indexed shape ${showShape(shape)}`, 'Give one that stretches to it.'))
  return broadcastTo(ctx, fit, shape)
}

/** What a write does with what is there. */
type Write = 'set' | 'add'

const combine = (ctx: Context, kind: Write, old: Tensor, v: Tensor): Tensor => (kind === 'set' ? v : ctx.ops.add(old, v))

/** x with the window combined with `piece`, which has the window's extents. */
function write({ ops }: Context, kind: Write, x: Tensor, s: Selection, piece: Tensor): Tensor {
  if (isWhole(x, s)) return kind === 'set' ? piece : ops.add(x, piece)
  return ops.bind(kind === 'set' ? replaceAt : accumulateAt, [x, piece], { start: s.start, strides: s.strides })[0]!
}

/** A lone mask with one number for all its elements needs no positions, so its values may be unknown. */
function masked(ctx: Context, kind: Write, x: Tensor, entries: readonly Index[], v: Tensor): Tensor | undefined {
  const mask = entries[0]
  if (entries.length !== 1 || !(mask instanceof Tensor) || mask.dtype !== 'bool' || v.ndim > 0) return undefined
  if (mask.ndim === 0 || mask.ndim > x.ndim || !sameShape(mask.shape, x.shape.slice(0, mask.ndim))) return undefined
  const test = mask.ndim === x.ndim ? mask : ctx.ops.broadcast(mask, x.shape, range(mask.ndim))
  return ctx.ops.select(test, combine(ctx, kind, x, v), x)
}

/**
 * A copy of x, combined with `value` at an index: an array is a list of entries, anything else one entry.
 * The value is broadcast to the selected shape and converted to x's dtype; elements addressed twice combine twice.
 * Raises `IndexError`, `ShapeError` where the value does not broadcast, `DTypeError` where it would be narrowed.
 */
export function scatterAt(ctx: Context, kind: Write, x: Tensor, index: Index | readonly Index[], value: Tensor): Tensor {
  const { ops } = ctx
  const name = kind === 'set' ? 'set' : 'addAt'
  const entries = (Array.isArray(index) ? index : [index]) as readonly Index[]
  if (x.dtype === 'bool' && kind === 'add')
    raise(fault('dtype', `${name}: an array of bool has no arithmetic`, "Convert it with np.astype(x, 'int32') first."))
  const v = fitted(ctx, name, x, value)
  const chosen = masked(ctx, kind, x, entries, v)
  if (chosen) return chosen
  const s = selection(ctx, x, entries)
  const all = spread(ctx, name, v, s.shape)
  if (size(s.shape) === 0) return x
  if (s.arrays.length === 0) {
    const piece = ops.reshape(all, s.lengths)
    return write(ctx, kind, x, s, s.reversed.length === 0 ? piece : ops.reverse(piece, s.reversed))
  }
  const { axes, rest } = arrangement(x, s)
  const order = placement(s, rest.length)
  const extents = [...s.common, ...rest.map((i) => s.lengths[i]!)]
  const updates = ops.transpose(ops.reshape(all, order.map((k) => extents[k]!)), invert(order))
  const front = [...axes, ...rest]
  const y = ops.transpose(windowOf(ctx, x, s), front)
  const done = ops.transpose(ops.bind(kind === 'set' ? scatterSet : scatterAdd, [y, stacked(ctx, s), updates], { batch: 0, mode: 'drop' })[0]!, invert(front))
  return write(ctx, 'set', x, s, s.reversed.length === 0 ? done : ops.reverse(done, s.reversed))
}
