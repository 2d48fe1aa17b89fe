/**
 * Arrays as text, exactly as NumPy's `str` and `repr` with the default print options: precision 8, lines of 75 columns,
 * above 1000 elements only three at each edge.
 *
 * Example: formatArray(Float64Array.of(1, 2.5), [2], 'float64', true) // => 'array([1. , 2.5])'
 * Source: numpy/_core/arrayprint.py, NumPy 2.4.
 */
import { positional, scalarText, scientific } from './decimal'
import { isFloat, type DType, type TypedArray } from './dtype'
import { range, rowMajor, size, type Shape } from './shape'

/** How Node's console asks a value to print itself. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** Lets Node's console print an object, or what has it as prototype, as `String` does. It stays equal to what has the same fields. */
export const printed = (x: object): unknown =>
  Object.defineProperty(x, inspect, {
    value(this: object) {
      return String(this)
    },
  })

const precision = 8
const threshold = 1000
const edge = 3
const lineWidth = 75

/** The text of an array's elements, all of one width. */
type Format = (x: number) => string

/** NumPy's `str` of an array, or its `repr`. Rank 0 may be given as a number. */
export function formatArray(elements: TypedArray | number, shape: Shape, dtype: DType, repr: boolean): string {
  const at = (i: number): number => (typeof elements === 'number' ? elements : elements[i]!)
  const text = shape.length === 0 && !repr ? scalar(at(0), dtype) : body(at, shape, dtype, repr)
  return repr ? wrap(text, shape, dtype) : text
}

function scalar(x: number, dtype: DType): string {
  if (dtype === 'bool') return x === 0 ? 'False' : 'True'
  return isFloat(dtype) ? scalarText(x, dtype) : String(x)
}

/** `array(` … `, shape=…, dtype=…)`, with what the elements do not imply. */
function wrap(text: string, shape: Shape, dtype: DType): string {
  const n = size(shape)
  const extras: string[] = []
  if ((n === 0 && shape.length !== 1) || n > threshold) extras.push(`shape=(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`)
  if (n === 0 || (dtype !== 'float64' && dtype !== 'bool')) extras.push(`dtype=${dtype}`)
  if (extras.length === 0) return `array(${text})`
  const start = `array(${text},`
  const end = `${extras.join(', ')})`
  const lastLine = start.length - (start.lastIndexOf('\n') + 1)
  return start + (lastLine + end.length + 1 > lineWidth ? '\n      ' : ' ') + end
}

function body(at: (i: number) => number, shape: Shape, dtype: DType, repr: boolean): string {
  const n = size(shape)
  if (n === 0) return '[]'
  const summary = n > threshold
  const strides = rowMajor(shape)
  const shown: number[] = []
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) shown.push(at(offset))
    else for (const i of positions(shape[axis]!, summary)) if (i !== null) visit(axis + 1, offset + i * strides[axis]!)
  }
  visit(0, 0)
  const format = formatOf(shown, dtype, shape.length === 0)
  const separator = repr ? ', ' : ' '
  const level = (axis: number, offset: number, indent: string, width: number): string => {
    if (axis === shape.length) return format(at(offset))
    const item = (i: number): string => level(axis + 1, offset + i * strides[axis]!, `${indent} `, width - 1)
    const words = positions(shape[axis]!, summary).map((i) => (i === null ? '...' : item(i)))
    if (axis === shape.length - 1) return `[${fill(words, separator, indent, width - 1)}]`
    return `[${words.join(separator.trimEnd() + '\n'.repeat(shape.length - 1 - axis) + indent)}]`
  }
  return level(0, 0, repr ? '       ' : ' ', repr ? lineWidth - 1 : lineWidth)
}

/** The indices to show along an axis; null stands for the ellipsis. */
function positions(extent: number, summary: boolean): (number | null)[] {
  return summary && extent > 2 * edge ? [...range(edge), null, ...range(edge, extent - edge)] : range(extent)
}

/** Words on lines of at most `width` columns, the first line's indent left out. */
function fill(words: readonly string[], separator: string, indent: string, width: number): string {
  let done = ''
  let line = indent
  words.forEach((word, i) => {
    if (line.length + word.length > width && line.length > indent.length) {
      done += `${line.trimEnd()}\n`
      line = indent
    }
    line += i < words.length - 1 ? word + separator : word
  })
  return (done + line).slice(indent.length)
}

function formatOf(shown: readonly number[], dtype: DType, rank0: boolean): Format {
  if (dtype === 'bool') return (x) => (x === 0 ? 'False' : rank0 ? 'True' : ' True')
  if (isFloat(dtype)) return floatFormat(shown, dtype)
  const width = longest(shown.map(String))
  return (x) => String(x).padStart(width)
}

const longest = (texts: readonly string[]): number => texts.reduce((n, t) => Math.max(n, t.length), 0)

function floatFormat(shown: readonly number[], dtype: DType): Format {
  const finite = shown.filter(Number.isFinite)
  const isScientific = needsExponent(finite, dtype)
  const texts = finite.map((x) => (isScientific ? scientific(x, precision, 0, 2, dtype) : positional(x, precision, dtype)))
  const parts = texts.map((t) => /^(.*)\.(\d*)(?:e[+-](\d+))?$/.exec(t)!)
  const fraction = longest(parts.map((p) => p[2]!))
  const exponent = isScientific ? longest(parts.map((p) => p[3]!)) : 0
  const right = isScientific ? exponent + 2 + fraction : fraction
  const others = shown.length === finite.length ? 0 : Math.max(3, shown.includes(-Infinity) ? 4 : 3) - right - 1
  const left = Math.max(longest(parts.map((p) => p[1]!)), others)
  return (x) => {
    if (!Number.isFinite(x)) return scalarText(x, dtype).padStart(left + right + 1)
    if (isScientific) return scientific(x, fraction, fraction, exponent, dtype).padStart(left + right + 1)
    const text = positional(x, precision, dtype)
    const point = text.indexOf('.')
    return (' '.repeat(left - point) + text).padEnd(left + right + 1)
  }
}

/** Scientific notation where numbers are large (10⁸, in float32 10⁶), tiny, or far apart. */
function needsExponent(finite: readonly number[], dtype: DType): boolean {
  const sizes = finite.map(Math.abs).filter((a) => a > 0)
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  if (dtype === 'float32') return most >= 1e6 || least < Math.fround(0.0001) || Math.fround(most / least) > 1000
  return most >= 1e8 || least < 0.0001 || most / least > 1000
}
