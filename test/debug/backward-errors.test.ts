/** Bounds of roundoff for factorizations and solutions, against exact arithmetic with integers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { debug, linalg, np, type Tensor } from 'adjoint'

type Matrix = readonly (readonly number[])[]
const places = 1000n
/** A double as a multiple of 2⁻¹⁰⁰⁰; all that are used here are. */
function whole(x: number): bigint {
  let [shift, y] = [0n, x]
  while (!Number.isInteger(y)) [y, shift] = [y * 2, shift + 1n]
  return BigInt(y) << (places - shift)
}

/** The determinant of integers, by elimination without fractions (Bareiss 1968). */
function det(rows: readonly (readonly bigint[])[]): bigint {
  const a = rows.map((r) => [...r])
  let [sign, before] = [1n, 1n]
  for (let k = 0; k < a.length - 1; k++) {
    const pivot = a.findIndex((r, i) => i >= k && r[k] !== 0n)
    if (pivot < 0) return 0n
    if (pivot !== k) [a[k], a[pivot], sign] = [a[pivot]!, a[k]!, -sign]
    for (let i = k + 1; i < a.length; i++) for (let j = k + 1; j < a.length; j++) a[i]![j] = (a[i]![j]! * a[k]![k]! - a[i]![k]! * a[k]![j]!) / before
    before = a[k]![k]!
  }
  return a.length === 0 ? 1n : sign * a[a.length - 1]![a.length - 1]!
}

const integers = (m: Matrix): bigint[][] => m.map((r) => r.map(whole))
/** |x − num/den| with what was scaled by 2^(1000 p). */
const gap = (x: number, num: bigint, den: bigint): number => {
  const d = whole(x) * den - (num << places)
  const size = d < 0n ? -d : d
  const by = den < 0n ? -den : den
  return Number((size << 200n) / by) / 2 ** 200 / 2 ** 1000 === 0 ? Number(((size << 600n) / by) >> places) * 2 ** -600 : Number(((size << 200n) / by) >> places) * 2 ** -200
}

const hilbert = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j) => 1 / (i + j + 1)))
const entry = fc.integer({ min: -4096, max: 4096 }).map((n) => n / 3 / 1024)
const matrixOf = (n: number): fc.Arbitrary<Matrix> => fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: n, maxLength: n })
const square = fc.integer({ min: 1, max: 5 }).chain((n) => fc.oneof(matrixOf(n), fc.constant(hilbert(n))))

/** Errors by exact arithmetic, and the bounds, of all elements. */
function check(f: (a: Tensor) => Tensor, m: Matrix, exact: readonly (readonly [bigint, bigint])[]): void {
  const { value, bound, committed } = debug.roundoff(f)(np.array(m as number[][]))
  const [values, bounds, sizes] = [value, bound, committed].map((x) => [x].flat(3) as number[])
  exact.forEach(([num, den], i) => {
    const error = gap(values![i]!, num, den)
    expect(error).toBeLessThanOrEqual(bounds![i]! * 1.01)
    expect(error).toBeLessThanOrEqual(sizes![i]! * 1.01)
  })
  expect(bounds!.every(Number.isFinite)).toBe(true)
}

const replaced = (a: bigint[][], column: number, b: readonly bigint[]): bigint[][] => a.map((r, i) => r.map((x, j) => (j === column ? b[i]! : x)))
const unit = (n: number, k: number): bigint[] => Array.from({ length: n }, (_, i) => (i === k ? 1n << places : 0n))

describe('debug.roundoff of matrices is above the error', () => {
  const runs = { numRuns: 40 }

  it('of determinants', () => {
    fc.assert(fc.property(square, (m) => check(linalg.det, m, [[det(integers(m)), 1n << (places * BigInt(m.length))]])), runs)
  })

  it('of solutions and inverses', () => {
    fc.assert(fc.property(square, (m) => {
      const a = integers(m)
      const d = det(a)
      fc.pre(d !== 0n)
      const n = m.length
      const b = m.map((_, i) => 1 / (i + 3))
      check((x) => linalg.solve(x, np.array(b)), m, m.map((_, j) => [det(replaced(a, j, b.map(whole))), d]))
      check(linalg.inv, m, m.flatMap((_, i) => m.map((_r, j) => [det(replaced(a, i, unit(n, j))), d] as const)))
    }), runs)
  })

  it('of Cholesky factors: the square of the last element is a quotient of determinants', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), (n) => {
      const a = integers(hilbert(n))
      check((x) => np.square(linalg.cholesky(x).at(n - 1, n - 1)), hilbert(n), [[det(a), det(a.slice(0, -1).map((r) => r.slice(0, -1))) << places]])
    }), { numRuns: 6 })
  })

  it('of LU: the last element of U is a quotient of determinants', () => {
    fc.assert(fc.property(square, (m) => {
      const n = m.length
      const [p] = linalg.lu(np.array(m as number[][]))
      const order = (np.matmul(np.transpose(p), np.arange(n)).toArray() as number[]).map((x) => Math.round(x))
      const a = integers(order.map((i) => m[i]!))
      const inner = det(a.slice(0, -1).map((r) => r.slice(0, -1)))
      fc.pre(inner !== 0n)
      check((x) => linalg.lu(x)[2].at(n - 1, n - 1), m, [[det(a), inner << places]])
    }), runs)
  })

  it('of triangular systems on either side', () => {
    fc.assert(fc.property(square, (m) => {
      const n = m.length
      const t = m.map((r, i) => r.map((x, j) => (j > i ? 0 : i === j ? x + 5 : x)))
      const a = integers(t)
      const d = det(a)
      const b = m.map((_, i) => 1 / (i + 3))
      check((x) => linalg.solveTriangular(x, np.array(b), { lower: true }), t, m.map((_, j) => [det(replaced(a, j, b.map(whole))), d]))
      const turned = a.map((_, i) => a.map((r) => r[i]!))
      const rows = np.array([b])
      check((x) => linalg.solveTriangular(x, rows, { lower: true, leftSide: false }), t, m.map((_, j) => [det(replaced(turned, j, b.map(whole))), d]))
      expect(n).toBeGreaterThan(0)
    }), runs)
  })

  it('is not far above it', () => {
    const { value, committed } = debug.roundoff(linalg.det as (a: Tensor) => Tensor)(np.array(hilbert(5) as number[][]))
    const error = gap(value as number, det(integers(hilbert(5))), 1n << (places * 5n))
    expect(committed as number).toBeLessThan(1000 * error + 1e-26)
  })
})
