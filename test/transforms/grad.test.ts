import { describe, expect, it } from 'vitest'
import { grad, hessian, jit, jvp, makeJaxpr, np, stopGradient, valueAndGrad, vmap, type Tensor, type TensorLike } from '../../src/index'

const value = (x: unknown): unknown => JSON.parse(JSON.stringify(x))

describe('grad', () => {
  it('differentiates a scalar function at a number', () => {
    expect(grad((x: Tensor) => np.square(x))(3).item()).toBe(6)
  })

  it('nests ten levels deep: x·sin x, in at most 100 equations, to 1e-13', () => {
    let g: (x: TensorLike) => Tensor = (x) => np.multiply(x, np.sin(x))
    for (let i = 0; i < 10; i++) g = grad(g)
    expect(makeJaxpr(g)(2).eqns.length).toBeLessThanOrEqual(100)
    const exact = 10 * Math.cos(2) - 2 * Math.sin(2)
    expect(Math.abs(Number(g(2).item()) - exact)).toBeLessThan(1e-13 * Math.abs(exact))
  })

  it('does not confuse perturbations (Siskind & Pearlmutter)', () => {
    const inner = (x: Tensor): Tensor => grad((y: Tensor) => np.add(x, y))(1)
    expect(grad((x: Tensor) => np.multiply(x, inner(x)))(1).item()).toBe(1)
    const forward = (x: Tensor): Tensor => jvp((y: Tensor) => np.multiply(x, y), [1], [1])[1]
    expect(jvp((x: Tensor) => np.multiply(x, forward(x)), [3], [1])[1].item()).toBe(6)
    expect(grad((x: Tensor) => grad((y: Tensor) => np.multiply(x, np.square(y)))(x))(3).item()).toBe(12)
  })

  it('gives the tree of its argument, keys in their order', () => {
    const g = grad((p: { w: Tensor; b: Tensor; list: [Tensor, null] }) => np.sum(np.multiply(p.w, p.b).add(p.list[0])))({ w: Float64Array.of(1, 2), b: 3, list: [5, null] } as never)
    expect(value(g)).toEqual({ w: [3, 3], b: 3, list: [2, null] })
    expect(Object.keys(g)).toEqual(['w', 'b', 'list'])
  })

  it('takes argnums as a number, negative, or a list', () => {
    const f = (x: Tensor, y: Tensor): Tensor => np.multiply(np.square(x), y)
    expect(value(grad(f, { argnums: [0, 1] })(2, 5))).toEqual([20, 4])
    expect(grad(f, { argnums: -1 })(2, 5).item()).toBe(4)
    expect(value(grad(f, { argnums: [1, 0, 1] })(2, 5))).toEqual([4, 20, 4])
    expect(() => grad(f, { argnums: 2 })(2, 5)).toThrow(/argnums 2 names no argument/)
  })

  it('has the same mixed partials in either order, also through argnums', () => {
    const f = (x: Tensor, y: Tensor): Tensor => np.sin(x).mul(np.exp(np.multiply(x, y)))
    const xy = grad((x: Tensor, y: Tensor) => grad(f, { argnums: 0 })(x, y), { argnums: 1 })(0.3, 0.7)
    const yx = grad((x: Tensor, y: Tensor) => grad(f, { argnums: 1 })(x, y), { argnums: 0 })(0.3, 0.7)
    expect(Number(xy.item())).toBeCloseTo(Number(yx.item()), 14)
  })

  it('hands aux through, in grad and valueAndGrad', () => {
    const f = (x: Tensor): [Tensor, { seen: Tensor; n: number }] => [np.square(x), { seen: np.sin(x), n: 4 }]
    expect(value(grad(f, { hasAux: true })(2))).toEqual([4, { seen: Math.sin(2), n: 4 }])
    expect(value(valueAndGrad(f, { hasAux: true })(2))).toEqual([[4, { seen: Math.sin(2), n: 4 }], 4])
    expect(() => grad((x: Tensor) => np.square(x) as never, { hasAux: true })(2)).toThrow(/must return \[value, aux\]/)
    const named = (x: Tensor) => [np.square(x), { name: 'square', show: String, at: x }] as const
    const [slope, { name, show, at }] = grad(named, { hasAux: true })(2) as unknown as [Tensor, { name: string; show: unknown; at: Tensor }]
    expect([slope.item(), name, show, at.item()]).toEqual([4, 'square', String, 2])
  })

  it('leaves other arguments as they are: functions, strings, flags', () => {
    const f = (x: Tensor, how: string, g: (t: Tensor) => Tensor): Tensor => (how === 'twice' ? g(g(x)) : g(x))
    expect(grad(f)(3, 'twice', (t: Tensor) => np.square(t)).item()).toBe(108)
  })

  it('gives zeros of the right shape and dtype for what is not used', () => {
    const g = grad((x: Tensor, _y: Tensor) => x, { argnums: 1 })(1, Float32Array.of(1, 2, 3))
    expect(g.dtype).toBe('float32')
    expect(g.toArray()).toEqual([0, 0, 0])
    expect(makeJaxpr(grad((x: Tensor, y: Tensor) => np.sin(x).add(np.multiply(y, 0).sum()), { argnums: 0 }) as never)(1, Float64Array.of(1)).eqns.length).toBeLessThanOrEqual(1)
  })

  it('keeps float32 in float32, numbers being weak', () => {
    const g = grad((x: Tensor) => np.sum(np.multiply(np.square(x), 0.5)))(Float32Array.of(1, 2))
    expect(g.dtype).toBe('float32')
    expect(g.toArray()).toEqual([1, 2])
  })

  it('reads values under grad: data-dependent loops and branches', () => {
    const f = (x: Tensor): Tensor => {
      let y = x
      while (Number(y.item()) < 100) y = y.mul(x)
      return y
    }
    expect(grad(f)(3).item()).toBe(405)
    expect(grad(grad(f))(3).item()).toBe(540)
    expect(grad(f)(2).item()).toBe(7 * 64)
  })

  it('runs the function exactly once', () => {
    let n = 0
    const f = (x: Tensor): Tensor => (n++, np.square(x))
    grad(f)(3)
    expect(n).toBe(1)
    valueAndGrad(f)(3)
    hessian(f)(3)
    vmap(grad(f))(Float64Array.of(1, 2, 3))
    expect(n).toBe(4)
  })

  it('is zero through stopGradient, integers and comparisons', () => {
    expect(grad((x: Tensor) => np.multiply(x, stopGradient(x)))(3).item()).toBe(3)
    expect(grad((x: Tensor) => np.multiply(x, np.floor(x)))(3.5).item()).toBe(3)
    expect(grad((x: Tensor) => np.multiply(x, np.astype(np.astype(x, 'int32'), 'float64')))(3.5).item()).toBe(3)
    expect(grad((x: Tensor) => np.multiply(x, np.astype(np.greater(x, 0), 'float64')))(3.5).item()).toBe(1)
  })

  it('works on empty arrays and on lists', () => {
    expect(grad((x: Tensor) => np.sum(np.square(x)))(new Float64Array(0)).shape).toEqual([0])
    expect(value(grad((x: Tensor[]) => np.sum(np.square(x)))([1, 2, 3] as never))).toEqual([2, 4, 6])
  })

  it('under jit, and of jitted functions', () => {
    const f = jit((x: Tensor) => np.sin(x).mul(x))
    const exact = Math.sin(2) + 2 * Math.cos(2)
    expect(grad(f)(2).item()).toBeCloseTo(exact, 15)
    expect(jit(grad(f))(2).item()).toBeCloseTo(exact, 15)
    expect(jit(grad(jit(grad(f))))(2).item()).toBeCloseTo(2 * Math.cos(2) - 2 * Math.sin(2), 14)
  })

  it('recompiles nothing when a number in the function varies', () => {
    const at = (k: number): number => Number(grad((x: Tensor) => np.multiply(np.square(x), k).add(1 / k))(3).item())
    for (const k of [1, 2, 3.5, 0, -1, NaN, Infinity]) expect(at(k)).toBe(6 * k)
  })
})

describe('derivatives at the edges', () => {
  const at = (f: (x: Tensor) => Tensor, x: number): number => Number(grad(f)(x).item())
  it('x**0 at 0', () => {
    expect(at((x) => np.power(x, 0), 0)).toBe(0)
    expect(at((x) => np.power(x, np.array(0)), 0)).toBe(0)
    expect(at((x) => grad((t: Tensor) => np.power(t, 1))(x), 0)).toBe(0)
    expect(at((x) => np.power(x, 2), 0)).toBe(0)
  })
  it('where with a NaN in the untaken branch', () => {
    expect(at((x) => np.where(np.greater(x, 0), np.sqrt(x), 0), -1)).toBe(0)
    expect(at((x) => np.where(np.greater(x, 0), np.log(x), x), -1)).toBe(1)
    expect(at((x) => np.where(np.equal(x, 0), 1, np.divide(np.sin(x), x)), 0)).toBe(0)
    const second = grad(grad((x: Tensor) => np.where(np.greater(x, 0), np.power(x, 1.5), 0)))
    expect(second(-1).item()).toBe(0)
    expect(vmap(grad((x: Tensor) => np.where(np.greater(x, 0), np.sqrt(x), 0)))(Float64Array.of(-1, 0, 4)).toArray()).toEqual([0, 0, 0.25])
  })
  it.each<[string, (x: Tensor) => Tensor]>([
    ['log', (x) => np.log(x)],
    ['sqrt', (x) => np.sqrt(x)],
    ['1/x', (x) => np.divide(1, x)],
    ['sin x / x', (x) => np.divide(np.sin(x), x)],
    ['exp(-1/x)', (x) => np.exp(np.divide(-1, x))],
    ['log x · sqrt x', (x) => np.multiply(np.log(x), np.sqrt(x))],
  ])('where with %s, infinite or NaN in the untaken branch: four derivatives, in every mixture of modes', (_name, untaken) => {
    let mixtures: ((x: TensorLike) => Tensor)[] = [(x) => np.where(np.greater(x, 0), untaken(np.asarray(x)), np.sin(x))]
    for (const slope of [1, 0, -1, 0]) {
      mixtures = mixtures.flatMap((f) => [grad(f), (x: TensorLike) => jvp(f, [x], [1])[1]])
      expect(mixtures.map((f) => Number(f(0).item()) + 0)).toEqual(mixtures.map(() => slope))
    }
  })
  it('ties in max and min share equally; relu and abs are 0 at 0', () => {
    expect(value(grad((x: Tensor, y: Tensor) => np.maximum(x, y), { argnums: [0, 1] })(1, 1))).toEqual([0.5, 0.5])
    expect(grad((x: Tensor) => np.max(x))(Float64Array.of(1, 3, 3)).toArray()).toEqual([0, 0.5, 0.5])
    expect(at((x) => np.abs(x), 0)).toBe(0)
  })
  it('prod with one zero and with two', () => {
    expect(grad((x: Tensor) => np.prod(x))(Float64Array.of(2, 0, 3)).toArray()).toEqual([0, 6, 0])
    expect(grad((x: Tensor) => np.prod(x))(Float64Array.of(0, 0, 3)).toArray()).toEqual([0, 0, 0])
    expect(hessian((x: Tensor) => np.prod(x))(Float64Array.of(0, 0, 3)).toArray()).toEqual([[0, 3, 0], [3, 0, 0], [0, 0, 0]])
  })
  it('logaddexp of two −∞, atan2 on the axes, sinc at 0', () => {
    expect(Number.isNaN(at((x) => np.logaddexp(x, -Infinity), -Infinity))).toBe(false)
    expect(String(value(grad((y: Tensor, x: Tensor) => np.arctan2(y, x), { argnums: [0, 1] })(0, 1)))).toBe('1,0')
    expect(String(value(grad((y: Tensor, x: Tensor) => np.arctan2(y, x), { argnums: [0, 1] })(1, 0)))).toBe('0,-1')
    expect(at((x) => np.sinc(x), 0)).toBeCloseTo(0, 15)
    expect(at((x) => grad((t: Tensor) => np.sinc(t))(x), 0)).toBeCloseTo((-Math.PI * Math.PI) / 3, 14)
  })
})
