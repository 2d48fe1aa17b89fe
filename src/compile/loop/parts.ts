/**
 * Short last axes taken apart: where points have two to four coordinates, each coordinate is a value of its own, so that a sum
 * over them is an operation of the loop over points instead of a loop of its own.
 *
 * Law: the same bits: so few elements are summed one after another from 0, whatever their layout.
 * Decision: values that elementwise equations connect are taken apart together, where a sum over the axis or a spread along it
 * is among them and nothing wants one of them whole.
 */
import { rowMajor, size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Expr } from '../../ir/kernel'
import { exactOps, expressionOf } from '../scalar'
import type { Builder } from './builder'
import type { Flat, FlatEqn } from './flatten'
import { seen } from './operation'
import { asView, contiguous, stridedOf, type Place } from './place'
import { isContiguous, whole, type Strided } from './views'

/** A value by its elements along the last axis. */
export interface Parts {
  readonly _tag: 'Parts'
  readonly parts: readonly Place[]
}

/** Coordinates, at most, and elements, at least, for it to pay. */
const most = 4
const least = 2048

const lastOf = (shape: Shape): number => shape.at(-1) ?? 0
const isCandidate = ({ shape }: Aval): boolean => lastOf(shape) >= 2 && lastOf(shape) <= most && size(shape) >= least

/** Whether the operand is summed over its last axis alone; false where the last axis is among others, undefined where it stays. */
const collapses = (shape: Shape, axes: readonly number[]): boolean | undefined => (!axes.includes(shape.length - 1) ? undefined : axes.length === 1)

/** The values that are to be taken apart. */
export function apart({ avals, eqns, outs }: Flat): ReadonlySet<number> {
  const found = new Set<number>()
  if (!eqns.some(({ eqn, ins }) => eqn.prim.kernel._tag === 'Reduce' && isCandidate(avals[ins[0]!]!))) return found
  const parents = avals.map((_, i) => i)
  const root = (v: number): number => {
    let r = v
    while (parents[r] !== r) r = parents[r] = parents[parents[r]!]!
    return r
  }
  const refused = new Set<number>()
  const wanted = new Set<number>()
  const members: number[] = []
  const isMember = avals.map(() => false)
  const add = (v: number): void => {
    if (isMember[v]) return
    isMember[v] = true
    members.push(v)
  }
  for (const { eqn, ins, outs: [out] } of eqns) {
    const { kernel } = eqn.prim
    if (kernel._tag === 'Elementwise' && isCandidate(avals[out!]!)) {
      add(out!)
      for (const v of ins)
        if (avals[v]!.shape.length > 0) {
          add(v)
          parents[root(v)] = root(out!)
        }
    }
  }
  const refuse = (v: number): void => void (isMember[v] && refused.add(v))
  for (const { eqn, ins, outs: [out] } of eqns) {
    const { kernel } = eqn.prim
    if (kernel._tag === 'Elementwise' && isMember[out!]) continue
    const x = avals[ins[0]!]
    if (kernel._tag === 'Reduce' && isMember[ins[0]!]) {
      const collapse = collapses(x!.shape, kernel.axes(eqn.params))
      if (collapse === true && x!.dtype === 'float64') wanted.add(ins[0]!)
      else if (collapse !== undefined || size(avals[out!]!.shape) * 8 > size(x!.shape)) refuse(ins[0]!)
    } else ins.forEach(refuse)
    if (kernel._tag === 'View' && isMember[out!] && spreads(kernel.map(rowMajor(x!.shape), x!, avals[out!]!, eqn.params), avals[out!]!.shape, x!.shape)) wanted.add(out!)
  }
  outs.forEach(refuse)
  const no = new Set([...refused].map(root))
  const yes = new Set([...wanted].map(root))
  for (const v of members) if (yes.has(root(v)) && !no.has(root(v))) found.add(v)
  return found
}

/** Whether a view repeats the whole array, in order, along its last axis. */
const spreads = (map: 'reshape' | { readonly offset: number; readonly strides: readonly number[] }, shape: Shape, from: Shape): boolean =>
  map !== 'reshape' && map.offset === 0 && map.strides[shape.length - 1] === 0 && size(shape.slice(0, -1)) === size(from) && isContiguous(shape.slice(0, -1), map.strides.slice(0, -1))

/** The elements of a place along the last axis of its shape. */
const along = (b: Builder, p: Place | Parts, shape: Shape): readonly Place[] => {
  if (p._tag === 'Parts') return p.parts
  const n = lastOf(shape)
  if (p._tag === 'Register') return Array.from({ length: n }, () => p)
  const v = asView(stridedOf(b, p, shape))
  return Array.from({ length: n }, (_, k) => seen(b, v, { shape }, { shape: shape.slice(0, -1) }, (strides) => ({ offset: k * strides.at(-1)!, strides: strides.slice(0, -1) })))
}

/** What lowers one equation on places, and where values are: taken apart, or in one piece. */
interface Lowering {
  readonly pointwise: (b: Builder, expr: Expr, args: readonly Place[], n: number, name: string) => Place
  readonly reduced: (b: Builder, p: Place, x: Aval, out: Aval, op: 'add' | 'mul' | 'max' | 'min' | 'and' | 'or', axes: readonly number[], name: string) => Place
  readonly parts: (v: number) => Parts | undefined
  readonly place: (v: number) => Place
}

/** The place of an equation's result where it is made of parts, or reduces some; undefined where it is lowered as a whole. */
export function lowerApart(b: Builder, { eqn, ins, outs }: FlatEqn, avals: readonly Aval[], found: ReadonlySet<number>, how: Lowering): Place | Parts | undefined {
  const { kernel, name } = eqn.prim
  const out = avals[outs[0]!]!
  const first = ins.length > 0 ? how.parts(ins[0]!) : undefined
  const at = (v: number): Place | Parts => how.parts(v) ?? how.place(v)
  const x = avals[ins[0]!]
  if (kernel._tag === 'Elementwise') {
    if (!found.has(outs[0]!) && !ins.some((v) => how.parts(v))) return undefined
    const expr = expressionOf(kernel, ins.map((v) => avals[v]!), eqn.params, out)
    if (expr._tag === 'Arg') return at(ins[expr.index]!)
    const shape = out.shape
    const args = ins.map((v) => along(b, at(v), shape))
    return { _tag: 'Parts', parts: Array.from({ length: lastOf(shape) }, (_, k) => how.pointwise(b, expr, args.map((a) => a[k]!), size(shape.slice(0, -1)), name)) }
  }
  if (kernel._tag === 'View' && found.has(outs[0]!) && !first) {
    const p = how.place(ins[0]!)
    if (p._tag !== 'Register' && spreads(kernel.map(rowMajor(x!.shape), x!, out, eqn.params), out.shape, x!.shape))
      return { _tag: 'Parts', parts: Array.from({ length: lastOf(out.shape) }, () => p) }
    return undefined
  }
  if (kernel._tag !== 'Reduce' || !first) return undefined
  const { op } = kernel
  const axes = kernel.axes(eqn.params)
  const shape = x!.shape.slice(0, -1)
  if (collapses(x!.shape, axes) === undefined) {
    const [from, to] = [{ ...x!, shape }, { ...out, shape: out.shape.slice(0, -1) }]
    return { _tag: 'Parts', parts: first.parts.map((p) => how.reduced(b, p, from, to, op, axes, name)) }
  }
  if (x!.dtype !== 'float64' || axes.length > 1 || op === 'and' || op === 'or') return undefined
  const join = exactOps[op]
  const all = first.parts.map((_, index): Expr => ({ _tag: 'Arg', index, dtype: out.dtype }))
  // Sums begin with 0, which makes −0 positive.
  const sum = op === 'add' ? all.reduce((s, e) => join(s, e), exactOps.constant(0, out.dtype)) : all.reduce((s, e) => join(s, e))
  return how.pointwise(b, sum, first.parts, size(shape), name)
}

/** The parts as one array. */
export function joined(b: Builder, p: Parts, shape: Shape): Place {
  const n = p.parts.length
  const each = size(shape) / n
  const inputs = p.parts.map((q) => {
    if (q._tag === 'Register' && each === 1) return { from: q, offset: 0, size: 1 } as const
    const run = contiguous(b, q, each)
    return { from: { _tag: 'Buffer', buffer: run.buffer }, offset: run.offset, size: each } as const
  })
  const buffer = b.buffer(n * each, b.steps.length)
  const make = () => (ins: readonly Float64Array[], [to]: readonly Float64Array[]): void => {
    for (let k = 0; k < n; k++) {
      const from = ins[k]!
      for (let i = 0, at = k; i < each; i++, at += n) to![at] = from[i]!
    }
  }
  b.append({ _tag: 'Opaque', name: 'interleave', make, inputs, outputs: [{ from: { _tag: 'Buffer', buffer }, offset: 0, size: n * each }] })
  const view: Strided = whole(buffer, shape)
  return asView(view)
}
