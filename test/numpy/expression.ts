/**
 * The Python expressions of the golden files, evaluated with this library's functions: a parser for the little of
 * Python that they use. A name that the library does not have (yet) raises `Missing`.
 */
import { camel } from './golden'

export class Missing extends Error {}

type Value = unknown
type Env = { readonly [name: string]: Value }
/** How operators and indexing act on values. */
export interface Meaning {
  readonly binary: { readonly [op: string]: (x: never, y: never) => Value }
  readonly negative: (x: never) => Value
  readonly index: (x: Value, entries: readonly Value[]) => Value
  readonly attribute: (x: Value, name: string) => Value
}

const token = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|('[^']*')|(\*\*|<=|>=|==|!=|[-+*/@()[\],.:=<>]))/y

function tokens(source: string): string[] {
  const out: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < source.trimEnd().length) {
    const m = token.exec(source)
    if (!m) throw new Error(`cannot read ${source}`)
    out.push(m[1] ?? m[2] ?? m[3] ?? m[4]!)
  }
  return out
}

type Node = (env: Env) => Value
const levels: readonly (readonly string[])[] = [['<', '>', '<=', '>=', '==', '!='], ['+', '-'], ['*', '/', '@']]
const words: { readonly [name: string]: Value } = { None: null, True: true, False: false }

/** Entries such as a slice are marked, so that a list is not taken for one. */
export class Slice {
  readonly parts: readonly (number | null)[]
  constructor(parts: readonly (number | null)[]) {
    this.parts = parts
  }
}

export function compile(source: string, meaning: Meaning): Node {
  const all = tokens(source)
  let at = 0
  const peek = (): string | undefined => all[at]
  const take = (t?: string): string => {
    if (t !== undefined && all[at] !== t) throw new Error(`expected ${t} at ${all.slice(at).join(' ')} in ${source}`)
    return all[at++]!
  }
  const list = (end: string, item: () => Node): Node[] => {
    const items: Node[] = []
    while (peek() !== end) {
      items.push(item())
      if (peek() === ',') take()
    }
    take(end)
    return items
  }
  const expression = (): Node => {
    if (peek() !== 'lambda') return binary(0)
    take()
    const names: string[] = []
    while (peek() !== ':') {
      names.push(take())
      if (peek() === ',') take()
    }
    take(':')
    const body = expression()
    return (env) => (...values: Value[]) => body({ ...env, ...Object.fromEntries(names.map((n, i) => [n, values[i]])) })
  }
  const binary = (level: number): Node => {
    if (level === levels.length) return unary()
    let left = binary(level + 1)
    while (levels[level]!.includes(peek()!)) {
      const op = take()
      const [l, r] = [left, binary(level + 1)]
      left = (env) => apply(op, l(env), r(env))
    }
    return left
  }
  const apply = (op: string, x: Value, y: Value): Value => meaning.binary[op]!(x as never, y as never)
  const unary = (): Node => {
    if (peek() !== '-') return power()
    take()
    const x = unary()
    return (env) => {
      const v = x(env)
      return typeof v === 'number' ? -v : meaning.negative(v as never)
    }
  }
  const power = (): Node => {
    const base = postfix()
    if (peek() !== '**') return base
    take()
    const exponent = unary()
    return (env) => apply('**', base(env), exponent(env))
  }
  const entry = (): Node => {
    const parts: Node[] = [() => null]
    let sliced = false
    while (peek() !== ',' && peek() !== ']') {
      if (peek() === ':') {
        take()
        sliced = true
        parts.push(() => null)
      } else parts[parts.length - 1] = expression()
    }
    return sliced ? (env) => new Slice(parts.map((p) => p(env) as number | null)) : parts[0]!
  }
  const postfix = (): Node => {
    let x = atom()
    for (;;) {
      const of = x
      if (peek() === '.') {
        take()
        const name = take()
        x = (env) => meaning.attribute(of(env), name)
      } else if (peek() === '[') {
        take()
        const entries = list(']', entry)
        x = (env) => meaning.index(of(env), entries.map((e) => e(env)))
      } else if (peek() === '(') {
        take()
        const keywords: (readonly [string, Node])[] = []
        const positional = list(')', () => {
          if (all[at + 1] !== '=') return expression()
          const name = take()
          take('=')
          keywords.push([camel(name), expression()])
          return () => undefined
        })
        const given = positional.length - keywords.length
        x = (env) => {
          const f = of(env)
          if (typeof f !== 'function') throw new Missing(source)
          const options = keywords.length > 0 ? [Object.fromEntries(keywords.map(([k, v]) => [k, v(env)]))] : []
          return (f as (...xs: Value[]) => Value)(...positional.slice(0, given).map((p) => p(env)), ...options)
        }
      } else return x
    }
  }
  const atom = (): Node => {
    const t = take()
    if (t === '(' ) {
      const first = list(')', expression)
      const tuple = all[at - 2] === ',' || first.length !== 1
      return tuple ? (env) => first.map((n) => n(env)) : first[0]!
    }
    if (t === '[') {
      const from = at
      const items = list(']', expression)
      const inside = all.slice(from, at - 1)
      // A list of Python integers makes an array of integers.
      if (inside.length > 0 && inside.every((e) => /^(\d+|,)$/.test(e))) return () => Int32Array.from(inside.filter((e) => e !== ',').map(Number))
      return (env) => items.map((n) => n(env))
    }
    if (/^[\d.]/.test(t)) return () => Number(t)
    if (t.startsWith("'")) return () => t.slice(1, -1)
    if (t in words) return () => words[t]
    return (env) => {
      if (!(t in env)) throw new Missing(t)
      return env[t]
    }
  }
  const root = expression()
  if (at !== all.length) throw new Error(`left over ${all.slice(at).join(' ')} in ${source}`)
  return root
}
