/** Programs as primitives that hold programs want them compiled. */
import type { Jaxpr } from '../ir/types'

export function prepared(p: Jaxpr): Jaxpr {
  for (const { prim: { kernel } } of p.eqns) if (kernel._tag === 'Programs' && kernel.prepare) return kernel.prepare(p) as Jaxpr
  return p
}
