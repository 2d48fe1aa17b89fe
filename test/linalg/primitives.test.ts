/** The primitives of linear algebra under the laws of rules: shapes, differences, adjoints, batches, to second order. */
import { describe, expect, it } from 'vitest'
import type { Primitive, Tensor } from '../../src/index'
import { linearAlgebra } from '../../src/primitives/linalg/all'
import { cholesky } from '../../src/primitives/linalg/cholesky'
import { cofactors, det } from '../../src/primitives/linalg/determinant'
import { eigh } from '../../src/primitives/linalg/eigh'
import { expm } from '../../src/primitives/linalg/expm'
import { lu, orderOfPivots } from '../../src/primitives/linalg/lu'
import { qr } from '../../src/primitives/linalg/qr'
import { pinv, svd } from '../../src/primitives/linalg/svd'
import { triangularSolve } from '../../src/primitives/linalg/triangular'
import { elements, f32, f64, i32, obeys, run, spaced, tensorOf, valuesOf } from '../primitives/rules'

/** Spaced numbers with `shift` added along the diagonals of the last two axes. */
function shifted(shape: readonly number[], shift: number, from = 0): Tensor {
  const [m, n] = shape.slice(-2)
  return f64(elements(spaced(shape, from)).map((x, i) => (Math.floor(i / n) % m === i % n ? x + shift : x)), shape)
}

const rectangles = [[3, 3], [4, 2], [2, 4], [2, 3, 2], [1, 1], [0, 0], [3, 0], [0, 2]]
const squares = [[3, 3], [1, 1], [2, 2, 2], [0, 0], [0, 2, 2]]

type Sample = readonly [prim: Primitive, args: readonly Tensor[], params?: { readonly [key: string]: unknown }]
const samples: readonly Sample[] = [
  ...squares.map((s): Sample => [cholesky, [shifted(s, 7)]]),
  ...rectangles.map((s): Sample => [lu, [spaced(s)]]),
  ...rectangles.map((s): Sample => [qr, [spaced(s)], { complete: false }]),
  [qr, [spaced([3, 2])], { complete: true }],
  ...squares.map((s): Sample => [eigh, [spaced(s)]]),
  ...rectangles.map((s): Sample => [svd, [spaced(s)], { full: false }]),
  [svd, [spaced([3, 2])], { full: true }],
  [svd, [spaced([1, 2])], { full: true }],
  ...rectangles.map((s): Sample => [pinv, [spaced(s)], { rtol: 1e-13 }]),
  ...squares.map((s): Sample => [det, [spaced(s)]]),
  [det, [f64([1, 2, 3, 2, 4, 6, 3, 6, 9], [3, 3])]],
  [det, [f64([0, 0, 0, 0], [2, 2])]],
  ...squares.map((s): Sample => [cofactors, [spaced(s)]]),
  ...squares.map((s): Sample => [cofactors, [spaced(s), spaced(s, 20), spaced(s, 40)]]),
  [cofactors, [f64([1, 2, 3, 2, 4, 6, 3, 6, 9], [3, 3]), spaced([3, 3])]],
  ...squares.map((s): Sample => [expm, [spaced(s)]]),
  ...squares.map((s): Sample => [expm, [spaced(s), spaced(s, 20), spaced(s, 40)]]),
]

describe('linear algebra', () => {
  it.each(samples.map(([prim, args, params]) => [`${prim.name} ${args.map((a) => `[${a.shape.join(',')}]`).join(' ')} ${JSON.stringify(params ?? {})}`, prim, args, params] as const))('%s', (_name, prim, args, params) => {
    expect(obeys(prim, args, params)).toBe(true)
  })

  const flags = [false, true]
  it.each(flags.flatMap((leftSide) => flags.flatMap((lower) => flags.flatMap((transposeA) => flags.map((unitDiagonal) => [{ leftSide, lower, transposeA, unitDiagonal }])))))('triangular_solve %j', (params) => {
    const sides = params.leftSide ? [3, 2] : [2, 3]
    expect(obeys(triangularSolve, [shifted([3, 3], 4), spaced(sides, 30)], params)).toBe(true)
    expect(obeys(triangularSolve, [shifted([2, 3, 3], 4), spaced([2, ...sides], 30)], params, { order: 1 })).toBe(true)
  })

  it.each(linearAlgebra.map((p) => [p.name, p] as const))('%s in float32 is float64 rounded once', (_name, prim) => {
    const sides = prim === triangularSolve ? [f32([1, 2], [2, 1])] : []
    const params = { leftSide: true, lower: true, transposeA: false, unitDiagonal: false, complete: false, full: false, rtol: 1e-6 }
    const low = run(prim, [f32([4, 1, 1, 3], [2, 2]), ...sides], params)
    const high = run(prim, [f64([4, 1, 1, 3], [2, 2]), ...sides.map((s) => tensorOf(elements(s), s.shape, 'float64'))], params)
    expect(low.map((t) => [...elements(t)])).toEqual(high.map((t) => elements(t).map(Math.fround)))
  })
})

it('exchanges list an order', () => expect(valuesOf(orderOfPivots, [i32([2, 2, 2])], { rows: 4 })).toEqual([2, 0, 1, 3]))

it('faults', () => {
  expect(() => run(cholesky, [f64([1, 2], [1, 2])])).toThrow(/^cholesky: expected a square matrix, got float64\[1,2\]/)
  expect(() => run(det, [i32([1], [1, 1])])).toThrow(/^det: expected one floating dtype, got int32\[1,1\]/)
  expect(() => run(cofactors, [spaced([2, 2]), spaced([3, 2, 2])])).toThrow(/^cofactors: leading axes differ/)
  expect(() => run(lu, [f64([1])])).toThrow(/^lu: expected a matrix/)
})
