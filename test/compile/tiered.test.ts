/** Closures first, what is worth its compilation later: which one runs when, and that results are the same. */
import { describe, expect, it } from 'vitest'
import { grad, jit, makeJaxpr, np, scan, type Tensor } from 'adjoint'
import { chosen, tiered } from '../../src/compile/auto'
import type { Backend } from '../../src/compile/backend'
import { closure } from '../../src/compile/closure/backend'
import { js } from '../../src/compile/js/backend'

/** Backends that say when they compile and when they run. */
function told(): { readonly backend: Backend; readonly log: string[] } {
  const log: string[] = []
  const telling = (name: string, b: Backend): Backend => ({
    ...b,
    compile: (jaxpr) => {
      log.push(`compile ${name}`)
      const { run, describe } = b.compile(jaxpr)
      return { run: (xs, ys) => (log.push(name), run(xs, ys)), describe: () => `${name}: ${describe()}`, bytes: name === 'first' ? 1 : 2 }
    },
  })
  return { backend: tiered(telling('first', closure), telling('last', js)), log }
}

const tower = (n: number) => (x: Tensor): Tensor => Array.from({ length: n }).reduce((y: Tensor) => np.sin(np.multiply(y, 0.9)), x)

describe('tiered', () => {
  it('runs the first backend until the other would have paid from the start', () => {
    const p = makeJaxpr(tower(5))(np.ones([500])).jaxpr
    const { backend, log } = told()
    const kernel = backend.compile(p)
    const x = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i))
    // 10 equations of 500 elements, and 1 for each equation: 5,010 of 30,000 a run.
    const results = Array.from({ length: 8 }, () => kernel.run([x])[0] as Float64Array)
    expect(log).toEqual(['compile first', 'first', 'first', 'first', 'first', 'first', 'compile last', 'last', 'last', 'last'])
    for (const r of results) expect(r).toEqual(results[0])
    expect(kernel.bytes).toBe(2)
    expect(kernel.hot!()).toBe(kernel.hot!())
    expect(log.filter((s) => s === 'compile last')).toHaveLength(1)
  })
  it('compiles at once what works long, holds loops, or is asked for', () => {
    for (const { jaxpr } of [makeJaxpr(np.sin)(np.ones([3000])), makeJaxpr((x: Tensor) => scan((c: Tensor) => [np.sin(c), null] as const, x, null, { length: 3 })[0])(0.5)]) {
      const { backend, log } = told()
      backend.compile(jaxpr)
      expect(log).toEqual(['compile last'])
    }
    const { backend, log } = told()
    const kernel = backend.compile(makeJaxpr(tower(2))(0.5).jaxpr)
    expect(kernel.run([0.5])).toEqual(kernel.hot!().run([0.5]))
    expect(kernel.run([0.5])).toEqual(kernel.hot!().run([0.5]))
    expect(log).toEqual(['compile first', 'first', 'compile last', 'last', 'last', 'last'])
    const asked = told().backend.compile(makeJaxpr(tower(2))(0.5).jaxpr)
    expect(asked.describe()).toMatch(/^last/)
    expect(asked.bytes).toBe(2)
  })
  it('gives jit and its raw kernel the same bits before and after', () => {
    const f = grad((x: Tensor) => np.sum(tower(3)(x)))
    const x = np.linspace(-2, 2, 700)
    const compiled = jit(f)
    const early = compiled(x).data()
    const raw = compiled.lower(x).compile()
    expect(raw([x.data()])[0]).toEqual(early)
    for (let k = 0; k < 30; k++) expect(compiled(x).data()).toEqual(early)
    expect(jit(f, { backend: 'closure' })(x).data()).toEqual(early)
  })
})

describe('chosen', () => {
  const compiledBy = (f: (x: Tensor) => unknown, x: Tensor): string => {
    const naming = (name: string): Backend => ({ name, compile: () => ({ run: () => [], bytes: 0, describe: () => name }) })
    return chosen(naming('numbers'), naming('arrays')).compile(makeJaxpr(f as never)(x).jaxpr).describe()
  }
  const loop = (step: (s: Tensor) => Tensor) => (x: Tensor): Tensor => scan((s: Tensor) => [step(s), null] as const, x, null, { length: 9 })[0]
  const x = np.sin(np.arange(50))
  it('is by the work on arrays, in a turn of a loop also on small ones', () => {
    expect(compiledBy((v) => np.sin(v), x)).toBe('numbers')
    expect(compiledBy((v) => np.sin(v), np.ones([2000]))).toBe('arrays')
    expect(compiledBy(loop((s) => np.sin(s)), x)).toBe('arrays')
    expect(compiledBy(loop((s) => np.stack([s.at(1), s.at(0)])), np.ones([2]))).toBe('numbers')
  })
  it('counts what a module has to call', () => {
    expect(compiledBy(loop((s) => np.multiply(0.5, np.cumlogsumexp(s))), x)).toBe('numbers')
    expect(compiledBy(loop((s) => np.multiply(0.5, np.cumsum(s))), x)).toBe('arrays')
    expect(compiledBy(loop((s) => np.multiply(0.5, np.roll(s, 1))), x)).toBe('arrays')
    expect(compiledBy(loop((s) => np.cumlogsumexp(np.sin(np.cos(np.tanh(s))))), x)).toBe('arrays')
  })
})
