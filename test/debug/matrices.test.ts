/** Bounds of roundoff for orthogonal factors, the matrix exponential and cofactors, against golden values of 100 digits. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { debug, grad, jvp, linalg, np, vmap, type Tensor } from 'adjoint'

interface Golden {
  readonly name: string
  readonly args: readonly (readonly (readonly number[])[])[]
  /** Each element as high + low. */
  readonly exact: readonly (readonly [number, number])[]
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/matrices.json', import.meta.url), 'utf8')) as { cases: readonly Golden[] }

/** Q and R with a positive diagonal. */
function positive(a: Tensor): { readonly q: Tensor; readonly r: Tensor } {
  const [q, r] = linalg.qr(a)
  const sign = np.sign(np.diagonal(r))
  return { q: np.multiply(q, sign), r: np.multiply(r, sign.reshape([-1, 1])) }
}
const thin = (a: Tensor): [Tensor, Tensor, Tensor] => linalg.svd(a, { fullMatrices: false })
const cofactors = (a: Tensor): Tensor => grad(linalg.det as (x: Tensor) => Tensor)(a)

const functions: { readonly [name: string]: (...args: Tensor[]) => Tensor } = {
  q: (a) => positive(a!).q,
  r: (a) => positive(a!).r,
  eigenvalues: (a) => linalg.eigh(a!)[0],
  eigenvectors: (a) => linalg.eigh(a!)[1],
  spectral: (a) => {
    const [values, v] = linalg.eigh(a!)
    return np.matmul(np.multiply(v, np.exp(values)), v.T)
  },
  'singular values': (a) => thin(a!)[1],
  'left vectors': (a) => thin(a!)[0],
  'right vectors': (a) => thin(a!)[2].T,
  pinv: (a) => linalg.pinv(a!),
  expm: (a) => linalg.expm(a!),
  'expm moved': (a, x) => jvp(linalg.expm as (y: Tensor) => Tensor, [a!], [x!])[1],
  cofactors: (a) => cofactors(a!),
  'cofactors moved': (a, x) => jvp(cofactors, [a!], [x!])[1],
}

/** Where there is no bound: vectors of a value that no digit tells from another, and what has no first order. */
const unbounded = 2

describe.each(Object.keys(functions))('the bound of %s', (name) => {
  const own = cases.filter((c) => c.name === name)
  it('is above the error, and finite where the result is determined', () => {
    let [infinite, least] = [0, Infinity]
    const off: string[] = []
    for (const { args, exact } of own) {
      const { value, bound, committed } = debug.roundoff(functions[name]!)(...args.map((a) => np.array(a as number[][])))
      const [values, bounds, known] = [value, bound, committed].map((x) => [x].flat(3) as number[])
      exact.forEach(([high, low], i) => {
        const error = Math.abs(values![i]! - high - low)
        if (!(error <= bounds![i]! && error <= known![i]!)) off.push(`element ${i} of ${JSON.stringify(args)}: error ${error}, bound ${bounds![i]}, ${known![i]}`)
        if (error > 0) least = Math.min(least, bounds![i]! / error)
      })
      if (!bounds!.every(Number.isFinite)) infinite++
    }
    expect(off).toEqual([])
    expect(own.length).toBeGreaterThan(3)
    expect(infinite).toBeLessThanOrEqual(unbounded)
    expect(least).toBeLessThan(20_000)
  })
})

describe('the bound of a batch', () => {
  const each: { readonly [name: string]: (a: Tensor) => Tensor } = { expm: linalg.expm, eigh: (a) => linalg.eigh(a)[1], svd: (a) => linalg.svd(a)[0], qr: (a) => linalg.qr(a)[0], pinv: linalg.pinv, cofactors: (a) => vmap(grad(linalg.det as (x: Tensor) => Tensor))(a.reshape([-1, 2, 2])) }
  it.each(Object.keys(each))('is that of its matrices: %s', (name) => {
    const matrices = [[[1, 0.5], [0.25, -1]], [[30, 7], [2, 1]], [[1e-3, 2], [2, 5]]]
    const bound = (a: unknown): number[] => [debug.roundoff(each[name]!)(np.array(a as number[][][])).bound].flat(4) as number[]
    const got = bound(matrices)
    matrices.flatMap((m) => bound([m])).forEach((b, i) => expect(Math.abs(got[i]! - b)).toBeLessThanOrEqual(1e-12 * b))
    expect(got.every((b) => b > 0 && b < 1e3)).toBe(true)
  })
  it('of no elements, and of empty matrices, is nothing', () => {
    for (const f of [linalg.expm, (a: Tensor) => linalg.eigh(a)[1], (a: Tensor) => linalg.svd(a)[0], (a: Tensor) => linalg.qr(a)[0], linalg.pinv])
      expect(debug.roundoff(f as (a: Tensor) => Tensor)(np.zeros([0, 0])).bound).toEqual([])
  })
  it('in float32 counts in its units', () => {
    const a = [[1, 0.5], [0.25, -1]]
    for (const f of Object.values(each)) {
      const [low, high] = ['float32', 'float64'].map((dtype) => ([debug.roundoff(f)(np.array([a], { dtype: dtype as 'float32' })).bound].flat(4) as number[])[0]!)
      expect(low! / high! / 2 ** 29).toBeGreaterThan(0.9)
    }
  })
})
