/**
 * Derived programs: simplified, kept by structure, compiled when they run on concrete values.
 *
 * Law: executing a derived program equals interpreting it, bits included. Keys are structural, so a function that is
 * traced anew at each call still meets its compiled gradient; number literals that vary between calls become inputs.
 */
import { isLeft } from 'fp-ts/Either'
import type { Kernel } from '../compile/backend'
import { fingerprint, numberKey } from '../ir/fingerprint'
import { inlined } from '../ir/inline'
import { simplify, type Fold } from '../ir/simplify'
import { sourceKey } from '../ir/source'
import { freshVar, isLit, type Atom, type Aval, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { defaultBackend, engine } from '../primitives/core'
import { runKernel } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import { literalTensor, type Staged } from '../trace/trace'
import { interpret } from './interpret'

/** Scalar operations on literals, computed by the kernels that would run them. */
const fold: Fold = (e) => {
  const avals = e.outs.map((o) => o.aval)
  const shaped = e.prim.shape(e.inputs.map((a) => a.aval), e.params)
  if (isLeft(shaped)) return undefined
  const operands = e.inputs.map((a) => literalTensor((a as { value: number }).value, a.aval, engine.vocabulary))
  return engine.evaluate(e.prim, operands, e.params, avals).map((t) => Number(t.item()))
}

/** The program with calls inlined, simplified; `watch` is told what each pass changed. */
export const simplified = (jaxpr: Jaxpr, watch?: Parameters<typeof simplify>[2]): Jaxpr => simplify(inlined(jaxpr), fold, watch)

/** A program that can be run: on concrete tensors compiled, on traced ones equation by equation. */
export class Executable {
  readonly jaxpr: Jaxpr
  readonly #bound: readonly Tensor[]
  #kernel: Kernel | undefined

  constructor(staged: Staged) {
    this.jaxpr = simplified(staged.jaxpr)
    this.#bound = staged.captured
  }

  /** Whether it may outlive the trace in which it was made. */
  get closed(): boolean {
    return !this.#bound.some(isTraced)
  }

  get avals(): readonly Aval[] {
    return this.jaxpr.outs.map((o) => o.aval)
  }

  run(inputs: readonly Tensor[]): readonly Tensor[] {
    const all = this.#bound.length === 0 ? inputs : [...this.#bound, ...inputs]
    if (all.some(isTraced)) return interpret(this.jaxpr, all) as Tensor[]
    this.#kernel ??= defaultBackend.compile(this.jaxpr)
    return runKernel(this.#kernel, all, this.avals, engine.vocabulary)
  }
}

/** What is derived from a program, and the literal values that it wants as further inputs. */
export interface Derived<T> {
  readonly value: T
  readonly literals: readonly Tensor[]
}

interface Entry<T> {
  readonly value: T
  readonly varying: readonly boolean[]
  readonly literals: readonly number[]
}

const perFamily = 8

/** A bounded memory of what was derived from programs, by structure. */
export class Derivations<T extends { readonly closed: boolean }> {
  readonly #families = new Map<string, Entry<T>[]>()
  readonly #limit: number

  constructor(limit = 512) {
    this.#limit = limit
  }

  /** What `build` makes of the program (its varying literals turned into trailing inputs), or what it made before. */
  of(key: string, jaxpr: Jaxpr, build: (jaxpr: Jaxpr) => T): Derived<T> {
    const print = fingerprint(jaxpr)
    const name = `${key}|${print.shape}${sourceKey(jaxpr.eqns)}`
    const entries = this.#families.get(name) ?? []
    const found = entries.find((e) => e.varying.every((v, i) => v || numberKey(e.literals[i]!) === numberKey(print.literals[i]!)))
    if (found) return { value: found.value, literals: this.#values(jaxpr, found.varying) }
    const last = entries[entries.length - 1]
    const varying = print.literals.map((x, i) => last !== undefined && (last.varying[i]! || numberKey(last.literals[i]!) !== numberKey(x)))
    const value = build(varying.includes(true) ? opened(jaxpr, varying) : jaxpr)
    if (value.closed) {
      if (!this.#families.has(name) && this.#families.size >= this.#limit) this.#families.delete(this.#families.keys().next().value!)
      this.#families.set(name, [...entries.slice(1 - perFamily), { value, varying, literals: print.literals }])
    }
    return { value, literals: this.#values(jaxpr, varying) }
  }

  get size(): number {
    return this.#families.size
  }

  #values(jaxpr: Jaxpr, varying: readonly boolean[]): readonly Tensor[] {
    if (!varying.includes(true)) return []
    return literalsOf(jaxpr).filter((_, i) => varying[i]).map((l) => literalTensor(l.value, l.aval, engine.vocabulary))
  }
}

/** Literals in the order in which a fingerprint lists them. */
const literalsOf = (p: Jaxpr): { value: number; aval: Aval }[] => [...p.eqns.flatMap((e) => e.inputs), ...p.outs].filter(isLit)

/** The program with some of its literals as trailing inputs. */
function opened(p: Jaxpr, varying: readonly boolean[]): Jaxpr {
  const inputs: Var[] = [...p.inputs]
  let at = 0
  const atom = (a: Atom): Atom => {
    if (!isLit(a) || !varying[at++]) return a
    const v = freshVar(a.aval)
    inputs.push(v)
    return v
  }
  const eqns = p.eqns.map((e): Eqn => ({ ...e, inputs: e.inputs.map(atom) }))
  return { ...p, inputs, eqns, outs: p.outs.map(atom) }
}
