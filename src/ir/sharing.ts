/**
 * Common subexpressions: equations of one primitive, equal parameters and the same operands.
 *
 * Law: two equations are twins exactly when they have one structural key (`fingerprint`), operands of commutative ones
 * in either order; literals are compared by bits.
 * Decision: an open-addressed table of numbers instead of a Map of strings: building a string for each of 100,000
 * equations costs more than all the rest of a sweep.
 */
import { identity, paramKey } from './fingerprint'
import { isLit, type Atom, type Eqn } from './types'

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

const mixed = (h: number, x: number): number => {
  const y = Math.imul(h ^ x, 0x9e3779b1)
  return y ^ (y >>> 15)
}

function hashOf(a: Atom): number {
  if (!isLit(a)) return a.id
  // All NaNs are one.
  double[0] = a.value === a.value ? a.value : NaN
  return mixed(halves[0]!, halves[1]! + 1)
}

const same = (a: Atom, b: Atom): boolean =>
  a === b || (isLit(a) ? isLit(b) && Object.is(a.value, b.value) && a.aval.dtype === b.aval.dtype && a.aval.weak === b.aval.weak : !isLit(b) && a.id === b.id)

function sameOperands({ prim, inputs: x }: Eqn, { inputs: y }: Eqn): boolean {
  if (x.length === y.length && x.every((a, k) => same(a, y[k]!))) return true
  return prim.commutative === true && same(x[0]!, y[1]!) && same(x[1]!, y[0]!)
}

/** Equations seen so far. */
export class Twins {
  readonly #eqns: Eqn[] = []
  readonly #params: Int32Array
  readonly #hashes: Int32Array
  /** Place of an equation among `#eqns`, plus one, by hash. */
  readonly #places: Int32Array
  readonly #keys = new Map<string, number>()

  /** A memory with room for so many equations. */
  constructor(most: number) {
    this.#params = new Int32Array(most)
    this.#hashes = new Int32Array(most)
    this.#places = new Int32Array(2 << (32 - Math.clz32(most)))
  }

  /** The equation seen before that computes the same; else undefined, and this one is remembered. */
  find(e: Eqn): Eqn | undefined {
    const params = this.#paramsOf(e)
    let hash = mixed(identity(e.prim), params)
    const { inputs } = e
    if (e.prim.commutative) hash = mixed(hash, hashOf(inputs[0]!) + hashOf(inputs[1]!))
    else for (let k = 0; k < inputs.length; k++) hash = mixed(hash, hashOf(inputs[k]!))
    const mask = this.#places.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const i = this.#places[at]! - 1
      if (i < 0) {
        const n = (this.#places[at] = this.#eqns.push(e))
        this.#params[n - 1] = params
        this.#hashes[n - 1] = hash
        return undefined
      }
      const other = this.#eqns[i]!
      if (this.#hashes[i] === hash && this.#params[i] === params && other.prim === e.prim && sameOperands(e, other)) return other
    }
  }

  /** A number for parameters of one structural key; 0 for none. */
  #paramsOf({ prim, params }: Eqn): number {
    if (isEmpty(params)) return 0
    const key = paramKey(prim, params)
    let n = this.#keys.get(key)
    if (n === undefined) this.#keys.set(key, (n = this.#keys.size + 1))
    return n
  }
}

function isEmpty(x: object): boolean {
  for (const _ in x) return false
  return true
}
