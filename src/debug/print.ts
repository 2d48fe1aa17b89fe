/**
 * print: values while a program runs, also where they are traced.
 *
 * Formats are Python's: `{}` is the next value, `{0}` one by its position, `{name}` one of the last argument, an object;
 * `{:.3f}` and `{:.2e}` say the digits; `{{` and `}}` are braces. Arrays print as NumPy prints them, trees by their keys.
 * Law: the lines are those of the plain function, under every transform (see callback.ts); a value and its gradient print once.
 * Source: `jax.debug.print` with ordered=True.
 */
import { fault, raise, shown } from '../data/errors'
import { formatArray } from '../data/print'
import { Tensor } from '../trace/tensor'
import { acting, bindAct } from './callback'

/** A piece of a format: text, or the place of a value with how its digits are written. */
type Piece = string | { readonly field: string; readonly spec: string }

const bad = (format: string, what: string): never =>
  raise(fault('tree', `debug.print: ${what} in the format ${JSON.stringify(format)}`, 'Write {} for the next value, {0} for one by position, {name} with a last argument {name: x}, {:.3f} or {:.2e} for digits, {{ and }} for braces.'))

function parse(format: string): readonly Piece[] {
  const pieces: Piece[] = []
  let text = ''
  let next = 0
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!
    if ((c === '{' || c === '}') && format[i + 1] === c) {
      text += c
      i++
    } else if (c === '}') bad(format, `a single } at ${i}`)
    else if (c === '{') {
      const end = format.indexOf('}', i)
      if (end < 0) bad(format, `a { at ${i} that is not closed`)
      const [, field, spec] = /^([^:]*)(?::(.*))?$/.exec(format.slice(i + 1, end))!
      if (field !== '' && !/^\d+$|^[A-Za-z_$][\w$]*$/.test(field!)) bad(format, `the field {${field}}`)
      if (spec && !/^\.\d+[fe]$/.test(spec)) bad(format, `the digits {:${spec}}`)
      pieces.push(text, { field: field === '' ? String(next++) : field!, spec: spec ?? '' })
      text = ''
      i = end
    } else text += c
  }
  if (next > 0 && pieces.some((p) => typeof p !== 'string' && /^\d+$/.test(p.field) && Number(p.field) >= next)) bad(format, 'a position beyond those of {}')
  return [...pieces, text]
}

const digits = (x: number, spec: string): string => {
  if (!Number.isFinite(x)) return formatArray(x, [], 'float64', false)
  const n = Number(spec.slice(1, -1))
  if (spec.endsWith('f')) return x.toFixed(n)
  // Python writes two digits of the exponent.
  return x.toExponential(n).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** A value as text: arrays as NumPy prints them, trees by their keys. */
function show(x: unknown, spec: string): string {
  if (x instanceof Tensor) {
    if (spec === '') return x.toString()
    const nested = (v: unknown): string => (Array.isArray(v) ? `[${v.map(nested).join(' ')}]` : typeof v === 'number' ? digits(v, spec) : String(v))
    return nested(x.toArray())
  }
  if (Array.isArray(x)) return `[${x.map((y) => show(y, spec)).join(', ')}]`
  if (typeof x === 'object' && x !== null) return `{${Object.entries(x).map(([k, v]) => `${k}: ${show(v, spec)}`).join(', ')}}`
  return String(x)
}

/** Takes the lines that are printed. */
export type Sink = (line: string) => void

/** The console, which every host has. */
declare const console: { readonly log: Sink }

let sink: Sink | undefined

const isNamed = (x: unknown): x is Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null) return false
  const proto: unknown = Object.getPrototypeOf(x)
  return proto === Object.prototype || proto === null
}

interface Format {
  readonly format: string
  /** Whether the last value is an object of named ones. */
  readonly named: boolean
}

const printPrimitive = acting<Format>(
  'debug_print',
  (values, { format, named }) => {
    const names = named ? (values[values.length - 1] as Readonly<Record<string, unknown>>) : {}
    const line = parse(format).map((p) => (typeof p === 'string' ? p : show(/^\d/.test(p.field) ? values[Number(p.field)] : names[p.field], p.spec))).join('')
    if (sink) sink(line)
    else console.log(line)
  },
  ({ format }) => ({ fmt: JSON.stringify(format) }),
)

function printValues(format: string, ...values: readonly unknown[]): void {
  if (typeof format !== 'string') bad(shown(format), 'the format is no text,')
  const fields = parse(format).flatMap((p) => (typeof p === 'string' ? [] : [p.field]))
  const last = values[values.length - 1]
  const named = fields.some((f) => !/^\d/.test(f))
  const names = named ? (isNamed(last) ? last : bad(format, `names, but the last argument is no object of named values,`)) : {}
  const positional = values.length - (named ? 1 : 0)
  for (const f of fields) if (/^\d/.test(f) ? Number(f) >= positional : !(f in names)) bad(format, `{${f}} has no value`)
  for (let i = 0; i < positional; i++) if (!fields.includes(String(i))) bad(format, `no place for value ${i}`)
  bindAct(printPrimitive, values, { format, named } satisfies Format)
}

export interface Print {
  /**
   * Prints a line whenever the program runs here: `debug.print('x = {}', x)`, `debug.print('{a} and {b:.3f}', { a, b })`.
   * Values are trees of arrays. Throws `TreeError` where format and values do not fit.
   */
  (format: string, ...values: readonly unknown[]): void
  /** Sends the lines to a function instead of the console, until what is returned is called. */
  readonly to: (sink: Sink) => () => void
}

/**
 * Prints values while a program runs: at each call of a compiled function, in each step of a loop, once under grad, for each
 * lane under vmap.
 * @example debug.print.to(() => undefined)() // => undefined
 */
export const print: Print = /* @__PURE__ */ Object.assign(printValues, {
  to: (next: Sink): (() => void) => {
    const before = sink
    sink = next
    return () => {
      sink = before
    }
  },
})
