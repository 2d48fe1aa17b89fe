/**
 * linearCall: a linear function together with its transpose, as one equation.
 *
 * Law: ⟨v, f(r, w)⟩ = ⟨fᵀ(r, v), w⟩ — stated by whoever gives the pair, and checked by the laws. Transposing swaps the two.
 * Source: `linear_call` of JAX's custom_derivatives.
 */
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { holding } from '../ir/held'
import { callOf } from '../ir/kernel'
import { aval, freshVar, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isLinear, isZero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps } from '../primitives/core'
import { emitBatch } from '../transforms/batch'
import { emitJvp, type JvpMode } from '../transforms/jvp'
import { bodyOf, whole } from './body'
import { inlineTaylor } from './taylor'

/** Both programs take the residuals first, then the linear operands, or the cotangents of the results. */
export interface LinearCall {
  readonly forward: Jaxpr
  readonly backward: Jaxpr
  readonly residuals: number
}

/** Binds a pair of emitters as one linear equation. Results and cotangents are flat lists. */
export function bindLinearCall(
  name: string,
  residuals: readonly Value[],
  linear: readonly Value[],
  forward: (residuals: readonly Value[], linear: readonly Value[]) => readonly Value[],
  backward: (residuals: readonly Value[], cts: readonly Value[]) => readonly Value[],
): readonly Value[] {
  const n = residuals.length
  const f = bodyOf(name, [...residuals, ...linear].map(whole), (t) => forward(t.slice(0, n), t.slice(n)))
  const outs = f.jaxpr.outs.map((o) => aval(o.aval.shape, o.aval.dtype))
  const b = bodyOf(name, [...residuals.map(whole), ...outs], (t) => backward(t.slice(0, n), t.slice(n)))
  // What either program captured is a residual of both.
  const captured = [...f.captured, ...b.captured]
  const lead = captured.length
  const widen = (p: Jaxpr, own: number, before: number): Jaxpr => {
    const others = captured.map((c, i) => (i >= before && i < before + own ? p.inputs[i - before]! : unused(c)))
    return { ...p, constCount: 0, inputs: [...others, ...p.inputs.slice(own)] }
  }
  const params: LinearCall = { forward: widen(f.jaxpr, f.captured.length, 0), backward: widen(b.jaxpr, b.captured.length, f.captured.length), residuals: lead + n }
  return coreOps.bind(linearCallPrimitive, [...captured, ...residuals, ...linear.map(coreOps.instantiate)], { ...params })
}

const unused = (v: Value): Jaxpr['inputs'][number] => freshVar(whole(v))

const duals =
  (mode: JvpMode) =>
  (primals: readonly Value[], tangents: readonly Value[], params: LinearCall): readonly Dual[] => {
    const { residuals, forward } = params
    if (!tangents.slice(0, residuals).every(isZero)) return emitJvp(forward, primals, tangents, mode)
    const outs = coreOps.bind(linearCallPrimitive, primals, { ...params })
    const moved = coreOps.bind(linearCallPrimitive, [...primals.slice(0, residuals), ...tangents.slice(residuals).map(coreOps.instantiate)], { ...params })
    return outs.map((primal, i) => ({ primal, tangent: moved[i]! }))
  }

/** The pair as an equation; it is linear in the operands after the residuals. */
export const linearCallPrimitive: Primitive = definePrimitive({
  name: 'linear_call',
  shape: (_avals, { forward }: LinearCall) => right(forward.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ forward }: LinearCall) => forward),
  jvp: () => [],
  jvpProgram: { forward: duals('forward'), split: duals('split') },
  taylorProgram: inlineTaylor(({ forward }: LinearCall) => forward),
  transpose: (_ops, cts, operands, params: LinearCall) => {
    const { residuals, forward, backward } = params
    const back = coreOps.bind(linearCallPrimitive, [...operands.slice(0, residuals), ...cts.map(coreOps.instantiate)], { forward: backward, backward: forward, residuals })
    return operands.map((o, i) => (isLinear(o) ? back[i - residuals]! : null))
  },
  batch: (_ops, operands, batched, params: LinearCall, n) => {
    const { residuals, forward, backward } = params
    // A residual that all lanes share stays one; a linear operand gets lanes, so that each has its own cotangent.
    const marks = operands.map((_, i) => i >= residuals || batched[i]!)
    const spread = operands.map((o, i) => (batched[i] || !marks[i] ? o : coreOps.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1))))
    const lanes = (p: Jaxpr) => (r: readonly Value[], x: readonly Value[]): readonly Value[] =>
      emitBatch(p, [...r, ...x].map((value, i) => ({ value, batched: i >= residuals || marks[i]! })), n).map((l) => (l.batched ? l.value : full(l.value, n)))
    return bindLinearCall('linear_call', spread.slice(0, residuals), spread.slice(residuals), lanes(forward), lanes(backward))
  },
  pattern: (sets, operands, { forward }: LinearCall) => sets.program(forward, operands),
  unroll: ({ run }, operands, { forward }: LinearCall) => run(forward, operands, ''),
  programs: holding(({ forward, backward }: LinearCall) => [forward, backward]),
  multipleResults: true,
})

const full = (v: Value, n: number): Value => coreOps.broadcast(coreOps.instantiate(v), [n, ...v.aval.shape], range(v.aval.shape.length, 1))
