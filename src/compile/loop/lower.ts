/**
 * A program as loops. Elementwise equations, views and reductions go into nests; products and opaque kernels are steps.
 *
 * Every value has a place: a register (size 1, or one number throughout), a value of a nest, or a strided view of a buffer.
 * A nest's value is stored only when something else than that nest reads it.
 */
import { range, size, type Shape } from '../../data/shape'
import { isFloat, type DType } from '../../data/dtype'
import type { Aval } from '../../ir/aval'
import type { DotDims, Expr, ReduceOp, ViewMap } from '../../ir/kernel'
import type { Jaxpr } from '../../ir/types'
import { prepared } from '../prepared'
import { exactOps, expressionOf } from '../scalar'
import { makeBuilder, type Builder } from './builder'
import { flatten, type Flat, type FlatEqn } from './flatten'
import { pointwise, seen, spanOf, toRegister, written } from './operation'
import { apart, joined, lowerApart, type Parts } from './parts'
import { asView, contiguous, copied, inRegister, readyOf, refIn, stridedOf, type Place } from './place'
import { makePlaces, type Lowering, type Mover, type Places, type Where } from './places'
import type { Factor, LoopProgram, Nest, Result, Run, Span, Target } from './types'
import { recompute } from './recompute'
import { groupOffsets, groupStride, merge, passes, reshaped, whole, type Pass, type Strided } from './views'
import { inNest } from './window'

/** The value of an empty reduction. */
const unit = (op: ReduceOp, d: DType): number => {
  if (op === 'mul' || op === 'and') return 1
  if (op === 'add' || op === 'or') return 0
  if (d === 'bool') return op === 'max' ? 0 : 1
  if (d === 'int32') return op === 'max' ? -2147483648 : 2147483647
  if (d === 'uint32') return op === 'max' ? 0 : 4294967295
  return op === 'max' ? -Infinity : Infinity
}

/** A program as loops; `folding`: for a backend whose nests sum into windows; `mover`: and moves elements itself. */
export function lower(jaxpr: Jaxpr, raw = false, folding = false, mover?: Mover): LoopProgram {
  const flat = flatten(prepared(jaxpr), mover?.ordered)
  const b = makeBuilder()
  const places = makePlaces(flat.avals.length)
  const entries = flat.inputs.map((v, i): Target | undefined => {
    const n = size(flat.avals[v]!.shape)
    if (n === 0) {
      places.put(v, inRegister(b.constant(0)))
      return undefined
    }
    if (n === 1) {
      const register = b.register(-1)
      places.put(v, inRegister(register))
      return { _tag: 'Register', register }
    }
    const buffer = b.buffer(n, -1)
    b.buffers[buffer]!.owner = { _tag: 'Input', index: i }
    places.put(v, asView(whole(buffer, flat.avals[v]!.shape)))
    return { _tag: 'Buffer', buffer }
  })
  flat.literals.forEach((value, v) => places.put(v, inRegister(b.constant(value))))
  const reads = folding ? readsOf(flat) : undefined
  const found = apart(flat)
  const parts = new Map<number, Parts>()
  /** In one piece from now on. */
  const join = (v: number): void => {
    const p = parts.get(v)
    if (p) places.put(v, joined(b, p, flat.avals[v]!.shape))
    parts.delete(v)
  }
  for (const e of flat.eqns) {
    const taken = found.size > 0 ? lowerApart(b, e, flat.avals, found, { pointwise, reduced, parts: (v) => parts.get(v), place: places.of }) : undefined
    if (taken?._tag === 'Parts') parts.set(e.outs[0]!, taken)
    else if (taken) places.put(e.outs[0]!, taken)
    else {
      e.ins.forEach(join)
      if (!reads || !folded(b, e, places, flat.avals, reads)) lowerEquation(b, e, places, flat.avals, mover?.lowering)
    }
  }
  flat.outs.forEach(join)
  const results = flat.outs.map((v, i) => resultOf(b, places.of(v), flat.avals[v]!, i, raw))
  recompute(b, results)
  return {
    raw,
    inputs: flat.inputs.map((v) => flat.avals[v]!),
    entries,
    outs: flat.outs.map((v) => flat.avals[v]!),
    results,
    registers: b.registerCount(),
    constants: b.constants,
    buffers: b.buffers,
    steps: b.steps,
    scalars: b.scalars,
    equations: flat.eqns.length,
  }
}

/** How often each value is read. */
function readsOf({ avals, eqns, outs }: Flat): Uint32Array {
  const reads = new Uint32Array(avals.length)
  for (const e of eqns) for (const v of e.ins) reads[v]!++
  for (const v of outs) reads[v]!++
  return reads
}

/** Whether the equation is a sum into a window that became part of the nest of its piece. */
function folded(b: Builder, { eqn, ins, outs }: FlatEqn, places: Places, avals: readonly Aval[], reads: Uint32Array): boolean {
  const { kernel } = eqn.prim
  if (kernel._tag !== 'Opaque' || !kernel.adds) return false
  const [sum, piece] = ins as readonly [number, number]
  const out = avals[outs[0]!]!
  const at = places.of(piece)
  const place = inNest(b, places.of(sum), at, kernel.window!(ins.map((v) => avals[v]!), eqn.params, out), out, reads[sum] === 1)
  if (!place) return false
  places.put(outs[0]!, place)
  ;(b.steps[(at as Place & { _tag: 'Local' }).nest] as Nest).names.push(eqn.prim.name)
  return true
}

function lowerEquation(b: Builder, e: FlatEqn, places: Places, avals: readonly Aval[], lowering?: Lowering): void {
  const { eqn, ins, outs } = e
  const kernel = eqn.prim.kernel
  const out = avals[outs[0]!]!
  const opaque = kernel._tag === 'Opaque' ? kernel : undefined
  if (((opaque?.lowering as Lowering | undefined) ?? lowering)?.(b, places, e, avals)) return
  if (opaque || kernel._tag === 'Programs') {
    const runs = opaque?.joins && runsOf(b, ins.map(places.of), ins.map((v) => avals[v]!), opaque.joins(eqn.params), out)
    if (!runs) return called(b, e, places, avals)
    let at: Where | undefined
    const whole = (): Strided => {
      if (!at) called(b, e, { ...places, put: (_v, where) => void (at = where) }, avals)
      return (at as Place & { _tag: 'View' }).view
    }
    places.put(outs[0]!, { _tag: 'Join', runs, whole })
    return
  }
  if (size(out.shape) === 0) {
    places.put(outs[0]!, inRegister(b.constant(0)))
    return
  }
  const put = (where: Where): void => places.put(outs[0]!, where)
  switch (kernel._tag) {
    case 'Elementwise': {
      const expr = expressionOf(kernel, ins.map((v) => avals[v]!), eqn.params, out)
      const composite = ins.map(places.composite).find((c) => c !== undefined)
      put(composite?.elementwise(places, expr, ins, out, eqn.prim.name) ?? (expr._tag === 'Arg' ? places.of(ins[expr.index]!) : pointwise(b, expr, ins.map(places.of), size(out.shape), eqn.prim.name)))
      return
    }
    case 'View': {
      const [v] = ins as readonly [number]
      const map = (strides: readonly number[]): ViewMap => kernel.map(strides, avals[v]!, out, eqn.params)
      put(places.composite(v)?.view(out, map) ?? seen(b, places.of(v), avals[v]!, out, map))
      return
    }
    case 'Reduce':
      put(reduced(b, places.of(ins[0]!), avals[ins[0]!]!, out, kernel.op, kernel.axes(eqn.params), eqn.prim.name))
      return
    case 'Dot':
      put(product(b, ins.map(places.of), ins.map((v) => avals[v]!), out, kernel.dims(eqn.params), eqn.prim.name))
  }
}

/** A step that calls the equation's own kernel. */
function called(b: Builder, { eqn, ins, outs }: FlatEqn, places: Places, avals: readonly Aval[]): void {
  const { params } = eqn
  const { kernel, name } = eqn.prim
  const opaque = kernel._tag === 'Opaque' ? kernel : undefined
  const programs = kernel._tag === 'Programs' ? kernel : undefined
  const inAvals = ins.map((v) => avals[v]!)
  const outAvals = outs.map((v) => avals[v]!)
  const inputs = ins.map((v, i) => spanOf(b, places.of(v), inAvals[i]!))
  const at = b.steps.length
  const outputs = outs.map((v, i): Span => {
    const n = size(outAvals[i]!.shape)
    const [from, place] = n > 1 ? written(b, n, outAvals[i]!.shape, at) : toRegister(b, at)
    places.put(v, place)
    return { from, offset: 0, size: n }
  })
  b.append({
    _tag: 'Opaque', name, inputs, outputs,
    make: (compile) => (opaque ? opaque.make(inAvals, outAvals, params) : programs!.make(compile, inAvals, outAvals, params)),
    control: programs?.control?.(params),
    call: opaque && { kernel: opaque, ins: inAvals, out: outAvals[0]!, params },
    inPlace: opaque?.inPlace,
    code: opaque?.code?.(inAvals, params),
  })
}

/** Elements of a run of a join, at least, on average. */
const longEnough = 32

/** Arrays one after another along an axis, where rows are long enough to be read run by run. */
function runsOf(b: Builder, places: readonly Place[], avals: readonly Aval[], axis: number, { shape: whole }: Aval): Run[] | undefined {
  if (size(whole) === 0 || size(whole.slice(axis)) < longEnough * avals.length) return undefined
  return places.flatMap((p, i): Run[] => {
    const own = avals[i]!.shape
    const length = size(own.slice(axis))
    if (length === 0) return []
    if (p._tag === 'Register') return [{ from: p, walk: { offset: p.register, extents: [size(own)], strides: [0] }, length }]
    const { buffer, offset, shape, strides } = stridedOf(b, p, own)
    return [{ from: { _tag: 'Buffer', buffer }, walk: { offset, ...merge(shape, strides) }, length }]
  })
}

function product(b: Builder, [px, py]: readonly Place[], [x, y]: readonly Aval[], out: Aval, d: DotDims, name: string): Place {
  const free = (a: Aval, taken: readonly number[]): number[] => a.shape.map((_, i) => i).filter((i) => !taken.includes(i))
  const extent = (a: Aval, axes: readonly number[]): number => size(axes.map((i) => a.shape[i]!))
  const freeX = free(x!, [...d.lhsBatch, ...d.lhsContract])
  const freeY = free(y!, [...d.rhsBatch, ...d.rhsContract])
  const k = extent(x!, d.lhsContract)
  if (k === 0) return inRegister(b.constant(0))
  const n = size(out.shape)
  if (k === 1) {
    // Nothing to sum: an elementwise product of views, which joins a nest.
    const axis = (i: number | undefined, strides: readonly number[]): number => (i === undefined ? 0 : strides[i]!)
    const spread = (p: Place, a: Aval, axes: readonly (number | undefined)[]): Place => {
      if (p._tag === 'Register') return p
      const v = stridedOf(b, p, a.shape)
      return asView({ ...v, shape: out.shape, strides: axes.map((i) => axis(i, v.strides)) })
    }
    const none = (axes: readonly number[]): undefined[] => axes.map(() => undefined)
    const { mul, add } = exactOps
    const xy = mul({ _tag: 'Arg', index: 0, dtype: out.dtype }, { _tag: 'Arg', index: 1, dtype: out.dtype })
    const args = [spread(px!, x!, [...d.lhsBatch, ...freeX, ...none(freeY)]), spread(py!, y!, [...d.rhsBatch, ...none(freeX), ...freeY])]
    // A sum begins with 0, which makes −0 positive.
    return pointwise(b, isFloat(out.dtype) ? add(xy, 0) : xy, args, n, name)
  }
  const left = factorOf(b, px!, x!, d.lhsBatch, freeX, d.lhsContract)
  const right = factorOf(b, py!, y!, d.rhsBatch, freeY, d.rhsContract)
  const at = b.steps.length
  const [target, place] = n > 1 ? written(b, n, out.shape, at) : toRegister(b, at)
  b.append({ _tag: 'Dot', x: left, y: right, batch: extent(x!, d.lhsBatch), m: extent(x!, freeX), n: extent(y!, freeY), k, dtype: out.dtype, target })
  return place
}

function reduced(b: Builder, operand: Place, x: Aval, out: Aval, op: ReduceOp, axes: readonly number[], name: string): Place {
  if (size(x.shape) === 0) return inRegister(b.constant(unit(op, out.dtype)))
  let place = operand
  const list = passes(x.shape, axes)
  list.forEach((pass, i) => {
    // Between two passes a float32 sum is not rounded.
    const dtype: DType = i < list.length - 1 && out.dtype === 'float32' ? 'float64' : out.dtype
    place = onePass(b, place, pass, op, dtype, name)
  })
  return place._tag === 'View' ? asView(reshaped(place.view, out.shape) ?? place.view) : place
}

function onePass(b: Builder, p: Place, pass: Pass, op: ReduceOp, dtype: DType, name: string): Place {
  const uniform = p._tag === 'Register'
  if (uniform && op !== 'add' && op !== 'mul') return p
  const rows = dtype === 'float64' && pass.length < 8 && pass.inner >= least ? rowsOf(p, pass) : undefined
  if (rows) {
    const args = rows.map((_, index): Expr => ({ _tag: 'Arg', index, dtype }))
    return pointwise(b, args.reduce((s, x) => exactOps[op](s, x), exactOps.constant(unit(op, dtype), dtype)), rows, pass.outer * pass.inner, name)
  }
  const { outer, length, inner } = uniform ? { outer: 1, length: pass.length, inner: 1 } : pass
  const nest = b.nest(outer * length * inner, readyOf(b, p), { outer, length, inner })
  const ref = refIn(b, nest, p, false)
  const value = ref < 0 ? b.spread(nest, ~ref) : ref
  const n = outer * inner
  const [target, place] = n > 1 ? written(b, n, [n], nest, inner === 1 ? length : 0) : toRegister(b, nest)
  ;(b.steps[nest] as Nest).names.push(name)
  b.reduce(nest, { value, op, dtype, outer, length, inner, target })
  return place
}

/** Columns from which on a few rows in memory are combined row by row, in the order of all lines shorter than 8. */
const least = 64

/** The rows of [outer, length, inner], where they are in memory each by itself. */
function rowsOf(p: Place, { outer, length, inner }: Pass): readonly Place[] | undefined {
  if (p._tag === 'Join') {
    if (p.runs.length !== length || p.runs.some((r) => r.length !== inner)) return undefined
    return p.runs.map(({ from, walk: { offset, extents, strides } }) => (from._tag === 'Register' ? from : asView({ buffer: from.buffer, offset, shape: extents, strides })))
  }
  const v = p._tag === 'View' ? reshaped(p.view, [outer, length, inner]) : undefined
  return v && Array.from({ length }, (_, k) => asView({ ...v, offset: v.offset + k * v.strides[1]!, shape: [outer, inner], strides: [v.strides[0]!, v.strides[2]!] }))
}

/** An operand of a product: its free and its contracted axes each with one stride; copied where they have none. */
function factorOf(b: Builder, p: Place, x: Aval, batch: readonly number[], free: readonly number[], contract: readonly number[]): Factor {
  const factor = (v: Strided, shape: Shape, axes: readonly (readonly number[])[]): Factor | undefined => {
    const f = groupStride(shape, v.strides, axes[1]!)
    const c = groupStride(shape, v.strides, axes[2]!)
    if (f === undefined || c === undefined) return undefined
    return { from: { _tag: 'Buffer', buffer: v.buffer }, offset: v.offset, batch: groupOffsets(shape, v.strides, axes[0]!), free: f, contract: c }
  }
  const n = size(x.shape)
  if (p._tag === 'Register' && n === 1) return { from: p, offset: 0, batch: [0], free: 0, contract: 0 }
  const view = p._tag === 'Register' ? whole(copied(b, p, n), x.shape) : stridedOf(b, p, x.shape)
  const direct = factor(view, x.shape, [batch, free, contract])
  if (direct) return direct
  const order = [...batch, ...free, ...contract]
  const shape = order.map((i) => x.shape[i]!)
  const packed = whole(copied(b, asView({ ...view, shape, strides: order.map((i) => view.strides[i]!) }), n), shape)
  return factor(packed, shape, [range(batch.length), range(free.length, batch.length), range(contract.length, batch.length + free.length)])!
}

function resultOf(b: Builder, p: Place, x: Aval, index: number, raw: boolean): Result {
  if (p._tag === 'Register') return p
  const n = size(x.shape)
  const { buffer, offset } = contiguous(b, p, n)
  const owned = b.buffers[buffer]!
  if ((x.dtype !== 'float64' && !raw) || owned.owner._tag !== 'Arena' || offset !== 0 || owned.size !== n) return { _tag: 'Copy', buffer, offset }
  owned.owner = { _tag: 'Output', index }
  return { _tag: 'Own', buffer }
}
