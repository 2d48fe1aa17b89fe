/** Random small programs over every kind of kernel, built from a seed; a smaller size gives a prefix of the equations. */
import { isRight } from 'fp-ts/Either'
import { isFloat, type DType } from '../../src/data/dtype'
import { range, sameShape, size, type Shape } from '../../src/data/shape'
import { calling } from '../../src/ir/inline'
import { elementwise, type KernelSpec } from '../../src/ir/kernel'
import { aval, freshVar, lit, type Atom, type Aval, type Eqn, type Jaxpr, type Params, type Primitive, type Var } from '../../src/ir/types'
import { definePrimitive } from '../../src/primitives/define'
import { dot } from '../../src/primitives/dot'
import { abs, add, cbrt, div, integerPow, max, min, mul, neg, sqrt, sub } from '../../src/primitives/elementwise/arithmetic'
import { acos, acosh, asin, asinh, atan, atanh, log10, log2, logistic } from '../../src/primitives/elementwise/inverse'
import { and, convert, copy, eq, le, lt, not, or, select, xor } from '../../src/primitives/elementwise/logic'
import { floor, populationCount, shiftLeft, shiftRightLogical } from '../../src/primitives/elementwise/rounding'
import { cos, cosh, exp, expm1, log, log1p, sin, sinh, tan, tanh } from '../../src/primitives/elementwise/transcendental'
import { digamma, erf, erfc, erfinv, lgamma, polygamma } from '../../src/primitives/elementwise/special'
import { accumulateAt, broadcast, concatenate, reshape, reverse, slice, transpose } from '../../src/primitives/movement'
import { pad } from '../../src/primitives/pad'
import { prod, reduceAnd, reduceMax, reduceMin, reduceOr, sum } from '../../src/primitives/reduce'

/** Mulberry32. */
export function random(seed: number): () => number {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A call that backends look through. */
export const call: Primitive = definePrimitive({
  ...copy,
  name: 'call',
  kernel: { _tag: 'Opaque', make: () => { throw new Error('not looked through') } },
  inline: calling(({ jaxpr }: { jaxpr: Jaxpr }) => jaxpr),
  multipleResults: true,
})

/** x·x, which reads an operand twice. */
const square: Primitive = definePrimitive({ ...neg, name: 'square', kernel: elementwise(({ mul }, x) => mul(x, x)) })
const unaryFloat = [neg, abs, square, sqrt, exp, sin, cos, tanh, log1p, logistic, floor, copy]
/** ψ′ and ψ″, whose order is a parameter elsewhere. */
const ofOrder = (n: number): Primitive => definePrimitive({ ...polygamma, name: `polygamma ${n}`, kernel: { ...polygamma.kernel, expr: (s, args, _params, out) => (polygamma.kernel as Extract<KernelSpec, { _tag: 'Elementwise' }>).expr(s, args, { n }, out) } as KernelSpec })
/** All functions, for programs of more of them. */
export const functions: readonly Primitive[] = [cbrt, exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc, erfinv, lgamma, digamma, ofOrder(1), ofOrder(2), sqrt, abs]
const unaryInteger = [neg, abs, not, copy, populationCount]
const binaryNumber = [add, sub, mul, max, min, div]
const binaryInteger = [and, or, xor, shiftLeft, shiftRightLogical]
const comparisons = [eq, lt, le]

/** Elements of the largest array. */
const limit = 4000

export function program(seed: number, count: number, extents: readonly number[], floats: readonly Primitive[] = unaryFloat): Jaxpr {
  const next = random(seed)
  const pick = <T>(xs: readonly T[]): T => xs[Math.floor(next() * xs.length)]
  const dtypes: readonly DType[] = pick([['float64'], ['float32'], ['float64', 'float32'], ['float64', 'float32', 'int32', 'uint32', 'bool']])
  const shape = (rank: number): number[] => {
    const s = Array.from({ length: rank }, () => pick(extents))
    return size(s) > limit ? shape(rank - 1) : s
  }
  const inputs: Var[] = Array.from({ length: 1 + Math.floor(next() * 3) }, () => freshVar(aval(shape(Math.floor(next() * 4)), pick(dtypes))))
  const values: Atom[] = [...inputs]
  const eqns: Eqn[] = []
  const bind = (prim: Primitive, operands: readonly Atom[], params: Params = {}): Var | undefined => {
    const s = prim.shape(operands.map((o) => o.aval), params)
    if (!isRight(s)) return undefined
    if (s.right.some((a) => size(a.shape) > limit)) return undefined
    const outs = s.right.map(freshVar)
    eqns.push({ prim, inputs: operands, params, outs })
    values.push(...outs)
    return outs[0]
  }
  /** A value of the aval's dtype and shape, or a scalar. */
  const mate = (a: Aval): Atom => {
    const fitting = values.filter((v) => v.aval.dtype === a.dtype && (v.aval.shape.length === 0 || a.shape.length === 0 || sameShape(v.aval.shape, a.shape)))
    return next() < 0.25 || fitting.length === 0 ? lit(pick(a.dtype === 'bool' ? [0, 1] : a.dtype === 'uint32' ? [0, 2, 7] : [0, 1, -2, 3]), aval([], a.dtype)) : pick(fitting)
  }
  const axesOf = (a: Aval): number[] => range(a.shape.length).filter(() => next() < 0.5)
  const kinds: (() => void)[] = [
    () => { const x = pick(values); bind(pick(isFloat(x.aval.dtype) ? floats : unaryInteger), [x]) },
    () => { const x = pick(values); const d = x.aval.dtype; bind(pick(d === 'bool' ? [and, or, xor] : isFloat(d) ? binaryNumber : [...binaryNumber, ...binaryInteger]), [x, mate(x.aval)]) },
    () => { const x = pick(values); bind(pick(comparisons), [x, mate(x.aval)]) },
    () => { const x = pick(values); bind(integerPow, [x], { y: pick([-1, 2, 3, 5]) }) },
    () => { const x = pick(values); const t = pick(values.filter((v) => v.aval.dtype === 'bool' && (v.aval.shape.length === 0 || sameShape(v.aval.shape, x.aval.shape))).concat(lit(1, aval([], 'bool')))); bind(select, next() < 0.5 ? [t, x, mate(x.aval)] : [t, mate(x.aval), x]) },
    () => { bind(convert, [pick(values)], { dtype: pick(dtypes) }) },
    () => { const x = pick(values); const at = Math.floor(next() * (x.aval.shape.length + 1)); const s: Shape = [...x.aval.shape.slice(0, at), pick(extents), ...x.aval.shape.slice(at)]; bind(broadcast, [x], { shape: s, dims: range(x.aval.shape.length).map((i) => (i < at ? i : i + 1)) }) },
    () => { const x = pick(values); bind(broadcast, [x], { shape: x.aval.shape.map((e) => (e === 1 ? pick(extents) : e)), dims: range(x.aval.shape.length) }) },
    () => { const x = pick(values); const n = size(x.aval.shape); const s = x.aval.shape; bind(reshape, [x], { shape: pick([[n], [1, n], [n, 1], [...s].reverse(), [...s, 1], s.length > 1 ? [s[0] * s[1], ...s.slice(2)] : s, n % 2 === 0 ? [2, n / 2] : [n]]) }) },
    () => { const x = pick(values); const perm = range(x.aval.shape.length); for (let i = perm.length - 1; i > 0; i--) { const j = Math.floor(next() * (i + 1)); [perm[i], perm[j]] = [perm[j], perm[i]] } bind(transpose, [x], { perm }) },
    () => { const x = pick(values); const start = x.aval.shape.map((e) => Math.floor(next() * next() * (e + 1))); bind(slice, [x], { start, stop: x.aval.shape.map((e, i) => start[i] + Math.floor((e - start[i]) * (0.5 + next() / 2) + 0.5)), strides: x.aval.shape.map(() => (next() < 0.7 ? 1 : 2)) }) },
    () => { const x = pick(values); bind(reverse, [x], { axes: axesOf(x.aval) }) },
    () => { const x = pick(values); const d = x.aval.dtype; bind(pick(d === 'bool' ? [reduceAnd, reduceOr] : [sum, sum, prod, reduceMax, reduceMin]), [x], { axes: axesOf(x.aval) }) },
    () => { const x = pick(values); bind(sum, [x], { axes: range(x.aval.shape.length) }) },
    // Rows reduced, then something of them spread over the rows again: softmax and its like.
    () => {
      const x = pick(values.filter((v) => v.aval.shape.length > 0).concat(values[0]))
      const rank = x.aval.shape.length
      const axes = next() < 0.7 ? [rank - 1] : axesOf(x.aval)
      if (rank === 0 || x.aval.dtype === 'bool') return
      let r = bind(pick([sum, reduceMax]), [x], { axes })
      for (let k = Math.floor(next() * 3); r && k > 0; k--) r = bind(pick(isFloat(x.aval.dtype) ? [neg, exp, square] : [neg]), [r])
      const kept = r && next() < 0.5 ? bind(reshape, [r], { shape: x.aval.shape.map((e, i) => (axes.includes(i) ? 1 : e)) }) : undefined
      const wide = kept
        ? bind(broadcast, [kept], { shape: x.aval.shape, dims: range(rank) })
        : r && bind(broadcast, [r], { shape: x.aval.shape, dims: range(rank).filter((i) => !axes.includes(i)) })
      const y = wide && bind(pick([sub, mul, add, max]), next() < 0.5 ? [x, wide] : [wide, x])
      if (y && next() < 0.5) bind(sum, [y], { axes })
    },
    () => {
      const x = pick(values), y = pick(values.filter((v) => v.aval.dtype === x.aval.dtype))
      if (x.aval.dtype === 'bool') return
      const lhsContract: number[] = [], rhsContract: number[] = [], lhsBatch: number[] = [], rhsBatch: number[] = []
      x.aval.shape.forEach((e, i) => y.aval.shape.forEach((f, j) => {
        if (e !== f || lhsContract.includes(i) || rhsContract.includes(j) || lhsBatch.includes(i) || rhsBatch.includes(j)) return
        const roll = next()
        if (roll < 0.45) { lhsContract.push(i); rhsContract.push(j) } else if (roll < 0.65) { lhsBatch.push(i); rhsBatch.push(j) }
      }))
      bind(dot, [x, y], { lhsContract, rhsContract, lhsBatch, rhsBatch })
    },
    () => { const x = pick(values); bind(pad, [x, mate(aval([], x.aval.dtype))].map((v, i) => (i === 1 && v.aval.shape.length > 0 ? lit(1, aval([], x.aval.dtype)) : v)), { axes: x.aval.shape.map(() => [pick([0, 1, -1]), pick([0, 2]), pick([0, 0, 1])]) }) },
    () => { const x = pick(values); const y = mate(x.aval); if (y.aval.shape.length > 0 && x.aval.shape.length > 0) bind(concatenate, [x, y], { axis: Math.floor(next() * x.aval.shape.length) }) },
    () => { const x = pick(values); const start = x.aval.shape.map((e) => Math.floor(next() * e)); const p = bind(slice, [x], { start: x.aval.shape.map(() => 0), stop: x.aval.shape.map((e, i) => e - start[i]), strides: x.aval.shape.map(() => 1) }); if (p) bind(accumulateAt, [mate2(x), p], { start, strides: x.aval.shape.map(() => 1) }) },
    () => {
      const x = pick(values)
      const a = freshVar(x.aval), b = freshVar(x.aval), c = freshVar(x.aval)
      if (x.aval.dtype === 'bool') return
      const jaxpr: Jaxpr = { inputs: [a], constCount: 0, eqns: [{ prim: add, inputs: [a, a], params: {}, outs: [b] }, { prim: mul, inputs: [b, a], params: {}, outs: [c] }], outs: [c, a, b] }
      const outs = jaxpr.outs.map((o) => freshVar(o.aval))
      eqns.push({ prim: call, inputs: [x], params: { jaxpr }, outs })
      values.push(...outs)
    },
  ]
  const mate2 = (x: Atom): Atom => pick(values.filter((v) => v.aval.dtype === x.aval.dtype && sameShape(v.aval.shape, x.aval.shape)))
  for (let guard = 0; eqns.length < count && guard < 20 * count; guard++) pick(kinds)()
  const outs = Array.from({ length: 1 + Math.floor(next() * 4) }, () => (next() < 0.7 ? values[values.length - 1 - Math.floor(next() * Math.min(values.length, 4))] : pick(values)))
  if (next() < 0.1) outs.push(lit(2.5, aval([], 'float64')))
  return { inputs, constCount: 0, eqns, outs }
}
