import { describe, expect, it } from 'vitest'
import { bind, CustomRuleError, definePrimitive, grad, primitives, vmap, type Primitive, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { checkGrads } from 'adjoint/debug'

const named = (name: string): Primitive => primitives.find((p) => p.name === name)!
const through = (p: Primitive) => (x: Tensor): Tensor => bind(p, [np.asarray(x)], {})[0]!

/** What is thrown. */
const thrown = (f: () => unknown): unknown => {
  try {
    f()
    return undefined
  } catch (e) {
    return e
  }
}

describe('checkGrads accepts', () => {
  it.each<[string, (...args: never[]) => unknown, unknown[]]>([
    ['a function of scalars', (x: Tensor, y: Tensor) => np.multiply(np.sin(x), np.exp(y)), [1, 2]],
    ['arrays and trees', (p: { w: Tensor; b: Tensor }) => [np.tanh(np.matmul(p.w, p.b)), np.sum(p.w)], [{ w: np.array([[1, -2], [0.5, 3]]), b: np.array([0.3, -0.7]) }]],
    ['integers, which are held constant', (x: Tensor, n: Tensor) => np.power(x, n), [np.array([1.5, 2.5]), np.array(3, { dtype: 'int32' })]],
    ['gradients and batches', (x: Tensor) => vmap(grad((y: Tensor) => np.multiply(np.log(y), y)))(x), [np.array([1, 2, 3])]],
    ['a constant', () => np.array([1, 2]), [1]],
    ['an integer result beside a floating one', (x: Tensor) => [np.argmax(x), np.max(x)], [np.array([1, 5, 2])]],
  ])('%s', (_, f, args) => {
    expect(() => checkGrads(f, args)).not.toThrow()
  })

  it('order 3, and float32', () => {
    expect(() => checkGrads((x: Tensor) => np.sin(x), [0.4], { order: 3 })).not.toThrow()
    expect(() => checkGrads((x: Tensor) => np.sum(np.sin(x)), [np.array([0.4, 1], { dtype: 'float32' })])).not.toThrow()
  })

  it('different directions with another seed', () => {
    for (const seed of [1, 2, 3]) expect(() => checkGrads((x: Tensor) => np.cos(x), [np.linspace(0, 1, 5)], { seed })).not.toThrow()
  })
})

describe('checkGrads has teeth', () => {
  const sin = named('sin')
  const wrongJvp = definePrimitive({ ...sin, jvp: (o, [x], _y, [dx]) => o.mul(dx!, o.sin(x!)) })
  const neg = named('neg')
  const wrongTranspose = definePrimitive({ ...neg, jvp: (o, _x, _y, [dx]) => o.bind(wrongTranspose, [dx!], {}), transpose: (_o, [ct]) => [ct!] })
  /** Right at first order; its derivative is right in value, but constant. */
  const wrongSecond = definePrimitive({ ...sin, jvp: (o, [x], _y, [dx]) => o.mul(dx!, o.stopGradient(o.cos(x!))) })

  it('for a wrong jvp, naming the numbers', () => {
    const e = thrown(() => checkGrads(through(wrongJvp), [np.array([0.5, 1])], { modes: ['fwd'] }))
    expect(e).toBeInstanceOf(CustomRuleError)
    expect((e as Error).message).toMatch(/^checkGrads: jvp of f: result 0, element 0: the derivative is [-\d.e]+, differences give [-\d.e]+ \(tolerance 0.000001\)\n/)
  })

  it('for a wrong jvp, in reverse', () => {
    expect(() => checkGrads(through(wrongJvp), [0.5], { modes: ['rev'] })).toThrow(/vjp of f: .*cotangents args\[0\]: /)
  })

  it('for a wrong transpose, which forward mode does not see', () => {
    expect(() => checkGrads(through(wrongTranspose), [0.5], { modes: ['fwd'] })).not.toThrow()
    expect(() => checkGrads(through(wrongTranspose), [0.5])).toThrow(/checkGrads: vjp of f/)
  })

  it('for a wrong second derivative, which order 1 does not see', () => {
    expect(() => checkGrads(through(wrongSecond), [0.5], { order: 1 })).not.toThrow()
    expect(() => checkGrads(through(wrongSecond), [0.5], { order: 2 })).toThrow(/checkGrads: jvp of jvp of f/)
    expect(() => checkGrads(through(wrongSecond), [0.5], { modes: ['rev'] })).toThrow(/checkGrads: vjp of vjp of f/)
  })

  it('for a derivative that is NaN', () => {
    const nan = definePrimitive({ ...sin, jvp: (o, [x], _y, [dx]) => o.mul(dx!, o.log(o.neg(o.abs(x!)))) })
    expect(() => checkGrads(through(nan), [0.5])).toThrow(/the derivative is NaN/)
  })
})
