/** Small arrays of loops as numbers: the bits of the loop as it was, and which loops become such. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpoint, cond, customJvp, grad, jit, jvp, linalg, makeJaxpr, map, np, nn, scan, solve, switchCase, vmap, whileLoop, type Tensor } from 'adjoint'
import { withoutCalls } from '../../src/compile/prepared'
import { inNumbers } from '../../src/control/numbers'
import type { Jaxpr } from '../../src/ir/types'

const wave = (shape: readonly number[], seed = 0): Tensor => np.reshape(np.array(Float64Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => Math.sin(1.7 * i + seed))), shape)
const flat = (r: unknown): Tensor[] => (Array.isArray(r) ? r.flatMap(flat) : [r as Tensor])
const bits = (r: unknown): unknown => flat(r).map((t) => [t.dtype, t.shape, Array.from(new BigUint64Array(Float64Array.from(t.data() as ArrayLike<number>).buffer), String)])

type Step = (s: Tensor, x: Tensor) => Tensor
/** Steps from a vector of three, and a row of three, to the next vector. */
const steps: Readonly<Record<string, Step>> = {
  'of elementwise functions': (s, x) => np.add(np.multiply(0.9, np.sin(s)), np.multiply(0.1, np.where(np.greater(x, 0), x, np.exp(s)))),
  'of elements and a stack': (s, x) => np.stack([np.multiply(s.at(1), s.at(2)), np.subtract(s.at(0), x.at(1)), np.tanh(s.at(2))]),
  'of slices and joined parts': (s, x) => np.concatenate([s.at([1, 3]) as Tensor, np.multiply(x.at([0, 1]) as Tensor, s.at([0, 1]) as Tensor)]),
  'of flipped, rolled and repeated vectors': (s, x) => np.add(np.flip(np.roll(s, 1)), np.multiply(0.5, np.broadcastTo(x.at(0), [3]))),
  'of padded and trimmed vectors': (s, x) => np.add(np.sin(np.pad(s.at([1, 3]) as Tensor, [[1, 0]])), np.multiply(0.5, np.pad(x, [[2, 1]], { constantValues: s.at(0) }).at([1, 4]) as Tensor)),
  'of a padded matrix': (s, x) => np.multiply(0.3, np.sum(np.pad(np.outer(s.at([0, 2]) as Tensor, x.at([0, 2]) as Tensor), [[1, 1], [0, 1]]), 0)),
  'of vectors with an element replaced': (s, x) => np.multiply(0.9, s.set(1, np.sin(x.at(0))).set([[0, 3, 2]], np.negative(x.at([0, 2])))),
  'of sums, products, maxima and minima': (s, x) => np.multiply(np.subtract(s, np.mean(s)), np.add(np.sum(np.multiply(s, x)), np.add(np.max(s), np.multiply(np.min(x), np.prod(np.add(x, 2)))))),
  'of products of matrices': (s, x) => {
    const a = np.add(np.outer(s, x), np.eye(3))
    return np.divide(np.matmul(np.matmul(a, np.transpose(a)), s), np.add(1, np.dot(s, s)))
  },
  'of outer products': (s, x) => {
    const f = (v: Tensor): Tensor => np.matmul(np.outer(v, x), s)
    return np.multiply(0.2, np.add(f(s), grad((v: Tensor) => np.sum(np.square(np.matmul(np.reshape(np.concatenate([v, v, x]), [3, 3]), s))))(s)))
  },
  'of sums over an axis': (s, x) => {
    const a = np.reshape(np.concatenate([s, x]), [2, 3])
    return np.add(np.sum(a, 0), np.multiply(np.sum(np.square(a)), np.max(np.transpose(a), 1)))
  },
  'of a rotation': (s, x) => {
    const [c, d] = [np.cos(x.at(0)), np.sin(x.at(0))]
    return np.matmul(np.stack([np.stack([c, np.negative(d), np.array(0)]), np.stack([d, c, np.array(0)]), np.array([0, 0, 1])]), s)
  },
  'of other dtypes within': (s, x) => np.astype(np.multiply(np.astype(np.add(s, x), 'float32'), np.astype(np.greater(s, x), 'float32')), 'float64'),
  'with an inner loop': (s, x) => scan((t: Tensor, k: Tensor) => [np.add(np.multiply(0.5, np.sin(t)), np.multiply(k, x)), null] as const, s, np.array([0.1, 0.2, 0.3, 0.4]))[0],
  'with an inner loop over rows': (s, x) => {
    const [t, ys] = scan((t: Tensor, row: Tensor) => [np.add(np.multiply(0.5, t), row), np.multiply(row, t)] as const, s, np.outer(np.array([1, 2]), x))
    return np.multiply(0.1, np.add(t, np.sum(ys, 0)))
  },
  'with what reads more than it is given': (s, x) => np.add(np.multiply(0.1, np.matmul(table, s).at([0, 3]) as Tensor), np.multiply(x, np.sum(table))),
  'with a sorted vector': (s, x) => np.multiply(0.5, np.add(np.sort(s), x)),
  'with a solved system': (s, x) => np.multiply(0.3, linalg.solve(np.add(np.outer(s, x), np.multiply(4, np.eye(3))), s)),
  'with a choice': (s, x) => cond(np.greater(s.at(0), 0), (t: Tensor) => np.multiply(t, 0.5), (t: Tensor) => np.add(t, x), s),
  'of softmax and sums of exponentials': (s, x) => np.add(nn.softmax(np.add(s, x)), np.log(np.sum(np.exp(s)))),
}
const table = wave([40, 3], 2)
/** Those that want no small array. */
const plain = Object.keys(steps).filter((name) => !/sorted|solved|choice|more than|rows/.test(name))

const loop = (step: Step, reverse = false) => (s: Tensor, xs: Tensor): [Tensor, Tensor] => {
  const [last, ys] = scan((c: Tensor, x: Tensor) => { const n = step(c, x); return [n, np.multiply(n, x)] as const }, s, xs, { reverse })
  return [last, ys]
}
const loss = (step: Step) => (s: Tensor, xs: Tensor): Tensor => {
  const [last, ys] = loop(step)(s, xs)
  return np.add(np.sum(np.sin(last)), np.sum(np.square(ys)))
}
const backends = ['auto', 'closure', 'js', 'wasm'] as const
const agree = (f: (...xs: never[]) => unknown, ...args: Tensor[]): void => {
  const want = bits(jit(f as never, { backend: 'direct' })(...(args as never[])))
  for (const backend of backends) expect(bits(jit(f as never, { backend })(...(args as never[]))), backend).toEqual(want)
}
/** The greatest small array in the bodies of a program's loops. */
const small = (p: Jaxpr): number =>
  Math.max(0, ...p.eqns.flatMap((e) => (e.prim.programs?.(e.params) ?? []).flatMap((b) => [small(b), ...b.eqns.flatMap((q) => q.outs.map((o) => (o.aval.shape.length > 0 ? o.aval.shape.reduce((n, k) => n * k, 1) : 0)))])))

describe.each(Object.keys(steps))('%s', (name) => {
  const step = steps[name]!
  const [s, xs] = [wave([3], 1), wave([7, 3], 3)]
  it('values', () => {
    agree(loop(step) as never, s, xs)
    agree(loop(step, true) as never, s, xs)
    agree(loop(step) as never, s, np.zeros([0, 3]))
  })
  it('gradients, tangents, second derivatives, lanes', () => {
    agree(grad(loss(step), { argnums: [0, 1] }) as never, s, xs)
    agree(((a: Tensor, b: Tensor) => jvp(loss(step), [a, b], [np.ones([3]), b])) as never, s, xs)
    agree(grad((a: Tensor, b: Tensor) => np.sum(np.square(grad(loss(step))(a, b)))) as never, s, xs)
    agree(vmap(grad(loss(step)), { inAxes: [0, null] }) as never, wave([4, 3], 5), xs)
  })
  it('is over numbers where nothing wants an array', () => {
    const { jaxpr } = makeJaxpr(loop(step))(s, xs)
    expect(small(jaxpr)).toBeGreaterThan(0)
    const made = inNumbers(jaxpr)
    expect(inNumbers(made)).toBe(made)
    // A row is read element by element.
    if (plain.includes(name)) expect(small(made)).toBeLessThan(2)
    else if (!name.includes('more than')) expect(made).toBe(jaxpr)
  })
})

it('while loops', () => {
  const f = (x: Tensor): Tensor => whileLoop(([s, n]: [Tensor, Tensor]) => np.logicalAnd(np.less(n, 20), np.greater(np.sum(np.abs(s)), 0.1)), ([s, n]: [Tensor, Tensor]) => [np.multiply(np.flip(s), np.add(0.8, np.multiply(0.05, x))), np.add(n, 1)] as [Tensor, Tensor], [np.add(x, 1), np.array(0, { dtype: 'int32' })] as [Tensor, Tensor])[0]
  agree(f as never, wave([2], 1))
  agree(((x: Tensor) => jvp(f, [x], [np.ones([2])])) as never, wave([2], 1))
  agree(grad((x: Tensor) => np.sum(f(x))) as never, wave([2], 1))
  expect(small(inNumbers(makeJaxpr(f)(wave([2])).jaxpr))).toBe(0)
})

it('while loops that pad', () => {
  const next = (s: Tensor, x: Tensor): Tensor => np.add(np.multiply(x, np.pad(s.at([0, 2]) as Tensor, [[1, 0]])), np.multiply(0.5, np.pad(s.at([1, 3]) as Tensor, [[0, 1]], { constantValues: x.at(0) })))
  const f = (x: Tensor): Tensor => whileLoop(([s, n]: [Tensor, Tensor]) => np.logicalAnd(np.less(n, 20), np.greater(np.sum(np.abs(s)), 0.1)), ([s, n]: [Tensor, Tensor]) => [next(s, x), np.add(n, 1)] as [Tensor, Tensor], [np.add(x, 1), np.array(0, { dtype: 'int32' })] as [Tensor, Tensor])[0]
  agree(f as never, wave([3], 1))
  agree(((x: Tensor) => jvp(f, [x], [np.ones([3])])) as never, wave([3], 1))
  agree(grad((x: Tensor) => np.sum(f(x))) as never, wave([3], 1))
  expect(small(inNumbers(makeJaxpr(f)(wave([3])).jaxpr))).toBe(0)
})

it('carries of all dtypes, numbers beside vectors, results that nobody reads', () => {
  const f = (x: Tensor): unknown[] => {
    const [[a, b, c, d], ys] = scan(([a, b, c, d]: [Tensor, Tensor, Tensor, Tensor], _x: Tensor) =>
      [[np.add(np.multiply(a, 3), np.flip(a)), np.logicalXor(b, np.greater(c, 0)), np.multiply(np.sin(c), d), np.add(d, 1)] as [Tensor, Tensor, Tensor, Tensor], [np.multiply(a, 2), b, c]] as const,
    [np.array([1, -2], { dtype: 'int32' }), np.array([true, false]), np.astype(x, 'float32'), np.array(0.5, { dtype: 'float32' })] as [Tensor, Tensor, Tensor, Tensor], np.arange(40))
    return [a, b, c, d, ...(ys as unknown as Tensor[])]
  }
  agree(f as never, wave([2], 4))
  agree(((x: Tensor) => f(x)[2]) as never, wave([2], 4))
})

it('inner loops over numbers alone, rows of which are constants of the outer one', () => {
  const f = (x: Tensor): Tensor => map((a: Tensor) => {
    const [t, ys] = scan((c: Tensor, e: Tensor) => [np.add(np.multiply(0.5, c), np.sin(e)), np.multiply(c, e)] as const, a, x)
    return np.add(np.multiply(t, map((e: Tensor) => np.multiply(e, e), x)), ys)
  }, x)
  for (const n of [1, 2, 3]) {
    const x = wave([n], n)
    agree(f as never, x)
    agree(((a: Tensor) => jvp(f, [a], [np.ones([n])])) as never, x)
    agree(grad((a: Tensor) => np.sum(np.square(f(a)))) as never, x)
    agree(vmap(f) as never, wave([4, n], n))
  }
})

it('matrices of sixteen elements and no larger ones', () => {
  const turn = (n: number) => (a: Tensor): Tensor => scan((m: Tensor) => [np.divide(np.matmul(m, a), n), null] as const, np.eye(n), null, { length: 5 })[0]
  for (const n of [1, 2, 3, 4, 5]) agree(turn(n) as never, wave([n, n], n))
  expect(small(inNumbers(makeJaxpr(turn(4))(wave([4, 4])).jaxpr))).toBe(0)
  const large = makeJaxpr(turn(5))(wave([5, 5])).jaxpr
  expect(inNumbers(large)).toBe(large)
})

it('sums, products and extrema of one to sixteen elements, of rows and columns', () => {
  for (const n of [1, 2, 7, 8, 9, 13, 16]) {
    const f = (x: Tensor): Tensor => scan((s: Tensor) => {
      const y = np.multiply(s, np.cos(np.arange(n)))
      return [np.add(np.multiply(0.5, np.flip(s)), np.divide(np.add(np.add(np.sum(y), np.prod(np.add(1, y))), np.subtract(np.max(y), np.min(y))), n)), null] as const
    }, x, null, { length: 4 })[0]
    agree(f as never, wave([n], n))
    agree(grad((x: Tensor) => np.sum(f(x))) as never, wave([n], n))
    expect(small(inNumbers(makeJaxpr(f)(wave([n])).jaxpr))).toBe(0)
  }
  for (const shape of [[2, 8], [8, 2], [4, 4], [16, 1], [1, 16]])
    agree(((x: Tensor) => scan((s: Tensor) => [np.multiply(0.3, np.add(np.add(s, np.sum(s, 0)), np.sum(s, 1, { keepdims: true }))), np.sum(s, 1)] as const, x, null, { length: 3 })) as never, wave(shape))
})

it('calls in bodies, and loops of one turn', () => {
  const own = customJvp((v: Tensor) => np.multiply(np.sin(v), np.sum(v)), ([v]: [Tensor], [d]: [Tensor]) => jvp((u: Tensor) => np.multiply(np.sin(u), np.sum(u)), [v], [d]) as never)
  const inner = jit((v: Tensor, w: Tensor) => np.stack([v.at(1), np.dot(v, w)]))
  const kept = checkpoint((v: Tensor) => np.tanh(np.roll(own(v), 1)))
  const once = (v: Tensor): Tensor => {
    const [t, ys] = scan((c: Tensor, e: Tensor) => [np.add(np.flip(c), e), np.multiply(c, np.sum(e))] as const, v, np.reshape(v, [1, 2]))
    return np.add(t, ys.at(0) as Tensor)
  }
  const f = (x: Tensor): Tensor => scan((s: Tensor) => [np.multiply(0.4, once(inner(kept(s), x))), null] as const, x, null, { length: 4 })[0]
  agree(f as never, wave([2], 3))
  agree(grad((x: Tensor) => np.sum(np.square(f(x)))) as never, wave([2], 3))
  agree(((x: Tensor) => jvp(f, [x], [np.ones([2])])) as never, wave([2], 3))
  agree(vmap(f) as never, wave([3, 2], 3))
  expect(small(inNumbers(withoutCalls(makeJaxpr(f)(wave([2])).jaxpr)))).toBe(0)
})

it('initial value problems, forward and backward', () => {
  const f = (p: Tensor): Tensor => solve.odeint((y: Tensor, t: Tensor) => np.stack([np.multiply(p.at(0), y.at(1)), np.subtract(np.sin(t), np.multiply(p.at(1), y.at(0)))]), np.array([1, 0.5]), np.linspace(0, 1, 4), [], { rtol: 1e-4, atol: 1e-4 }) as Tensor
  agree(f as never, np.array([1.1, 0.4]))
  agree(grad((p: Tensor) => np.sum(np.square(f(p)))) as never, np.array([1.1, 0.4]))
})

it('zeros of both signs', () => {
  const zeros = np.array([0, -0, -1])
  for (const f of [(v: Tensor) => np.tensordot(v, zeros, 0), (v: Tensor) => np.outer(v, zeros), (v: Tensor) => np.matmul(np.tensordot(v, zeros, 0), v), (v: Tensor) => np.sum(np.outer(v, zeros), 0), (v: Tensor) => np.max(np.outer(v, zeros), 1), (v: Tensor) => np.sum(np.reshape(v, [3, 1]), 1), (v: Tensor) => np.sum(np.reshape(np.outer(v, zeros), [3, 3, 1]), [0, 2]), (v: Tensor) => np.sum(np.transpose(np.reshape(np.outer(v, np.array([0, -0])), [1, 3, 2]), [1, 0, 2]), [0, 2])])
    agree(((x: Tensor) => scan((c: Tensor) => [np.negative(c), f(c)] as const, x, null, { length: 3 })) as never, np.array([0, -0, 2]))
})

it('bodies that compute with what is known', () => {
  const f = (x: Tensor): unknown => scan((b: Tensor, c: Tensor) => {
    const e = grad((d: Tensor) => np.sum(np.multiply(d, 2)))(c)
    return [np.add(np.multiply(0, b), np.tanh(np.broadcastTo(np.sum(e), [3]))), e] as const
  }, x, np.outer(x, x))
  agree(f as never, wave([3], 3))
  agree(vmap(f as never) as never, wave([2, 3], 3))
  const { jaxpr } = makeJaxpr(f as never)(wave([3]))
  expect(inNumbers(jaxpr).inputs.length).toBe(jaxpr.inputs.length)
})

it('bodies that work on each of four elements or more by itself stay as they are: two are done at once', () => {
  const f = (x: Tensor): Tensor => scan((s: Tensor) => [np.multiply(0.9, np.sin(np.add(s, x))), s] as const, x, null, { length: 5 })[1] as Tensor
  for (const n of [1, 2, 3, 4, 9]) {
    const { jaxpr } = makeJaxpr(f)(wave([n]))
    if (n < 4) expect(small(inNumbers(jaxpr))).toBe(0)
    else expect(inNumbers(jaxpr)).toBe(jaxpr)
  }
})

it('long bodies stay as they are', () => {
  const f = (x: Tensor): Tensor => scan((s: Tensor) => [Array.from({ length: 400 }).reduce((t: Tensor) => np.flip(np.sin(np.multiply(t, x))), s), null] as const, x, null, { length: 2 })[0]
  const { jaxpr } = makeJaxpr(f)(wave([9]))
  expect(inNumbers(jaxpr)).toBe(jaxpr)
  agree(f as never, wave([9]))
})

it('random steps, one after another', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 100 }), (names, n, seed) => {
      const step: Step = (s, x) => names.reduce((t, name) => steps[name]!(np.tanh(t), x), s)
      agree(loop(step) as never, wave([3], seed), wave([n, 3], seed + 1))
      agree(grad(loss(step)) as never, wave([3], seed), wave([n, 3], seed + 1))
    }),
    { numRuns: 25 },
  )
})

describe('bodies too long for the local variables of one function', () => {
  const long = (n: number) => (x: Tensor): Tensor => Array.from({ length: n }).reduce<Tensor>((c) => np.sin(np.multiply(np.add(c, 0.001), 0.999)), x)
  const x = np.array(1.25)
  const of = (f: (c: Tensor) => unknown, backend: 'js' | 'direct'): unknown => bits(jit(f, { backend })(x))
  it('of a loop', () => {
    const body = (s: Tensor): [Tensor, Tensor] => {
      const next = long(15_000)(s)
      return [next, next]
    }
    const f = (c: Tensor): unknown => scan(body as never, c, null, { length: 2 })
    expect(of(f, 'js')).toEqual(of(f, 'direct'))
  })
  it('of a choice, all branches together', () => {
    const branches = Array.from({ length: 60 }, (_, k) => long(250 + k))
    const f = (c: Tensor): unknown => [switchCase(np.astype(c, 'int32'), branches, c)]
    expect(of(f, 'js')).toEqual(of(f, 'direct'))
  })
})
