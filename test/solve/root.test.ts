/** Roots and fixed points against closed forms. */
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, np, vmap, type Tensor } from '../../src/index'
import { fixedPoint, root } from '../../src/solve/index'
import { close } from './close'

/** w e^w = 2. */
const w = 0.8526055020137255

describe.each([
  ['newton', { method: 'newton' }],
  ['broyden', { method: 'broyden' }],
  ['bisection', { bracket: [0, 10] }],
] as const)('root by %s', (_name, options) => {
  const lambert = (a: Tensor): Tensor => root((x: Tensor) => x.mul(np.exp(x)).sub(a), 1, options as never) as Tensor

  it('finds Lambert’s W with its derivatives', () => {
    close(lambert(np.array(2)), w, 12)
    close(grad(lambert)(2), w / (2 * (1 + w)), 11)
    close(jacfwd(lambert)(2), w / (2 * (1 + w)), 11)
    close(jit(grad(lambert))(2), w / (2 * (1 + w)), 11)
    close(hessian(lambert)(2), (-w * w * (w + 2)) / (4 * (1 + w) ** 3), 11)
    close(jacrev(grad(lambert))(2), (-w * w * (w + 2)) / (4 * (1 + w) ** 3), 11)
  })

  it('is mapped', () => {
    const a = np.array([0.5, 2, 4])
    close(vmap((x: Tensor) => lambert(x).mul(np.exp(lambert(x))))(a), a, 11)
    close(vmap(grad(lambert))(np.array([2, 2])), [w / (2 * (1 + w)), w / (2 * (1 + w))], 11)
  })

  it('says how it went', () => {
    const [, info] = root((x: Tensor) => x.mul(np.exp(x)).sub(2), 1, { ...options, hasAux: true } as never) as unknown as [Tensor, { converged: Tensor; steps: Tensor }]
    expect(info.converged.item()).toBe(true)
    expect(Number(info.steps.item())).toBeGreaterThan(2)
    const [, none] = root((x: Tensor) => np.square(x).add(1), 1, { ...options, hasAux: true } as never) as unknown as [Tensor, { converged: Tensor }]
    expect(none.converged.item()).toBe(false)
  })
})

describe('root', () => {
  it.each(['newton', 'broyden'] as const)('solves systems on trees by %s', (method) => {
    const f = (a: Tensor) => ({ x, y }: { x: Tensor; y: Tensor }): unknown => [np.square(x).add(np.square(y)).sub(a), x.mul(y).sub(1)]
    const at = (a: Tensor): { x: Tensor; y: Tensor } => root(f(a), { x: 2, y: 0.3 }, { method })
    const [x, y] = [Number(at(np.array(4)).x.item()), Number(at(np.array(4)).y.item())]
    close(x * x + y * y, 4, 12)
    close(grad((a: Tensor) => at(a).y)(4), -y / (2 * (x * x - y * y)), 10)
  })

  it('goes back where a full step leads away, and bisects elementwise to the last digit', () => {
    close(root((x: Tensor) => np.arctan(x), 5), 0, 12)
    const thirds = root((x: Tensor) => x.mul(x).mul(x).sub(np.array([1, 8, -27])), np.zeros([3]), { bracket: [np.full([3], -10), np.full([3], 10)] } as never) as Tensor
    close(thirds, [1, 2, -3], 15)
    close(root((x: Tensor) => x, 1, { bracket: [0, 1] }), 0, 15)
    expect(Number((root((x: Tensor) => np.square(x).add(1), 0, { bracket: [0, 1] }) as Tensor).item())).toBeNaN()
  })

  it.each(['newton', 'broyden'] as const)('gives NaN where it finds none, and only there: %s', (method) => {
    const item = (x: unknown): number => Number((x as Tensor).item())
    const none = { NaN: (x: Tensor) => np.square(x).add(1), slow: (x: Tensor) => np.exp(x).sub(1e-30) }
    expect(item(root(none.NaN, 1, { method }))).toBeNaN()
    expect(item(root(none.slow, 50, { method, maxSteps: 3 }))).toBeNaN()
    expect(item(jit((a: Tensor) => root((x: Tensor) => np.square(x).add(a), 1, { method }))(1))).toBeNaN()
    expect(item(grad((a: Tensor) => root((x: Tensor) => np.square(x).add(a), 1, { method }))(1))).toBeNaN()
    // However large f is beside the tolerance.
    const stiff = (a: Tensor): Tensor => root((x: Tensor) => np.square(x).sub(a).mul(1e9), 1, { method }) as Tensor
    close(vmap(stiff)(np.array([2, 3, 5e9])), [Math.sqrt(2), Math.sqrt(3), Math.sqrt(5e9)], 12)
    close(grad(stiff)(2), 0.5 / Math.sqrt(2), 12)
    expect((vmap(stiff)(np.array([2, -1])).toArray() as number[]).map(Number.isNaN)).toEqual([false, true])
    const [x, { converged }] = root((y: Tensor) => np.square(y).sub(2).mul(1e9), 1, { method, hasAux: true })
    expect([converged.item(), (x as Tensor).ndim]).toEqual([true, 0])
  })

  it('knows a root from a pole', () => {
    expect(root((x: Tensor) => np.divide(1, x), 1, { bracket: [-1, 2.1], hasAux: true })[1].converged.item()).toBe(false)
    expect(root((x: Tensor) => np.square(x).sub(2).mul(1e9), 1, { bracket: [0, 3], hasAux: true })[1].converged.item()).toBe(true)
  })

  it('differentiates large systems without their matrix', () => {
    const m = 300
    const f = (a: Tensor): Tensor => np.sum(root((x: Tensor) => x.mul(3).add(np.sin(np.roll(x, 1))).sub(a), np.zeros([m])) as Tensor)
    const one = grad((a: Tensor) => root((x: Tensor) => x.mul(3).add(np.sin(x)).sub(a), 0) as Tensor)(2)
    close(grad(f)(2), np.mul(m, one), 9)
  })

  it('says what does not fit', () => {
    expect(() => root((x: Tensor) => x, 1, { method: 'secant' } as never)).toThrow(/method secant is not known/)
    expect(() => root((x: Tensor) => x, 1, { method: 'bisection' })).toThrow(/bracket/)
    expect(() => root(() => np.array([1, 2]), 1)).toThrow(/root: f: expected 1 elements, got 2/)
  })
})

describe('fixedPoint', () => {
  /** cos x = x. */
  const dottie = 0.7390851332151607
  const slope = (-dottie * Math.sin(dottie)) / (1 + Math.sin(dottie))

  it.each([true, false, 2])('with anderson %s finds cos(a x) = x with its derivatives', (anderson) => {
    const f = (a: Tensor): Tensor => fixedPoint((x: Tensor) => np.cos(a.mul(x)), 1, { anderson }) as Tensor
    close(f(np.array(1)), dottie, 11)
    close(grad(f)(1), slope, 11)
    close(jacfwd(f)(1), slope, 11)
    close(jit(grad(f))(1), slope, 11)
    close(grad(grad(f))(1), 0.15333789131433614, 10)
    close(vmap(grad(f))(np.array([1, 1])), [slope, slope], 11)
  })

  it('is accelerated, and says how it went', () => {
    const A = np.array([[0.5, 0.3, 0.1], [0.2, 0.6, 0.1], [0.1, 0.2, 0.5]])
    const run = (anderson: boolean): [Tensor, { steps: Tensor; converged: Tensor }] => fixedPoint((x: Tensor) => np.matmul(A, x).add(np.array([1, 2, 3])), np.zeros([3]), { anderson, hasAux: true })
    const [[x, fast], [y, slow]] = [run(true), run(false)]
    close(x, y, 9)
    expect(fast.converged.item()).toBe(true)
    expect(Number(fast.steps.item())).toBeLessThan(Number(slow.steps.item()) / 10)
    const [, stopped] = fixedPoint((t: Tensor) => t.add(1), 0, { maxSteps: 5, hasAux: true })
    expect(stopped.converged.item()).toBe(false)
  })

  it.each([true, false])('gives NaN where it finds none, in value and derivatives, and only there: anderson %s', (anderson) => {
    const item = (x: unknown): number => Number((x as Tensor).item())
    const drifting = (a: Tensor | number): Tensor => fixedPoint((x: Tensor) => np.exp(x).add(a), 0, { anderson, maxSteps: 20 })
    expect(item(drifting(1))).toBeNaN()
    expect(item(grad(drifting as (a: Tensor) => Tensor)(1))).toBeNaN()
    expect(item(jit(grad((a: Tensor) => np.square(drifting(a))))(1))).toBeNaN()
    const both = vmap((a: Tensor) => fixedPoint((x: Tensor) => np.multiply(a, np.exp(x)), 0, { anderson, maxSteps: 50 }))(np.array([0.1, 1]))
    expect((both.toArray() as number[]).map(Number.isNaN)).toEqual([false, true])
    // As good as rounding lets it be, though f(x) − x is never as small as the tolerance.
    const rough = (x: Tensor): Tensor => np.subtract(np.add(np.cos(x), 1e5), 1e5)
    close(fixedPoint(rough, 1, { anderson, tol: 1e-16 }), dottie, 9)
    const flat = fixedPoint((x: Tensor) => x.add(1), np.zeros([300]), { anderson, maxSteps: 5 })
    expect((flat.toArray() as number[]).every(Number.isNaN)).toBe(true)
  })

  it('works on trees, and says what does not fit', () => {
    const { p, q } = fixedPoint(({ p: a, q: b }: { p: Tensor; q: Tensor }) => ({ p: np.cos(b), q: a }), { p: 1, q: 1 })
    close(p, dottie, 11)
    close(q, dottie, 11)
    expect(() => fixedPoint((x: Tensor) => x, 1, { anderson: -1 })).toThrow(/anderson/)
  })
})
