/** What outlives a call does not see later changes of typed arrays that the call was given, or that f closes over. */
import { describe, expect, it } from 'vitest'
import { evalJaxpr, grad, jit, linearize, linearTranspose, makeJaxpr, np, solve, vjp, vmap, type Tensor } from '../../src/index'

const x = np.array([3, 4])
const ones = np.ones([2])
const backends = ['auto', 'closure', 'js', 'wasm', 'direct'] as const

describe('typed arrays that are kept', () => {
  it.each<[string, (b: Float64Array) => () => unknown]>([
    ['a primal of vjp', (b) => { const [, pull] = vjp((y: Tensor) => y.mul(y), [b]); return () => pull(ones) }],
    ['a view of a primal', (b) => { const [, pull] = vjp((y: Tensor) => y.reshape(2, 1).mul(y.reshape(2, 1)), [b]); return () => pull(np.ones([2, 1])) }],
    ['a captured array of vjp', (b) => { const [, pull] = vjp((y: Tensor) => y.mul(b), [x]); return () => pull(ones) }],
    ['a captured view of vjp', (b) => { const t = np.reshape(b, [1, 2]); const [, pull] = vjp((y: Tensor) => y.mul(t), [x]); return () => pull(np.ones([1, 2])) }],
    ['a part of an array', (b) => { const t = np.asarray(b).slice([0, 1]); const [, pull] = vjp((y: Tensor) => y.slice([0, 1]).mul(t), [x]); return () => pull(np.ones([1])) }],
    ['vjp of grad', (b) => { const [, pull] = vjp(grad((y: Tensor) => np.sum(y.mul(y).mul(y))), [b]); return () => pull(ones) }],
    ['linearize', (b) => { const [, lin] = linearize((y: Tensor) => y.mul(y), [b]); return () => lin(ones) }],
    ['a captured array of linearize', (b) => { const [, lin] = linearize((y: Tensor) => y.mul(b), [x]); return () => lin(ones) }],
    ['linearTranspose', (b) => { const pull = linearTranspose((y: Tensor) => y.mul(b), [x]); return () => pull(ones) }],
    ['makeJaxpr', (b) => { const p = makeJaxpr((y: Tensor) => y.mul(b))(x); return () => evalJaxpr(p, ones) }],
    ['lower', (b) => { const run = jit((y: Tensor) => y.mul(b)).lower(x).compile(); return () => [...(run([Float64Array.of(1, 1)])[0] as Float64Array)] }],
    ['the solution of odeint', (b) => { const s = solve.odeint((y: Tensor, _t: Tensor, k: Tensor) => y.mul(k), ones, [0, 0.01], [b], { denseOutput: true }); return () => s.sol(0.005) }],
    ...backends.map((backend): [string, (b: Float64Array) => () => unknown] => [`jit by ${backend}`, (b) => { const f = jit((y: Tensor) => y.add(b), { backend }); f(x); return () => f(x) }]),
    ['jit of a function of it', (b) => { const f = jit((y: Tensor) => y.add(np.sin(b))); f(x); return () => f(x) }],
    ['jit of grad', (b) => { const f = jit(grad((y: Tensor) => np.sum(y.mul(b)))); f(x); return () => f(x) }],
    ['the result of jit', (b) => { const r = jit((y: Tensor) => y)(b); return () => r }],
    ['the result of grad', (b) => { const r = grad((y: Tensor) => np.sum(y.mul(b)))(x); return () => r }],
    ['the result of vmap', (b) => { const r = vmap((y: Tensor) => y)(b); return () => r }],
    ['the value of vjp', (b) => { const [r] = vjp((y: Tensor) => y, [b]); return () => r }],
  ])('%s', (_name, make) => {
    const b = Float64Array.of(1, 2)
    const read = make(b)
    const before = JSON.stringify(read())
    b[0] = 77
    expect(JSON.stringify(read())).toBe(before)
  })

  it('a donated one is still refused by the function that captured it', () => {
    const t = np.asarray(Float64Array.of(1, 2))
    const f = jit((y: Tensor) => y.add(t))
    f(x)
    jit((y: Tensor) => y.add(1), { donateArgnums: 0 })(t)
    expect(() => f(x)).toThrow(/donated/)
  })
})
