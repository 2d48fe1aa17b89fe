/**
 * Programs as text, in JAX's notation and layout.
 *
 * Law: programs that are equal up to the names of their variables have one text; variables are named a … z, ba, bb … in
 * the order in which they appear, `_` where nothing uses them. A program held more than once is printed once, by name.
 * Example: printJaxpr(jaxpr) // => '{ lambda ; a:f64[]. let b:f64[] = sin a in (b,) }'
 */
import { shortName, type TypedArray } from '../data/dtype'
import { formatArray } from '../data/print'
import { concat, group, join, layout, line, nest, text, type Doc } from './layout'
import { isLit, type Atom, type Aval, type Eqn, type Jaxpr, type Var } from './types'

/** `f64[2,3]`; weakness is not shown. */
export const printAval = (a: Aval): string => `${shortName(a.dtype)}[${a.shape.join(',')}]`

/** a, …, z, ba, bb, …: the number in base 26. */
export function letters(n: number): string {
  let name = ''
  do {
    name = String.fromCharCode(97 + (n % 26)) + name
    n = Math.floor(n / 26)
  } while (n > 0)
  return name
}

/** The names given so far, and the programs that have one. */
class Names {
  readonly #vars = new Map<number, string>()
  readonly programs = new Map<Jaxpr, string>()
  of(v: Var): string {
    let name = this.#vars.get(v.id)
    if (name === undefined) this.#vars.set(v.id, (name = letters(this.#vars.size)))
    return name
  }
}

const typed = (name: string, a: Aval): Doc => text(`${name}:${printAval(a)}`)

const atomDoc = (a: Atom, names: Names): Doc =>
  isLit(a) ? typed(formatArray(a.value, [], a.aval.dtype, false), a.aval) : text(names.of(a))

const list = (docs: readonly Doc[], separator = ''): Doc => nest(2, group(join(concat(text(separator), group(line())), docs)))

const binders = (vars: readonly Var[], names: Names, used?: ReadonlySet<number>): Doc =>
  list(vars.map((v) => typed(used && !used.has(v.id) ? '_' : names.of(v), v.aval)))

/** The variables that a program's equations and results read. */
function usedIn(jaxpr: Jaxpr): Set<number> {
  const used = new Set<number>()
  const mark = (a: Atom): void => void (isLit(a) || used.add(a.id))
  jaxpr.eqns.forEach((e) => e.inputs.forEach(mark))
  jaxpr.outs.forEach(mark)
  return used
}

const isJaxpr = (x: unknown): x is Jaxpr => typeof x === 'object' && x !== null && 'eqns' in x && 'constCount' in x

/** A parameter as Python would show it. */
function showParam(p: unknown): string {
  if (p === null || p === undefined) return 'None'
  if (typeof p === 'boolean') return p ? 'True' : 'False'
  if (typeof p === 'number') return Number.isFinite(p) ? String(p) : formatArray(p, [], 'float64', false)
  if (typeof p === 'function') return p.name || '<lambda>'
  if (typeof p !== 'object') return String(p)
  if (ArrayBuffer.isView(p)) return formatArray(p as TypedArray, [(p as TypedArray).length], 'float64', false)
  if (Array.isArray(p)) return `(${p.map(showParam).join(', ')}${p.length === 1 ? ',' : ''})`
  const proto: unknown = Object.getPrototypeOf(p)
  if (proto !== Object.prototype && proto !== null) return `<${(p.constructor as { name?: string } | undefined)?.name ?? 'object'}>`
  return `{${Object.entries(p).map(([k, v]) => `${k}: ${showParam(v)}`).join(', ')}}`
}

const bracketed = (open: string, docs: readonly Doc[], close: string): Doc =>
  group(nest(2, text(open), line(''), join(line(), docs)), line(''), text(close))

function paramDoc(p: unknown, names: Names): Doc {
  if (isJaxpr(p)) return programDoc(p, names)
  if (Array.isArray(p) && p.length > 0 && p.every(isJaxpr)) return bracketed('(', p.map((q) => programDoc(q, names)), ')')
  return text(showParam(p))
}

/** Parameters by name, in order; a name that the program has stands first. */
function paramsDoc(e: Eqn, names: Names): Doc {
  const own = e.prim.showParams?.(e.params)
  if (own === null) return text('')
  const shown = own ?? e.params
  const keys = Object.keys(shown).sort((a, b) => Number(b === 'name') - Number(a === 'name') || (a < b ? -1 : 1))
  if (keys.length === 0) return text('')
  return bracketed('[', keys.map((k) => concat(text(`${k}=`), own ? text(own[k]!) : paramDoc(shown[k], names))), ']')
}

function eqnDoc(e: Eqn, names: Names, used?: ReadonlySet<number>): Doc {
  const results = e.outs.length > 0 ? [binders(e.outs, names, used), text(' = ')] : []
  return concat(...results, text(e.prim.name), paramsDoc(e, names), text(' '), list(e.inputs.map((a) => atomDoc(a, names))))
}

/** A program around the given lines, in place of its equations. */
function frame(jaxpr: Jaxpr, names: Names, body: () => Doc): Doc {
  const consts = binders(jaxpr.inputs.slice(0, jaxpr.constCount), names)
  const args = binders(jaxpr.inputs.slice(jaxpr.constCount), names)
  const eqns = body()
  const outs = concat(text('('), list(jaxpr.outs.map((a) => atomDoc(a, names)), ','), text(jaxpr.outs.length === 1 ? ',)' : ')'))
  return group(nest(2, text('{ lambda '), consts, text('; '), args, text('. let'), nest(2, line(), eqns), line(), text('in '), outs), text(' }'))
}

function bodyDoc(jaxpr: Jaxpr, names: Names): Doc {
  const used = usedIn(jaxpr)
  return frame(jaxpr, names, () => join(line('; '), jaxpr.eqns.map((e) => eqnDoc(e, names, used))))
}

const programDoc = (jaxpr: Jaxpr, names: Names): Doc => {
  const name = names.programs.get(jaxpr)
  return name === undefined ? bodyDoc(jaxpr, names) : text(name)
}

/** Programs that are held more than once, inner ones first, each with a name. */
function shared(jaxpr: Jaxpr): Map<Jaxpr, string> {
  const counts = new Map<Jaxpr, { times: number; name: string }>()
  const taken = new Set<string>()
  const visit = (p: Jaxpr, name: unknown): void => {
    const seen = counts.get(p)
    if (seen) {
      seen.times++
      return
    }
    p.eqns.forEach((e) => Object.values(e.params).flat().filter(isJaxpr).forEach((q) => visit(q, e.params.name)))
    counts.set(p, { times: 1, name: typeof name === 'string' && /^\w+$/.test(name) ? name : 'f' })
  }
  visit(jaxpr, undefined)
  const named = new Map<Jaxpr, string>()
  for (const [p, { times, name }] of counts) {
    if (times === 1) continue
    let free = name
    for (let i = 1; taken.has(free); i++) free = `${name}${i}`
    taken.add(free)
    named.set(p, free)
  }
  return named
}

/** The text of a program, in lines of 80 columns. */
export function printJaxpr(jaxpr: Jaxpr): string {
  const names = new Names()
  const docs: Doc[] = []
  for (const [p, name] of shared(jaxpr)) {
    docs.push(text(`let ${name} = `), bodyDoc(p, names), text(' in'), line())
    names.programs.set(p, name)
  }
  return layout(concat(...docs, bodyDoc(jaxpr, names)))
}

/** Prints equations with the names that they have in a program. */
export function printerOf(within: Jaxpr): (eqn: Eqn) => string {
  const names = new Names()
  bodyDoc(within, names)
  const used = usedIn(within)
  return (eqn) => layout(eqnDoc(eqn, names, used))
}

/** The text of one equation, with the names that it has in a program where one is given. */
export const printEqn = (eqn: Eqn, within?: Jaxpr): string => (within ? printerOf(within)(eqn) : layout(eqnDoc(eqn, new Names())))

/** The parameters of an equation on one line, `[axes=(0,)]`; nothing where there are none. */
export const printParams = (eqn: Eqn): string => layout(paramsDoc(eqn, new Names()), Infinity)

const neighbours = 5

/** An equation among up to ten neighbours, marked, with a note on the line below it. */
export function explain(jaxpr: Jaxpr, eqnIndex: number, note: string): string {
  const names = new Names()
  const from = Math.max(0, eqnIndex - neighbours)
  const to = Math.min(jaxpr.eqns.length, eqnIndex + neighbours + 1)
  const used = usedIn(jaxpr)
  const doc = frame(jaxpr, names, () => {
    const eqns = jaxpr.eqns.map((e) => eqnDoc(e, names, used)).slice(from, to)
    const lines = eqns.map((d, i) => (from + i === eqnIndex ? concat(d, line(null), text(`^^^ ${note.replaceAll('\n', ' ')}`)) : d))
    const dots = (n: number): Doc[] => (n > 0 ? [text(`… ${n} more equation${n === 1 ? '' : 's'}`)] : [])
    return join(line(null), [...dots(from), ...lines, ...dots(jaxpr.eqns.length - to)])
  })
  return layout(doc)
}
