/**
 * Arrays in parts: a short axis as a list of places, each a number or an array, so that kernels that say so become straight
 * lines of scalar operations, which fuse with their neighbours, and no array is made to hold the list.
 *
 * Law: the bits of the kernel over the whole array. What needs the array gets it: the parts are joined, once.
 * Decision: few parts only, and not more operations in a program than its compilation should take; beyond, loops are shorter.
 */
import { isFloat } from '../../data/dtype'
import { range, rowMajor, size, without } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Expr, OpaqueRun, ViewMap } from '../../ir/kernel'
import { exactOps } from '../scalar'
import type { Builder } from './builder'
import { pointwise, seen, spanOf, written } from './operation'
import { asView, inRegister, stridedOf, type Place } from './place'
import type { Composite, Lowering, Places } from './places'

/** Words that act on whole parts (arrays of one shape, or numbers), element by element on float64. */
export interface PartOps<P> {
  readonly constant: (value: number) => P
  readonly add: (x: P, y: P) => P
  readonly sub: (x: P, y: P) => P
  readonly mul: (x: P, y: P) => P
  readonly div: (x: P, y: P) => P
}

/**
 * A kernel in straight lines: the axis along which each operand and each result is a list of parts (null: it is one part), and the
 * results' parts. Law: the bits of `make`, when parts are rounded to the results' dtypes at the end.
 */
export interface InParts {
  readonly ins: readonly (number | null)[]
  readonly outs: readonly (number | null)[]
  readonly parts: <P>(s: PartOps<P>, xs: readonly (readonly P[])[]) => readonly (readonly P[])[]
}

/** Parts of an array, at most. */
const few = 8
/** Operations of a program that come of kernels in parts, at most (and those of one kernel more). */
const enough = 4096
/** How many a program has so far. */
const spent = new WeakMap<Builder, number>()
const spend = (b: Builder, operations: number): void => void spent.set(b, (spent.get(b) ?? 0) + operations)
const isFull = (b: Builder): boolean => (spent.get(b) ?? 0) > enough

/** The aval of one part. */
const partOf = (a: Aval, axis: number): Aval => ({ ...a, shape: without(a.shape, [axis]) })

/** A list as parts; one alone is the array itself. */
const asParts = (b: Builder, axis: number, parts: readonly Place[], a: Aval): Place | Parted =>
  parts.length > 1 ? new Parted(b, axis, parts, a) : seen(b, parts[0]!, partOf(a, axis), a, () => 'reshape')

/** The array in parts along an axis, of whatever place. */
function split(b: Builder, places: Places, v: number, a: Aval, axis: number): readonly Place[] {
  const own = places.composite(v)
  if (own instanceof Parted && own.axis === axis) return own.parts
  const p = places.of(v)
  const n = a.shape[axis]!
  if (p._tag === 'Register') return new Array<Place>(n).fill(p)
  const s = stridedOf(b, p, a.shape)
  const [shape, strides] = [without(s.shape, [axis]), s.strides.filter((_, i) => i !== axis)]
  return range(n).map((k) => {
    const offset = s.offset + k * s.strides[axis]!
    return size(shape) === 1 ? inRegister(b.peek(s.buffer, offset)) : asView({ buffer: s.buffer, offset, shape, strides })
  })
}

const arg = (index: number): Expr => ({ _tag: 'Arg', index, dtype: 'float64' })

/** The lowering of a kernel that can be said in parts. */
export const inParts = <P>(say: (ins: readonly Aval[], outs: readonly Aval[], params: P) => InParts): Lowering => (b, places, { eqn, ins, outs }, avals) => {
  if (isFull(b) || ![...ins, ...outs].every((v) => isFloat(avals[v]!.dtype))) return false
  const [inAvals, outAvals] = [ins.map((v) => avals[v]!), outs.map((v) => avals[v]!)]
  const said = say(inAvals, outAvals, eqn.params as P)
  const lengths = [...said.ins.map((axis, i) => (axis === null ? 1 : inAvals[i]!.shape[axis]!)), ...said.outs.map((axis, i) => (axis === null ? 1 : outAvals[i]!.shape[axis]!))]
  const elements = said.outs[0] === null ? size(outAvals[0]!.shape) : size(partOf(outAvals[0]!, said.outs[0]!).shape)
  if (elements === 0 || Math.min(...lengths) === 0 || Math.max(...lengths) > few) return false
  const { name } = eqn.prim
  const binary = (op: 'add' | 'sub' | 'mul' | 'div') => (x: Place, y: Place): Place => {
    spend(b, 1)
    return pointwise(b, exactOps[op](arg(0), arg(1)), [x, y], elements, name)
  }
  const words: PartOps<Place> = { constant: (value) => inRegister(b.constant(value)), add: binary('add'), sub: binary('sub'), mul: binary('mul'), div: binary('div') }
  const results = said.parts(words, said.ins.map((axis, i) => (axis === null ? [places.of(ins[i]!)] : split(b, places, ins[i]!, inAvals[i]!, axis))))
  results.forEach((parts, i) => {
    const a = outAvals[i]!
    const axis = said.outs[i]!
    const rounded = a.dtype === 'float64' ? parts : parts.map((p) => pointwise(b, { _tag: 'Convert', x: arg(0), dtype: a.dtype }, [p], elements, name))
    places.put(outs[i]!, axis === null ? rounded[0]! : asParts(b, axis, rounded, a))
  })
  return true
}

/** An array in parts along an axis, at least two. */
class Parted implements Composite {
  readonly #b: Builder
  readonly axis: number
  readonly parts: readonly Place[]
  readonly #aval: Aval
  #whole: Place | undefined

  constructor(b: Builder, axis: number, parts: readonly Place[], a: Aval) {
    this.#b = b
    this.axis = axis
    this.parts = parts
    this.#aval = a
  }

  /** The array of the parts. */
  get whole(): Place {
    return (this.#whole ??= this.#join())
  }

  #join(): Place {
    const { shape } = this.#aval
    const part = partOf(this.#aval, this.axis)
    const [n, outer, inner] = [size(shape), size(shape.slice(0, this.axis)), size(shape.slice(this.axis + 1))]
    const inputs = this.parts.map((p) => spanOf(this.#b, p, part))
    const [from, place] = written(this.#b, n, shape, this.#b.steps.length)
    const run: OpaqueRun = (xs, [y]) => {
      for (let o = 0, q = 0; o < outer; o++) for (const x of xs) for (let i = 0; i < inner; i++) y![q++] = x[o * inner + i]!
    }
    this.#b.append({ _tag: 'Opaque', name: 'join', make: () => run, inputs, outputs: [{ from, offset: 0, size: n }] })
    return place
  }

  /** An elementwise expression of operands in the same parts, and numbers. */
  elementwise(places: Places, expr: Expr, ins: readonly number[], out: Aval, name: string): Parted | undefined {
    if (isFull(this.#b)) return undefined
    const operands = ins.map((v): readonly Place[] | undefined => {
      const own = places.composite(v)
      if (own) return own instanceof Parted && own.axis === this.axis && own.parts.length === this.parts.length ? own.parts : undefined
      const p = places.of(v)
      return p._tag === 'Register' ? new Array<Place>(this.parts.length).fill(p) : undefined
    })
    if (operands.includes(undefined)) return undefined
    const elements = size(partOf(out, this.axis).shape)
    spend(this.#b, this.parts.length)
    const parts = this.parts.map((_, k) => (expr._tag === 'Arg' ? operands[expr.index]![k]! : pointwise(this.#b, expr, operands.map((o) => o![k]!), elements, name)))
    return new Parted(this.#b, this.axis, parts, out)
  }

  /** Views of the parts, in the order that the view has; undefined where it mixes the axis with others. */
  view(out: Aval, map: (strides: readonly number[]) => ViewMap): Place | Parted | undefined {
    const [b, { axis, parts }] = [this.#b, this]
    const part = partOf(this.#aval, axis)
    const full = (strides: readonly number[], own: number): number[] => [...strides.slice(0, axis), own, ...strides.slice(axis)]
    const along = map(full(part.shape.map(() => 0), 1))
    if (along === 'reshape') {
      const outer = size(this.#aval.shape.slice(0, axis))
      const to = out.shape.findIndex((n, j) => n === parts.length && size(out.shape.slice(0, j)) === outer)
      return to < 0 ? undefined : asParts(b, to, parts.map((p) => seen(b, p, part, partOf(out, to), () => 'reshape')), out)
    }
    const axes = along.strides.flatMap((s, j) => (s === 0 ? [] : [j]))
    const to = axes[0]
    const within = (p: Place, a: Aval): Place =>
      seen(b, p, part, a, (strides) => {
        const m = map(full(strides, 0)) as Exclude<ViewMap, 'reshape'>
        return { offset: m.offset, strides: m.strides.filter((_, j) => j !== to) }
      })
    if (to === undefined) return within(parts[along.offset]!, out)
    const rest = map(full(rowMajor(part.shape), 0)) as Exclude<ViewMap, 'reshape'>
    if (axes.length > 1 || rest.strides[to] !== 0) return undefined
    return asParts(b, to, range(out.shape[to]!).map((k) => within(parts[along.offset + k * along.strides[to]!]!, partOf(out, to))), out)
  }
}
