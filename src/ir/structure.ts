/**
 * Equality of programs up to the names of their variables and the values of their literals, and a hash that agrees with it.
 *
 * Law: sameProgram(p, q) ⇔ p and q have the same primitives, parameters, avals (weakness included) and wiring;
 * sameProgram(p, q) ⇒ structureHash(p) = structureHash(q). Functions, primitives and instances of classes are the same by
 * identity; numbers in parameters by bits, so that NaN, 0 and −0 differ, and so are literals of programs in parameters.
 * Decision: one pass over numbers instead of a key: this runs at every call of a function that is traced anew each time,
 * and building a string costs more than all else that a call does.
 */
import { identity } from './fingerprint'
import { hashNumber, mixed } from './hash'
import { isLit, type Atom, type Aval, type Jaxpr, type Lit } from './types'

/** Variables are numbered in an array where their ids lie within this many of each other; else in a Map. */
const near = 1 << 16

/** Arrays to number variables in. They need not be cleared: a variable is bound before it is read. */
const spare: Int32Array[] = []

/** The places of the variables of one program, in order of binding where none are given. */
class Numbering {
  readonly #low: number
  readonly #places: Int32Array
  readonly #scattered: Map<number, number> | undefined
  #next = 0

  constructor(p: Jaxpr) {
    let low = Infinity
    let high = -Infinity
    let count = p.inputs.length
    for (let i = 0; i < count; i++) {
      const { id } = p.inputs[i]!
      if (id < low) low = id
      if (id > high) high = id
    }
    for (let i = 0; i < p.eqns.length; i++) {
      const { outs } = p.eqns[i]!
      count += outs.length
      for (let k = 0; k < outs.length; k++) {
        const { id } = outs[k]!
        if (id < low) low = id
        if (id > high) high = id
      }
    }
    const span = count === 0 ? 0 : high - low + 1
    this.#low = low
    this.#scattered = span > Math.max(near, 4 * count) ? new Map() : undefined
    const places = spare.pop()
    this.#places = this.#scattered || (places && places.length >= span) ? (places ?? new Int32Array(64)) : new Int32Array(Math.max(64, span))
  }

  bind(id: number, place = this.#next++): void {
    if (this.#scattered) this.#scattered.set(id, place)
    else this.#places[id - this.#low] = place
  }

  of(id: number): number {
    return this.#scattered ? this.#scattered.get(id)! : this.#places[id - this.#low]!
  }

  /** Hands the array on to the next. */
  done(): void {
    if (this.#places.length <= near) spare.push(this.#places)
  }
}

const hashText = (s: string): number => {
  let h = s.length
  for (let i = 0; i < s.length; i++) h = mixed(h, s.charCodeAt(i))
  return h
}

const dtypeHash = (a: Aval): number => a.dtype.charCodeAt(0) * 4 + a.dtype.length * 64 + (a.weak ? 1 : 0)

const hashAval = (h: number, a: Aval): number => {
  let g = mixed(h, dtypeHash(a))
  for (let i = 0; i < a.shape.length; i++) g = mixed(g, a.shape[i]! + 1)
  return g
}

const isJaxpr = (x: object): x is Jaxpr => 'eqns' in x && 'constCount' in x
const isPlain = (x: object): boolean => {
  const proto: unknown = Object.getPrototypeOf(x)
  return proto === Object.prototype || proto === null
}

function hashParam(x: unknown): number {
  if (typeof x === 'number') return hashNumber(x)
  if (typeof x === 'string') return hashText(x)
  if (typeof x === 'function') return identity(x)
  if (typeof x !== 'object' || x === null) return x === true ? 2 : x === false ? 1 : 0
  if (Array.isArray(x)) {
    let h = x.length
    for (let i = 0; i < x.length; i++) h = mixed(h, hashParam(x[i]))
    return h
  }
  if (isJaxpr(x)) return structureHash(x)
  if (!isPlain(x)) return identity(x)
  // In whatever order the keys stand.
  let h = 0
  for (const k in x) h = (h + mixed(hashText(k), hashParam((x as Record<string, unknown>)[k]))) | 0
  return h
}

/** A 32-bit number that programs of one structure have in common. */
export function structureHash(p: Jaxpr): number {
  const names = new Numbering(p)
  let h = p.constCount
  for (let i = 0; i < p.inputs.length; i++) {
    const v = p.inputs[i]!
    names.bind(v.id)
    h = hashAval(h, v.aval)
  }
  const read = (g: number, atoms: readonly Atom[]): number => {
    let r = g
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      r = mixed(r, isLit(a) ? -dtypeHash(a.aval) : names.of(a.id))
    }
    return r
  }
  for (let i = 0; i < p.eqns.length; i++) {
    const { prim, inputs, params, outs } = p.eqns[i]!
    h = read(mixed(mixed(h, identity(prim)), hashParam(params)), inputs)
    for (let k = 0; k < outs.length; k++) {
      names.bind(outs[k]!.id)
      h = hashAval(h, outs[k]!.aval)
    }
  }
  h = read(h, p.outs)
  names.done()
  return h
}

/** Equal shapes, dtypes and weakness. */
const alike = (a: Aval, b: Aval): boolean => {
  if (a === b) return true
  if (a.dtype !== b.dtype || a.weak !== b.weak || a.shape.length !== b.shape.length) return false
  for (let i = 0; i < a.shape.length; i++) if (a.shape[i] !== b.shape[i]) return false
  return true
}

/** Whether two parameters are equal. */
export function sameParam(x: unknown, y: unknown): boolean {
  if (Object.is(x, y)) return true
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false
  if (Array.isArray(x)) {
    if (!Array.isArray(y) || x.length !== y.length) return false
    for (let i = 0; i < x.length; i++) if (!sameParam(x[i], y[i])) return false
    return true
  }
  if (Array.isArray(y) || !isPlain(x) || !isPlain(y)) return false
  if (isJaxpr(x)) return isJaxpr(y) && sameProgram(x, y) && sameLiterals(literalsOf(x), literalsOf(y))
  let count = 0
  for (const k in x) {
    if (!Object.hasOwn(y, k) || !sameParam((x as Record<string, unknown>)[k], (y as Record<string, unknown>)[k])) return false
    count++
  }
  for (const _ in y) count--
  return count === 0
}

/** Whether two programs are one up to names and the values of literals. */
export function sameProgram(p: Jaxpr, q: Jaxpr): boolean {
  if (p === q) return true
  if (p.constCount !== q.constCount || p.eqns.length !== q.eqns.length || p.inputs.length !== q.inputs.length || p.outs.length !== q.outs.length) return false
  const names = new Numbering(p)
  const same = matched(p, names, q)
  names.done()
  return same
}

/** `names`: of each variable of p, the one of q that stands in its place, modulo 2³²: a process may name more in an hour. */
function matched(p: Jaxpr, names: Numbering, q: Jaxpr): boolean {
  const bound = (xs: Jaxpr['inputs'], ys: Jaxpr['inputs']): boolean => {
    if (xs.length !== ys.length) return false
    for (let i = 0; i < xs.length; i++) {
      if (!alike(xs[i]!.aval, ys[i]!.aval)) return false
      names.bind(xs[i]!.id, ys[i]!.id | 0)
    }
    return true
  }
  const read = (xs: readonly Atom[], ys: readonly Atom[]): boolean => {
    if (xs.length !== ys.length) return false
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i]!
      const y = ys[i]!
      if (isLit(x) ? !isLit(y) || !alike(x.aval, y.aval) : isLit(y) || names.of(x.id) !== (y.id | 0)) return false
    }
    return true
  }
  if (!bound(p.inputs, q.inputs)) return false
  for (let i = 0; i < p.eqns.length; i++) {
    const e = p.eqns[i]!
    const f = q.eqns[i]!
    if (e.prim !== f.prim || !read(e.inputs, f.inputs) || !(e.params === f.params || sameParam(e.params, f.params)) || !bound(e.outs, f.outs)) return false
  }
  return read(p.outs, q.outs)
}

/** The literals of a program, in order of appearance; not those of programs in its parameters. */
export function literalAtoms(p: Jaxpr): readonly Lit[] {
  const found: Lit[] = []
  const see = (atoms: readonly Atom[]): void => {
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      if (isLit(a)) found.push(a)
    }
  }
  for (let i = 0; i < p.eqns.length; i++) see(p.eqns[i]!.inputs)
  see(p.outs)
  return found
}

/** Their values. */
export const literalsOf = (p: Jaxpr): readonly number[] => literalAtoms(p).map((l) => l.value)

/** Equal numbers by bits (all NaNs are one), where `free` does not say that they may differ. */
export function sameLiterals(xs: readonly number[], ys: readonly number[], free?: readonly boolean[]): boolean {
  if (xs.length !== ys.length) return false
  for (let i = 0; i < xs.length; i++) if (!free?.[i] && !Object.is(xs[i], ys[i])) return false
  return true
}
