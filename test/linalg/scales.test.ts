/** Factors of matrices of all sizes of numbers, and of tall, wide and square ones on both sides of what runs in the module. */
import { describe, expect, it } from 'vitest'
import { linalg, np } from '../../src/index'

const shapes = [[1, 1], [3, 3], [5, 2], [2, 5], [17, 17], [40, 3], [3, 40], [300, 20], [20, 300], [65, 64]] as const
/** Subnormal, squares that vanish, ordinary, squares that overflow. */
const scales = [1e-310, 1e-290, 1e-160, 1, 1e160, 1e300]

const matrix = (m: number, n: number, scale: number): Float64Array => Float64Array.from({ length: m * n }, (_, i) => Math.sin(i * i + 1) * scale)
const largest = (x: ReturnType<typeof np.array>): number => np.max(np.abs(x)).item() as number

describe.each(shapes)('a %i × %i matrix', (m, n) => {
  it.each(scales)('of numbers as large as %d', (scale) => {
    const a = np.reshape(np.array(matrix(m, n, scale)), [m, n])
    /** Compared at another scale: products of subnormal numbers would lose digits, of large ones overflow. */
    const up = scale < 1 ? 2 ** 600 : 2 ** -600
    const to = np.multiply(a, scale === 1 ? 1 : up)
    const near = scale < 1e-300 ? 1e-2 : 1e-13 * Math.max(m, n)
    const size = largest(to)
    const [q, r] = linalg.qr(a)
    const scaled = (x: typeof r): typeof r => np.multiply(x, scale === 1 ? 1 : up)
    expect(largest(np.subtract(np.matmul(q, scaled(r)), to))).toBeLessThan(near * size)
    expect(largest(np.subtract(np.matmul(np.transpose(q), q), np.eye(q.shape[1]!)))).toBeLessThan(1e-13 * Math.max(m, n))
    expect(largest(np.tril(r, -1))).toBe(0)
    const [u, s, vt] = linalg.svd(a, { fullMatrices: false })
    expect(largest(np.subtract(np.matmul(np.multiply(u, np.expandDims(scaled(s), 0)), vt), to))).toBeLessThan(near * size)
    expect(largest(np.subtract(np.matmul(np.transpose(u), u), np.eye(s.shape[0]!)))).toBeLessThan(1e-13 * Math.max(m, n))
  })

  it('has a pseudo-inverse, and none of what is not finite', () => {
    const a = np.reshape(np.array(matrix(m, n, 1)), [m, n])
    const p = linalg.pinv(a)
    expect(largest(np.subtract(np.matmul(np.matmul(a, p), a), a))).toBeLessThan(1e-12 * m * n)
    const broken = matrix(m, n, 1)
    broken[m * n - 1] = NaN
    const all = linalg.pinv(np.reshape(np.array(broken), [m, n]))
    expect(np.all(np.isnan(all)).item()).toBe(true)
    if (m === 1) return
    for (const wrong of [NaN, Infinity, -Infinity])
      for (const row of [0, m - 1]) {
        const first = matrix(m, n, 1)
        first[row * n] = wrong
        expect(np.any(np.isnan(linalg.qr(np.reshape(np.array(first), [m, n]))[0]), 0).toArray()).not.toContain(false)
      }
  })
})
