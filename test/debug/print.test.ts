/** What is printed under every transform: the lines of the plain function. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  checkpoint, cond, customJvp, customVjp, debug, evalJaxpr, foriLoop, grad, hessian, jacfwd, jacobian, jacrev, jet, jit, jvp, linearize, makeJaxpr, map, np, scan,
  show, solve, sparseJacobian, TreeError, valueAndGrad, vjp, vmap, whileLoop, type Tensor,
} from 'adjoint'

let lines: string[] = []
let restore: () => void = () => undefined
beforeEach(() => {
  lines = []
  restore = debug.print.to((line) => lines.push(line))
})
afterEach(() => restore())

/** The lines that running prints. */
const printed = (run: () => unknown): string[] => {
  lines = []
  run()
  return lines
}

const noisy = (x: Tensor): Tensor => {
  const y = np.sin(x)
  debug.print('y = {:.3f}', y)
  return np.multiply(y, x)
}

describe('debug.print: formats', () => {
  it.each<[string, unknown[], string]>([
    ['x = {}', [1], 'x = 1.0'],
    ['{} {}', [np.array([1, 2]), true], '[1. 2.] True'],
    ['{1} {0} {1}', [1, 2], '2.0 1.0 2.0'],
    ['{a}, {b:.2e}', [{ a: np.array([1], { dtype: 'int32' }), b: 0.000123 }], '[1], 1.23e-04'],
    ['{} {a}', [5, { a: 6 }], '5.0 6.0'],
    ['{{{}}}', [1], '{1.0}'],
    ['{}', [{ w: np.array([1, 2]), b: [3, null] }], '{w: [1. 2.], b: [3.0, null]}'],
    ['{:.1f}', [np.array([[1.25, NaN]])], '[[1.3 nan]]'],
    ['{}', [np.zeros([0])], '[]'],
    ['nothing', [], 'nothing'],
  ])('%s', (format, values, line) => expect(printed(() => debug.print(format, ...values))).toEqual([line]))

  it.each<[string, unknown[]]>([['{', [1]], ['}', []], ['{}', []], ['', [1]], ['{a}', [1]], ['{a}', [{ b: 1 }]], ['{:>3}', [1]], ['{a b}', [{}]], ['{1}', [1]]])(
    '%s with %j does not fit', (format, values) => expect(() => debug.print(format, ...values)).toThrow(TreeError),
  )

  it('goes to the console unless there is a sink', () => {
    restore()
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    debug.print('x = {}', 2)
    expect(log.mock.calls).toEqual([['x = 2.0']])
    log.mockRestore()
    restore = debug.print.to((line) => lines.push(line))
  })
})

describe('debug.print: transforms', () => {
  it('runs at each call under jit, not when traced', () => {
    const f = jit(noisy)
    expect(printed(() => [f(1), f(2), f(1)])).toEqual(['y = 0.841', 'y = 0.909', 'y = 0.841'])
    expect(f.traceCount).toBe(1)
    expect(printed(() => makeJaxpr(noisy)(1))).toEqual([])
    expect(String(makeJaxpr(noisy)(1))).toBe('{ lambda ; a:f64[]. let\n    b:f64[] = sin a\n    debug_print[fmt="y = {:.3f}"] b\n    c:f64[] = mul b a\n  in (c,) }')
    expect(printed(() => evalJaxpr(makeJaxpr(noisy)(1), 2))).toEqual(['y = 0.909'])
  })

  it.each<[string, () => unknown]>([
    ['grad', () => grad(noisy)(1)],
    ['valueAndGrad', () => valueAndGrad(noisy)(1)],
    ['jit of grad', () => jit(grad(noisy))(1)],
    ['grad of jit', () => grad(jit(noisy))(1)],
    ['grad of grad', () => grad(grad(noisy))(1)],
    ['jvp', () => jvp(noisy, [1], [1])],
    ['linearize', () => { const [, lin] = linearize(noisy, [1]); lin(1); lin(2) }],
    ['vjp', () => { const [, pull] = vjp(noisy, [1]); pull(1); pull(2) }],
    ['jacfwd', () => jacfwd(noisy)(1)],
    ['jacrev', () => jacrev(noisy)(1)],
    ['jacobian', () => jacobian(noisy)(1)],
    ['hessian', () => hessian(noisy)(1)],
    ['checkpoint', () => grad(checkpoint(noisy))(1)],
    ['jit of checkpoint', () => jit(grad(checkpoint(noisy)))(1)],
    ['jet', () => jet(noisy as never, [1], [[1, 0]])],
    ['cond', () => grad((x: Tensor) => cond(np.greater(x, 0), noisy, (y: Tensor) => y, x))(1)],
    ['customJvp', () => grad(customJvp(noisy, ([x]: [Tensor], [d]: [Tensor]) => [noisy(x), d]))(1)],
    ['customVjp', () => grad(customVjp(noisy, { fwd: (x: Tensor) => [noisy(x), null], bwd: (_: null, ct: Tensor) => [ct] }))(1)],
    ['a value that is read', () => grad((x: Tensor) => { const y = checkpoint(noisy)(x); return (y.item() as number) > 0 ? y : x })(1)],
    ['a root', () => grad((a: Tensor) => solve.root((x: Tensor) => np.subtract(np.square(x), a), np.add(noisy(a), 1)))(1)],
    ['unused results', () => jit((x: Tensor) => { noisy(x); return x })(1)],
    ['show.trace', () => show.trace(noisy as never)(1)],
    ['a map of what it captures', () => grad((x: Tensor) => np.sum(vmap((_: Tensor) => noisy(x))(np.zeros([3]))))(1)],
  ])('once under %s', (_name, run) => expect(printed(run)).toEqual(['y = 0.841']))

  it('equal prints are not merged, and loop invariants print at each step', () => {
    const twice = jit((x: Tensor) => { debug.print('{}', x); debug.print('{}', x); return x })
    expect(printed(() => twice(1))).toEqual(['1.0', '1.0'])
    const inner = (x: Tensor): Tensor => scan((c: Tensor, y: Tensor) => { debug.print('x {} y {}', np.multiply(x, 1), y); return [np.multiply(c, x), null] }, 1 as never, np.array([5, 6]))[0] as Tensor
    for (const f of [inner, jit(inner), grad(inner), jit(grad(inner)), grad(checkpoint(inner))]) expect(printed(() => f(np.array(2)))).toEqual(['x 2.0 y 5.0', 'x 2.0 y 6.0'])
    expect(printed(() => sparseJacobian((v: Tensor) => { debug.print('{}', v); return np.square(v) })(np.array([1, 2])))).toEqual(['[1. 2.]'])
  })

  it('loops: each step once, also where reverse mode runs them again', () => {
    const loop = (x: Tensor): Tensor => whileLoop((c: Tensor) => { debug.print('? {}', c); return np.less(c, 20) }, (c: Tensor) => { debug.print('c = {}', c); return np.multiply(c, x) }, x)
    const expected = ['? 3.0', 'c = 3.0', '? 9.0', 'c = 9.0', '? 27.0']
    for (const run of [loop, jit(loop), grad(loop), jit(grad(loop)), (x: Tensor) => jvp(loop, [x], [1]), grad(grad(loop)), (x: Tensor) => { const [, lin] = linearize(loop, [x]); lin(1); lin(1) }])
      expect(printed(() => run(np.array(3)))).toEqual(expected)
    expect(printed(() => foriLoop(0, 2, (i: Tensor, c: Tensor) => { debug.print('{} {}', i, c); return np.add(c, 1) }, 5))).toEqual(['0 5.0', '1 6.0'])
    expect(printed(() => jit((xs: Tensor) => map((x: Tensor) => { debug.print('{}', x); return null }, xs) ?? xs)(np.array([1, 2])))).toEqual(['1.0', '2.0'])
  })

  it('vmap: each lane in order, and only those that take the branch or are still in the loop', () => {
    const xs = np.array([1, -2, 3])
    expect(printed(() => vmap(noisy)(xs))).toEqual(['y = 0.841', 'y = -0.909', 'y = 0.141'])
    expect(printed(() => vmap(grad(noisy))(xs))).toEqual(['y = 0.841', 'y = -0.909', 'y = 0.141'])
    expect(printed(() => grad((v: Tensor) => np.sum(vmap(noisy)(v)))(xs))).toHaveLength(3)
    expect(printed(() => vmap(vmap((x: Tensor, y: Tensor) => { debug.print('{} {}', x, y); return x }, { inAxes: [null, 0] }), { inAxes: [0, null] })(np.array([1, 2]), np.array([3, 4])))).toEqual(['1.0 3.0', '1.0 4.0', '2.0 3.0', '2.0 4.0'])
    const branch = (x: Tensor): Tensor => cond(np.greater(x, 0), (y: Tensor) => { debug.print('+ {}', y); return y }, (y: Tensor) => { debug.print('- {}', y); return np.negative(y) }, x)
    expect(printed(() => vmap(branch)(xs))).toEqual(['- -2.0', '+ 1.0', '+ 3.0'])
    const loop = (x: Tensor): Tensor => whileLoop((c: Tensor) => np.less(c, 4), (c: Tensor) => { debug.print('{}', c); return branch(np.add(c, 1)) }, x)
    expect(printed(() => vmap(loop)(xs)).filter((l) => !/[+-] /.test(l))).toEqual(['1.0', '-2.0', '3.0', '2.0', '1.0', '3.0', '2.0', '3.0'])
    expect(printed(() => vmap(grad(loop))(xs)).sort()).toEqual(printed(() => vmap(loop)(xs)).sort())
  })

  it('callback gets concrete trees', () => {
    const got: unknown[] = []
    const keep = ({ a }: { a: Tensor }, n: Tensor): void => void got.push([np.add(a, 1).toArray(), n.dtype])
    const f = jit((x: Tensor) => { debug.callback(keep, { a: x }, np.array([1], { dtype: 'int32' })); return np.sum(x) })
    f(np.array([1, 2]))
    grad(f as never)(np.array([3, 4]))
    expect(got).toEqual([[[2, 3], 'int32'], [[4, 5], 'int32']])
    expect(() => debug.callback(() => { throw new RangeError('mine') }, 1)).toThrow(RangeError)
  })

  it('random programs print under transforms what they print plainly', () => {
    expect.hasAssertions()
    const say = (tag: string) => (x: Tensor): Tensor => { debug.print(`${tag} {}`, x); return x }
    type F = (x: Tensor) => Tensor
    const leaf = fc.constantFrom<F>(say('a'), say('b'), np.sin, (x) => np.multiply(x, 0.5))
    const { f } = fc.letrec<{ f: F }>((tie) => ({
      f: fc.oneof({ maxDepth: 3 }, leaf,
        fc.tuple(tie('f'), tie('f')).map(([g, h]): F => (x) => h(g(x))),
        fc.tuple(tie('f'), tie('f')).map(([g, h]): F => (x) => cond(np.greater(x, 0.3), g, h, x)),
        tie('f').map((g): F => (x) => foriLoop(0, 2, (_: Tensor, c: Tensor) => np.multiply(g(c), 0.9), x)),
        tie('f').map((g): F => (x) => (whileLoop(([i]: Tensor[]) => np.less(i!, 1), ([i, c]: Tensor[]) => [np.add(i!, np.add(1, np.square(c!))), g(c!)] as never, [0, x] as never) as unknown as Tensor[])[1]!),
        tie('f').map((g): F => jit(g) as F), tie('f').map((g): F => checkpoint(g) as F)),
    }))
    fc.assert(
      fc.property(f, fc.double({ min: -1, max: 1, noNaN: true }), (program, x) => {
        const plain = printed(() => program(np.array(x)))
        for (const t of [jit(program), grad(program as never), jit(grad(program as never)), (y: Tensor) => jvp(program, [y], [1]), (y: Tensor) => vmap(program)(np.reshape(y, [1]))]) expect(printed(() => (t as F)(np.array(x)))).toEqual(plain)
        const lanes = [x, -x, 0.5]
        expect([...printed(() => vmap(program)(np.array(lanes)))].sort()).toEqual(lanes.flatMap((y) => printed(() => program(np.array(y)))).sort())
      }),
      { numRuns: 40 },
    )
  })
})
