/**
 * The core, as the tests of JAX (api_test, lax_numpy_test) and Autograd look at it: each case by the public names, against closed forms worked
 * out by hand or plain JavaScript.
 */
import { describe, expect, it } from 'vitest'
import {
  AxisError, ConcretizationError, customJvp, customVjp, DTypeError, evalShape, grad, hessian, hvp, IndexError, jacfwd, jacobian, jacrev, jit, jvp, LeakedTracerError, linearize, linearTranspose,
  makeJaxpr, NonlinearError, NonScalarGradError, ShapeError, stopGradient, tree, TreeError, valueAndGrad, vjp, vmap, type Tensor,
} from 'adjoint'
import * as np from 'adjoint/numpy'

type F = (x: Tensor) => Tensor
type G = (x: Tensor, y: Tensor) => Tensor
const f64 = (...xs: number[]): Float64Array => Float64Array.from(xs)
const num = (x: unknown): number => (x as Tensor).item() as number
const isTensor = (x: unknown): x is Tensor => x !== null && typeof x === 'object' && 'toArray' in x
const plain = (x: unknown): unknown =>
  Array.isArray(x) ? x.map(plain) : isTensor(x) ? x.toArray() : x !== null && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)])) : x
const shapes = (x: unknown): unknown => (isTensor(x) ? x.shape : Array.isArray(x) ? x.map(shapes) : Object.fromEntries(Object.entries(x as object).map(([k, v]) => [k, shapes(v)])))
function near(got: unknown, want: unknown, tolerance = 1e-12): void {
  const [g, w] = [[plain(got)].flat(9) as number[], [plain(want)].flat(9) as number[]]
  expect(g.length).toBe(w.length)
  w.forEach((x, i) => expect(Object.is(g[i], x) || Math.abs(g[i]! - x) <= tolerance * Math.max(1, Math.abs(x)), `${g} for ${w}`).toBe(true))
}
const { sin, cos, exp, log, tanh } = Math

describe('grad', () => {
  it('of elementary functions to the fourth order', () => {
    let f: F = np.sin
    for (const want of [sin(0.7), cos(0.7), -sin(0.7), -cos(0.7), sin(0.7)]) {
      near(f(np.array(0.7)), want)
      const before = f
      f = grad(before) as unknown as F
    }
    near(grad(grad(grad((x: Tensor) => x.mul(np.exp(x)))))(0.3), 3.3 * exp(0.3))
    near(grad(grad(np.tanh as F))(0.4), -2 * tanh(0.4) * (1 - tanh(0.4) ** 2))
  })
  it('by several arguments, also counted from the end, also twice', () => {
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => np.multiply(x, y).add(np.sin(z)).mul(x)
    near(grad(f)(2, 3, 0.5), 2 * 2 * 3 + sin(0.5))
    near(grad(f, { argnums: [2, 0] })(2, 3, 0.5), [2 * cos(0.5), 12 + sin(0.5)])
    near(grad(f, { argnums: -1 })(2, 3, 0.5), 2 * cos(0.5))
    near(grad(f, { argnums: [1, 1] })(2, 3, 0.5), [4, 4])
  })
  it('hands the other arguments over as they are: numbers, words, functions', () => {
    const f = (x: Tensor, n: number, how: string, by: F): Tensor => {
      let y = x
      for (let k = 1; k < n; k++) y = how === 'times' ? y.mul(x) : by(y)
      return y
    }
    const g = grad(f as never) as unknown as (...args: unknown[]) => unknown
    near([g(2, 4, 'times', np.sin), g(0.5, 3, 'by', np.sin)], [32, cos(sin(0.5)) * cos(0.5)])
  })
  it('mixed partials, through argnums of inner and outer, commute', () => {
    const f: G = (x, y) => np.power(x, 3).mul(np.exp(y.mul(x)))
    const [x, y] = [1.2, -0.4]
    // ∂x∂y x³eˣʸ = (4x³ + x⁴y) eˣʸ
    const want = (4 * x ** 3 + x ** 4 * y) * exp(x * y)
    near(grad(grad(f, { argnums: 1 }) as never, { argnums: 0 })(x as never, y as never), want)
    near(grad(grad(f, { argnums: 0 }) as never, { argnums: 1 })(x as never, y as never), want)
  })
  it('hands auxiliary results through, of any tree, with their values', () => {
    const f = (x: Tensor): readonly [Tensor, unknown] => [np.sum(np.square(x)), { first: x.at(0), label: 'kept', list: [np.cos(x), null] }]
    const [g, aux] = grad(f as never, { hasAux: true } as never)(f64(1, 2) as never) as never as [Tensor, { label: string }]
    near(g, [2, 4])
    expect(plain(aux)).toEqual({ first: 1, label: 'kept', list: [[cos(1), cos(2)], null] })
    const [[value, again], gradient] = valueAndGrad(f as never, { hasAux: true } as never)(f64(1, 2) as never) as never as [[Tensor, unknown], Tensor]
    near([value, gradient], [5, 2, 4])
    expect(plain(again)).toEqual(plain(aux))
  })
  it('of trees has their shape, keys in their order, empty parts kept', () => {
    const p = { w: [np.ones([2, 3]), { b: np.array([1, 2]) }], none: null, empty: [], a: np.array(2) }
    const g = grad((q: typeof p) => np.sum((q.w[0] as Tensor)).mul(q.a).add(np.sum(np.square((q.w[1] as { b: Tensor }).b))) as never)(p as never) as unknown as typeof p
    expect(Object.keys(g)).toEqual(['w', 'none', 'empty', 'a'])
    expect(plain(g)).toEqual({ w: [[[2, 2, 2], [2, 2, 2]], { b: [2, 4] }], none: null, empty: [], a: 6 })
  })
  it('is zero for what the result does not depend on, and one for the identity', () => {
    near(grad((_x: Tensor) => np.array(3))(2), 0)
    near(grad((x: Tensor) => x)(2), 1)
    near(grad((x: Tensor, _y: Tensor) => np.sum(x), { argnums: 1 })(f64(1), f64(1, 2)), [0, 0])
  })
  it('asks for one real number from real numbers', () => {
    expect(() => grad((x: Tensor) => x)(f64(1, 2))).toThrow(NonScalarGradError)
    expect(() => grad((x: Tensor) => [x] as never)(1)).toThrow(NonScalarGradError)
    expect(() => grad((x: Tensor) => np.sum(x))(Int32Array.of(1, 2) as never)).toThrow(DTypeError)
    expect(() => grad((x: Tensor) => np.astype(x, 'int32'))(1)).toThrow(DTypeError)
    expect(() => grad((x: Tensor) => x, { argnums: 3 })(1)).toThrow(TreeError)
  })
  it('lets values be read: plain `if` and `while` are differentiated along the path taken', () => {
    const f: F = (x) => {
      let y = x
      while (num(y) < 100) y = y.mul(x)
      return num(x) > 2 ? y : y.neg()
    }
    near([grad(f)(3), grad(grad(f))(3), grad(f)(2)], [5 * 81, 20 * 27, -7 * 64])
  })
  it('through Horner, Newton and a running product written in JavaScript', () => {
    const poly: F = (x) => [3, -2, 0, 5].reduce((s, c) => s.mul(x).add(c), np.array(0))
    near(grad(poly)(1.5), 9 * 1.5 ** 2 - 4 * 1.5)
    const root: F = (a) => Array.from({ length: 30 }).reduce<Tensor>((x) => x.add(a.div(x)).mul(0.5), np.array(1))
    near([root(np.array(2)), grad(root)(2)], [Math.SQRT2, 1 / (2 * Math.SQRT2)])
    const product: F = (v) => [0, 1, 2].reduce<Tensor>((p, i) => p.mul(v.at(i)), np.array(1))
    near(grad(product)(f64(2, 3, 5)), [15, 10, 6])
  })
})

describe('perturbations', () => {
  it('are not confused: Siskind and Pearlmutter, in all four combinations of modes', () => {
    const derivatives = [(f: F) => (x: Tensor) => grad(f)(x) as unknown as Tensor, (f: F) => (x: Tensor) => jvp(f, [x], [1])[1] as Tensor]
    for (const outer of derivatives) for (const inner of derivatives) near(outer((x) => x.mul(inner((y) => x.add(y))(np.array(1))))(np.array(1)), 1)
  })
  it('of a function that returns a function', () => {
    const shift = (a: Tensor): ((f: F) => F) => (f) => (x) => f(x.add(a))
    near(grad((a: Tensor) => grad(shift(a)(np.sin as F))(0.3) as unknown as Tensor)(0.2), -sin(0.5))
  })
  it('of a closure at three levels', () => {
    // ∂x ∂y ∂z (x y z)² = 8xyz
    const f = grad((x: Tensor) => grad((y: Tensor) => grad((z: Tensor) => np.square(x.mul(y).mul(z)))(0.7) as unknown as Tensor)(3) as unknown as Tensor)
    near(f(2), 8 * 2 * 3 * 0.7)
  })
  it('a tracer kept in an outer variable raises', () => {
    let kept: Tensor | undefined
    grad((x: Tensor) => (kept = np.sin(x)))(1)
    expect(() => np.cos(kept!)).toThrow(LeakedTracerError)
    expect(() => grad((x: Tensor) => x.mul(kept!))(1)).toThrow(LeakedTracerError)
  })
  it('JavaScript’s own coercions raise', () => {
    for (const use of [(x: Tensor) => +x, (x: Tensor) => (x as unknown as number) * 2, (x: Tensor) => `${x}`, (x: Tensor) => Math.sin(x as unknown as number), (x: Tensor) => [...x], (x: Tensor) => JSON.stringify(x)])
      expect(() => grad((x: Tensor) => { use(x); return np.sum(x) })(f64(1, 2))).toThrow(ConcretizationError)
  })
})

describe('jvp and vjp', () => {
  it('are one another’s adjoint, of a function of trees to trees', () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): { s: Tensor; t: Tensor[] } => ({ s: np.sum(a.mul(b)), t: [np.matmul(np.reshape(a, [1, 3]), np.reshape(b, [3, 1]))] })
    const p = { a: f64(1, 2, 3), b: f64(-1, 0, 2) }
    const [out, tangent] = jvp(f as never, [p] as never, [{ a: f64(1, 0, 0), b: f64(0, 0, 1) }] as never) as unknown as [unknown, unknown]
    expect(plain(out)).toEqual({ s: 5, t: [[[5]]] })
    expect(plain(tangent)).toEqual({ s: 2, t: [[[2]]] })
    const [, pull] = vjp(f as never, [p] as never) as unknown as [unknown, (ct: unknown) => unknown]
    expect(plain(pull({ s: 1, t: [np.array([[10]])] }))).toEqual([{ a: [-11, 0, 22], b: [11, 22, 33] }])
  })
  it('a pullback may be called again, and differentiated', () => {
    const [y, pull] = vjp((x: Tensor) => np.square(x), [f64(1, 2)])
    near([y, pull(f64(1, 0)), pull(f64(0, 3))], [1, 4, 2, 0, 0, 12])
    near(grad((c: Tensor) => np.sum(np.square(pull(c)[0] as Tensor)))(f64(1, 1)), [8, 32])
    near(grad((x: Tensor) => np.sum(vjp((z: Tensor) => np.sin(z), [x])[1](np.cos(x))[0] as Tensor))(0.3), -2 * cos(0.3) * sin(0.3))
  })
  it('forward over reverse is reverse over forward is reverse over reverse', () => {
    const f: F = (x) => np.sum(np.exp(np.sin(x)))
    const want = [0.3, -1.1].map((x) => exp(sin(x)) * (cos(x) ** 2 - sin(x)))
    const v = f64(2, -1)
    const scaled = want.map((h, i) => h * v[i]!)
    near(jvp(grad(f) as unknown as F, [f64(0.3, -1.1)], [v])[1], scaled)
    near(grad((x: Tensor) => jvp(f, [x], [np.array(v)])[1] as Tensor)(f64(0.3, -1.1)), scaled)
    near(grad((x: Tensor) => np.sum((grad(f)(x) as unknown as Tensor).mul(v)))(f64(0.3, -1.1)), scaled)
    near(hvp(f, [f64(0.3, -1.1)], [v]), scaled)
  })
  it('tangents of another shape, dtype or tree are errors', () => {
    expect(() => jvp(np.sin as F, [f64(1, 2)], [1])).toThrow(ShapeError)
    expect(() => jvp(np.sin as F, [f64(1, 2)], [Float32Array.of(1, 2)])).toThrow(DTypeError)
    expect(() => jvp(np.sin as F, [f64(1)], [[f64(1)]] as never)).toThrow(TreeError)
    expect(() => vjp(np.sin as F, [f64(1, 2)])[1](f64(1))).toThrow(ShapeError)
  })
  it('integers have no cotangent, and take any', () => {
    const [, pull] = vjp((x: Tensor, i: Tensor) => x.at(i), [f64(1, 2, 3), np.array(1, 'int32')] as never)
    const [dx] = pull(5) as unknown as Tensor[]
    near(dx, [0, 5, 0])
    near(jvp((x: Tensor, i: Tensor) => x.mul(i), [2, Int32Array.of(3)] as never, [1, Int32Array.of(0)] as never)[1], [3])
  })
})

describe('linearize and linearTranspose', () => {
  it('linearize runs the function once, whatever the number of tangents', () => {
    let runs = 0
    const [y, lin] = linearize((x: Tensor) => { runs++; return np.sin(x).mul(x) }, [0.5])
    near([y, lin(1), lin(2)], [0.5 * sin(0.5), sin(0.5) + 0.5 * cos(0.5), 2 * sin(0.5) + cos(0.5)])
    expect(runs).toBe(1)
    near(vmap(lin)(f64(1, 3)), [1, 3].map((t) => t * (sin(0.5) + 0.5 * cos(0.5))))
  })
  it('the transpose of a matrix, a difference, a cumulative sum, a gather, a broadcast', () => {
    const m = np.array([[1, 2, 3], [4, 5, 6]])
    near(linearTranspose((x: Tensor) => np.matmul(m, x), [np.zeros([3])])(f64(1, -1)), [-3, -3, -3])
    near(linearTranspose((x: Tensor) => x.slice([1, null]).sub(x.slice([null, -1])), [np.zeros([3])])(f64(1, 10)), [-1, -9, 10])
    near(linearTranspose((x: Tensor) => np.cumsum(x), [np.zeros([3])])(f64(1, 2, 4)), [7, 6, 4])
    near(linearTranspose((x: Tensor) => np.take(x, [0, 0, 2]), [np.zeros([3])])(f64(1, 2, 4)), [3, 0, 4])
    near(linearTranspose((x: Tensor) => np.broadcastTo(x, [2, 3]), [np.zeros([3])])(m), [5, 7, 9])
    near(linearTranspose((x: Tensor, y: Tensor) => x.mul(2).sub(y), [1, 1])(3), [6, -3])
  })
  it('what is not linear is named', () => {
    expect(() => linearTranspose((x: Tensor) => np.sin(x), [1])).toThrow(NonlinearError)
    expect(() => linearTranspose((x: Tensor) => x.mul(x), [1])).toThrow(/mul/)
  })
})

describe('vmap', () => {
  it('of a vector product is a matrix product, whichever side is batched', () => {
    const [a, b] = [np.array([[1, 2], [3, 4], [5, 6]]), np.array([[1, 0], [0, 2]])]
    near(vmap((r: Tensor) => np.dot(r, b.at(1)))(a), [4, 8, 12])
    near(vmap((r: Tensor) => vmap((c: Tensor) => np.dot(r, c), { inAxes: 1 })(b))(a), [1, 4, 3, 8, 5, 12])
    near(vmap(np.dot as G, { inAxes: [null, 0] })(b.at(1), a), [4, 8, 12])
  })
  it('puts axes where they are asked for, trees of axes too', () => {
    const x = np.reshape(np.arange(24), [2, 3, 4])
    for (const inAxes of [0, 1, 2, -1]) for (const outAxes of [0, 1, -1])
      expect(shapes(vmap((r: Tensor) => r, { inAxes, outAxes })(x))).toEqual((() => {
        const rest = [2, 3, 4]
        const [n] = rest.splice(inAxes < 0 ? inAxes + 3 : inAxes, 1)
        rest.splice(outAxes < 0 ? outAxes + 3 : outAxes, 0, n!)
        return rest
      })())
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.add(np.sum(b))
    near(vmap(f as never, { inAxes: [{ a: 0, b: null }] } as never)({ a: f64(1, 2), b: f64(10, 20) } as never), [31, 32])
    near(vmap((x: Tensor) => [x, np.array(7)] as never)(f64(1, 2)) as never, [1, 2, 7, 7])
  })
  it('per-example gradients are the rows of the Jacobian', () => {
    const loss = (w: Tensor, x: Tensor): Tensor => np.square(np.dot(w, x))
    const xs = np.array([[1, 2], [3, -1]])
    // ∇w (w·x)² = 2 (w·x) x
    near(vmap(grad(loss) as unknown as G, { inAxes: [null, 0] })(f64(1, 1), xs), [6, 12, 12, -4])
    near(vmap(grad(loss) as unknown as G, { inAxes: [0, null] })(xs, f64(1, 1)), [6, 6, 4, 4])
  })
  it('grad of vmap, vmap of vmap of grad', () => {
    near(grad((x: Tensor) => np.sum(vmap((e: Tensor) => np.power(e, 3))(x) as Tensor))(f64(1, 2)), [3, 12])
    near(vmap(vmap(grad(np.sin as F) as unknown as F))(np.array([[0, 1], [2, 3]])), [1, cos(1), cos(2), cos(3)])
    near(vmap((x: Tensor) => hessian(np.prod as F)(x) as unknown as Tensor)(np.array([[1, 2], [3, 4]])), [0, 1, 1, 0, 0, 1, 1, 0])
  })
  it('sorts, searches, cumulates and gathers lane by lane', () => {
    const x = np.array([[3, 1, 2], [0, 5, 4]])
    near(vmap(np.sort as F)(x), [1, 2, 3, 0, 4, 5])
    near(vmap(np.argmax as F)(x), [0, 1])
    near(vmap((r: Tensor) => np.cumsum(r))(x), [3, 4, 6, 0, 5, 9])
    near(vmap((r: Tensor, i: Tensor) => r.at(i))(x, Int32Array.of(2, 0)), [2, 0])
    near(vmap((r: Tensor, i: Tensor) => r.set(i, -1))(x, Int32Array.of(2, 0)), [3, 1, -1, -1, 5, 4])
  })
  it('lanes of different lengths, none, or an axis that is not there are errors', () => {
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(f64(1, 2), f64(1))).toThrow(ShapeError)
    expect(() => vmap((a: Tensor) => a, { inAxes: 1 })(f64(1, 2))).toThrow(AxisError)
    expect(() => vmap((a: Tensor) => a, { inAxes: null } as never)(1)).toThrow(/axisSize/)
    expect(() => vmap((a: Tensor) => (num(a) > 0 ? a : a.neg()))(f64(1, 2))).toThrow(ConcretizationError)
  })
  it('over no lanes gives the shapes of none', () => expect(shapes(vmap((x: Tensor) => [np.sum(x), np.outer(x, x)] as never)(np.zeros([0, 3])))).toEqual([[0], [0, 3, 3]]))
})

describe('Jacobians and Hessians', () => {
  const f: F = (x) => np.stack([x.at(0).mul(x.at(1)), np.sin(x.at(2)), x.at(1).mul(x.at(2)).mul(5)])
  it('jacfwd, jacrev and jacobian are the matrix of partial derivatives', () => {
    for (const of of [jacfwd, jacrev, jacobian]) near(of(f)(f64(1, 2, 3)), [2, 1, 0, 0, 0, cos(3), 0, 15, 10])
  })
  it('of trees to trees have a block for each pair of leaves', () => {
    const g = (p: { u: Tensor; v: Tensor }): { y: Tensor; z: Tensor } => ({ y: p.u.mul(2), z: np.outer(p.u, p.v) })
    for (const of of [jacfwd, jacrev]) {
      const j = (of(g as never) as (...a: unknown[]) => unknown)({ u: f64(1, 2), v: f64(3, 4, 5) })
      expect(shapes(j)).toEqual({ y: { u: [2, 2], v: [2, 3] }, z: { u: [2, 3, 2], v: [2, 3, 3] } })
      near((j as { z: { u: Tensor } }).z.u, [3, 0, 4, 0, 5, 0, 0, 3, 0, 4, 0, 5])
    }
  })
  it('the Hessian of a quadratic form is the sum of the matrix and its transpose; of Rosenbrock known', () => {
    const a = np.array([[1, 2], [-3, 4]])
    near(hessian((x: Tensor) => np.dot(x, np.matmul(a, x)))(f64(0.5, 7)), [2, -1, -1, 8])
    const banana: F = (x) => np.square(x.at(0).neg().add(1)).add(np.square(x.at(1).sub(np.square(x.at(0)))).mul(100))
    const [x, y] = [-1.2, 1]
    near(hessian(banana)(f64(x, y)), [2 - 400 * (y - 3 * x * x), -400 * x, -400 * x, 200])
    near(grad(banana)(f64(x, y)), [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
  })
  it('by two arguments are blocks', () => {
    const g: G = (x, y) => np.sum(np.square(x)).mul(y)
    expect(plain(hessian(g, { argnums: [0, 1] })(f64(1, 2), 3))).toEqual([[[[6, 0], [0, 6]], [2, 4]], [[2, 4], 0]])
  })
  it('the third derivative of a product is symmetric', () => {
    const third = plain(jacfwd(hessian(np.prod as F) as unknown as F)(f64(2, 3, 5))) as number[][][]
    for (const [i, j, k] of [[0, 1, 2], [2, 1, 0], [1, 0, 2]] as const) expect(third[i]![j]![k]).toBe(1)
    expect(third[0]![0]![1]).toBe(0)
  })
})

describe('broadcasting, dtypes and numbers', () => {
  it('cotangents are summed over what was spread', () => {
    const f = (x: Tensor, y: Tensor): Tensor => np.sum(x.mul(y))
    const g = grad(f, { argnums: [0, 1] })(np.array([[1], [2]]), f64(3, 4, 5)) as unknown as Tensor[]
    expect(shapes(g)).toEqual([[2, 1], [3]])
    near(g, [12, 12, 3, 3, 3])
    near(grad((s: Tensor) => np.sum(np.ones([2, 3]).mul(s)))(2), 6)
  })
  it('shapes that do not go together are an error which names both', () => expect(() => np.add(np.ones([2, 3]), np.ones([2]))).toThrow(/\[2,3\].*\[2\]/))
  it('a number does not widen an array; dtypes of arrays do as NumPy’s', () => {
    const x = np.array([1, 2], 'float32')
    expect([x.mul(2), x.add(0.1), np.sin(x), np.mean(x)].map((t) => t.dtype)).toEqual(['float32', 'float32', 'float32', 'float32'])
    const i = np.array([1, 2], 'int32')
    expect([i.add(1), i.add(0.5), i.div(2), np.mean(i), np.sum(i), i.mul(x), i.add(np.array(1, 'uint32')), np.greater(i, 1), i.add(np.array(1))].map((t) => t.dtype)).toEqual(['int32', 'float64', 'float64', 'float64', 'int32', 'float32', 'float64', 'bool', 'float64'])
  })
  it('gradients have the dtype of their argument', () => {
    const f = (x: Tensor, y: Tensor): Tensor => np.sum(x.mul(y))
    const g = grad(f, { argnums: [0, 1] })(Float32Array.of(1, 2), f64(3, 4)) as unknown as Tensor[]
    expect(g.map((t) => t.dtype)).toEqual(['float32', 'float64'])
    expect((grad((x: Tensor) => np.sum(np.astype(x, 'float64')))(Float32Array.of(1)) as unknown as Tensor).dtype).toBe('float32')
  })
  it('a way over integers or booleans has derivative zero', () => {
    near(grad((x: Tensor) => np.sum(np.astype(np.astype(x, 'int32'), 'float64').mul(x)))(f64(1.5, 2.5)), [1, 2])
    near(grad((x: Tensor) => np.sum(np.greater(x, 1).mul(x)))(f64(0.5, 2)), [0, 1])
    near(grad((x: Tensor) => np.sum(np.floor(x).add(np.sign(x)).add(np.round(x))))(f64(0.5, -2.3)), [0, 0])
  })
  it('integers wrap, shift and divide as int32 and uint32 do', () => {
    const top = np.array(2147483647, 'int32')
    expect([num(top.add(1)), num(top.mul(2)), num(np.array(0, 'uint32').sub(1)), num(np.floorDivide(np.array(-7, 'int32'), 2)), num(np.remainder(np.array(-7, 'int32'), 3))]).toEqual([-2147483648, -2, 4294967295, -4, 2])
  })
  it('float32 rounds every step, not the end', () => {
    const r = Math.fround
    expect(num(np.array(0.1, 'float32').add(np.array(0.2, 'float32')).mul(3))).toBe(r(r(r(0.1) + r(0.2)) * 3))
  })
})

describe('indexing', () => {
  const x = np.reshape(np.arange(12), [3, 4])
  it('by integers, ranges, steps, ellipsis, new axes, masks and lists', () => {
    near(x.at(1, -1), 7)
    near(x.slice([null, null, -1], 0), [8, 4, 0])
    near(x.slice('...', [1, 3]), [1, 2, 5, 6, 9, 10])
    expect(x.slice(null, 0, null).shape).toEqual([1, 1, 4])
    near(x.slice(np.greater(x.slice([], 0), 3), 1), [5, 9])
    near(x.slice(Int32Array.of(2, 0) as never, Int32Array.of(1, 3) as never), [9, 3])
    expect(() => x.at(3)).toThrow(IndexError)
    expect(() => x.at(0.5)).toThrow(IndexError)
    expect(() => x.at(0, 0, 0)).toThrow(IndexError)
  })
  it('gradients of reads are scattered, those of repeated reads add up', () => {
    near(grad((v: Tensor) => np.sum(np.square(v.slice([0, null, 2]))))(f64(1, 2, 3)), [2, 0, 6])
    near(grad((v: Tensor) => np.sum(np.take(v, [1, 1, 1, 0])))(f64(1, 2, 3)), [1, 3, 0])
  })
  it('set and addAt are functions of both what was there and what is put', () => {
    const set = (v: Tensor, y: Tensor): Tensor => np.sum(np.square(v.set(1, y)))
    near(grad(set, { argnums: [0, 1] })(f64(1, 2, 3), 5) as never, [2, 0, 6, 10])
    const add = (v: Tensor, y: Tensor): Tensor => np.sum(np.square(v.addAt(np.array([0, 0], 'int32'), y)))
    // (v₀ + y₀ + y₁)² + v₁²
    near(grad(add, { argnums: [0, 1] })(f64(1, 2), f64(3, 4)) as never, [16, 4, 16, 16])
    near(np.array([1, 2, 3]).addAt(np.array([0, 0, 2], 'int32'), f64(1, 1, 1)), [3, 2, 4])
  })
})

describe('kinks, ties and NaN', () => {
  it('where leaves out the untaken branch; the safe-argument idiom keeps NaN away', () => {
    const safe: F = (v) => np.sum(np.where(np.greater(v, 0), np.sqrt(np.where(np.greater(v, 0), v, 1)), 0))
    near(grad(safe)(f64(-1, 4)), [0, 0.25])
    near(grad((v: Tensor) => np.where(v.gt(0), v.mul(3), v.mul(v)))(-2), -4)
  })
  it('a maximum shares its cotangent among ties', () => {
    near(grad((v: Tensor) => np.max(v))(f64(1, 3, 3)), [0, 0.5, 0.5])
    near(grad((v: Tensor) => np.min(v))(f64(2, 2, 2, 2)), [0.25, 0.25, 0.25, 0.25])
    near(grad(np.maximum as G, { argnums: [0, 1] })(2, 2) as never, [0.5, 0.5])
    near(jvp((v: Tensor) => np.max(v), [f64(1, 3, 3)], [f64(7, 1, 3)])[1], 2)
  })
  it('abs, relu-like and clip at their kinks; powers at 0', () => {
    near(grad(np.abs as F)(0), 0)
    near(grad((v: Tensor) => np.maximum(v, 0))(0), 0.5)
    near([0, 1, 2, 3].map((k) => grad((v: Tensor) => np.power(v, k))(0)), [0, 1, 0, 0])
    near(grad(grad((v: Tensor) => np.power(v, 2)))(0), 2)
    near(grad(np.sqrt as F)(0), Infinity)
    near(grad((v: Tensor) => np.sum(np.clip(v, 0, 1)))(f64(-1, 0.5, 2)), [0, 1, 0])
  })
  it('sort, prod with zeros, cumprod, norm-free statistics', () => {
    near(grad((v: Tensor) => np.dot(np.sort(v), f64(1, 10, 100)))(f64(3, 1, 2)), [100, 1, 10])
    near(grad(np.prod as F)(f64(0, 3, 4)), [12, 0, 0])
    near(grad(np.prod as F)(f64(0, 0, 4)), [0, 0, 0])
    near(grad((v: Tensor) => np.sum(np.cumprod(v)))(f64(2, 3, 4)), [1 + 3 + 12, 2 + 8, 6])
    // var = mean (v − mean)²: gradient 2 (v − mean)/n
    near(grad((v: Tensor) => np.var(v))(f64(1, 2, 6)), [-4 / 3, -2 / 3, 2])
  })
  it('logaddexp and logsumexp far out', () => {
    near(grad(np.logaddexp as G, { argnums: [0, 1] })(1000, 1000) as never, [0.5, 0.5])
    near(grad((v: Tensor) => np.log1p(np.exp(v.neg())))(40), -exp(-40) / (1 + exp(-40)))
    near(np.logaddexp(-1000, -1000), -1000 + log(2))
  })
})

describe('jit', () => {
  it('traces once for each structure, shape and dtype, not for each value', () => {
    let runs = 0
    const f = jit((p: { a: Tensor }, s: Tensor) => { runs++; return p.a.mul(s) })
    for (const s of [1, 2, 3]) near(f({ a: f64(1, 2) } as never, s), [s, 2 * s])
    expect([runs, f.traceCount]).toEqual([1, 1])
    f({ a: f64(1, 2, 3) } as never, 1)
    f({ a: Float32Array.of(1, 2) } as never, 1)
    expect(runs).toBe(3)
    f.clearCache()
    f({ a: f64(1, 2) } as never, 1)
    expect(runs).toBe(4)
  })
  it('static arguments are part of the key, by value where they are plain', () => {
    let runs = 0
    const f = jit((x: Tensor, how: { power: number; name: string }) => { runs++; return how.name === 'p' ? np.power(x, how.power) : x }, { staticArgnums: 1 })
    near([f(2, { power: 3, name: 'p' } as never), f(3, { power: 3, name: 'p' } as never), f(2, { name: 'p', power: 2 } as never), f(2, { power: 2, name: 'q' } as never)], [8, 27, 4, 2])
    expect(runs).toBe(3)
    near(grad((x: Tensor) => f(x, { power: 3, name: 'p' } as never) as Tensor)(2), 12)
  })
  it('composes with the others in any order, with the same bits', () => {
    const f: F = (x) => np.sum(np.tanh(x).mul(np.exp(x.neg())))
    const x = f64(0.3, -0.7, 1.9)
    const want = (grad(f)(x) as unknown as Tensor).toArray()
    for (const g of [jit(grad(f) as never), grad(jit(f) as never), jit(grad(jit(f) as never) as never)]) expect((g as unknown as (v: unknown) => Tensor)(x).toArray()).toEqual(want)
    expect((jit(vmap(grad(f) as unknown as F)) as unknown as F)(np.stack([x, x])).toArray()).toEqual([want, want])
    near(grad(jit(grad(jit((v: Tensor) => np.sin(v)) as never) as never) as never)(0.3 as never), -sin(0.3))
  })
  it('captures are read when it is traced; values cannot be', () => {
    const w = np.array([1, 2])
    near(jit((x: Tensor) => np.dot(x, w))(f64(3, 4)), 11)
    near(grad((a: Tensor) => jit((x: Tensor) => x.mul(a).mul(a))(3) as Tensor)(2), 12)
    expect(() => jit((x: Tensor) => (num(x) > 0 ? x : x.neg()))(1)).toThrow(ConcretizationError)
    expect(() => jit((x: Tensor) => `${x}` as never)(1)).toThrow(ConcretizationError)
  })
  it('returns what the function returned: trees, arguments, constants', () => {
    const f = jit((x: Tensor) => ({ same: x, three: 3, list: [x.add(1), null, []] }) as never) as unknown as (x: number) => unknown
    for (const x of [1, 2]) expect(plain(f(x))).toEqual({ same: x, three: 3, list: [x + 1, null, []] })
  })
  it('shapes without running: evalShape and makeJaxpr', () => {
    expect(evalShape((x: Tensor) => np.outer(x, x), np.zeros([3], 'float32'))).toMatchObject({ shape: [3, 3], dtype: 'float32' })
    expect(String(makeJaxpr((x: Tensor) => np.sin(x).mul(2))(1))).toMatch(/sin[\s\S]*mul/)
  })
})

describe('stopGradient and custom rules', () => {
  it('stopGradient holds one factor constant, of trees too', () => {
    near(grad((x: Tensor) => x.mul(stopGradient(x) as Tensor))(3), 3)
    near(grad((x: Tensor) => (stopGradient({ a: [x] }) as unknown as { a: Tensor[] }).a[0]!.mul(x))(3), 3)
    near(jvp((x: Tensor) => np.exp(stopGradient(x) as Tensor), [1], [1]), [exp(1), 0])
    near(grad(grad((x: Tensor) => np.square(x).mul(stopGradient(np.square(x)) as Tensor)))(2), 8)
  })
  it('a straight-through estimator, by both kinds of rules', () => {
    const forward = customJvp((x: Tensor) => np.round(x), (([x]: [Tensor], [dx]: [Tensor]) => [np.round(x), dx]) as never)
    const backward = customVjp((x: Tensor) => np.round(x), { fwd: ((x: Tensor) => [np.round(x), null]) as never, bwd: ((_r: null, ct: Tensor) => [ct]) as never })
    for (const f of [forward, backward]) near([f(1.7), grad((x: Tensor) => np.square(f(x) as Tensor))(1.7)], [2, 4])
    near(vmap(grad((x: Tensor) => np.square(forward(x) as Tensor)) as unknown as F)(f64(0.2, 1.7)), [0, 4])
  })
  it('a stable log(1 + eˣ) has its rule at every order, under vmap and jit', () => {
    const softplus = customJvp((x: Tensor) => np.log1p(np.exp(x)), (([x]: [Tensor], [dx]: [Tensor]) => [np.log1p(np.exp(x)), dx.mul(np.divide(1, np.exp(x.neg()).add(1)))]) as never) as unknown as F
    const s = (x: number): number => 1 / (1 + exp(-x))
    near(grad(softplus)(1000), 1)
    near(grad(grad(softplus))(0.3), s(0.3) * (1 - s(0.3)))
    near(jit(vmap(grad(softplus) as unknown as F))(f64(-1, 0, 1)), [s(-1), 0.5, s(1)])
  })
  it('a clipped gradient; a cotangent of null is zero', () => {
    const clipped = customVjp((x: Tensor, _k: Tensor) => x, { fwd: ((x: Tensor, k: Tensor) => [x, k]) as never, bwd: ((k: Tensor, ct: Tensor) => [np.clip(ct, k.neg(), k), null]) as never })
    near(grad((x: Tensor, k: Tensor) => np.sum((clipped(x, k) as Tensor).mul(f64(10, 0.1))), { argnums: [0, 1] })(f64(1, 1), 1) as never, [1, 0.1, 0])
  })
})

describe('trees', () => {
  it('map, flatten and unflatten, leaves and structure', () => {
    const t = { b: [1, 2], a: { c: 3 } }
    expect(tree.map((x: number) => x * 2, t as never)).toEqual({ b: [2, 4], a: { c: 6 } })
    const [leaves, def] = tree.flatten(t)
    expect(tree.unflatten(def, leaves)).toEqual(t)
    expect(tree.leaves({ a: 3, b: [1, 2] })).toEqual(tree.leaves({ b: [1, 2], a: 3 }))
  })
  it('keys in another order are the same tree', () => {
    const f = grad(({ u, v }: { u: Tensor; v: Tensor }) => u.mul(v).mul(v) as never)
    expect([plain(f({ u: 2, v: 3 } as never)), plain(f({ v: 3, u: 2 } as never))]).toEqual([{ u: 9, v: 12 }, { u: 9, v: 12 }])
  })
  it('a list is a tree, a stacked list an array', () => near(grad((x: Tensor) => np.sum(np.square(x as never)))([1, 2, 3] as never) as never, [2, 4, 6]))
})

describe('functions of arrays and their gradients', () => {
  const a = np.reshape(np.arange(6), [2, 3])
  it('matmul, tensordot and einsum over vectors, matrices and batches', () => {
    near([np.matmul(a, f64(1, 0, 2)), np.matmul(f64(1, -1), a), np.tensordot(a, a, 2), np.einsum('ij,kj->ik', a, a)], [4, 13, -3, -3, -3, 55, 5, 14, 14, 50])
    expect(shapes([np.matmul(np.ones([4, 1, 2, 3]), np.ones([5, 3, 7])), np.einsum('b...i,...ij->bj...', np.ones([2, 4, 3]), np.ones([4, 3, 5]))])).toEqual([[4, 5, 2, 7], [2, 5, 4]])
    near(grad((x: Tensor) => np.einsum('ii->', x))(np.ones([2, 2])), [1, 0, 0, 1])
    near(grad((x: Tensor) => np.sum(np.matmul(x, a)))(np.ones([1, 2])), [3, 12])
  })
  it('pad, concatenate, stack, split, repeat, tile, roll and flip move cotangents back', () => {
    const w = f64(1, 10, 100, 1000, 10000)
    near(grad((x: Tensor) => np.dot(np.pad(x, [[1, 2]]), w))(f64(0, 0)), [10, 100])
    near(grad((x: Tensor, y: Tensor) => np.dot(np.concatenate([x, y, x]), w), { argnums: [0, 1] })(f64(0, 0), f64(0)) as never, [1001, 10010, 100])
    near(grad((x: Tensor) => np.dot(np.split(x, [1, 3])[1]!, f64(5, 7)))(f64(0, 0, 0, 0)), [0, 5, 7, 0])
    near(grad((x: Tensor) => np.dot(np.repeat(x, 2).slice([0, 5]), w))(f64(0, 0, 0)), [11, 1100, 10000])
    near(grad((x: Tensor) => np.dot(np.tile(x, 3).slice([0, 5]), w))(f64(0, 0)), [10101, 1010])
    near(grad((x: Tensor) => np.dot(np.roll(x, 2), w))(f64(0, 0, 0, 0, 0)), [100, 1000, 10000, 1, 10])
    near(grad((x: Tensor) => np.dot(np.flip(x), w))(f64(0, 0, 0, 0, 0)), [10000, 1000, 100, 10, 1])
  })
  it('reductions along axes, kept or not, of nothing, and by several axes', () => {
    expect(shapes([np.sum(a, 0), np.sum(a, -1, { keepdims: true }), np.mean(np.ones([2, 3, 4]), [0, 2]), np.max(a, null)])).toEqual([[3], [2, 1], [3], []])
    near([np.sum(np.zeros([0])), np.prod(np.zeros([0])), np.sum(np.zeros([0, 2]), 0), np.mean(np.zeros([0]))], [0, 1, 0, 0, NaN])
    expect(() => np.max(np.zeros([0]))).toThrow(/max/)
    expect(() => np.sum(a, 2)).toThrow(AxisError)
    near(grad((x: Tensor) => np.sum(np.square(np.mean(x, 0))))(a), [1.5, 2.5, 3.5, 1.5, 2.5, 3.5])
    expect((grad((x: Tensor) => np.sum(x))(np.zeros([0, 3])) as unknown as Tensor).shape).toEqual([0, 3])
  })
  it('order with NaN, infinities, signed zeros and ties, as NumPy', () => {
    const x = f64(3, NaN, -Infinity, 3, -0, 0)
    near([np.sort(x), np.argsort(x)], [-Infinity, -0, 0, 3, 3, NaN, 2, 4, 5, 0, 3, 1])
    near([np.argmax(f64(1, 5, 5)), np.argmin(f64(1, 5, 1)), np.argmax(x), np.max(x), np.fmax(1, NaN)], [1, 0, 1, NaN, 1])
    near(np.searchsorted(f64(1, 2, 2, 3), f64(2, 0, 9)), [1, 0, 4])
  })
  it('arithmetic at its edges', () => {
    near([np.divide(1, -0), np.divide(0, 0), np.power(-8, 1 / 3), np.power(0, 0), np.power(-2, 3), np.log(-1), np.log(0), np.sqrt(-0)], [-Infinity, NaN, NaN, 1, -8, NaN, -Infinity, -0])
    near([np.remainder(-7, 3), np.fmod(-7, 3), np.floorDivide(-7, 2), np.round(2.5), np.round(-0.5), np.sign(-0), np.hypot(3e200, 4e200), np.expm1(1e-20), np.log1p(1e-20)], [2, -1, -4, 2, -0, -0, 5e200, 1e-20, 1e-20])
    near(np.arctan2(f64(0, -0, 0, -0), f64(1, 1, -1, -1)), [0, -0, Math.PI, -Math.PI])
    near([grad(np.arctan2 as G, { argnums: [0, 1] })(3, 4), grad(np.hypot as G, { argnums: [0, 1] })(3, 4), grad(np.power as G, { argnums: [0, 1] })(2, 3)] as never, [4 / 25, -3 / 25, 0.6, 0.8, 12, 8 * log(2)])
  })
  it('ranges and conversions', () => {
    near([np.arange(3), np.arange(1, 2, 0.25), np.linspace(0, 1, 3), np.linspace(0, 1, 2, { endpoint: false })], [0, 1, 2, 1, 1.25, 1.5, 1.75, 0, 0.5, 1, 0, 0.5])
    expect([np.array([1.9, -1.9]).astype('int32').toArray(), np.array([0, NaN, 2]).astype('bool').toArray(), np.array([true, false]).astype('float32').toArray()]).toEqual([[1, -1], [false, true, true], [1, 0]])
    expect(String(np.array([[1, 2.5], [NaN, -0]]))).toBe('[[ 1.   2.5]\n [ nan -0. ]]')
  })
})
