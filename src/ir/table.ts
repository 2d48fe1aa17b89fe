/**
 * Tables by variable: what a pass knows of each variable of one program.
 *
 * Law: a table is a map from variable ids. Decision: the ids of one program lie close together (they are counted up while
 * it is traced), so they are places of an array; ids outside, and programs whose ids are scattered, go through a Map.
 * Passes over 100,000 equations spend their time here: an array is five times as fast as a Map.
 */
import type { Atom, Jaxpr } from './types'

/** Arrays may be this much longer than what they hold. */
const slack = 4

interface Span {
  readonly first: number
  readonly count: number
}

const spans = new WeakMap<Jaxpr, Span>()

/** The least id that the equations bind, and how many there are from it to the greatest; 0 where these are scattered. */
export function spanOf(p: Jaxpr): Span {
  const known = spans.get(p)
  if (known) return known
  let low = Infinity
  let high = -Infinity
  let bound = 0
  for (const { outs } of p.eqns)
    for (let k = 0; k < outs.length; k++) {
      const { id } = outs[k]!
      if (id < low) low = id
      if (id > high) high = id
      bound++
    }
  const count = high - low + 1
  const span = bound > 0 && count <= slack * bound + 64 ? { first: low, count } : { first: 0, count: 0 }
  spans.set(p, span)
  return span
}

export class VarTable<V> {
  readonly #first: number
  readonly #count: number
  #values: { [at: number]: V | undefined; readonly length: number } = []
  #others: Map<number, V> | undefined

  /** A table for the variables of a program; others may be put in as well. */
  constructor(program: Jaxpr) {
    const { first, count } = spanOf(program)
    this.#first = first
    this.#count = count
  }

  /** What values are put in. */
  protected made(count: number): { [at: number]: V | undefined; readonly length: number } {
    return new Array<V | undefined>(count)
  }

  get(id: number): V | undefined {
    const at = id - this.#first
    return at >= 0 && at < this.#values.length ? this.#values[at] : this.#others?.get(id)
  }

  set(id: number, value: V): void {
    const at = id - this.#first
    if (at >= 0 && at < this.#count) {
      if (this.#values.length === 0) this.#values = this.made(this.#count)
      this.#values[at] = value
    } else (this.#others ??= new Map()).set(id, value)
  }
}

/** A set of the variables of a program; others may be put in as well. It is bytes, which no garbage collector reads. */
export class VarSet extends VarTable<number> {
  protected override made(count: number): Uint8Array {
    return new Uint8Array(count)
  }

  has(id: number): boolean {
    return this.get(id) === 1
  }

  add(id: number): void {
    this.set(id, 1)
  }

  /** Whether one of the atoms is a variable of the set. */
  meets(atoms: readonly Atom[]): boolean {
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      if (a._tag === 'Var' && this.has(a.id)) return true
    }
    return false
  }

  addAll(atoms: readonly Atom[]): void {
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      if (a._tag === 'Var') this.add(a.id)
    }
  }
}
