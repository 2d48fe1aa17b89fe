/** Holds a primitive to the laws of rules at chosen points, of its value and of its first derivatives. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { bind, type DType, type Eqn, type Primitive, type Tensor } from '../../src/index'
import { lanesOf, showArgs, smooth, type Case, type Claim } from '../../laws/case'
import { stackOfSingles } from '../../laws/claims/batching'
import { adjoint, backward, differences, linearTangent } from '../../laws/claims/derivative'
import { forward } from '../../laws/forward'
import { shapeRule, type PrimitiveCase } from '../../laws/claims/kernel'
import { directions, elements, isFloat, sizeOf, tensorOf } from '../../laws/elements'

export { elements, tensorOf }

export const f64 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => tensorOf(xs, shape, 'float64')
export const f32 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => tensorOf(xs.map(Math.fround), shape, 'float32')
export const i32 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => tensorOf(xs, shape, 'int32')
export const scalar = (x: number, dtype: DType = 'float64'): Tensor => tensorOf([x], [], dtype)

/** Numbers in (−2, 2), far enough apart for differences not to step over ties. */
export function spaced(shape: readonly number[], from = 0): Tensor {
  return f64(Array.from({ length: sizeOf(shape) }, (_, i) => (((from + i + 1) * 0.6180339887498949) % 1) * 4 - 2), shape)
}

export const run = (prim: Primitive, args: readonly Tensor[], params: Eqn['params'] = {}): readonly Tensor[] => bind(prim, args, params)
/** The elements of the first result. */
export const valuesOf = (prim: Primitive, args: readonly Tensor[], params: Eqn['params'] = {}): readonly number[] => elements(run(prim, args, params)[0]!)

/** The gradients of Σ weights · result, the floating results' weights given flat. */
export function gradients(prim: Primitive, args: readonly Tensor[], params: Eqn['params'], ...weights: readonly number[][]): (readonly number[])[] {
  const s = smooth(caseOf(prim, args, params))
  return backward(s.call, s.args, s.outs.map((o, i) => tensorOf(weights[i]!, o.shape, o.dtype))).map(elements)
}

const caseOf = (prim: Primitive, args: readonly Tensor[], params: Eqn['params'], stopped = false): PrimitiveCase => ({
  prim,
  params,
  args,
  call: (...xs) => bind(prim, xs, params),
  lane: lanesOf(args),
  coarse: args.some((t) => t.dtype === 'float32'),
  magnitude: 1,
  stopped,
  toString: () => `${prim.name} ${JSON.stringify(params)} at\n${showArgs(args)}`,
})

/** The tangents, and the cotangents, of a case, as cases of their own. */
function derived(c: Case): readonly Case[] {
  const s = smooth(c)
  if (s.args.length === 0 || s.outs.length === 0) return []
  const n = s.args.length
  const of = (name: string, more: readonly Tensor[], call: Case['call']): Case => {
    const args = [...s.args, ...more]
    return { args, call, lane: lanesOf(args), coarse: c.coarse, magnitude: 1, stopped: c.stopped, toString: () => `the ${name} of ${String(c)}\nat\n${showArgs(args)}` }
  }
  return [
    of('jvp', directions(s.args.map((t) => t.aval), 3), (...xs) => forward(s.call, xs.slice(0, n), xs.slice(n))[1]),
    of('vjp', directions(s.outs.map((t) => t.aval), 5), (...xs) => backward(s.call, xs.slice(0, n), xs.slice(n))),
  ]
}

const claims: readonly Claim[] = [shapeRule, differences(), linearTangent, adjoint, stackOfSingles]

/** True, or throws the evidence of a law that does not hold. `order` says to which derivative; kinks have no differences. */
export function obeys(prim: Primitive, args: readonly Tensor[], params: Eqn['params'] = {}, { order = 2, smooth: differentiable = true } = {}): boolean {
  const check = (c: Case, depth: number): void => {
    for (const claim of claims) {
      try {
        claim.holds(c, depth)
      } catch (e) {
        throw new Error(`${prim.name}, derivative ${order - depth}: ${claim.name}\n${String(c)}\n${e instanceof Error ? e.message : String(e)}`, { cause: e })
      }
    }
    if (depth > 1) derived(c).forEach((d) => check(d, depth - 1))
  }
  check(caseOf(prim, args, params, !differentiable), args.some((t) => isFloat(t.dtype)) ? order : 1)
  return true
}

interface GoldenArray {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly (number | boolean | string)[]
}
interface Golden {
  readonly fn: string
  readonly args: readonly (GoldenArray | number)[]
  readonly kwargs: { readonly [key: string]: number }
  readonly out: GoldenArray
}
const { cases } = JSON.parse(readFileSync('test/golden/numpy.json', 'utf8')) as { readonly cases: readonly Golden[] }

export const golden = (fn: string): readonly Golden[] => cases.filter((c) => c.fn === fn)
export const numbersOf = (a: GoldenArray): number[] => a.data.map(Number)
/** A golden array as a tensor; NumPy's int64 is int32 here. */
export const goldenTensor = (a: GoldenArray | number): Tensor =>
  typeof a === 'number' ? scalar(a) : tensorOf(numbersOf(a), a.shape, a.dtype === 'int64' ? 'int32' : (a.dtype as DType))

/** Whether equal to rounding, relative to 1 or the element; NaN is NaN. Throws where not. */
export function isClose(got: readonly number[], want: readonly number[], tolerance = 1e-14): boolean {
  expect(got.length).toBe(want.length)
  got.forEach((x, i) => {
    const y = want[i]!
    const same = Object.is(x, y) || x === y || (Number.isFinite(y) && Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)))
    if (!same) expect.fail(`element ${i} is ${x} instead of ${y}`)
  })
  return true
}

/** Whether a primitive gives what NumPy's function does of the same operands. */
export function isGolden(prim: Primitive, fn: string, tolerance?: number): boolean {
  const all = golden(fn)
  return all.length > 0 && all.every((c) => isClose(valuesOf(prim, c.args.map(goldenTensor)), numbersOf(c.out), tolerance))
}
