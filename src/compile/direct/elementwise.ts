/**
 * A scalar expression on arrays: its operations one after another on a block, which stays in the cache, then on the next.
 *
 * Law: each operation is rounded to its dtype. What has only numbers as operands is computed once, in registers; a node that
 * several others share is computed once.
 * Decision: a single operation on contiguous arrays runs over all of them at once.
 */
import { isFloat, type DType } from '../../data/dtype'
import { size, type Shape } from '../../data/shape'
import type { Block, Block2, ExactBinaryOp, ExactUnaryOp, Expr } from '../../ir/kernel'
import { isContiguous, merge, whole } from '../loop/views'
import { applyInteger, convertNumber } from '../scalar'
import { inArray, inRegister, type Builder, type Place } from './builder'
import { binaryLoop, choose, gather, mapped, mapped2, rounding, unaryLoop } from './loops'

/** Elements of a block. */
const block = 1024

/** An operand: element j of the block that starts at i is at along·i + base + step·j of the array. */
interface Ref {
  readonly slot: number
  readonly base: number
  readonly along: 0 | 1
  readonly step: 0 | 1
}
const one = (at: number): Ref => ({ slot: 0, base: at, along: 0, step: 0 })

/** An operation on elements i … i + n − 1. */
type Operation = (m: readonly Float64Array[], i: number, n: number) => void

const unary = (f: Block, o: Ref, a: Ref): Operation => (m, i, n) => f(m[o.slot]!, o.along * i + o.base, m[a.slot]!, a.along * i + a.base, n)
const binary = (f: Block2, dtype: DType, o: Ref, a: Ref, b: Ref): Operation => (m, i, n) =>
  f(m[o.slot]!, o.along * i + o.base, m[a.slot]!, a.along * i + a.base, a.step, m[b.slot]!, b.along * i + b.base, b.step, n, dtype)
const select = (o: Ref, t: Ref, a: Ref, b: Ref): Operation => (m, i, n) =>
  choose(m[o.slot]!, o.along * i + o.base, m[t.slot]!, t.along * i + t.base, t.step, m[a.slot]!, a.along * i + a.base, a.step, m[b.slot]!, b.along * i + b.base, b.step, n)
const call = (f: (...xs: number[]) => number, o: Ref, args: readonly Ref[]): Operation => (m, i, n) => {
  for (let j = 0; j < n; j++) m[o.slot]![o.along * i + o.base + j] = f(...args.map((a) => m[a.slot]![a.along * i + a.base + a.step * j]!))
}

/** The expression without conversions that change no element. */
const plain = (e: Expr): Expr => (e._tag === 'Convert' && (e.x.dtype === e.dtype || e.dtype === 'float64' || e.x.dtype === 'bool') ? plain(e.x) : e)

const operandsOf = (e: Expr): readonly Expr[] =>
  (e._tag === 'Unary' || e._tag === 'Convert' ? [e.x] : e._tag === 'Binary' ? [e.x, e.y] : e._tag === 'Select' ? [e.test, e.x, e.y] : e._tag === 'Call' ? e.args : []).map(plain)

/** The operation of a node, without its rounding. */
function operation(e: Exclude<Expr, { _tag: 'Arg' | 'Const' }>, o: Ref, args: readonly Ref[]): Operation {
  const [a, b, c] = args as [Ref, Ref, Ref]
  switch (e._tag) {
    case 'Unary':
      return unary(e.code ?? unaryLoop(e.op as ExactUnaryOp), o, a)
    case 'Binary': {
      const { op } = e
      const from = e.x.dtype
      const f = applyInteger(op, from, e.dtype)
      return binary(f ? mapped2(f) : (e.code ?? binaryLoop(op as ExactBinaryOp)), from, o, a, b)
    }
    case 'Select':
      return select(o, a, b, c)
    case 'Convert': {
      const from = e.x.dtype
      return unary(isFloat(from) && !isFloat(e.dtype) && e.dtype !== 'bool' ? mapped(convertNumber(from, e.dtype)) : rounding[e.dtype]!, o, a)
    }
    case 'Call':
      return args.length === 1 ? unary(mapped(e.fn), o, a) : args.length === 2 ? binary(mapped2((x, y) => e.fn(x, y)), e.dtype, o, a, b) : call(e.fn, o, args)
  }
}

/** The value of an expression for these operands, whose arrays have the shape. */
export function pointwise(b: Builder, expr: Expr, args: readonly Place[], shape: Shape): Place {
  const root = plain(expr)
  if (root._tag === 'Arg') return args[root.index]!
  const n = size(shape)
  const once: Operation[] = []
  const each: Operation[] = []
  const reads: number[] = []
  const apart: number[] = []
  const blocks: number[] = []
  const free: number[] = []
  const nodes = new Map<Expr, { readers: number; ref?: Ref }>()
  const count = (e: Expr): void => {
    const node = nodes.get(e)
    if (node) node.readers++
    else {
      nodes.set(e, { readers: 1 })
      operandsOf(e).forEach(count)
    }
  }
  const scratch = (): Ref => {
    let slot = free.pop()
    if (slot === undefined) blocks.push((slot = b.array(Math.min(block, n))))
    return { slot, base: 0, along: 0, step: 1 }
  }
  const argument = (p: Place): Ref => {
    if (p._tag === 'Number') return one(p.at)
    const { buffer, offset } = p.view
    reads.push(buffer)
    const direct = isContiguous(p.view.shape, p.view.strides)
    if (!direct || offset > 0) apart.push(buffer)
    if (direct) return { slot: buffer, base: offset, along: 1, step: 1 }
    const { extents, strides } = merge(p.view.shape, p.view.strides)
    const to = scratch()
    each.push((m, i, k) => gather(m[to.slot]!, 0, m[buffer]!, offset, extents, strides, i, k))
    return to
  }
  const visit = (e: Expr): Ref => (nodes.get(e)!.ref ??= make(e))
  const make = (e: Expr): Ref => {
    if (e._tag === 'Arg') return argument(args[e.index]!)
    if (e._tag === 'Const') return one(b.register(e.value))
    const children = operandsOf(e)
    const operands = children.map(visit)
    children.forEach((c, k) => {
      const r = operands[k]!
      if (--nodes.get(c)!.readers === 0 && r.step === 1 && r.along === 0) free.push(r.slot)
    })
    const numbers = operands.every((r) => r.step === 0)
    const o: Ref = numbers ? one(b.register()) : e === root ? { slot: b.array(n), base: 0, along: 1, step: 1 } : scratch()
    const list = numbers ? once : each
    list.push(operation(e, o, operands))
    const round = e._tag === 'Convert' || (e.dtype === 'bool' && e._tag !== 'Call') || e._tag === 'Select' ? undefined : rounding[e.dtype]
    if (round) list.push(unary(round, o, o))
    return o
  }
  count(root)
  const out = visit(root)
  if (out.step === 0) {
    if (once.length === 1) b.step((m) => once[0]!(m, 0, 1), [], [])
    else if (once.length > 1) b.step((m) => { for (const f of once) f(m, 0, 1) }, [], [])
    return inRegister(out.base)
  }
  const length = each.length === 1 ? n : Math.min(block, n)
  b.step((m, take) => {
    take(out.slot)
    blocks.forEach(take)
    for (const f of once) f(m, 0, 1)
    for (let i = 0; i < n; i += length) for (const f of each) f(m, i, Math.min(length, n - i))
  }, reads, [out.slot, ...blocks], reads.filter((s) => !apart.includes(s)))
  return inArray(whole(out.slot, shape))
}
