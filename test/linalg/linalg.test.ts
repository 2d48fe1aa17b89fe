/** Identities, batches, derivatives and edges of the `linalg` namespace. */
import { debug, grad, hessian, jit, jvp, makeJaxpr, vjp, vmap, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

/** Numbers in (−1, 1) that repeat from run to run. */
function numbers(shape: readonly number[], seed = 1): Tensor {
  let state = seed * 7919
  const next = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 1073741824 - 1
  }
  return np.reshape(np.array(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next)), shape)
}
const T = np.matrixTranspose
const definite = (shape: readonly number[]): Tensor => np.add(np.matmul(numbers(shape), T(numbers(shape))), np.eye(shape[shape.length - 1]))
const off = (a: Tensor, b: Tensor): number => (a.size === 0 ? 0 : Number(np.max(np.abs(np.subtract(a, b))).item()))
/** Whether of one shape and close in every element. Throws where not. */
function near(a: Tensor, b: Tensor, tolerance = 1e-12): boolean {
  expect(a.shape).toEqual(b.shape)
  expect(off(a, b)).toBeLessThan(tolerance)
  return true
}

describe.each([[1], [2], [7], [33], [70]])('factors of order %i', (n) => {
  const a = numbers([n, n], n)
  const s = definite([n, n])

  it('multiply to the matrix', () => {
    const l = linalg.cholesky(s)
    expect(near(np.matmul(l, T(l)), s, 1e-11)).toBe(true)
    expect(near(T(linalg.cholesky(s, { upper: true })), l)).toBe(true)
    const [p, low, up] = linalg.lu(a)
    expect(near(np.matmul(np.matmul(p, low), up), a)).toBe(true)
    const [q, r] = linalg.qr(a)
    expect(near(np.matmul(q, r), a)).toBe(true)
    expect(near(np.matmul(T(q), q), np.eye(n))).toBe(true)
    const [w, v] = linalg.eigh(s)
    expect(near(np.matmul(np.multiply(v, w), T(v)), s, 1e-10)).toBe(true)
    expect(near(np.matmul(T(v), v), np.eye(n), 1e-11)).toBe(true)
    const [u, d, vt] = linalg.svd(a)
    expect(near(np.matmul(np.multiply(u, d), vt), a, 1e-11)).toBe(true)
    expect(near(np.matmul(T(u), u), np.eye(n), 1e-11)).toBe(true)
  })

  it('solve', () => {
    const b = numbers([n, 3], 5)
    expect(near(np.matmul(a, linalg.solve(a, b)), b, 1e-10)).toBe(true)
    expect(near(np.matmul(linalg.inv(s), s), np.eye(n), 1e-9)).toBe(true)
    expect(near(np.matmul(s, linalg.choSolve(linalg.choFactor(s), b)), b, 1e-9)).toBe(true)
    expect(near(linalg.choSolve([linalg.cholesky(s), true], b), linalg.choSolve(linalg.choFactor(s, { lower: true }), b))).toBe(true)
    expect(near(np.matmul(T(a), linalg.luSolve(linalg.luFactor(a), b, { trans: 1 })), b, 1e-9)).toBe(true)
    expect(near(linalg.luSolve(linalg.luFactor(a), b), linalg.solve(a, b))).toBe(true)
    expect(near(np.matmul(linalg.solveTriangular(s, T(b), { leftSide: false }), np.triu(s)), T(b), 1e-10)).toBe(true)
    expect(near(np.matmul(linalg.expm(a), linalg.expm(np.negative(a))), np.eye(n), 1e-7)).toBe(true)
  })
})

it.each([[1, 1, 1], [5, 5, 1], [13, 13, 2], [15, 15, 2], [20, 9, 1], [16, 13, 2], [13, 20, 2], [40, 40, 3]])('singular vectors of %i × %i of rank %i are orthonormal', (m, n, rank) => {
  for (const seed of [1, 2, 3])
    for (const given of [np.ones([m, rank]), np.round(np.multiply(3, numbers([m, rank], seed))), numbers([m, rank], seed)]) {
      const a = np.matmul(given, np.round(np.multiply(2, numbers([rank, n], seed + 9))))
      const [u, s, vt] = linalg.svd(a)
      expect(near(np.matmul(T(u), u), np.eye(m))).toBe(true)
      expect(near(np.matmul(vt, T(vt)), np.eye(n))).toBe(true)
      const k = Math.min(m, n)
      expect(near(np.matmul(np.multiply(u.slice('...', [0, k]), s), vt.slice([0, k])), a, 1e-12)).toBe(true)
    }
})

it.each([[22, 32, 0.1], [22, 34, 3], [37, 28, 1], [40, 40, 1]])('singular vectors of ones, %i × %i, times %d are orthonormal, where what is left has no digits', (m, n, by) => {
  const [u, s, vt] = linalg.svd(np.full([m, n], by), { fullMatrices: false })
  const k = Math.min(m, n)
  expect(near(np.matmul(T(u), u), np.eye(k))).toBe(true)
  expect(near(np.matmul(vt, T(vt)), np.eye(k))).toBe(true)
  expect(s.at(0).item()).toBeCloseTo(by * Math.sqrt(m * n), 10)
})

it('QR of numbers near the least ones is orthogonal', () => {
  const [q, r] = linalg.qr(np.multiply(numbers([7, 5]), 2 ** -1060))
  expect(near(np.matmul(T(q), q), np.eye(5))).toBe(true)
  expect(near(np.multiply(np.matmul(q, r), 2 ** 900), np.multiply(np.multiply(numbers([7, 5]), 2 ** -1060), 2 ** 900), 1e-12)).toBe(true)
})

it.each([[[6, 4]], [[4, 6]], [[40, 35]], [[2, 5, 3]], [[3, 0]], [[0, 2]], [[0, 3, 2]]])('rectangles %j', (shape) => {
  const a = numbers(shape)
  const [m, n] = shape.slice(-2)
  const k = Math.min(m, n)
  for (const mode of ['reduced', 'complete'] as const) {
    const [q, r] = linalg.qr(a, mode)
    expect([...q.shape.slice(-2), ...r.shape.slice(-2)]).toEqual(mode === 'reduced' ? [m, k, k, n] : [m, m, m, n])
    expect(near(np.matmul(q, r), a)).toBe(true)
  }
  for (const full of [true, false]) {
    const [u, s, vt] = linalg.svd(a, full)
    expect(near(np.matmul(np.multiply(u.slice('...', [0, k]), np.expandDims(s, -2)), np.swapaxes(np.swapaxes(vt, -1, -2).slice('...', [0, k]), -1, -2)), a)).toBe(true)
    expect(near(np.matmul(T(u), u), np.broadcastTo(np.eye(full ? m : k), [...shape.slice(0, -2), full ? m : k, full ? m : k]))).toBe(true)
  }
  const [p, l, u] = linalg.lu(a)
  expect(near(np.matmul(np.matmul(p, l), u), a)).toBe(true)
  const pinv = linalg.pinv(a)
  expect(near(np.matmul(np.matmul(a, pinv), a), a)).toBe(true)
  expect(near(np.matmul(np.matmul(pinv, a), pinv), pinv, 1e-10)).toBe(true)
})

describe('batches', () => {
  const a = definite([4, 3, 3])
  const single: { readonly [name: string]: (x: Tensor) => unknown } = {
    cholesky: linalg.cholesky, inv: linalg.inv, det: linalg.det, slogdet: linalg.slogdet, lu: linalg.lu, qr: (x) => linalg.qr(x), eigh: linalg.eigh,
    svd: (x) => linalg.svd(x), pinv: linalg.pinv, expm: linalg.expm, norm: (x) => linalg.matrixNorm(x), rank: linalg.matrixRank, cond: linalg.cond,
    power: (x) => linalg.matrixPower(x, -3), trace: linalg.trace, luFactor: linalg.luFactor,
  }
  it.each(Object.entries(single))('%s of a batch is the stack, compiled too', (_name, f) => {
    const list = (y: unknown): Tensor[] => (Array.isArray(y) ? y : [y]) as Tensor[]
    const each = np.unstack(a).map((x) => list(f(x)))
    const want = each[0].map((_, i) => np.stack(each.map((e) => e[i])))
    for (const got of [f(a), vmap(f as never)(a as never), jit(f as never)(a as never), jit(vmap(f as never) as never)(a as never)]) list(got).forEach((y, i) => expect(near(y, want[i])).toBe(true))
  })

  it('right-hand sides broadcast, and share the factors under vmap', () => {
    const [b, v] = [numbers([5, 3]), numbers([4, 3, 2])]
    expect(near(vmap((x: Tensor) => linalg.solve(a.at(0), x))(b), T(linalg.solve(a.at(0), T(b))))).toBe(true)
    expect(near(linalg.solve(a.at(0), v), np.stack(np.unstack(v).map((x) => linalg.solve(a.at(0), x))))).toBe(true)
    expect(near(linalg.solve(a, numbers([3])), np.stack(np.unstack(a).map((x) => linalg.solve(x, numbers([3])))))).toBe(true)
    expect(near(vmap((m: Tensor, b: Tensor) => linalg.solve(m, b), { inAxes: [0, null] })(a, numbers([3])), linalg.solve(a, numbers([3])))).toBe(true)
    expect(near(vmap((x: Tensor) => linalg.solveTriangular(a.at(0), x))(b), T(linalg.solveTriangular(a.at(0), T(b))))).toBe(true)
  })

  it('a matrix is factored once for value and derivatives', () => {
    const program = String(makeJaxpr(grad((m: Tensor, b: Tensor) => np.sum(np.square(linalg.solve(m, b)))))(a.at(0), numbers([3])))
    expect(program.match(/ = lu/g)?.length).toBe(1)
  })
})

describe('derivatives', () => {
  const functions: readonly (readonly [string, (...xs: Tensor[]) => unknown, readonly Tensor[], number])[] = [
    ['solve', (m, b) => linalg.solve(m, b), [definite([3, 3]), numbers([3], 3)], 3],
    ['inv', (m) => linalg.inv(m), [definite([2, 2])], 3],
    ['slogdet', (m) => linalg.slogdet(m)[1], [definite([3, 3])], 3],
    ['luSolve', (m, b) => linalg.luSolve(linalg.luFactor(m), b), [definite([3, 3]), numbers([3, 2], 3)], 2],
    ['choSolve', (m, b) => linalg.choSolve(linalg.choFactor(m), b), [definite([3, 3]), numbers([3], 3)], 2],
    ['lstsq', (m, b) => linalg.lstsq(m, b).slice(0, 2), [numbers([4, 2]), numbers([4], 3)], 2],
    ['lstsq, wide', (m, b) => linalg.lstsq(m, b)[0], [numbers([2, 4]), numbers([2, 2], 3)], 2],
    ['expm', (m) => linalg.expm(m), [numbers([3, 3])], 4],
    ['matrixPower', (m) => linalg.matrixPower(m, 5), [numbers([2, 2])], 2],
    ['cond', (m) => linalg.cond(m), [definite([3, 3])], 2],
    ['nuclear norm', (m) => linalg.norm(m, 'nuc'), [numbers([3, 2])], 2],
    ['p-norm', (x) => linalg.norm(x, 3), [numbers([4])], 2],
    ['multiDot', (x, y, z) => linalg.multiDot([x, y, z]), [numbers([2, 3]), numbers([3, 2], 2), numbers([2], 3)], 2],
    ['eigh, as projections', (m) => { const [w, v] = linalg.eigh(m); return np.matmul(np.multiply(v, np.exp(w)), T(v)) }, [numbers([3, 3])], 2],
  ]
  it.each(functions)('%s agrees with differences in both modes', (_name, f, args, order) => {
    expect(() => debug.checkGrads(f as never, args, { order, tolerance: 1e-4 })).not.toThrow()
  })

  it('det at matrices of every rank, to fourth order', () => {
    const ones = np.ones([4, 4])
    const rank2 = np.add(ones, np.outer(np.arange(4), np.arange(4)))
    for (const a of [np.zeros([4, 4]), ones, rank2, np.add(rank2, np.diag([0, 0, 0, 1])), numbers([4, 4])]) debug.checkGrads((x: Tensor) => linalg.det(x), [a], { order: 4, tolerance: 1e-5 })
    expect(near(grad((x: Tensor) => linalg.det(x))(np.array([[1, 2], [2, 4]])), np.array([[4, -2], [-2, 1]]))).toBe(true)
    expect(near(grad((x: Tensor) => linalg.det(x))(np.array([[0, 0], [0, 3]])), np.array([[3, 0], [0, 0]]))).toBe(true)
    expect(near(grad((x: Tensor) => linalg.det(x))(ones), np.zeros([4, 4]))).toBe(true)
    expect(near(np.reshape(hessian((x: Tensor) => linalg.det(x))(np.zeros([2, 2])), [4, 4]), np.array([[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]))).toBe(true)
  })

  it('det near singularity: cofactors to rounding of the matrix', () => {
    for (const e of [1e-3, 1e-8, 1e-15, 1e-300]) {
      const row = grad((x: Tensor) => linalg.det(x))(np.array([[1, 2, 0], [2, 4, 0], [0, 0, e]])).at(0)
      expect(near(row, np.array([4 * e, -2 * e, 0]), 2e-15)).toBe(true)
    }
  })

  it('norms have derivative 0 at 0', () => {
    const zero = np.zeros([3])
    for (const ord of [undefined, 2, 3, 1, 1.5, Infinity]) expect(grad((x: Tensor) => linalg.norm(x, ord))(zero).toArray()).toEqual([0, 0, 0])
    for (const ord of ['fro', 'nuc', 1, 2, Infinity] as const) expect(grad((x: Tensor) => linalg.norm(x, ord))(np.zeros([2, 2])).toArray()).toEqual([[0, 0], [0, 0]])
    expect(hessian((x: Tensor) => linalg.norm(x))(np.zeros([2])).toArray()).toEqual([[0, 0], [0, 0]])
    expect(grad((x: Tensor) => np.sum(linalg.norm(x, null, 1)))(np.array([[3, 4], [0, 0]])).at(0).toArray()).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)])
  })

  it('repeated eigenvalues and singular values: finite, and right for symmetric functions', () => {
    expect(near(grad((m: Tensor) => np.sum(np.power(linalg.eigvalsh(m), 3)))(np.multiply(np.eye(3), 2)), np.multiply(np.eye(3), 12))).toBe(true)
    const moved = jvp((m: Tensor) => linalg.eigh(m), [np.eye(3)], [numbers([3, 3])])[1] as unknown as Tensor[]
    expect(moved.every((t) => np.all(np.isfinite(t)).item())).toBe(true)
    // The polar factor U Vᵀ of A is the orthogonal matrix closest to it: at I it moves by the skew part.
    const e = numbers([3, 3])
    const polar = (m: Tensor): Tensor => { const [u, , vt] = linalg.svd(m); return np.matmul(u, vt) }
    expect(near(jvp(polar, [np.eye(3)], [e])[1] as Tensor, np.multiply(np.subtract(e, T(e)), 0.5))).toBe(true)
    expect(near(jvp((m: Tensor) => linalg.pinv(m), [np.eye(3)], [e])[1] as Tensor, np.negative(e))).toBe(true)
    expect(np.all(np.isfinite((vjp((m: Tensor) => linalg.svd(m), [np.zeros([3, 2])])[1]([np.ones([3, 3]), np.ones([2]), np.ones([2, 2])]) as Tensor[])[0])).item()).toBe(true)
  })

  it('qr at triangular matrices, where its signs jump: the derivative of factors that do not', () => {
    const e = numbers([2, 2])
    for (const a of [np.array([[5, 0], [0, 10]]), np.array([[-5, 2], [0, 10]]), np.eye(2)]) {
      const [[q, r], [dq, dr]] = jvp((m: Tensor) => linalg.qr(m), [a], [e]) as unknown as [Tensor[], Tensor[]]
      expect([q.toArray(), near(r, a)]).toEqual([[[1, 0], [0, 1]], true])
      expect(near(np.add(np.matmul(dq, r), np.matmul(q, dr)), e)).toBe(true)
      expect(near(np.matmul(T(q), dq), np.negative(np.matmul(T(dq), q)))).toBe(true)
      expect(near(np.tril(dr, -1), np.zeros([2, 2]))).toBe(true)
    }
    // Beside it, the first column is reflected.
    expect(Math.sign(Number(linalg.qr(np.array([[5, 0], [1e-9, 10]]))[1].at(0, 0).item()))).toBe(-1)
  })

  it('reverse over forward over a batch', () => {
    const f = (m: Tensor): Tensor => np.sum(linalg.inv(linalg.cholesky(m)))
    const a = definite([2, 3, 3])
    expect(near(vmap(hessian(f))(a), np.stack(np.unstack(a).map((x) => hessian(f)(x))), 1e-10)).toBe(true)
    expect(near(jit(grad(f))(a.at(0)), grad(f)(a.at(0)))).toBe(true)
  })
})

describe('edges', () => {
  it('empty', () => {
    const none = np.zeros([0, 0])
    expect(linalg.det(none).item()).toBe(1)
    expect(linalg.slogdet(none).map((x) => x.item())).toEqual([1, 0])
    expect([linalg.inv(none), linalg.cholesky(none), linalg.expm(none), linalg.eigh(none)[1]].map((x) => x.shape)).toEqual([[0, 0], [0, 0], [0, 0], [0, 0]])
    expect(linalg.solve(none, np.zeros([0, 2])).shape).toEqual([0, 2])
    expect(linalg.solve(np.zeros([0, 3, 3]), np.zeros([3, 2])).shape).toEqual([0, 3, 2])
    expect(linalg.norm(np.zeros([0])).item()).toBe(0)
    expect(linalg.matrixRank(np.zeros([3, 0])).item()).toBe(0)
    expect(grad((m: Tensor) => np.sum(linalg.svdvals(m)))(np.zeros([2, 0])).shape).toEqual([2, 0])
  })

  it('what is not definite, singular or not finite', () => {
    expect(linalg.cholesky([[1, 2], [2, 1]]).toArray()).toEqual([[NaN, 0], [NaN, NaN]])
    expect(linalg.slogdet([[1, 2], [2, 4]]).map((x) => x.item())).toEqual([0, -Infinity])
    expect(linalg.eigvalsh([[NaN, 0], [0, 1]]).toArray()).toEqual([NaN, NaN])
    expect(linalg.svdvals([[Infinity, 0], [0, 1]]).toArray()).toEqual([NaN, NaN])
    expect(linalg.expm([[NaN, 0], [0, 1]]).at(0, 0).item()).toBeNaN()
    expect(linalg.matrixRank([[1, 2], [2, 4]]).item()).toBe(1)
    expect(linalg.svdvals([[1e-150, 0], [0, 1e150]]).toArray()).toEqual([1e150, 1e-150])
  })

  it('the condition number of 0 is infinite, by every norm; that of NaN is NaN', () => {
    for (const p of [null, 2, -2, 1, -1, Infinity, 'fro', 'nuc'] as const) {
      expect(linalg.cond(np.zeros([2, 2]), p).item()).toBe(Infinity)
      expect(linalg.cond(np.stack([np.zeros([2, 2]), np.eye(2)]), p).at(0).item()).toBe(Infinity)
      expect(linalg.cond([[NaN, 1], [1, 1]], p).item()).toBeNaN()
    }
  })

  it('dtypes', () => {
    const a = np.array([[4, 1], [1, 3]], { dtype: 'float32' })
    for (const x of [linalg.inv(a), linalg.det(a), linalg.solve(a, np.astype([1, 2], 'float32')), linalg.cholesky(a), linalg.norm(a), linalg.expm(a), ...linalg.lu(a), ...linalg.qr(a), ...linalg.eigh(a), ...linalg.svd(a)]) expect(x.dtype).toBe('float32')
    expect(grad((x: Tensor) => linalg.det(x))(a).dtype).toBe('float32')
    expect(linalg.inv(np.array([[2, 0], [0, 4]], { dtype: 'int32' })).toArray()).toEqual([[0.5, 0], [0, 0.25]])
  })

  it('reads one triangle where it is told to', () => {
    const a = np.array([[4, 100], [2, 5]])
    expect(near(linalg.cholesky(a, { symmetrizeInput: false }), np.array([[2, 0], [1, 2]]))).toBe(true)
    expect(near(linalg.eigvalsh(a, { symmetrizeInput: false, UPLO: 'L' }), linalg.eigvalsh([[4, 2], [2, 5]]))).toBe(true)
    expect(near(linalg.eigvalsh(a, { symmetrizeInput: false, UPLO: 'U' }), linalg.eigvalsh([[4, 100], [100, 5]]))).toBe(true)
  })

  it('faults', () => {
    expect(() => linalg.inv([[1, 2]])).toThrow(/^inv: matrices of shape \[1,2\]/)
    expect(() => linalg.solve([[1]], [1, 2])).toThrow(/^solve: matrices of shape \[1,1\] and right-hand sides of shape \[2\]/)
    expect(() => linalg.det([1])).toThrow(/^det: an array of shape \[1\]/)
    expect(() => linalg.norm([1], 'fro')).toThrow(/^norm: order 'fro' of a vector/)
    expect(() => linalg.norm([[1]], 5)).toThrow(/^norm: order 5 of a matrix/)
    expect(() => linalg.matrixPower([[1]], 0.5)).toThrow(/^matrixPower: power 0.5/)
    expect(() => linalg.multiDot([[1]])).toThrow(/^multiDot: 1 arrays/)
    expect(() => linalg.qr([[1]], 'raw' as 'r')).toThrow(/^qr: there is no mode 'raw'/)
    expect(() => linalg.solve(np.ones([2, 2, 2]), np.ones([3, 2, 1]))).toThrow(/do not broadcast/)
  })
})
