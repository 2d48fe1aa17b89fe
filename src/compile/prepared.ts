/** Programs as they are compiled: without calls, and as primitives that hold programs want them. */
import { spliced } from '../ir/inline'
import type { KernelSpec } from '../ir/kernel'
import type { Eqn, Jaxpr } from '../ir/types'

type Holding = Partial<Extract<KernelSpec, { readonly _tag: 'Programs' }>>

/** The program that an equation calls, where it does nothing else. */
const calleeOf = (e: Eqn): Jaxpr | undefined => e.prim.inline?.(e.params) ?? ((e.prim.kernel as Holding).callee?.(e.params) as Jaxpr | undefined)

const known = new WeakMap<Jaxpr, Jaxpr>()

/** The program with what it calls in the stead of the calls. */
export function withoutCalls(p: Jaxpr): Jaxpr {
  if (!p.eqns.some(calleeOf)) return p
  const made = known.get(p) ?? spliced(p, calleeOf)
  known.set(p, made)
  return made
}

export const prepared = (p: Jaxpr): Jaxpr => {
  const plain = withoutCalls(p)
  return plain.eqns.reduce((made: object, e) => (e.prim.kernel as Holding).prepare?.(made) ?? made, plain) as Jaxpr
}
