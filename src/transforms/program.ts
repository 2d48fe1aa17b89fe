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
import { stage } from '../trace/bind'
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

/** Stages `f`, without values, and simplifies: what its trace takes over meanwhile need not be simplified before. */
export function stageWhole(kind: string, avals: readonly Aval[], f: (tracers: readonly Tensor[]) => readonly Tensor[]): Staged {
  const { jaxpr, captured } = stage(engine, kind, avals, null, (tracers) => {
    currentTrace()!.isWhole = true
    return f(tracers)
  })
  return { jaxpr: simplified(jaxpr), captured }
}

/** A program that can be run: on concrete tensors compiled, on traced ones equation by equation. */
export class Executable {
  readonly #avals: readonly Aval[]
  readonly #bound: readonly Tensor[]
  #program: Jaxpr
  #isSimple = false
  #kernel: Kernel | undefined

  constructor(staged: Staged) {
    this.#program = staged.jaxpr
    this.#avals = staged.jaxpr.outs.map((o) => o.aval)
    this.#bound = staged.captured
  }

  /** The program, simplified when it is first needed so. */
  get #simple(): Jaxpr {
    if (!this.#isSimple) this.#program = simplified(this.#program)
    this.#isSimple = true
    return this.#program
  }

  /** Whether it may outlive the trace in which it was made. */
  get closed(): boolean {
    return !this.#bound.some(isTraced)
  }

  run(inputs: readonly Tensor[]): readonly Tensor[] {
    const all = this.#bound.length === 0 ? inputs : [...this.#bound, ...inputs]
    if (all.some(isTraced)) {
      const trace = currentTrace()
      return trace?.take(trace.isWhole ? this.#program : this.#simple, all) ?? (interpret(this.#simple, all) as Tensor[])
    }
    this.#kernel ??= defaultBackend.compile(this.#simple)
    return runKernel(this.#kernel, all, this.#avals, engine.vocabulary)
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
