/**
 * Structural keys: two programs have one key exactly when they are equal up to the names of their variables.
 *
 * Law: key(p) = key(q) ⇔ p and q have the same primitives, parameters, avals (weakness included), literals by bits
 * (NaN, −0 and ±∞ distinct) and wiring. Functions and primitives are compared by identity.
 */
import { VarTable } from './table'
import { isLit, type Aval, type Jaxpr, type Params, type Primitive } from './types'

const identities = new WeakMap<object, number>()
let nextIdentity = 1

/** A number of its own for every function or object, for as long as it lives. */
export function identity(x: object): number {
  let n = identities.get(x)
  if (n === undefined) identities.set(x, (n = nextIdentity++))
  return n
}

export const avalKey = (a: Aval): string => `${a.dtype}${a.weak ? '~' : ''}[${a.shape.join(',')}]`

/** Numbers by bits: −0 and NaN are themselves. */
export const numberKey = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

const isJaxpr = (x: object): x is Jaxpr => 'eqns' in x && 'constCount' in x

const ofObject = (p: object): string => `#${identity(p)}`

/** Symbols by their place here: two with one description are two. */
const symbols: symbol[] = []

/** A structural key for a parameter; programs in it by what the key of a program is. */
function keyOf(p: unknown, ofProgram: (p: Jaxpr) => string): string {
  if (typeof p === 'number') return numberKey(p)
  if (typeof p === 'symbol') return `@${symbols.indexOf(p) + 1 || symbols.push(p)}`
  if (typeof p === 'string') return JSON.stringify(p)
  if (!p || (typeof p !== 'object' && typeof p !== 'function')) return `${typeof p} ${String(p as boolean)}`
  const key = (x: unknown): string => keyOf(x, ofProgram)
  const proto = Object.getPrototypeOf(p) as object | null
  // Collections by what they hold now, which may be other than at the last call; tensors do not change.
  if (Symbol.iterator in p && !('shape' in p)) return `${ofObject(proto!)}[${[...(p as Iterable<unknown>)].map(key).join()}]`
  if (isJaxpr(p)) return ofProgram(p)
  if (proto !== Object.prototype && proto !== null) return ofObject(p)
  return `{${Object.keys(p).sort().map((k) => `${key(k)}:${key((p as Record<string, unknown>)[k])}`).join()}}`
}

/** A structural key for the parameters of an equation; primitives that hold programs bring the keys of these. */
export const paramKey = (prim: Primitive, params: Params): string => prim.programs?.key(params) ?? keyOf(params, ofObject)

/** The same for any value, programs in it included. */
export const valueKey = (x: unknown): string => keyOf(x, (p) => `{${fingerprint(p).key}}`)

export interface Fingerprint {
  /** Everything. */
  readonly key: string
  /** The literal values in order of appearance; `shape` is the key without them. */
  readonly literals: readonly number[]
  readonly shape: string
}

export function fingerprint(jaxpr: Jaxpr): Fingerprint {
  const names = new VarTable<number>(jaxpr)
  let count = 0
  const literals: number[] = []
  const parts: string[] = [`${jaxpr.constCount};`]
  for (const v of jaxpr.inputs) {
    names.set(v.id, count++)
    parts.push(avalKey(v.aval), ' ')
  }
  for (const e of jaxpr.eqns) {
    parts.push(';', String(identity(e.prim)))
    const params = paramKey(e.prim, e.params)
    if (params !== '{}') parts.push(params)
    for (const a of e.inputs)
      if (isLit(a)) {
        literals.push(a.value)
        parts.push(' $', avalKey(a.aval))
      } else parts.push(' ', String(names.get(a.id)))
    for (const o of e.outs) {
      names.set(o.id, count++)
      parts.push('>', avalKey(o.aval))
    }
  }
  parts.push('|')
  for (const a of jaxpr.outs)
    if (isLit(a)) {
      literals.push(a.value)
      parts.push(' $', avalKey(a.aval))
    } else parts.push(' ', String(names.get(a.id)))
  const shape = parts.join('')
  return { shape, literals, key: literals.length === 0 ? shape : `${shape}$${literals.map(numberKey).join(' ')}` }
}
