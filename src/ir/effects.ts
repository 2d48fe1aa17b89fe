/**
 * Effects: which equations act on the world, and programs without what acts.
 *
 * Law: an equation that acts is run once for each run of its program, in order; passes keep it whether or not its results
 * are used. Whatever computes a value again (a backward sweep, a checkpoint, a read of a traced value) runs a silent program.
 */
import type { Eqn, Jaxpr } from './types'

const isJaxpr = (x: object): x is Jaxpr => 'eqns' in x && 'constCount' in x

const known = new WeakMap<Jaxpr, boolean>()

/** Whether the equation acts, by itself or in a program that it holds. */
export const acts = ({ prim, params }: Eqn): boolean => prim.effects === true || (prim.programs?.acts(params) ?? false)

/** Whether any equation of the program acts. */
export function hasEffects(p: Jaxpr): boolean {
  let found = known.get(p)
  if (found === undefined) known.set(p, (found = p.eqns.some(acts)))
  return found
}

/** A parameter with every program in it replaced. */
function mapPrograms(x: unknown, f: (p: Jaxpr) => Jaxpr): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (Array.isArray(x)) return x.map((y) => mapPrograms(y, f))
  if (isJaxpr(x)) return f(x)
  const proto: unknown = Object.getPrototypeOf(x)
  return proto === Object.prototype || proto === null ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, mapPrograms(v, f)])) : x
}

/** The equation with silent programs. */
export const silentEqn = (e: Eqn): Eqn => (e.prim.programs && acts(e) ? { ...e, params: e.prim.programs.silent(e.params) } : e)

/** Parameters whose programs are silent. */
export const silentParams = <P extends object>(params: P): P => mapPrograms(params, silent) as P

const silenced = new WeakMap<Jaxpr, Jaxpr>()

/** The program without effects; its results are the same. */
export function silent(p: Jaxpr): Jaxpr {
  if (!hasEffects(p)) return p
  let quiet = silenced.get(p)
  if (!quiet) {
    quiet = { ...p, eqns: p.eqns.filter((e) => !e.prim.effects || e.outs.length > 0).map(silentEqn) }
    silenced.set(p, quiet)
  }
  return quiet
}
