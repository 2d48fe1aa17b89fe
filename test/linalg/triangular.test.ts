/**
 * Triangular systems and Cholesky factors: small backward errors, and the same bits by every backend, alone and beside others.
 *
 * Batches are solved by the module of inner loops, single small systems in JavaScript, vectors along rows of the triangle.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, theorems 8.5 and 10.3.
 */
import fc from 'fast-check'
import { backends, jit, np, type BackendName, type DType, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import { describe, expect, it } from 'vitest'
import { random } from '../compile/programs'

const flags = fc.record({ lower: fc.boolean(), transposeA: fc.boolean(), unitDiagonal: fc.boolean() })
const dtypes = fc.constantFrom<DType>('float64', 'float32')
const sizes = fc.record({ n: fc.integer({ min: 1, max: 20 }), k: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 1, max: 12 }), seed: fc.integer() })
const epsilon = { float64: 2 ** -53, float32: 2 ** -24 } as { readonly [dtype: string]: number }

const bits = (x: Tensor): number[] => Array.from(x.data() as Float64Array)
/** The result, which is that of all backends. */
function byAll(f: (...xs: Tensor[]) => Tensor, ...xs: Tensor[]): Tensor {
  const y = f(...xs)
  for (const { name } of backends) expect(bits((jit(f as never, { backend: name as BackendName }) as unknown as typeof f)(...xs))).toEqual(bits(y))
  return y
}
const array = (shape: readonly number[], dtype: DType, next: () => number): Tensor =>
  np.reshape(np.array(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next), dtype), [...shape])
/** |x| ≤ |y|, element by element, and all are numbers. */
const bounded = (x: Tensor, y: Tensor): boolean => bits(np.abs(x)).every((v, i) => v <= bits(y)[i]!)
const wide = (x: Tensor): Tensor => np.astype(x, 'float64')

describe('solveTriangular', () => {
  it('has small backward errors', () => {
    fc.assert(
      fc.property(sizes, flags, dtypes, ({ n, k, count, seed }, options, dtype) => {
        const next = random(seed)
        const a = array([count, n, n], dtype, () => next() - 0.5)
        const b = array([count, n, k], dtype, () => next() - 0.5)
        const x = wide(byAll((p, q) => linalg.solveTriangular(p, q, options), a, b))
        const half = (options.lower ? np.tril : np.triu)(wide(a), options.unitDiagonal ? (options.lower ? -1 : 1) : 0)
        const whole = options.unitDiagonal ? np.add(half, np.eye(n)) : half
        const t = options.transposeA ? np.matrixTranspose(whole) : whole
        const size = np.matmul(np.abs(t), np.abs(x))
        expect(bounded(np.subtract(np.matmul(t, x), wide(b)), np.multiply((2 * n + 2) * epsilon[dtype]!, size))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('has the bits of each column of each system alone, of Xᵀ from the right, and all of them whatever the numbers are', () => {
    const special = [0, -0, NaN, Infinity, -Infinity, 5e-324, 1e300, -1]
    fc.assert(
      fc.property(sizes, flags, dtypes, fc.constantFrom(0, 0.02, 0.3), ({ n, k, count, seed }, options, dtype, share) => {
        const next = random(seed)
        const number = (): number => (next() < share ? special[Math.floor(next() * special.length)]! : next() - 0.5)
        const a = array([count, n, n], dtype, number)
        const b = array([count, n, k], dtype, number)
        const x = byAll((p, q) => linalg.solveTriangular(p, q, options), a, b)
        const turned = byAll((p, q) => linalg.solveTriangular(p, q, { ...options, leftSide: false, transposeA: !options.transposeA }), a, np.matrixTranspose(b))
        expect(bits(np.matrixTranspose(turned))).toEqual(bits(x))
        for (let m = 0; m < count; m++) {
          expect(bits(linalg.solveTriangular(a.at(m), b.at(m), options))).toEqual(bits(x.at(m)))
          expect(bits(linalg.solveTriangular(a.at(m), b.at(m, '...', k - 1), options))).toEqual(bits(x.at(m, '...', k - 1)))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('of many rows and many systems, and of none', () => {
    const next = random(3)
    for (const [count, n, k] of [[1, 70, 3], [2, 45, 33], [700, 5, 3], [3, 16, 600], [0, 3, 2], [2, 0, 3], [2, 3, 0]] as const)
      for (const lower of [true, false]) {
        const a = np.add(array([count, n, n], 'float64', () => next() - 0.5), np.multiply(4, np.eye(n)))
        const b = array([count, n, k], 'float64', () => next() - 0.5)
        const x = byAll((p, q) => linalg.solveTriangular(p, q, { lower }), a, b)
        expect(x.shape).toEqual([count, n, k])
        if (x.size > 0) expect(bits(linalg.solveTriangular(a.at(count - 1), b.at(count - 1, '...', 1), { lower }))).toEqual(bits(x.at(count - 1, '...', 1)))
      }
  })
})

describe('cholesky', () => {
  it('has small backward errors, and the bits of each matrix alone', () => {
    fc.assert(
      fc.property(sizes, dtypes, ({ n, count, seed }, dtype) => {
        const next = random(seed)
        const g = array([count, n, n], dtype, () => next() - 0.5)
        const a = np.add(np.matmul(g, np.matrixTranspose(g)), np.astype(np.multiply(0.1, np.eye(n)), dtype))
        const l = byAll(linalg.cholesky as never, a)
        for (let m = 0; m < count; m++) expect(bits(linalg.cholesky(a.at(m)))).toEqual(bits(l.at(m)))
        const [f, given] = [wide(l), wide(a)]
        const product = (x: Tensor): Tensor => np.matmul(x, np.matrixTranspose(x))
        const symmetric = np.multiply(0.5, np.add(given, np.matrixTranspose(given)))
        expect(bits(np.triu(l, 1)).every((v) => v === 0)).toBe(true)
        expect(bounded(np.subtract(product(f), symmetric), np.multiply((2 * n + 4) * epsilon[dtype]!, product(np.abs(f))))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('is NaN, of one in a batch too, where a matrix is not positive definite', () => {
    for (const n of [1, 3, 8, 16, 17, 40])
      for (const bad of [0, -0, -1, NaN, -Infinity]) {
        const count = 9
        const data = Float64Array.from({ length: count * n * n }, (_, i) => (i % (n * n) % (n + 1) === 0 ? 4 : 0))
        data[4 * n * n + (n >> 1) * (n + 1)] = bad
        const l = byAll(linalg.cholesky as never, np.reshape(np.array(data), [count, n, n]))
        for (let m = 0; m < count; m++) expect(bits(l.at(m))).toEqual(Array.from({ length: n * n }, (_, i) => (i % n > Math.floor(i / n) ? 0 : m === 4 ? NaN : i % (n + 1) === 0 ? 2 : 0)))
      }
  })
})
