/**
 * A memory of what was derived from programs, by structure.
 *
 * Law: keys are structural, so a function that is traced anew at each call still meets its compiled gradient; number literals
 * that vary between calls become inputs.
 */
import { sourceKey } from '../ir/source'
import { literalAtoms, literalsOf, sameLiterals, sameProgram, structureHash } from '../ir/structure'
import { freshVar, isLit, reading, type Atom, type Jaxpr, type Var } from '../ir/types'
import { engine } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { literalTensor } from '../trace/trace'
import type { Derived, Memory } from './program'

interface Entry<T> {
  readonly value: T
  /** Which literals are inputs. */
  readonly varying: readonly boolean[]
  readonly opened: boolean
  readonly literals: readonly number[]
}

/** What was derived in one way from programs of one structure. */
interface Family<T> {
  readonly key: string
  readonly hash: number
  readonly program: Jaxpr
  readonly sources: string
  entries: readonly Entry<T>[]
}

const perFamily = 8
/** Equations kept in all. */
const most = 1 << 18

/** A bounded memory of what was derived from programs, by structure: what was not used for longest goes first. */
export class Derivations<T extends { readonly closed: boolean }> implements Memory<T> {
  readonly #byHash = new Map<number, readonly Family<T>[]>()
  /** In order of use. */
  readonly #families = new Set<Family<T>>()
  readonly #limit: number
  #latest: Family<T> | undefined
  #equations = 0

  constructor(limit = 512) {
    this.#limit = limit
  }

  /** What `build` makes of the program (its varying literals turned into trailing inputs), or what it made before. */
  of(key: string, jaxpr: Jaxpr, build: (jaxpr: Jaxpr) => T): Derived<T> {
    const sources = sourceKey(jaxpr.eqns)
    const literals = literalsOf(jaxpr)
    const is = (f: Family<T>): boolean => f.key === key && f.sources === sources && sameProgram(f.program, jaxpr)
    let family = this.#latest
    let hash = 0
    if (!family || !is(family)) {
      hash = structureHash(jaxpr)
      family = this.#byHash.get(hash)?.find(is)
      if (family) this.#use(family)
    }
    const entries = family?.entries ?? []
    const found = entries.find((e) => sameLiterals(e.literals, literals, e.varying))
    if (found) return { value: found.value, literals: found.opened ? this.#values(jaxpr, found.varying) : [] }
    const last = entries[entries.length - 1]
    const varying = literals.map((x, i) => last !== undefined && (last.varying[i]! || !Object.is(last.literals[i], x)))
    const opens = varying.includes(true)
    const value = build(opens ? opened(jaxpr, varying) : jaxpr)
    if (value.closed) this.#keep(family ?? { key, hash, program: jaxpr, sources, entries }, { value, varying, opened: opens, literals })
    return { value, literals: opens ? this.#values(jaxpr, varying) : [] }
  }

  /** Programs of different structure that are remembered. */
  get size(): number {
    return this.#families.size
  }

  /** Equations of the programs that are remembered. */
  get equations(): number {
    return this.#equations
  }

  #use(family: Family<T>): void {
    this.#families.delete(family)
    this.#families.add(family)
    this.#latest = family
  }

  #keep(family: Family<T>, entry: Entry<T>): void {
    const { length } = family.program.eqns
    if (!this.#families.has(family)) {
      this.#byHash.set(family.hash, [...(this.#byHash.get(family.hash) ?? []), family])
      this.#equations += length
    }
    this.#equations += length * (family.entries.length < perFamily ? 1 : 0)
    family.entries = [...family.entries.slice(1 - perFamily), entry]
    this.#use(family)
    for (const old of this.#families) {
      if (old === family || (this.#families.size <= this.#limit && this.#equations <= most)) return
      this.#forget(old)
    }
  }

  #forget(family: Family<T>): void {
    this.#families.delete(family)
    this.#equations -= family.program.eqns.length * (1 + family.entries.length)
    const rest = this.#byHash.get(family.hash)!.filter((f) => f !== family)
    if (rest.length === 0) this.#byHash.delete(family.hash)
    else this.#byHash.set(family.hash, rest)
  }

  #values(jaxpr: Jaxpr, varying: readonly boolean[]): readonly Tensor[] {
    return literalAtoms(jaxpr).filter((_, i) => varying[i]).map((l) => literalTensor(l.value, l.aval, engine.vocabulary))
  }
}

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
  const eqns = p.eqns.map((e) => reading(e, e.inputs.map(atom)))
  return { ...p, inputs, eqns, outs: p.outs.map(atom) }
}
