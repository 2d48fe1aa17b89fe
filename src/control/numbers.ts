/**
 * Small arrays of loops as numbers: a loop whose carries, constants and intermediate values are vectors of a few elements (states of
 * differential equations, points, rotations) becomes one over their elements, which compilers keep in registers.
 *
 * Law: the bits of the loop as it was: the same operations on each element, sums in the order of `closure/monoid` and `tiles`.
 * Decision: a body is taken whole or left as it is: where an equation wants a small array as an array, making it anew at each turn
 * would cost more than is saved. Compilers ask for it; programs are differentiated and shown as they were written.
 */
import { withoutCalls } from '../compile/prepared'
import { passes } from '../compile/loop/views'
import { movingOf, type Moving } from '../compile/moves'
import { fills, putsOf } from '../compile/puts'
import { placesOf, range, rowMajor, size, type Shape } from '../data/shape'
import type { Control, DotDims, KernelSpec, OpaqueCall, OpaqueSpec, ReduceOp } from '../ir/kernel'
import { VarTable } from '../ir/table'
import { isLit, type Atom, type Aval, type Eqn, type Jaxpr } from '../ir/types'
import type { Value } from '../ir/value'
import { makeOps } from '../primitives/ops'
import type { Tensor } from '../trace/tensor'
import { literal, rebind } from '../transforms/interpret'
import { stageWhole } from '../transforms/program'
import { bodyOf } from './body'

/** Elements of an array that becomes numbers, at most, and multiplications of a product. */
const few = 16
const fewTerms = 64
/** Operations of a body on numbers, at most. */
const most = 3000

/** What is applied to numbers that are known is recorded too: a program that is written anew captures no tensors. */
const words = makeOps({ bind: rebind, record: rebind, literal })

const isSmall = ({ shape }: Aval): boolean => shape.length > 0 && size(shape) > 0 && size(shape) <= few
const isNumber = ({ shape }: Aval): boolean => shape.length === 0
const isWithin = (a: Aval): boolean => isNumber(a) || isSmall(a)

/** A value of a program, in the forms that it has so far: itself, its elements, or for stacked rows each column. */
interface Held {
  readonly aval: Aval
  whole?: Value
  parts?: readonly Value[]
  columns?: readonly Value[]
}

function wholeOf(h: Held): Value {
  const joined = (list: readonly Value[], shape: Shape): Value =>
    words.reshape(words.concatenate(list.map((v) => words.reshape(v, shape)), shape.length - 1), h.aval.shape)
  return (h.whole ??= h.parts ? (isNumber(h.aval) ? h.parts[0]! : joined(h.parts, [1])) : joined(h.columns!, [h.aval.shape[0]!, 1]))
}

function partsOf(h: Held): readonly Value[] {
  if (h.parts) return h.parts
  const whole = wholeOf(h)
  if (isNumber(h.aval)) return (h.parts = [whole])
  const n = size(h.aval.shape)
  const line = words.reshape(whole, [n])
  return (h.parts = range(n).map((k) => words.reshape(words.slice(line, [k], [k + 1]), [])))
}

type Loop = Exclude<Control, { readonly _tag: 'Cond' }>
/** The loop that an equation is; undefined where it is none that can be written anew. */
function loopOf({ prim: { kernel }, params }: Eqn): Loop | undefined {
  const control = kernel._tag === 'Programs' ? kernel.control?.(params) : undefined
  return control?._tag === 'Cond' ? undefined : control
}
const within = (p: object): Jaxpr => withoutCalls(p as Jaxpr)
/** The programs of a loop, and of each how many of its inputs are constants. */
const programsOf = (loop: Loop): readonly (readonly [program: Jaxpr, consts: number])[] =>
  loop._tag === 'While' ? [[within(loop.body), loop.bodyConsts], [within(loop.cond), loop.condConsts]] : [[within(loop.body), loop.consts]]
/** A loop of one turn is its body. */
const isOnce = (loop: Loop): boolean => loop._tag === 'Scan' && loop.length === 1

/** What a step over an array that is no part of another costs beside its elements, and a function, in operations on a number. */
const step = 12
const manyfold = 8

/** Whether elements are moved at places known at run time, which needs arrays as they are: large ones, and small ones that are there. */
const isMoved = ({ prim: { kernel } }: Eqn): boolean => kernel._tag === 'Opaque' && kernel.moves !== undefined

const callOf = ({ inputs, outs, params }: Eqn, kernel: OpaqueSpec): OpaqueCall => ({ kernel, ins: inputs.map((a) => a.aval), out: outs[0]!.aval, params })

/** How elements of a small array are moved, where that is one index along one axis: choices between few numbers. */
function alongOne(e: Eqn): Moving | undefined {
  const { kernel } = e.prim
  const m = kernel._tag === 'Opaque' && isSmall(e.inputs[0]!.aval) ? movingOf(callOf(e, kernel)) : undefined
  return m?.axes.length === 1 && m.batches * m.rows === 1 && isWithin(e.outs[0]!.aval) ? m : undefined
}

/** Operations on numbers that an equation becomes; Infinity where it wants small operands as arrays that are not there as such. */
function costOf(e: Eqn, isThere: (a: Atom) => boolean): number {
  const { kernel } = e.prim
  const ins = e.inputs.map((a) => a.aval)
  const out = e.outs[0]?.aval
  const loop = loopOf(e)
  if (loop) return loop._tag === 'Scan' && !isOnce(loop) && e.inputs.slice(loop.consts + loop.carries).some((a) => isSmall(a.aval) && !isThere(a)) ? Infinity : bodiesCost(loop)
  if (!ins.some(isSmall)) return 1
  if (isMoved(e) && !(isSmall(ins[0]!) && !isThere(e.inputs[0]!))) return ins.slice(1).reduce((n, a) => n + (size(a.shape) > 1 ? step + size(a.shape) : 0), 1)
  if (!out || !isWithin(out) || !ins.every(isWithin)) return Infinity
  const exact = ins.every((a) => a.dtype === 'float64')
  if (kernel._tag === 'Elementwise') return size(out.shape)
  if (kernel._tag === 'View') return 0
  if (kernel._tag === 'Reduce') return exact && kernel.op in joins ? size(ins[0]!.shape) : Infinity
  if (kernel._tag === 'Dot') {
    const d = kernel.dims(e.params)
    const terms = d.lhsContract.length < 2 ? size(out.shape) * size(d.lhsContract.map((a) => ins[0]!.shape[a]!)) : Infinity
    return exact && terms <= fewTerms ? 2 * terms : Infinity
  }
  if (kernel._tag !== 'Opaque') return Infinity
  const m = alongOne(e)
  return m ? 2 * (m.axes[0]!.last + 1) * m.count : putsOf(callOf(e, kernel)) ? size(out.shape) : Infinity
}

const bodiesCost = (loop: Loop): number =>
  programsOf(loop).reduce((n, [p, consts]) => {
    const still = new Set(p.inputs.slice(0, consts).map((v) => v.id))
    return n + p.eqns.reduce((k, e) => k + costOf(e, (a) => !isLit(a) && still.has(a.id)), 0)
  }, 0)

/** Operations that an equation saves as one on numbers: a step; what works on four elements or more, each by itself, does two at once as it is. */
function savedBy(e: Eqn): number {
  const { kernel } = e.prim
  const loop = loopOf(e)
  if (loop) return savedIn(loop)
  if ((isMoved(e) && !alongOne(e)) || ![...e.inputs, ...e.outs].some((a) => isSmall(a.aval))) return 0
  if (kernel._tag !== 'Elementwise') return step
  const pairs = Math.max(1, Math.floor(size(e.outs[0]!.aval.shape) / 2))
  return (1 - pairs) * (kernel.functions ? manyfold : 1)
}

const savedIn = (loop: Loop): number => programsOf(loop).reduce((n, [p]) => p.eqns.reduce((k, e) => k + savedBy(e), n), 0)

/** Whether a loop is to be written anew: something in it is small, nothing wants it as an array, and all in all that saves operations. */
function fits(e: Eqn): boolean {
  const loop = loopOf(e)
  if (!loop) return false
  return programsOf(loop).some(([p]) => [...p.inputs, ...p.eqns.flatMap((q) => q.outs)].some((v) => isSmall(v.aval))) && bodiesCost(loop) <= most && savedBy(e) >= 0
}

const joins: { readonly [op in ReduceOp]?: (x: Value, y: Value) => Value } = { add: words.add, mul: words.mul, max: words.max, min: words.min }
const zero = (): Value => literal(0, { shape: [], dtype: 'float64', weak: false })

/** Combined in the order of `closure/monoid`: eight lanes first, then the others one by one. */
function combined(line: readonly Value[], op: ReduceOp): Value {
  const join = joins[op]!
  const pairs = (list: readonly Value[]): Value => (list.length === 1 ? list[0]! : join(pairs(list.slice(0, list.length / 2)), pairs(list.slice(list.length / 2))))
  const unit = (): Value[] => (op === 'add' ? [zero()] : [])
  const whole = line.length - (line.length % 8)
  const lanes = whole === 0 ? unit() : [pairs(range(8).map((k) => [...unit(), ...line.slice(0, whole).filter((_, i) => i % 8 === k)].reduce((x, y) => join(x, y))))]
  return [...lanes, ...line.slice(whole)].reduce((x, y) => join(x, y))
}

const reduced = (x: Held, op: ReduceOp, axes: readonly number[]): readonly Value[] =>
  passes(x.aval.shape, axes).reduce((parts, { outer, length, inner }) =>
    range(outer * inner).map((j) => combined(range(length).map((l) => parts[(Math.floor(j / inner) * length + l) * inner + (j % inner)]!), op)), partsOf(x))

function product(x: Held, y: Held, d: DotDims): readonly Value[] {
  const side = (h: Held, batch: readonly number[], contract: readonly number[]): readonly (readonly number[])[] => {
    const { shape } = h.aval
    const strides = rowMajor(shape)
    const free = range(shape.length).filter((a) => !batch.includes(a) && !contract.includes(a))
    return [batch, free, contract].map((axes) => placesOf(axes.map((a) => shape[a]!), axes.map((a) => strides[a]!)))
  }
  const [px, py] = [partsOf(x), partsOf(y)]
  const [bx, fx, cx] = side(x, d.lhsBatch, d.lhsContract) as [number[], number[], number[]]
  const [by, fy, cy] = side(y, d.rhsBatch, d.rhsContract) as [number[], number[], number[]]
  return bx.flatMap((b, i) => fx.flatMap((f) => fy.map((g) =>
    cx.reduce((sum, t, k) => words.add(sum, words.mul(px[b + f + t]!, py[by[i]! + g + cy[k]!]!)), zero()))))
}

/** Elements taken, put or added at an index: each place is compared with it. */
function chosen({ how, clip, fill, piece, axes: [axis], extents, strides }: Moving, ins: readonly Held[]): readonly Value[] {
  const { operand, at: which, last, step: apart } = axis!
  const index = partsOf(ins[operand]!)[which]!
  const among = range(last + 1)
  const is = (k: number): Value => (!clip || (k > 0 && k < last) ? words.eq(index, k) : k === 0 ? words.lt(index, 1) : words.ge(index, k))
  const parts = partsOf(ins[0]!)
  const places = placesOf(extents, strides)
  if (how === 'get') {
    const { dtype } = parts[0]!.aval
    return places.map((p) => among.reduce((v: Value, k) => words.select(is(k), parts[k * apart + p]!, v), literal(fill, { shape: [], dtype, weak: false })))
  }
  const given = partsOf(ins[piece]!)
  const next = [...parts]
  // Windows at different places have elements in common: of each the choices follow one another, and but one is made.
  places.forEach((p, i) => among.forEach((k) => {
    const at = k * apart + p
    next[at] = words.select(is(k), how === 'set' ? given[i]! : words.add(parts[at]!, given[i]!), next[at]!)
  }))
  return next
}

/** Elements put or added to places that are known beforehand. */
function placed(call: OpaqueCall, ins: readonly Held[]): readonly Value[] {
  const { kernel: { inPlace }, out } = call
  const next = inPlace !== undefined ? [...partsOf(ins[inPlace]!)] : fills(call) ? range(size(out.shape)).map(() => wholeOf(ins[1]!)) : []
  for (const { piece, extents, from, froms, to, tos, adds } of putsOf(call)!) {
    const places = placesOf(extents, tos, to)
    const parts = partsOf(ins[piece]!)
    placesOf(extents, froms, from).forEach((p, i) => {
      const at = places[i]!
      next[at] = adds ? words.add(next[at]!, parts[p]!) : parts[p]!
    })
  }
  return next
}

/** The elements of a result that is small, from those of the operands. */
function elementsOf(e: Eqn, ins: readonly Held[]): readonly Value[] {
  const kernel = e.prim.kernel as Exclude<KernelSpec, { readonly _tag: 'Programs' }>
  const out = e.outs[0]!.aval
  const x = ins[0]!
  switch (kernel._tag) {
    case 'Elementwise':
      return range(size(out.shape)).map((k) => rebind(e.prim, ins.map((h) => (isNumber(h.aval) ? wholeOf(h) : partsOf(h)[k]!)), e.params)[0]!)
    case 'View': {
      const parts = partsOf(x)
      const map = kernel.map(rowMajor(x.aval.shape), x.aval, out, e.params)
      if (map === 'reshape') return parts
      return placesOf(out.shape, map.strides, map.offset).map((at) => parts[at]!)
    }
    case 'Reduce':
      return reduced(x, kernel.op, kernel.axes(e.params))
    case 'Dot':
      return product(x, ins[1]!, kernel.dims(e.params))
    case 'Opaque': {
      const m = alongOne(e)
      if (m) return chosen(m, ins)
      return placed(callOf(e, kernel), ins)
    }
  }
}

/** The equation on what its operands are held as; what is small and can be is held by its elements. */
function applied(e: Eqn, ins: readonly Held[], inLoop: boolean): readonly Held[] {
  const loop = loopOf(e)
  if (inLoop && loop?._tag === 'Scan' && isOnce(loop)) return once(e, loop, ins)
  if (fits(e)) return loopInNumbers(e, ins)
  const out = e.outs[0]?.aval
  // A loop over numbers alone reads rows of what is small as they are.
  const isSpread = inLoop && !loop && !(isMoved(e) && (ins[0]!.whole ?? !alongOne(e))) && (ins.some((h) => isSmall(h.aval)) || (e.prim.kernel._tag === 'View' && isNumber(ins[0]!.aval) && isSmall(out!)))
  if (isSpread) return [{ aval: out!, parts: elementsOf(e, ins) }]
  return rebind(e.prim, ins.map(wholeOf), e.params).map((whole, i) => ({ aval: e.outs[i]!.aval, whole }))
}

/** The one turn of a loop. */
function once(e: Eqn, { body, consts, carries }: Extract<Loop, { readonly _tag: 'Scan' }>, ins: readonly Held[]): readonly Held[] {
  const as = (h: Held, aval: Aval): Held => (isWithin(h.aval) ? { aval, parts: partsOf(h) } : { aval, whole: words.reshape(wholeOf(h), aval.shape) })
  const program = within(body)
  return run(program, ins.map((h, i) => (i < consts + carries ? h : as(h, program.inputs[i]!.aval))), true).map((h, i) => (i < carries ? h : as(h, e.outs[i]!.aval)))
}

/** The results of a program on what its inputs are held as. */
function run(p: Jaxpr, inputs: readonly Held[], inLoop: boolean): readonly Held[] {
  const env = new VarTable<Held>(p)
  p.inputs.forEach((v, i) => env.set(v.id, inputs[i]!))
  const read = (a: Atom): Held => (isLit(a) ? { aval: a.aval, whole: literal(a.value, a.aval) } : env.get(a.id)!)
  for (const e of p.eqns) applied(e, e.inputs.map(read), inLoop).forEach((h, i) => env.set(e.outs[i]!.id, h))
  return p.outs.map(read)
}

const scalar = ({ dtype }: Aval): Aval => ({ shape: [], dtype, weak: false })
const flat = (h: Held): readonly Value[] => (isSmall(h.aval) ? partsOf(h) : [wholeOf(h)])
/** What was given flat, as it is held. */
function gathered(avals: readonly Aval[], inParts: (a: Aval, i: number) => boolean, values: readonly Value[], count: (i: number) => number): readonly Held[] {
  let at = 0
  return avals.map((aval, i) => {
    if (!inParts(aval, i)) return { aval, whole: values[at++]! }
    const [n, all] = [size(aval.shape), values.slice(at, (at += count(i)))]
    return { aval, parts: all.slice(0, n), ...(all.length > n ? { whole: all[n]! } : {}) }
  })
}

function loopInNumbers(e: Eqn, ins: readonly Held[]): readonly Held[] {
  const loop = loopOf(e)!
  const scan = loop._tag === 'Scan' ? loop : undefined
  const [consts, carries] = loop._tag === 'Scan' ? [loop.consts, loop.carries] : [loop.condConsts + loop.bodyConsts, ins.length - loop.condConsts - loop.bodyConsts]
  const kept = consts + carries
  const body = within(loop.body)
  /** Operand i is given by its elements, or by its columns; constants also as what they are. */
  const given = ins.map((h, i): readonly Value[] => (i >= kept ? (h.columns ?? [wholeOf(h)]) : i < consts && isSmall(h.aval) && h.whole ? [...partsOf(h), h.whole] : flat(h)))
  const count = (from: number, to: number): number => given.slice(from, to).reduce((n, g) => n + g.length, 0)
  const inNumbers = (p: Jaxpr, operands: readonly number[], outs: (hs: readonly Held[]) => readonly Value[]): Jaxpr => {
    const inParts = (a: Aval, i: number): boolean => (operands[i]! < kept ? isSmall(a) : ins[operands[i]!]!.columns !== undefined)
    const avals = p.inputs.flatMap(({ aval: a }, i) => {
      const n = size(a.shape)
      return inParts(a, i) ? [...range(n).map(() => scalar(a)), ...(given[operands[i]!]!.length > n ? [a] : [])] : [a]
    })
    return { ...bodyOf(e.prim.name, avals, (t) => outs(run(p, gathered(p.inputs.map((v) => v.aval), inParts, t, (i) => given[operands[i]!]!.length), true))).jaxpr, constCount: 0 }
  }
  const all = range(ins.length)
  const params = scan
    ? { ...e.params, body: inNumbers(body, all, (hs) => hs.flatMap(flat)), consts: count(0, consts), carries: count(consts, kept) }
    : (({ cond, condConsts }) => ({
        ...e.params,
        cond: inNumbers(within(cond), [...all.slice(0, condConsts), ...all.slice(consts)], (hs) => hs.map(wholeOf)),
        body: inNumbers(body, all.slice(condConsts), (hs) => hs.flatMap(flat)),
        condConsts: count(0, condConsts),
        bodyConsts: count(condConsts, consts),
      }))(loop as Extract<Control, { readonly _tag: 'While' }>)
  const outs = rebind(e.prim, given.flat(), params)
  let at = 0
  return e.outs.map(({ aval }, i): Held => {
    const own = body.outs[i]!.aval
    if (!isSmall(own)) return { aval, whole: outs[at++]! }
    const list = outs.slice(at, (at += size(own.shape)))
    return i < carries ? { aval, parts: list } : { aval, columns: list }
  })
}

const known = new WeakMap<Jaxpr, Jaxpr>()

/** The program, which has no calls, with its loops over numbers where they fit; itself where none does. */
export function inNumbers(p: Jaxpr): Jaxpr {
  let made = known.get(p)
  if (made) return made
  made = p
  if (p.eqns.some(fits)) {
    const { jaxpr } = stageWhole('loop', p.inputs.map((v) => v.aval), (t) => run(p, gathered(p.inputs.map((v) => v.aval), () => false, t, () => 1), false).map(wholeOf) as Tensor[])
    made = { ...jaxpr, constCount: p.constCount }
    known.set(made, made)
  }
  known.set(p, made)
  return made
}
