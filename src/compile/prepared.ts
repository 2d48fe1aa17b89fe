/** Programs as primitives that hold programs want them compiled. */
import type { KernelSpec } from '../ir/kernel'
import type { Jaxpr } from '../ir/types'

type Holding = Partial<Extract<KernelSpec, { readonly _tag: 'Programs' }>>

export const prepared = (p: Jaxpr): Jaxpr => p.eqns.reduce((made: object, e) => (e.prim.kernel as Holding).prepare?.(made) ?? made, p) as Jaxpr
