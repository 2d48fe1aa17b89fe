/**
 * ode: an initial value problem as one equation, whose reverse mode solves the adjoint equation.
 *
 * Law: the gradient is that of the solution, up to the tolerance; forward mode differentiates the steps.
 * Adjoint: a' = −aᵀ ∂f/∂y backwards from each time, where the cotangent of the result there is added; memory does not grow
 * with the number of steps. Source: Pontryagin et al. 1962; Chen et al. 2018, "Neural ordinary differential equations"; JAX's odeint.
 */
import { right } from 'fp-ts/Either'
import { isFloat } from '../data/dtype'
import { bodyOf, whole } from '../control/body'
import { joined, laned, spread } from '../control/custom-linear-solve'
import { bindLinearCall } from '../control/linear-call'
import { scan } from '../control/loops'
import { add, concatenate, dot, negative, stack, zeros } from '../numpy/index'
import { silentParams } from '../ir/effects'
import { holding } from '../ir/held'
import { callOf } from '../ir/kernel'
import { aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps, ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { emitBatch } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp } from '../transforms/jvp'
import { emitPullback, linearizeProgram, residualsOf } from '../transforms/linearize'
import { integrate, type StepOptions } from './dormand-prince'

/** Operands: constants of f, the first state, the times; all with the axes of their `lanes` in front. */
interface Ode extends StepOptions {
  /** From constants, state and time to the state's derivative; without lanes. */
  readonly f: Jaxpr
  /** From the operands to the states. */
  readonly solve: Jaxpr
  /** The batches that it is over, the outermost first, and which operands have them. */
  readonly lanes: readonly { readonly n: number; readonly batched: readonly boolean[] }[]
}

/** Binds the states at the times as one equation. */
export function bindOde(f: Jaxpr, consts: readonly Value[], y0: Tensor, ts: Tensor, options: StepOptions): Tensor {
  const operands = [...consts, y0, ts]
  const program = bodyOf('odeint', operands.map(whole), (t) => {
    const k = consts.length
    return [integrate((y, time) => interpret(f, [...t.slice(0, k), y, time])[0] as Tensor, t[k]!, t[k + 1]!, options)]
  })
  const { captured, programs: [field, solve] } = joined([{ jaxpr: f, captured: [] }, program])
  return coreOps.bind(odePrimitive, [...captured, ...operands], { f: field, solve, lanes: [], rtol: options.rtol, atol: options.atol, maxSteps: options.maxSteps })[0] as Tensor
}

/** The cotangents of the floating operands, given those of the states: one problem, no lanes. */
function adjoint(p: Ode, consts: readonly Tensor[], y0: Tensor, ts: Tensor, ys: Tensor, cts: Tensor): readonly Value[] {
  const floats = consts.map((c) => isFloat(c.dtype))
  const moving = consts.filter((_, i) => floats[i])
  const d = y0.size
  const l = linearizeProgram(p.f, [...floats, true, false])
  /** f, and what pulls a cotangent of it back to constants and state. */
  const pullback = (inputs: readonly Value[], ct: Tensor): readonly [Tensor, Tensor, Tensor] => {
    const all = [...l.captured, ...inputs]
    const outs = interpret(l.known, all)
    const grads = emitPullback(l, residualsOf(l, all, outs), [ct]).map((g) => coreOps.instantiate(g) as Tensor)
    const sums = grads.slice(0, moving.length).map((g) => ops.convert(ops.reshape(g, [g.size]), y0.dtype))
    return [outs[0] as Tensor, grads[moving.length]!, sums.length === 0 ? zeros([0], { dtype: y0.dtype }) : concatenate(sums)]
  }
  const state = aval([ys.shape[1]! * 2 + moving.reduce((n, c) => n + c.size, 0)], y0.dtype)
  const augmented = bodyOf('odeint', [...consts.map(whole), state, whole(ts.at(0))], (t) => {
    const [z, time] = t.slice(consts.length) as [Tensor, Tensor]
    const [dy, da, dc] = pullback([...t.slice(0, consts.length), z.slice([0, d]), time], z.slice([d, 2 * d]))
    return [concatenate([dy, negative(da), negative(dc)])]
  })
  const shared = [...augmented.captured, ...consts]
  const field = { ...augmented.jaxpr, constCount: 0 }
  const slope = (y: Tensor, t: Tensor): Tensor => interpret(p.f, [...consts, y, t])[0] as Tensor
  const none = zeros([state.shape[0]! - 2 * d], { dtype: y0.dtype })
  const [[a, sums], later] = scan(
    ([before, soFar]: readonly [Tensor, Tensor], x: { y: Tensor; t: Tensor; to: Tensor; ct: Tensor }) => {
      const start = concatenate([x.y, add(before, x.ct), soFar])
      const back = bindOde(field, shared, start, stack([x.t, x.to]), p).at(1)
      return [[back.slice([d, 2 * d]), back.slice([2 * d])], dot(x.ct, slope(x.y, x.t))]
    },
    [ops.full([d], 0, y0.dtype), none] as const,
    { y: ys.slice([1]), t: ts.slice([1]), to: ts.slice([0, -1]), ct: cts.slice([1]) },
    { reverse: true },
  ) as unknown as [[Tensor, Tensor], Tensor]
  let at = 0
  const back = moving.map((c) => ops.convert(ops.reshape(ops.slice(sums, [at], [(at += c.size)]), c.shape), c.dtype))
  const first = negative(dot(a, slope(y0, ts.at(0)))).reshape([1])
  return [...back, add(a, cts.at(0)), concatenate([first, later])]
}

/** The pullback of all lanes, from operands, states and cotangents; what lanes share collects from all of them. */
function pullLanes(p: Ode, residuals: readonly Value[], ct: Value): readonly Value[] {
  const inputs = [...residuals, ct]
  const levels = p.lanes.map(({ n, batched }) => ({ n, batched: [...batched, true, true] }))
  const avals = [inputs.map(whole)]
  for (const { batched } of levels) avals.unshift(avals[0]!.map((a, i) => (batched[i] ? aval(a.shape.slice(1), a.dtype) : a)))
  let program = bodyOf('odeint', avals[0]!, (t) => {
    const n = t.length - 4
    return adjoint(p, t.slice(0, n), t[n]!, t[n + 1]!, t[n + 2]!, t[n + 3]!)
  })
  let captured: readonly Tensor[] = program.captured
  for (const [i, { n, batched }] of [...levels].reverse().entries()) {
    const inner = program.jaxpr
    const moving = residuals.flatMap((v, k) => (isFloat(v.aval.dtype) ? [batched[k]!] : []))
    program = bodyOf('odeint', [...captured.map(whole), ...avals[i + 1]!], (t) =>
      emitBatch(inner, t.map((value, k) => ({ value, batched: batched[k - captured.length] ?? false })), n).map(({ value, batched: wide }, k) => {
        const all = wide ? value : spread(value, n)
        return moving[k] ? all : coreOps.sum(all, [0])
      }),
    )
    captured = [...program.captured, ...captured]
  }
  return interpret(program.jaxpr, [...captured, ...inputs])
}

function forward(primals: readonly Value[], tangents: readonly Value[], { solve }: Ode): readonly Dual[] {
  return emitJvp(solve, primals, tangents)
}

/** The states, and their tangent as a linear equation whose transpose is the adjoint problem. */
function split(primals: readonly Value[], tangents: readonly Value[], params: Ode): readonly Dual[] {
  const [ys] = coreOps.bind(odePrimitive, primals, { ...params }) as [Value]
  // What f does to the world it has done.
  const p = silentParams(params)
  const given = tangents.map((t) => !isZero(t))
  const floats = primals.map((v) => isFloat(v.aval.dtype))
  const [tangent] = bindLinearCall(
    'odeint',
    [...primals, ys],
    tangents.filter((_, i) => given[i]),
    (res, lin) => {
      let next = 0
      return [emitJvp(p.solve, res.slice(0, -1), tangents.map((t, i) => (given[i] ? lin[next++]! : new Zero(t.aval))))[0]!.tangent]
    },
    (res, [ct]) => {
      const grads = pullLanes(p, res, ct!)
      let next = 0
      const all = floats.map((f) => (f ? grads[next++] : undefined))
      return all.filter((_, i) => given[i]) as Value[]
    },
  )
  return [{ primal: ys, tangent: tangent! }]
}

/** An initial value problem as an equation. */
export const odePrimitive: Primitive = definePrimitive({
  name: 'odeint',
  shape: (_avals, { solve }: Ode) => right(solve.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ solve }: Ode) => solve),
  jvp: () => [],
  jvpProgram: { forward, split },
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: Ode, n) => {
    const { jaxpr, captured } = laned('odeint', p.solve, operands.map(whole), batched, n)
    // Values that batching rules captured are no operands of f: such a program is differentiated by its steps.
    if (captured.length > 0) return interpret(jaxpr, [...captured, ...operands])
    return coreOps.bind(odePrimitive, operands, { ...p, solve: { ...jaxpr, constCount: 0 }, lanes: [{ n, batched }, ...p.lanes] })
  },
  unroll: ({ run }, operands, { solve }: Ode) => run(solve, operands, 'solve'),
  programs: holding(({ f, solve }: Ode) => [f, solve]),
  showParams: ({ rtol, atol }: Ode) => ({ rtol: String(rtol), atol: String(atol) }),
  multipleResults: true,
})
