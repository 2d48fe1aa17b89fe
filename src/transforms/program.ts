/**
 * Derived programs: simplified, compiled when they run on concrete values, kept where something keeps them.
 *
 * Law: executing a derived program equals interpreting it, bits included.
 * Decision: the memory is handed in along with the compilers (see warm.ts), so that a bundle without them carries none of
 * its code: there a function that is traced anew at each call is also derived anew.
 */
import type { Kernel } from '../compile/backend'
import { inlined } from '../ir/inline'
import { simplify, type Fold } from '../ir/simplify'
import type { Aval, Jaxpr } from '../ir/types'
import { defaultBackend, engine } from '../primitives/core'
import { runKernel } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import { currentTrace, literalTensor, type Staged } from '../trace/trace'
import { interpret } from './interpret'

/** Scalar operations on literals, computed by the kernels that would run them. */
const fold: Fold = (e) => {
  const avals = e.outs.map((o) => o.aval)
  const operands = e.inputs.map((a) => literalTensor((a as { value: number }).value, a.aval, engine.vocabulary))
  return engine.evaluate(e.prim, operands, e.params, avals).map((t) => Number(t.item()))
}

/** The program with calls inlined, simplified; `watch` is told what each pass changed. */
export const simplified = (jaxpr: Jaxpr, watch?: Parameters<typeof simplify>[2]): Jaxpr => simplify(inlined(jaxpr), fold, watch)

/** A program that can be run: on concrete tensors compiled, on traced ones equation by equation. */
export class Executable {
  readonly jaxpr: Jaxpr
  readonly avals: readonly Aval[]
  readonly #bound: readonly Tensor[]
  #kernel: Kernel | undefined

  constructor(staged: Staged) {
    this.jaxpr = simplified(staged.jaxpr)
    this.avals = this.jaxpr.outs.map((o) => o.aval)
    this.#bound = staged.captured
  }

  /** Whether it may outlive the trace in which it was made. */
  get closed(): boolean {
    return !this.#bound.some(isTraced)
  }

  run(inputs: readonly Tensor[]): readonly Tensor[] {
    const all = this.#bound.length === 0 ? inputs : [...this.#bound, ...inputs]
    if (all.some(isTraced)) return currentTrace()?.take(this.jaxpr, all) ?? (interpret(this.jaxpr, all) as Tensor[])
    this.#kernel ??= defaultBackend.compile(this.jaxpr)
    return runKernel(this.#kernel, all, this.avals, engine.vocabulary)
  }
}

/** What is derived from a program, and the literal values that it wants as further inputs. */
export interface Derived<T> {
  readonly value: T
  readonly literals: readonly Tensor[]
}

/** Keeps what is derived from programs. */
export interface Memory<T> {
  /** What `build` makes of the program (varying literals of which may have become trailing inputs), or made of an equal one. */
  readonly of: (key: string, jaxpr: Jaxpr, build: (jaxpr: Jaxpr) => T) => Derived<T>
}

type MakeMemory = <T extends { readonly closed: boolean }>() => Memory<T>
let makeMemory: MakeMemory | undefined

/** Hands in what keeps derived programs from now on. */
export const remember = (make: MakeMemory): void => void (makeMemory = make)

/** A memory for one kind of derivation; until one was handed in, everything is derived anew. */
export function memory<T extends { readonly closed: boolean }>(): Memory<T> {
  let kept: Memory<T> | undefined
  return { of: (key, jaxpr, build) => (kept ??= makeMemory?.())?.of(key, jaxpr, build) ?? { value: build(jaxpr), literals: [] } }
}
