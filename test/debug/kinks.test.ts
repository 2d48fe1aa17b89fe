/** Where evaluations sit on kinks, and where they do not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cond, customJvp, debug, definePrimitive, elementwise, foriLoop, grad, hessian, jit, linalg, map, nn, np, ops, scan, stopGradient, vmap, whileLoop, type Tensor } from 'adjoint'

type F = (...xs: Tensor[]) => unknown
const seen = (f: F, ...args: unknown[]): [string, string, readonly number[], readonly (number | null)[]][] =>
  debug.kinks(f as never)(...args).kinks.map((k) => [k.primitive, k.place, k.index, k.operands])

describe('debug.kinks', () => {
  it('names the equation, the element and the operands', () => {
    const r = debug.kinks((x: Tensor) => np.sum(np.abs(np.multiply(x, 2))))(np.array([[1, 0], [-3, 2]]))
    expect(r.kinks).toEqual([{ equation: 'c:f64[2,2] = abs b', primitive: 'abs', place: '', index: [0, 1], operands: [0] }])
    expect([...r]).toHaveLength(r.length)
    expect(String(r)).toBe(
      ['equation            element  operands  place', '────────────────────────────────────────────', 'c:f64[2,2] = abs b  [0, 1]   0.0'].join('\n'),
    )
    expect(String(debug.kinks(np.sin)(1))).toBe('no kinks')
  })

  it.each<[string, F, unknown[], [string, readonly number[]][]]>([
    ['extrema that tie', (x) => np.max(x), [np.array([[1, 3], [3, 0]])], [['reduce_max', [0, 1]], ['reduce_max', [1, 0]]]],
    ['along one axis', (x) => np.min(x, 1), [np.array([[1, 3], [3, 3]])], [['reduce_min', [1, 0]], ['reduce_min', [1, 1]]]],
    ['max of two', (x) => np.maximum(x, 1), [np.array([0, 1])], [['max', [1]]]],
    ['relu', (x) => nn.relu(x), [0], [['le', []]]],
    ['where', (x) => np.where(np.greater(x, 2), x, 0), [2], [['gt', []]]],
    ['clip', (x) => np.clip(x, 0, 1), [np.array([0, 0.5, 1])], [['max', [0]], ['min', [2]]]],
    ['steps', (x) => np.add(np.floor(x), np.round(x)), [np.array([2, 0.5, 1.2])], [['floor', [0]], ['round', [1]]]],
    ['trunc', (x) => np.trunc(x), [np.array([0, 0.5, 1])], [['trunc', [2]]]],
    ['sign', (x) => np.sign(x), [0], [['sign', []]]],
    ['two comparisons of which either says no', (x) => np.where(np.logicalAnd(np.greater(x, 0), np.notEqual(x, 0)), 1, x), [0], [['gt', []], ['ne', []]]],
    ['all of them', (x) => np.where(np.all(np.greater(x, 0)), np.sum(x), 2), [np.array([0, 1])], [['gt', [0]]]],
    ['the gradient of x^1.5 at 0', grad((x: Tensor) => np.power(x, 1.5)), [0], [['pow', []]]],
    ['norm at 0', (x) => linalg.norm(x), [np.zeros([3])], [['eq', []]]],
    ['hypot', (x, y) => np.hypot(x, y), [np.array([0, 0]), np.array([0, 1])], [['hypot', [0]]]],
    ['sort', (x) => np.sort(x), [np.array([3, 1, 3, 2])], [['sort', [0]], ['sort', [2]]]],
    ['sort of rows', (x) => np.sort(x, 0), [np.array([[1, 2], [1, 3]])], [['sort', [0, 0]], ['sort', [1, 0]]]],
    ['cummax', (x) => np.cummax(x), [np.array([1, 1])], [['cummax', [1]]]],
    ['argmax', (x) => np.take(x, np.argmax(x)), [np.array([1, 1])], [['argmax', [0]], ['argmax', [1]]]],
    ['conversion to integers', (x) => np.astype(x, 'int32'), [np.array([0, 2, 2.5])], [['convert_element_type', [1]]]],
    ['repeated eigenvalues', (x) => linalg.eigh(x)[0], [np.eye(2)], [['eigh', [0]], ['eigh', [1]]]],
    ['repeated singular values', (x) => linalg.svd(x)[1], [np.eye(2)], [['svd', [0]], ['svd', [1]]]],
    ['a singular value of 0', (x) => linalg.svd(x)[1], [np.array([[1, 1], [1, 1]])], [['svd', [1]]]],
    ['powers at 0', (x) => np.power(x, np.array([0.5, 1.5, 2])), [np.zeros([3])], [['pow', [0]]]],
    ['atan2 on its cut', (y, x) => np.arctan2(y, x), [np.array([0, 0]), np.array([-1, 1])], [['atan2', [0]]]],
    ['asin', (x) => np.arcsin(x), [1], [['asin', []]]],
    ['remainders', (x) => np.fmod(x, 2), [np.array([0, 4, 1])], [['rem', [1]]]],
    ['knots', (x) => np.interp(x, np.array([0, 1, 2]), np.array([0, 3, 1])), [np.array([0.5, 1, 1.5])], [['searchsorted', [1]]]],
    ['knots that move', (xp) => np.interp(1, xp, np.array([0, 3, 1])), [np.array([0, 1, 2])], [['searchsorted', []]]],
    ['whole quotients', (x) => np.floorDivide(x, 2), [np.array([-2, 0, 1, 4, 5])], [['ne', [0]], ['ne', [1]], ['ne', [3]]]],
    ['of what divides', (y) => np.floorDivide(6, y), [np.array([2, 4])], [['ne', [0]]]],
    ['remainders with the sign of the divisor', (x) => np.remainder(x, 2), [np.array([-4, 0, 1])], [['rem', [0]], ['ne', [0]], ['ne', [1]]]],
    ['scatter', (x) => ops.scatter(x!, np.array([[1], [1]], { dtype: 'int32' }), x!, 'max', { batch: 0, mode: 'clip' }), [np.array([1, 1])], [['scatter_max', [1]]]],
    ['the gradient of max', grad((x: Tensor) => np.maximum(x, 1)) as F, [1], [['max', []]]],
    ['the gradient of a maximum', grad((x: Tensor) => np.square(np.max(x))) as F, [np.array([1, 0, 1])], [['reduce_max', [0]], ['reduce_max', [2]]]],
    ['the gradient of relu²', grad((x: Tensor) => np.square(nn.relu(x))) as F, [0], [['le', []]]],
    ['the Hessian of max²', hessian((x: Tensor) => np.sum(np.square(np.maximum(x, 1)))) as F, [np.array([3, 1])], [['max', [1]]]],
    ['the gradient of |x|', grad((x: Tensor) => np.abs(x)) as F, [0], [['sign', []]]],
  ])('%s', (_name, f, args, expected) => {
    expect(seen(f, ...args).map(([p, , i]) => [p, i])).toEqual(expected)
  })

  it.each<[string, F, unknown[]]>([
    ['smooth functions', (x) => np.exp(np.sin(x)), [0]],
    ['extrema behind stopGradient', (x) => nn.softmax(x), [np.array([1, 1])]],
    ['logsumexp', (x) => nn.logsumexp(x), [np.array([2, 2])]],
    ['the median of an odd number', (x) => np.median(x), [np.array([0, 0.5, 1])]],
    ['comparisons of counters', (x) => foriLoop(0, 3, (i: Tensor, c: Tensor) => np.where(np.equal(i, 1), c, np.multiply(c, 2)), x), [1]],
    ['constants', (x) => np.multiply(x, np.abs(np.array(0))), [1]],
    ['what the result does not need', (x) => { np.abs(x); return np.sin(x) }, [0]],
    ['the steps of steps', (x) => np.equal(np.floor(x), 2), [2.5]],
    ['integers', (x) => np.abs(x), [np.array([0], { dtype: 'int32' })]],
    ['nothing', (x) => np.abs(x), [np.zeros([0])]],
    ['NaN', (x) => np.abs(np.maximum(x, NaN)), [1]],
    ['gradients off the ties', grad((x: Tensor) => np.sum(np.maximum(x, 0))), [np.array([1, -1])]],
    ['gradients of maxima', grad((x: Tensor) => np.sum(np.max(np.outer(x, x), 1))), [np.array([1, 3])]],
    ['gradients of clip', grad((x: Tensor) => np.clip(x, 0, 1)), [0.5]],
    ['gradients of smooth functions whose rules compare', grad((x: Tensor) => np.sinc(x)), [0]],
    ['cubes at 0', (x) => np.power(x, 3), [0]],
    ['the gradient of x^2.5 at 0', grad((x: Tensor) => np.power(x, 2.5)), [0]],
    ['a comparison and no', (x) => np.where(np.logicalAnd(np.greater(x, 0), np.array(false)), x, np.square(x)), [0]],
  ])('none: %s', (_name, f, args) => expect(seen(f, ...args)).toEqual([]))

  it('says the step of a loop and the branch', () => {
    expect(seen((x) => scan((c: Tensor, y: Tensor) => [np.maximum(c, y), null], 0 as never, x)[0], np.array([1, 1, 2, 2]))).toEqual([
      ['max', 'scan step 1', [], [1, 1]],
      ['max', 'scan step 3', [], [2, 2]],
    ])
    expect(seen((x) => whileLoop((c: Tensor) => np.less(c, 4), (c: Tensor) => np.multiply(c, 2), x), 1)).toEqual([['lt', 'while condition 2', [], [4, 4]]])
    expect(seen((x) => cond(np.greater(x, 0), (y: Tensor) => np.sqrt(np.subtract(y, 1)), (y: Tensor) => y, x), 1)).toEqual([['sqrt', 'cond branch 1', [], [0]]])
    expect(seen((x) => cond(np.greater(x, 1), (y: Tensor) => np.sin(y), (y: Tensor) => y, x), 1)).toEqual([['gt', '', [], [1, 1]]])
    const nested = (xs: Tensor): unknown => map((x: Tensor) => cond(np.greater(x, -1), (y: Tensor) => np.abs(y), (y: Tensor) => y, x), xs)
    expect(seen(nested, np.array([1, 0]))).toEqual([['abs', 'scan step 1, cond branch 1', [], [0]]])
  })

  it('looks into compiled functions, maps and functions with rules', () => {
    expect(seen(jit((x: Tensor) => np.abs(x)) as F, 0)).toHaveLength(1)
    expect(seen(vmap((x: Tensor) => np.abs(x)) as F, np.array([0, 1, 0])).map(([, , i]) => i)).toEqual([[0], [2]])
    const own = customJvp((x: Tensor) => np.abs(x), ([x]: [Tensor], [d]: [Tensor]) => [np.abs(x), d])
    expect(seen(own as F, 0)).toEqual([['abs', 'custom_call', [], [0]]])
  })

  it('asks the rule of a primitive of one’s own', () => {
    const step = definePrimitive({
      name: 'heaviside', shape: ([x]) => ({ _tag: 'Right', right: [x!] }), kernel: elementwise(({ sign, max }, x) => max(sign(x), 0)),
      jvp: (o, _x, [y]) => o.zero(y!.aval), transpose: 'nonlinear', batch: 'elementwise', kinks: (o, [x]) => o.eq(x!, 0),
    })
    expect(seen((x) => ops.bind(step, [x!], {})[0], np.array([1, 0]))).toEqual([['heaviside', '', [1], [0]]])
  })

  it('values held by stopGradient are compared by nobody', () => {
    expect(seen((x) => np.where(np.less(stopGradient(x!), 0), x!, np.multiply(2, x!)), 0)).toEqual([])
  })

  it('says whose rule an equation is of, at each call', () => {
    const at = (): readonly (string | undefined)[] => debug.kinks(grad((x: Tensor) => np.abs(x)) as never)(0).kinks.map((k) => k.rule)
    expect([at(), at()]).toEqual([['abs'], ['abs']])
    expect(debug.kinks((x: Tensor) => np.abs(x))(0).kinks[0]).not.toHaveProperty('rule')
  })

  it('off the kinks that it lists, one-sided differences agree', () => {
    expect.hasAssertions()
    const pieces = [np.abs, (x: Tensor) => np.maximum(x, 1), (x: Tensor) => np.clip(x, -1, 2), (x: Tensor) => np.where(np.less(x, 0), np.multiply(3, x), x), nn.relu] as ((x: Tensor) => Tensor)[]
    fc.assert(
      fc.property(fc.array(fc.nat(pieces.length - 1), { minLength: 1, maxLength: 4 }), fc.integer({ min: -6, max: 6 }), (chain, half) => {
        const f = (x: Tensor): Tensor => chain.reduce((y, k) => np.subtract(pieces[k]!(y), 0.5), x)
        const at = (x: number): number => f(np.array(x)).item() as number
        const [x, h] = [half / 2, 1 / 64]
        const smooth = at(x + h) - at(x) === at(x) - at(x - h)
        if (!smooth) expect(debug.kinks(f as never)(x).length).toBeGreaterThan(0)
        if (debug.kinks(f as never)(x).length === 0) expect(smooth).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
