/** A name that is no option raises, wherever options are taken by a transform, a loop or a solver. */
import { describe, expect, it } from 'vitest'
import * as a from 'adjoint'
import { np, solve, type Tensor } from 'adjoint'

const f = (x: Tensor): Tensor => np.square(x)
const g = (x: Tensor): Tensor => np.sum(np.square(x))
const wrong = { colour: 'red' } as never
const x = np.array([1, 2])

describe('an unknown option', () => {
  it.each<[string, () => unknown, string]>([
    ['grad', () => a.grad(f, wrong), 'argnums, hasAux'],
    ['valueAndGrad', () => a.valueAndGrad(f, wrong), 'argnums, hasAux'],
    ['vjp', () => a.vjp(f, [1], wrong), 'hasAux'],
    ['jvp', () => a.jvp(f, [1], [1], wrong), 'hasAux'],
    ['jacfwd', () => a.jacfwd(f, wrong)(1), 'argnums, hasAux'],
    ['jacrev', () => a.jacrev(f, wrong)(1), 'argnums, hasAux'],
    ['jacobian', () => a.jacobian(f, wrong)(1), 'argnums, hasAux'],
    ['hessian', () => a.hessian(f, wrong)(1), 'argnums, hasAux'],
    ['vmap', () => a.vmap(f, wrong), 'inAxes, outAxes, axisSize, axisName'],
    ['jit', () => a.jit(f, wrong), 'staticArgnums, donateArgnums, backend, threads, precision'],
    ['sparseJacobian', () => a.sparseJacobian(f, wrong), 'argnums, pattern, colouring'],
    ['sparseHessian', () => a.sparseHessian(g, wrong), 'argnums, pattern, colouring'],
    ['laplacianEstimate', () => a.laplacianEstimate(g, wrong), 'key, samples, method'],
    ['checkpoint', () => a.checkpoint(f, wrong), 'policy'],
    ['customJvp', () => a.customJvp(f, () => [1, 1], wrong), 'nondiffArgnums'],
    ['customVjp', () => a.customVjp(f, { fwd: () => [1, 1], bwd: () => [1] }, wrong), 'nondiffArgnums'],
    ['customVjp', () => a.customVjp(f, { fwd: () => [1, 1], bwd: () => [1], colour: 1 } as never), 'fwd, bwd, jvp'],
    ['scan', () => a.scan((c: Tensor) => [c, null] as const, x, null, wrong), 'length, reverse, unroll, checkpoint'],
    ['foriLoop', () => a.foriLoop(0, 1, (_i: Tensor, c: Tensor) => c, x, wrong), 'unroll, checkpoint'],
    ['whileLoop', () => a.whileLoop(() => false, (c: Tensor) => c, x, wrong), 'checkpoint'],
    ['associativeScan', () => a.associativeScan(np.add as never, x, wrong), 'reverse, axis'],
    ['customRoot', () => a.customRoot(f, 1, (_h, y) => y, (_h, y) => y, wrong), 'hasAux'],
    ['customLinearSolve', () => a.customLinearSolve((y: Tensor) => y, x, (_h, y) => y, wrong), 'transposeSolve, symmetric, hasAux, accepts'],
    ['root', () => solve.root(f, 1, wrong), 'method, tol, maxSteps, bracket, hasAux'],
    ['fixedPoint', () => solve.fixedPoint(np.cos as never, 1, wrong), 'anderson, tol, maxSteps, hasAux'],
    ['minimize', () => solve.minimize(g, x, wrong), 'method, tol, maxSteps, memory'],
    ['leastSquares', () => solve.leastSquares(f, x, wrong), 'tol, maxSteps, jacobian'],
    ['odeint', () => solve.odeint(f, 1, [0, 1], [], wrong), 'rtol, atol, gradient, maxSteps, events, maxEvents, denseOutput'],
    ['odeint: events', () => solve.odeint(f, 1, [0, 1], [], { events: { event: f, colour: 1 } as never }), 'event, terminal, direction'],
    ['cg', () => solve.cg(np.eye(2), x, null, wrong), 'x0, tol, atol, maxSteps, M'],
    ['bicgstab', () => solve.bicgstab(np.eye(2), x, null, wrong), 'x0, tol, atol, maxSteps, M'],
    ['gmres', () => solve.gmres(np.eye(2), x, null, wrong), 'x0, tol, atol, maxSteps, M, restart'],
    ['checkGrads', () => a.debug.checkGrads(f, [1], wrong), 'order, modes, tolerance, step, seed'],
  ])('of %s', (name, run, names) => {
    const said = new RegExp(`^${name}: there is no option colour\n(Options are|The option is) ${names}\\.$`)
    expect(run).toThrow(a.TreeError)
    let text = ''
    try {
      run()
    } catch (e) {
      text = (e as a.TreeError).message
    }
    expect(text).toMatch(said)
  })
})

describe('a traced value as an option', () => {
  const traced = (f: (n: never) => Tensor, value: number | boolean): (() => unknown) => () => a.jit((n: Tensor) => f(n as never))(value)
  it.each<[string, () => unknown]>([
    ['sum: keepdims', traced((n) => np.sum(x, 0, { keepdims: n }), false)],
    ['sort: descending', traced((n) => np.sort(x, { descending: n }), false)],
    ['cumsum: reverse', traced((n) => np.cumsum(x, { reverse: n }), false)],
    ['scan: reverse', traced((n) => a.scan((c: Tensor, e: Tensor) => [c.add(e), c] as const, np.array(0), x, { reverse: n })[1], false)],
    ['scan: unroll', traced((n) => a.scan((c: Tensor) => [c, c] as const, np.array(0), x, { unroll: n })[0], 2)],
    ['scan: checkpoint', traced((n) => a.scan((c: Tensor) => [c, c] as const, np.array(0), x, { checkpoint: n })[0], 2)],
    ['vmap: inAxes', traced((n) => a.vmap(f, { inAxes: n })(x), 0)],
    ['vmap: outAxes', traced((n) => a.vmap(f, { outAxes: n })(x), 0)],
    ['pad: mode', traced((n) => np.pad(x, 1, { mode: n }), 0)],
    ['convolve: mode', traced((n) => np.convolve(x, x, { mode: n }), 0)],
  ])('%s raises and says which', (name, run) => {
    expect(run).toThrow(a.ConcretizationError)
    expect(run).toThrow(new RegExp(`^${name} needs the value of a traced .*staticArgnums`, 's'))
  })

  it('`where` may be one', () => {
    expect(a.jit((n: Tensor) => np.sum(x, { where: n }))(false).item()).toBe(0)
    expect(a.jit((n: Tensor) => np.sum(x, { where: n }))(true).item()).toBe(3)
  })
})
