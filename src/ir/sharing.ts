/**
 * Common subexpressions: equations of one primitive, equal parameters and the same operands.
 *
 * Law: two equations are twins exactly when they have one structural key (`fingerprint`), operands of commutative ones
 * in either order; literals are compared by bits.
 * Decision: an open-addressed table of numbers instead of a Map of strings: building a string for each of 100,000
 * equations costs more than all the rest of a sweep. Keys of parameters are compared only where all else is equal.
 */
import { paramKey } from './fingerprint'
import { hashNumber, mixed } from './hash'
import { isLit, type Atom, type Eqn, type Params } from './types'

const hashOf = (a: Atom): number => (isLit(a) ? hashNumber(a.value) : a.id)

/** Equal for parameters of one key, whatever the order of their names: of numbers and lists of them, which tell most apart. */
function hashOfParams(params: Params): number {
  let hash = 0
  for (const name in params) hash = (hash + mixed(name.length, hashOfParam(params[name]))) | 0
  return hash
}

function hashOfParam(x: unknown): number {
  if (typeof x === 'number') return hashNumber(x)
  if (!Array.isArray(x)) return 0
  let hash = x.length
  for (let k = 0; k < x.length; k++) hash = mixed(hash, hashOfParam(x[k]))
  return hash
}

const same = (a: Atom, b: Atom): boolean =>
  a === b || (isLit(a) ? isLit(b) && Object.is(a.value, b.value) && a.aval.dtype === b.aval.dtype && a.aval.weak === b.aval.weak : !isLit(b) && a.id === b.id)

function sameOperands({ prim, inputs: x }: Eqn, { inputs: y }: Eqn): boolean {
  if (x.length === y.length && x.every((a, k) => same(a, y[k]!))) return true
  return prim.commutative === true && same(x[0]!, y[1]!) && same(x[1]!, y[0]!)
}

/** Equations seen so far. */
export class Twins {
  readonly #eqns: readonly Eqn[]
  readonly #hashes: Int32Array
  /** Place of an equation in the list, plus one. */
  readonly #places: Int32Array

  /** Of a list: those at the places where twins are looked for. */
  constructor(eqns: readonly Eqn[]) {
    this.#eqns = eqns
    this.#hashes = new Int32Array(eqns.length)
    this.#places = new Int32Array(2 << (32 - Math.clz32(eqns.length)))
  }

  /** The equation seen before that computes the same; else undefined, and this one, which is to stand at place n, is remembered. */
  find(e: Eqn, n: number): Eqn | undefined {
    const { prim, inputs, params } = e
    let hash = mixed(prim.name.length ^ (prim.name.charCodeAt(1) << 8), hashOfParams(params))
    // What reads variables of about the same age is looked for in about the same place: memory is slow.
    let near = 0
    for (let k = 0; k < inputs.length; k++) {
      const a = inputs[k]!
      const h = hashOf(a)
      hash = prim.commutative ? (hash + mixed(1, h)) | 0 : mixed(hash, h)
      if (!isLit(a) && h > near) near = h
    }
    const mask = this.#places.length - 1
    for (let at = (2 * near + (hash & 7)) & mask; ; at = (at + (hash | 1)) & mask) {
      const i = this.#places[at]! - 1
      if (i < 0) {
        this.#places[at] = n + 1
        this.#hashes[n] = hash
        return undefined
      }
      const other = this.#eqns[i]!
      if (this.#hashes[i] === hash && other.prim === prim && sameOperands(e, other) && (other.params === params || paramKey(prim, other.params) === paramKey(prim, params))) return other
    }
  }
}
