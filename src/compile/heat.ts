/**
 * Heat: programs run directly at first; what runs again, holds loops or works on much is compiled.
 *
 * Law: all backends give the same bits, so nothing but time tells which one ran.
 * Decision: the compilers are handed in by what asks for compilation or holds programs (`jit`, loops, custom rules), so that
 * a program that does neither carries none of their code.
 */
import { size } from '../data/shape'
import type { Eqn, Jaxpr } from '../ir/types'
import { running, type Backend, type Kernel } from './backend'

export interface Compilers {
  /** What compiles a program before its first run, where that pays; `again`: it will run again. */
  readonly early: (jaxpr: Jaxpr, again: boolean) => Backend | undefined
  /** Compiles what is known to run often. */
  readonly hot: Backend
  /** What compiles a program that has run on tensors a few times, where that pays; not `again`: a single operation. */
  readonly late: (jaxpr: Jaxpr, again: boolean) => Backend | undefined
}

let compilers: Compilers | undefined

/** Hands in the compilers; gives those of before. */
export function setCompilers(next: Compilers | undefined): Compilers | undefined {
  const before = compilers
  compilers = next
  return before
}

/** The hot backend; until one was handed in, `other`. */
export const hotOr = (other: Backend): Backend => compilers?.hot ?? other

/** Runs after which a kernel is compiled. */
const runs = 2

/** Elements computed in one run from which on it pays to compile for it alone: passes over memory cost as much as compiling. */
const much = 2 ** 17

/** Whether it holds programs, which run once for each step of a loop. */
const holds = (p: Jaxpr): boolean =>
  p.eqns.some((e) => e.prim.kernel._tag === 'Programs' || (e.prim.inline !== undefined && holds(e.prim.inline(e.params))))

/** Elements that an equation computes. */
export const elementsOf = ({ outs }: Eqn): number => outs.reduce((n, o) => n + size(o.aval.shape), 0)

const work = (p: Jaxpr): number => p.eqns.reduce((n, e) => n + elementsOf(e), 0)

/** Whether it pays to compile a program before its first run. */
export const pays = (p: Jaxpr, again: boolean): boolean => holds(p) || (again && work(p) > much)

/** The kernels of a backend, compiled by others once that pays, and compilers are at hand; not `again`: of single operations. */
export const heated = (cold: Backend, again = true): Backend => ({
  ...cold,
  compile: (jaxpr) => {
    let kernel: Kernel | undefined
    let count = 0
    const made = (): Kernel => (kernel ??= (compilers?.early(jaxpr, again) ?? cold).compile(jaxpr))
    return running(made, (inputs, outputs) => {
      if (compilers && count++ === runs) kernel = compilers.late(jaxpr, again)?.compile(jaxpr) ?? kernel
      return made().run(inputs, outputs)
    })
  },
})
