/**
 * The text of a program's function: statements over registers, cut into functions that V8 still optimises.
 *
 * Register k is the local variable a‹k› within a function; it is also element k of the array r where another function, a
 * closure or the caller reads it. Constants are literals.
 * Law: the source has a number of its own: functions of one text share type feedback.
 */
import type { LoopProgram, Opaque, Operation } from '../loop/types'
import { choose } from '../closure/choose'
import type { Emission } from '../closure/kernel'
import type { Run } from '../closure/registers.table'
import { other } from './texts'
import { constantsOf, environment, expression, literal, ofTwo, statements } from './words'

export interface Statement {
  readonly text: string
  /** Registers that are read, and declared, as local variables. */
  readonly reads: readonly number[]
  readonly writes: readonly number[]
  /** Registers that closures read in r; what closures write needs no mention. */
  readonly shown?: readonly number[]
}

/** Values from outside that the text names. */
export interface Helpers {
  readonly name: (value: unknown) => string
  readonly values: readonly unknown[]
}

export function makeHelpers(): Helpers {
  const values: unknown[] = []
  const known = new Map<unknown, string>()
  return {
    values,
    name: (value) => {
      let name = known.get(value)
      if (name === undefined) known.set(value, (name = `h${values.push(value) - 1}`))
      return name
    },
  }
}

/** The text of a register: a literal, or its name. */
export type NameOf = (register: number) => string

/** The names of a program's registers: constants are literals. */
export function namesOf({ constants }: LoopProgram, name: string): NameOf {
  const values = new Map(constants)
  return (k) => (values.has(k) ? literal(values.get(k)!) : `${name}${k}`)
}

/** The name of an array of a program whose text stands within another's. */
export const arrayOf = (name: string, buffer: number): string => `${name}_${buffer}`

/**
 * The text of a step (control.ts, moves.ts): its operands that are numbers have the names of their registers, and it declares
 * those of its results. `inside`: the name with which the names begin of a text that stands within another's.
 */
export type StepText = (s: Opaque, index: number, e: Emission, helpers: Helpers, name: string, nameOf: NameOf, inside?: string) => string | undefined

/** Declares the result of an operation. */
export function declared(o: Operation, name: string, args: readonly string[], helpers: Helpers): string {
  const c = choose(o)
  const [x, y, w] = args as [string, string, string]
  if (c._tag === 'Select') return `const ${name}=${x}!==0?${y}:${w};`
  if (c._tag === 'Call') return `const ${name}=+${helpers.name(c.fn)}(${args.join()});`
  const rounded = (e: string): string => (c.rounding === undefined ? e : expression(c.rounding, `(${e})`))
  if (c._tag === 'Unary' || c._tag === 'Binary') return `const ${name}=${rounded(expression(c.name, x, y))};`
  const text = c._tag === 'Function' ? (statements[c.name] ?? c.code.text ?? other) : ofTwo.replace(/\bd\b/, `'${c.from}'`)
  return `let ${name};{const x=${x}${c._tag === 'Function2' ? `,y=${y}` : ''};${text.replace(/\bf(?=\()/, helpers.name(c.code)).replace(/\bz\b/g, name)}}${c.rounding === undefined ? '' : `${name}=${rounded(name)};`}`
}

/** Whether it loops; such a statement has a function of its own. */
const isLoop = (text: string): boolean => text.includes('for(')

/** Characters of a function. */
const most = 12_000

let serial = 0

const used = (text: string, pattern: RegExp): string[] => [...new Set(text.match(pattern))]

/** A function with the constants that it names: numbers in straight-line code, in loops read from arrays, which V8 then keeps. */
export function asFunction(parameters: string, text: string): string {
  const loops = isLoop(text)
  const constants = used(text, /\b[ELS]\d+\b/g).map((c) => `${c}=${loops ? `${c[0]}_[${c.slice(1)}]` : constantsOf[c[0]!]![Number(c.slice(1))]}`)
  const arrays = used(text, /\b[TPK](?=\[)/g).map((t) => `${t}=${t}_`)
  const heads = [...constants, ...arrays]
  return `(${parameters})=>{${heads.length > 0 ? `const ${heads.join()};` : ''}${text}}`
}

/** What the text evaluates to, given the helpers that it names. */
export function evaluated(text: string, helpers: Helpers): unknown {
  const { T, P, K, F, W, A, roundEven } = environment
  const names = helpers.values.map((_, i) => `h${i}`)
  const source = `"use strict";/*${serial++}*/${names.length > 0 ? `const [${names.join()}]=h;` : ''}return ${text}`
  const make = new Function('T_', 'P_', 'K_', 'F', 'W', 'A', 'roundEven', 'E_', 'L_', 'S_', 'h', source) as (...xs: unknown[]) => unknown
  return make(T, P, K, F, W, A, roundEven, constantsOf['E'], constantsOf['L'], constantsOf['S'], helpers.values)
}

/** Statements as one function over registers and arrays; `results` are registers that the caller reads in r. */
export function program(list: readonly Statement[], results: readonly number[], helpers: Helpers): Run {
  const chunks: Statement[][] = []
  let length = Infinity
  for (const s of list) {
    const alone = isLoop(s.text)
    if (alone || length + s.text.length > most) {
      chunks.push([])
      length = 0
    }
    chunks.at(-1)!.push(s)
    length = alone ? Infinity : length + s.text.length
  }
  const shown = new Set(results)
  const home = new Map<number, number>()
  chunks.forEach((chunk, c) => {
    for (const s of chunk) {
      for (const k of s.reads) if (home.get(k) !== c) shown.add(k)
      for (const k of s.shown ?? []) shown.add(k)
      for (const k of s.writes) home.set(k, c)
    }
  })
  const functions = chunks.map((chunk) => {
    const known = new Set<number>()
    let text = ''
    for (const s of chunk) {
      for (const k of s.reads)
        if (!known.has(k)) {
          known.add(k)
          text += `const a${k}=r[${k}];`
        }
      text += s.text
      for (const k of s.writes) {
        known.add(k)
        if (shown.has(k)) text += `r[${k}]=a${k};`
      }
    }
    return asFunction('r,m', text)
  })
  if (functions.length === 1) return evaluated(functions[0]!, helpers) as Run
  const calls = functions.map((_, i) => `f${i}(r,m);`).join('')
  return evaluated(`(()=>{${functions.map((f, i) => `const f${i}=${f};`).join('')}return (r,m)=>{${calls}}})()`, helpers) as Run
}
