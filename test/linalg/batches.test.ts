/**
 * Batches of matrices that are hard for one another: each lane has the bits of the single call, values and derivatives, whatever its neighbours are.
 *
 * Derivatives of factors are not continuous where values are equal, vanish or turn a sign: there a last bit that differed would be seen.
 */
import { jit, jvp, np, vjp, vmap, type DType, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import { describe, expect, it } from 'vitest'

type Factors = (a: Tensor) => Tensor[]

let state = 12345
const next = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 31 - 1
}
const symmetric = (n: number): number[] => {
  const a = Array.from({ length: n * n }, next)
  return a.map((_, i) => a[Math.max(i, (i % n) * n + Math.floor(i / n))]!)
}
const eye = (n: number): number[] => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))

/** One of each kind: symmetric, clustered, deficient, far out. */
const kinds: readonly ((n: number) => number[])[] = [
  symmetric,
  (n) => Array.from({ length: n * n }, next),
  eye,
  (n) => Array.from({ length: n * n }, () => 0),
  (n) => symmetric(n).map((x) => Math.round(2 * x)),
  ...[1e-4, 1e-9, 1e-15].map((e) => (n: number) => symmetric(n).map((x, i) => eye(n)[i]! + e * x)),
  (n) => [Array.from({ length: n }, next)].flatMap((u) => u.flatMap((x) => u.map((y) => x * y))),
  (n) => [Array.from({ length: n }, next)].flatMap((u) => u.flatMap((x, i) => u.map((y, j) => (i === n - 1 || j === n - 1 ? 0 : x * y + Number(i === j))))),
  ...[1e150, 1e300, 1e-160, 1e-310].map((s) => (n: number) => symmetric(n).map((x) => x * s)),
  (n) => symmetric(n).map((x, i) => (i === 0 ? NaN : x)),
  (n) => symmetric(n).map((x, i) => (i === n * n - 1 ? Infinity : x)),
]

const functions: { readonly [name: string]: Factors } = {
  eigh: linalg.eigh, eigvalsh: (a) => [linalg.eigvalsh(a)], svd: (a) => linalg.svd(a), pinv: (a) => [linalg.pinv(a)], expm: (a) => [linalg.expm(a)],
  qr: (a) => linalg.qr(a), lu: (a) => linalg.lu(a), cholesky: (a) => [linalg.cholesky(a)], det: (a) => [linalg.det(a)], slogdet: linalg.slogdet,
  inv: (a) => [linalg.inv(a)], lstsq: (a) => linalg.lstsq(a, np.ones([a.shape[0]!, 2], a.dtype)),
  'eigh of a product': (a) => linalg.eigh(np.matmul(a, np.matrixTranspose(a))), 'pinv of a scaled one': (a) => [linalg.pinv(np.divide(a, np.add(1, np.max(np.abs(a)))))],
}

const moved = (f: Factors) => (a: Tensor, d: Tensor): Tensor[] => jvp(f, [a], [d])[1] as unknown as Tensor[]
const ways: { readonly [name: string]: (f: Factors) => (a: Tensor, d: Tensor) => Tensor[] } = {
  values: (f) => (a) => f(a),
  tangents: moved,
  cotangents: (f) => (a) => {
    const [outs, pull] = vjp(f, [a]) as unknown as [Tensor[], (cts: Tensor[]) => Tensor[]]
    return pull(outs.map((t) => (t.dtype === 'int32' ? t : np.astype(np.cos(np.reshape(np.arange(t.size), t.shape)), t.dtype))))
  },
  'second tangents': (f) => (a, d) => moved((x) => moved(f)(x, d))(a, d),
}

const bits = (t: Tensor): number[] => Array.from(t.data(), Number)

describe.each(Object.entries(functions))('%s', (_name, f) => {
  it.each(Object.entries(ways))('%s of a lane have the bits of a single call', (way, of) => {
    for (const [n, dtype] of [[3, 'float64'], [3, 'float32'], [2, 'float64'], [5, 'float64']] as const) {
      if (n === 5 && way === 'second tangents') continue
      const made = (make: (n: number) => number[]): Tensor => np.reshape(np.array(make(n), dtype as DType), [n, n])
      const [as, ds] = [kinds.map(made), kinds.map(() => made((k) => Array.from({ length: k * k }, next)))]
      const g = of(f)
      const singles = as.map((a, i) => g(a, ds[i]!))
      for (const whole of [vmap(g as never), jit(vmap(g as never) as never)] as unknown as ((a: Tensor, d: Tensor) => Tensor[])[])
        whole(np.stack(as), np.stack(ds)).forEach((t, o) => expect(bits(t)).toEqual(singles.flatMap((s) => bits(s[o]!))))
      // What is shared by the lanes is not batched.
      ;(vmap(g as never, { inAxes: [null, 0] } as never) as unknown as typeof g)(as[5]!, np.stack(ds)).forEach((t, o) => {
        const want = ds.map((d) => bits(g(as[5]!, d)[o]!))
        const got = bits(t)
        expect(got.length === want[0]!.length ? want.map(() => got).flat() : got).toEqual(want.flat())
      })
    }
  })
})
