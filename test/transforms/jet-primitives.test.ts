/** Taylor coefficients of every primitive against nested forward mode along the same path. */
import { describe, expect, it } from 'vitest'
import { bind, grad, jvp, np, ops, primitives, type Eqn, type Primitive, type Tensor } from '../../src/index'
import { jet } from '../../src/transforms/jet'
import { elements, tensorOf } from '../../laws/elements'

const f64 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => tensorOf(xs, shape, 'float64')
const i32 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => tensorOf(xs, shape, 'int32')

interface Case {
  readonly args: readonly Tensor[]
  readonly params?: Eqn['params']
  /** Operands that move; all floats unless given. */
  readonly moving?: readonly number[]
  readonly order?: number
}

/** Directions of order k for a tensor: spread numbers of moderate size. */
const direction = (like: Tensor, seed: number): Tensor =>
  f64(Array.from({ length: like.size }, (_, i) => ((((seed + 1) * 7 + i + 1) * 0.6180339887498949) % 1) * 2 - 1), like.shape)

/** dᵏ/dtᵏ at 0 of g, by k nested jvps. */
function nested(g: (t: Tensor) => readonly Tensor[], k: number): readonly Tensor[] {
  let f = g
  for (let i = 0; i < k; i++) {
    const inner = f
    f = (t) => jvp((s: Tensor) => inner(s), [t], [1])[1] as readonly Tensor[]
  }
  return f(f64([0], []))
}

function agree(prim: Primitive, { args, params = {}, moving, order = 4 }: Case): void {
  const at = moving ?? args.flatMap((a, i) => (a.dtype === 'float64' ? [i] : []))
  const terms = at.map((i) => Array.from({ length: order }, (_, k) => direction(args[i]!, 10 * i + k)))
  const full = (xs: readonly Tensor[]): Tensor[] => args.map((a, i) => (at.includes(i) ? xs[at.indexOf(i)]! : a))
  const call = (xs: readonly Tensor[]): Tensor[] => bind(prim, full(xs), params).filter((y) => y.dtype === 'float64')
  const [, ys] = jet((...xs: Tensor[]) => call(xs), at.map((i) => args[i]!) as never, terms as never) as unknown as [unknown, Tensor[][]]
  const path = (t: Tensor): Tensor[] =>
    call(at.map((i, j) => {
      let x: Tensor = args[i]!
      let w: Tensor | number = 1
      for (let k = 0; k < order; k++) {
        w = ops.mul(ops.mul(w, t), 1 / (k + 1)) as Tensor
        x = ops.add(x, ops.mul(ops.broadcast(w, args[i]!.shape, []), terms[j]![k]!)) as Tensor
      }
      return x
    }))
  for (let k = 1; k <= order; k++) {
    const want = nested(path, k)
    want.forEach((w, r) => {
      const got = elements(ys[k - 1]![r]!)
      const scale = Math.max(1, ...elements(w).map(Math.abs))
      elements(w).forEach((x, e) => expect(Math.abs(got[e]! - x), `${prim.name} order ${k}, result ${r}[${e}]: ${got[e]} for ${x}`).toBeLessThan(1e-10 * scale))
    })
  }
}

/** The gradient, by all that moves, of a weighted sum of second derivatives: of the series' recurrences, and of nested jvp. */
function gradientsAgree(prim: Primitive, { args, params = {}, moving }: Case): void {
  const at = moving ?? args.flatMap((a, i) => (a.dtype === 'float64' ? [i] : []))
  const terms = at.map((i) => direction(args[i]!, 5 + i))
  const call = (xs: readonly Tensor[]): Tensor[] => bind(prim, args.map((a, i) => (at.includes(i) ? xs[at.indexOf(i)]! : a)), params).filter((y) => y.dtype === 'float64')
  const weighted = (ys: readonly Tensor[]): Tensor => ys.map((y) => np.sum(np.multiply(y, direction(y, 3)))).reduce((a, b) => np.add(a, b))
  const byJet = (...xs: Tensor[]): Tensor => weighted((jet((...v: Tensor[]) => call(v), xs as never, terms.map((t) => [t, np.multiply(t, 0.5)]) as never) as unknown as [unknown, Tensor[][]])[1][1]!)
  const byNesting = (...xs: Tensor[]): Tensor =>
    weighted(nested((t) => call(xs.map((x, j) => np.add(x, np.multiply(np.add(t, np.multiply(0.25, np.square(t))), terms[j]!)))), 2))
  const argnums = at.map((_, i) => i)
  const xs = at.map((i) => args[i]!) as never[]
  const [got, want] = [grad(byJet as never, { argnums } as never), grad(byNesting as never, { argnums } as never)].map((g) => (g as unknown as (...a: never[]) => Tensor[])(...xs)) as [Tensor[], Tensor[]]
  want.forEach((w, i) => {
    const scale = Math.max(1, ...elements(w).map(Math.abs))
    elements(w).forEach((x, e) => expect(Math.abs(elements(got[i]!)[e]! - x), `${prim.name}: gradient ${i}[${e}]: ${elements(got[i]!)[e]} for ${x}`).toBeLessThan(1e-10 * scale))
  })
}

const x3 = f64([0.3, -0.7, 0.45])
const p3 = f64([0.4, 1.3, 2.2])
const m23 = f64([0.5, -1.2, 0.8, 1.1, 0.3, -0.6], [2, 3])
const dims = { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }
const at = i32([2, 0, 0], [3, 1])
const index = { batch: 0, mode: 'clip' }
const run = { axis: 1, reverse: false }
const unary = (xs: Tensor): readonly Case[] => [{ args: [xs] }]
const three = [f64([-0.5, -0.2, -1]), x3, f64([0.4, 0.9, 0.2])]

/** Cases for each primitive; those without floating results need none. */
/** A positive definite matrix with eigenvalues apart, and a small one. */
const spd = f64([4, 1, 1, 9], [2, 2])
const near = f64([0.3, -0.2, 0.5, 0.1], [2, 2])
const matrix = (params: readonly Eqn['params'][]): Case[] => [{ args: [spd], params: params[0] ?? {}, order: 3 }]

const cases: { readonly [name: string]: readonly Case[] } = {
  neg: unary(x3), abs: unary(x3), sign: unary(x3), sqrt: unary(p3), cbrt: unary(f64([0.4, -1.3])),
  add: [{ args: [x3, p3] }, { args: [f64([2], []), p3] }, { args: [x3, p3], moving: [1] }], sub: [{ args: [x3, p3] }, { args: [p3, f64([2], [])], moving: [1] }],
  mul_masked: [{ args: [x3, p3] }, { args: [f64([0, 0, 1]), p3] }], div_masked: [{ args: [x3, p3] }, { args: [f64([0, 0, 1]), p3] }],
  mul: [{ args: [x3, p3] }, { args: [f64([1.5], []), p3] }, { args: [x3, p3], moving: [0] }],
  div: [{ args: [x3, p3] }, { args: [x3, f64([1.5], [])] }, { args: [x3, p3], moving: [0] }, { args: [x3, p3], moving: [1] }],
  rem: [{ args: [f64([3.7, -3.7]), f64([1.3, 1.3])] }],
  pow: [{ args: [p3, x3] }, { args: [p3, x3], moving: [0] }, { args: [p3, x3], moving: [1] }, { args: [f64([1.5], []), x3] }, { args: [f64([0, 0, 0]), f64([2, 3, 1])], moving: [0] }],
  integer_pow: [0, 1, 2, 3, 7, -1, -3].map((y) => ({ args: [x3], params: { y } })).concat([{ args: [f64([0])], params: { y: 3 } }]),
  max: [{ args: [x3, p3] }, { args: [x3, x3] }], min: [{ args: [x3, p3] }, { args: [x3, x3] }],
  exp: unary(x3), expm1: unary(x3), log: unary(p3), log1p: unary(x3), sin: unary(x3), cos: unary(x3), tan: unary(x3), sinh: unary(x3), cosh: unary(x3), tanh: unary(x3),
  asin: unary(x3), acos: unary(x3), atan: unary(x3), asinh: unary(x3), acosh: unary(f64([1.3, 2.2])), atanh: unary(x3), log2: unary(p3), log10: unary(p3), exp2: unary(x3),
  atan2: [{ args: [x3, p3] }, { args: [x3, p3], moving: [1] }], hypot: [{ args: [x3, p3] }, { args: [x3, p3], moving: [0] }], logistic: unary(x3), logaddexp: [{ args: [x3, p3] }], excess: [{ args: [x3, p3] }],
  sinc: [{ args: [f64([0, 0.3, -1.7])], params: { order: 0 } }, { args: [x3], params: { order: 2 } }],
  erf: unary(x3), erfc: unary(x3), erf_inv: unary(x3), lgamma: unary(p3), digamma: unary(p3), polygamma: [{ args: [p3], params: { n: 2 } }],
  floor: unary(x3), ceil: unary(x3), round: unary(x3), trunc: unary(x3), nextafter: [{ args: [x3, p3] }], copysign: [{ args: [x3, p3] }],
  clamp: [{ args: three }, { args: [x3, x3, p3] }],
  select: [{ args: [tensorOf([1, 0, 1], [3], 'bool'), x3, p3] }, { args: [tensorOf([1, 0, 1], [3], 'bool'), x3, p3], moving: [2] }],
  convert_element_type: [{ args: [x3], params: { dtype: 'float64' } }], stop_gradient: unary(x3), copy: unary(x3),
  reduce_sum: [{ args: [m23], params: { axes: [0] } }], reduce_prod: [{ args: [m23], params: { axes: [0, 1] } }, { args: [m23], params: { axes: [1] } }, { args: [f64([0, 0, 2, 3])], params: { axes: [0] } }],
  reduce_max: [{ args: [m23], params: { axes: [1] } }, { args: [f64([1, 1, 0])], params: { axes: [0] } }], reduce_min: [{ args: [m23], params: { axes: [0, 1] } }],
  cumsum: [{ args: [m23], params: run }], cumprod: [{ args: [m23], params: run }, { args: [f64([0, 0.5, 0, 2, 1])], params: { axis: 0, reverse: true } }],
  cummax: [{ args: [m23], params: run }], cummin: [{ args: [m23], params: { axis: 0, reverse: true } }], cumlogsumexp: [{ args: [m23], params: run }, { args: [m23], params: { axis: 1, reverse: true } }],
  linear_recurrence: [{ args: [m23, m23], params: run }, { args: [m23, m23], params: { axis: 1, reverse: true }, moving: [0] }, { args: [m23, m23], params: run, moving: [1] }],
  broadcast_in_dim: [{ args: [x3], params: { shape: [2, 3], dims: [1] } }], reshape: [{ args: [m23], params: { shape: [3, 2] } }], transpose: [{ args: [m23], params: { perm: [1, 0] } }],
  slice: [{ args: [m23], params: { start: [0, 0], stop: [2, 3], strides: [1, 2] } }], rev: [{ args: [m23], params: { axes: [1] } }],
  roll: [{ args: [m23], params: { shifts: [1, 2] } }],
  pad: [{ args: [x3, f64([2], [])], params: { axes: [[1, 2, 1]] } }, { args: [x3, f64([2], [])], params: { axes: [[1, 2, 1]] }, moving: [1] }],
  concatenate: [{ args: [x3, p3], params: { axis: 0 } }, { args: [x3, p3], params: { axis: 0 }, moving: [1] }],
  accumulate_at: [{ args: [x3, f64([1, 2])], params: { start: [1], strides: [1] } }],
  replace_at: [{ args: [x3, f64([1, 2])], params: { start: [1], strides: [1] } }],
  dot_general: [{ args: [m23, f64([1, 2, 3, 4, 5, 6], [3, 2])], params: dims }, { args: [m23, f64([1, 2, 3, 4, 5, 6], [3, 2])], params: dims, moving: [1] },
    { args: [f64([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), f64([1, -2, 3, 4, -5, 6, 7, 8], [2, 2, 2])], params: { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] } }],
  gather: [{ args: [x3, at], params: { ...index, fill: 0 } }],
  scatter: [{ args: [x3, at, p3], params: index }], scatter_add: [{ args: [x3, at, p3], params: index }], scatter_mul: [{ args: [x3, at, p3], params: index }, { args: [x3, at, p3], params: index, moving: [0] }],
  scatter_min: [{ args: [x3, at, p3], params: index }], scatter_max: [{ args: [x3, at, p3], params: index }],
  indexed_recurrence: [{ args: [x3, at, p3, x3], params: { ...index, reverse: false } }],
  dynamic_slice: [{ args: [x3, i32([1], [])], params: { sizes: [2] } }], dynamic_update_slice: [{ args: [x3, f64([1, 2]), i32([1], [])] }], accumulate_dynamic: [{ args: [x3, f64([1, 2]), i32([1], [])] }],
  cholesky: matrix([]), lu: matrix([{}]), qr: matrix([{ complete: false }]), eigh: matrix([]), svd: matrix([{ full: false }]), pinv: matrix([{ rtol: 1e-9 }]),
  det: matrix([]), cofactors: [...matrix([]), { args: [spd, near], order: 3 }], expm: [{ args: [near], order: 3 }, { args: [near, spd], moving: [1], order: 3 }],
  triangular_solve: [{ args: [spd, near], params: { leftSide: true, lower: true, transposeA: false, unitDiagonal: false }, order: 3 }],
  sort: [{ args: [x3, p3], params: { axis: 0, keys: 1 } }], top_k: [{ args: [m23], params: { k: 2 } }],
}

/** Results are no floats, or there is no operand. */
const discrete = new Set([
  'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'xor', 'not', 'is_finite', 'is_nan', 'reduce_and', 'reduce_or', 'argmax', 'argmin', 'iota',
  'shift_left', 'shift_right_arithmetic', 'shift_right_logical', 'population_count', 'clz', 'threefry2x32', 'unit_interval',
])

describe('jet of a primitive is nested jvp, to order 4', () => {
  for (const prim of primitives)
    if (!discrete.has(prim.name))
      it(prim.name, () => {
        expect(cases[prim.name], `no case for ${prim.name}`).toBeDefined()
        cases[prim.name]!.forEach((c) => agree(prim, c))
      })
})

describe('the gradient of jet is that of nested jvp', () => {
  for (const prim of primitives)
    if (!discrete.has(prim.name))
      it(prim.name, () => {
        expect(cases[prim.name], `no case for ${prim.name}`).toBeDefined()
        cases[prim.name]!.forEach((c) => gradientsAgree(prim, c))
      })
})
