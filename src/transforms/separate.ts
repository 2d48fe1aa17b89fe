/**
 * Equations that mix, taken apart.
 *
 * Law: the separated program computes the same.
 */
import { isLit, type Atom, type Eqn, type Separate } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { coreOps } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { Environment, literal, rebind } from './interpret'
import { dependentIds } from './linearize'
import { stageWhole } from './program'

/**
 * A program that is linear in its last inputs, with equations that mix values and tangents in one held program (a custom
 * rule may emit such a loop) taken apart: values come from the equation at zero tangents, tangents from its linear part.
 */
export const separated: Separate = (p, count) => {
  const ids = dependentIds(p, count)
  const depends = (a: Atom): boolean => !isLit(a) && ids.has(a.id)
  const mixed = (e: Eqn): boolean => ids.meets(e.inputs) && Boolean(e.prim.mixes?.(e.params))
  if (!p.eqns.some(mixed)) return p
  const { jaxpr } = stageWhole('jvp', p.inputs.map((v) => v.aval), (tracers) => {
    const env = new Environment<Value>(literal, p)
    p.inputs.forEach((v, i) => env.write(v, tracers[i]!))
    for (const e of p.eqns) {
      const operands = e.inputs.map((a) => env.read(a))
      const outs = mixed(e)
        ? e.prim.jvpProgram!.split(
            operands.map((o, i) => (depends(e.inputs[i]!) ? coreOps.instantiate(new Zero(o.aval)) : o)),
            operands.map((o, i) => (depends(e.inputs[i]!) ? o : new Zero(o.aval))),
            e.params,
          ).map((d) => (isZero(d.tangent) ? d.primal : d.tangent))
        : rebind(e.prim, operands, e.params)
      e.outs.forEach((o, i) => env.write(o, outs[i]!))
    }
    return p.outs.map((a) => env.read(a)) as Tensor[]
  })
  return { ...jaxpr, constCount: p.constCount }
}

