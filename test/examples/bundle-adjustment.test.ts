/** ADBench's bundle adjustment: the sparse Jacobian against the reference values of its hand-written C++ module. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { jit, np, sparseJacobian, type Tensor } from '../../src/index'
import { blocks, main, readProblem, residuals, type Problem } from '../../examples/bundle-adjustment'
import { missing, stated } from './stated'

interface Reference {
  readonly nnz: number
  readonly nrows: number
  readonly ncols: number
  readonly J_block_rowmajor_cam11_X3_w1: readonly number[]
  readonly dw_err_dw: number
  readonly reproj_err_block: readonly number[]
  readonly w_err_block: number
  readonly J_csr_vals_stats: { readonly n: number; readonly sum: number; readonly l2: number; readonly dot_cos01i: number; readonly max_abs: number }
  readonly JT_r?: readonly number[]
  readonly JT_r_first50?: readonly number[]
  readonly JT_r_last50?: readonly number[]
}

const reference = (name: string): Reference => JSON.parse(readFileSync(new URL(`../golden/adbench/${name}.json`, import.meta.url), 'utf8')) as Reference
const argnums = [0, 1, 2] as const

/** ADBench's measure of difference: absolute below 1, relative above. */
const rho = (x: number, y: number): number => Math.abs(x - y) / Math.max(1, Math.abs(x) + Math.abs(y))
const furthest = (xs: ArrayLike<number>, ys: ArrayLike<number>): number => Array.from(xs, (x, i) => rho(x, ys[i])).reduce((m, d) => Math.max(m, d), 0)

describe.each([['ba1', 'ba1_n49_m7776_p31843.txt'], ['ba_test', 'ba_test.txt']] as const)('%s', (name, file) => {
  const ref = reference(name)
  const problem = readProblem(file)
  const { cameras, points, weights, cameraOf, pointOf } = problem
  const p = cameraOf.length
  const f = residuals(problem)

  it('has the residuals of the reference', () => {
    const [reprojections, weighting] = f(cameras, points, weights)
    expect(furthest(reprojections.data().subarray(0, 2), ref.reproj_err_block)).toBeLessThan(1e-12)
    expect(rho(Number(weighting.at(p - 1).item()), ref.w_err_block)).toBeLessThan(1e-15)
  })

  it('in whole blocks: positions, order and values of the reference, compiled or not', () => {
    const expected = blocks(problem)
    const options = { argnums, pattern: expected }
    const plain = sparseJacobian(f, options)(cameras, points, weights)
    const compiled = jit((c: Tensor, x: Tensor, w: Tensor) => sparseJacobian(f, options)(c, x, w))(cameras, points, weights)
    expect(plain.shape).toEqual([ref.nrows, ref.ncols])
    expect(plain.nnz).toBe(ref.nnz)
    const { offsets, cols, values } = plain.toCSR()
    expect([offsets[1], offsets[2 * p], offsets[3 * p]]).toEqual([15, 30 * p, 31 * p])
    expect(cols.every((c, k) => c === expected.cols[k])).toBe(true)
    expect(plain.rows.every((r, k) => r === expected.rows[k])).toBe(true)
    const v = values.data() as Float64Array
    for (const i of [0, 1, p >> 1, p - 1]) expect(furthest(v.subarray(30 * i, 30 * i + 30), ref.J_block_rowmajor_cam11_X3_w1)).toBeLessThan(1e-12)
    expect(v[31 * p - 1]).toBe(ref.dw_err_dw)
    const stats = ref.J_csr_vals_stats
    expect(rho(v.reduce((s, x) => s + x, 0), stats.sum)).toBeLessThan(1e-11)
    expect(rho(Math.sqrt(v.reduce((s, x) => s + x * x, 0)), stats.l2)).toBeLessThan(1e-11)
    expect(rho(v.reduce((m, x) => Math.max(m, Math.abs(x)), 0), stats.max_abs)).toBeLessThan(1e-12)
    const c = compiled.values.data()
    expect(furthest(c, v)).toBeLessThan(1e-14)
    // The transpose times the residuals: this one depends on which camera and point each block belongs to.
    const r = np.concatenate(f(cameras, points, weights).map((t) => np.ravel(t))).data()
    const product = new Float64Array(ref.ncols)
    v.forEach((x, k) => (product[cols[k]] += x * r[plain.rows[k]]))
    expect(furthest(product.subarray(0, 50), ref.JT_r_first50 ?? ref.JT_r!.slice(0, 50))).toBeLessThan(1e-10)
    expect(furthest(product.subarray(-50), ref.JT_r_last50 ?? ref.JT_r!.slice(-50))).toBeLessThan(1e-10)
  })

  it('finds the exact pattern by itself: whole blocks but for two zeros in each', () => {
    const found = sparseJacobian(f, { argnums })(cameras, points, weights)
    expect(found.nnz).toBe(29 * p)
    const all = blocks(problem)
    let k = 0
    for (let e = 0; e < all.rows.length; e++) {
      const zero = all.rows[e] < 2 * p && all.cols[e] === 11 * cameraOf[all.rows[e] >> 1] + (all.rows[e] % 2 === 0 ? 8 : 7)
      if (!zero && (found.rows[k] !== all.rows[e] || found.cols[k++] !== all.cols[e])) expect(`entry ${e} missing`).toBe('')
    }
    expect(k).toBe(found.nnz)
    expect(found.passes.forward + found.passes.reverse).toBeLessThanOrEqual(15)
    expect(pointOf.length).toBe(p)
  })
})

describe('a camera that is not turned', () => {
  it('has finite derivatives, those of the linear part', () => {
    const small = readProblem('ba_test.txt')
    const cameras = np.concatenate([np.zeros([2, 3]), small.cameras.slice('...', [3, null])], 1)
    const still: Problem = { ...small, cameras }
    const f = residuals(still)
    const J = sparseJacobian(f, { argnums })(cameras, small.points, small.weights)
    const moved = (e: number): Tensor => f(cameras.addAt([0, 1], e), small.points, small.weights)[0]
    const slope = Number(moved(1e-6).sub(moved(-1e-6)).at(0, 0).item()) / 2e-6
    expect(np.all(np.isfinite(J.values)).item()).toBe(true)
    expect(rho(Number(J.values.at(1).item()), slope)).toBeLessThan(1e-7)
  })
})

it('the example prints what it states', () => {
  const lines: string[] = []
  main((line) => lines.push(line))
  expect(missing(stated(readFileSync(new URL('../../examples/bundle-adjustment.ts', import.meta.url), 'utf8')), lines)).toBeUndefined()
})
