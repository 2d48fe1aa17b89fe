/**
 * Decimal notation of floating-point numbers: the shortest digits that name a number, or a given count of them.
 *
 * Law: the shortest digits read back (in their dtype) give the number; a cut at `precision` rounds the number's exact
 * value, a tie to the even digit. Example: positional(1 / 3, 8, 'float64') // => '0.33333333'
 * Source: NumPy's `dragon4_positional` and `dragon4_scientific` with unique=True.
 */
import type { DType } from './dtype'

/** A positive number's significant digits d₁d₂… and the exponent of the first: d₁.d₂… × 10^exponent. */
interface Digits {
  readonly digits: string
  readonly exponent: number
}

const parse = (scientific: string): Digits => {
  const [mantissa, exponent] = scientific.split('e') as [string, string]
  return { digits: mantissa.replace('.', '').replace(/0+$/, '') || '0', exponent: Number(exponent) }
}

const float32 = new Float32Array(1)
const bits32 = new Uint32Array(float32.buffer)

/** The candidates with p digits: the nearest, and just above a power of two (where the interval is lopsided) the next one up. */
function candidates(x: number, p: number): Digits[] {
  const nearest = cut(x, p)
  float32[0] = x
  if ((bits32[0]! & 0x7fffff) !== 0) return [nearest]
  const up = Number(nearest.digits.padEnd(p, '0')) + 1
  return [nearest, { digits: String(up), exponent: nearest.exponent }]
}

const read = ({ digits, exponent }: Digits): number => Number(`${digits}e${exponent + 1 - digits.length}`)

/** The fewest digits that read back as x. */
function shortest(x: number, dtype: DType): Digits {
  if (dtype !== 'float32') return parse(x.toExponential())
  for (let p = 1; p < 9; p++) for (const d of candidates(x, p)) if (Math.fround(read(d)) === x) return d
  return cut(x, 9)
}

/** Keeps `n` digits (n ≥ 0) of the number's exact value, rounding half to even. */
function cut(x: number, n: number): Digits {
  const [mantissa, power] = x.toExponential(Math.min(100, n + 50)).split('e') as [string, string]
  const exponent = Number(power)
  const all = mantissa.replace('.', '')
  const rest = all.slice(n)
  const odd = n > 0 && (all.charCodeAt(n - 1) & 1) === 1
  const up = rest[0]! > '5' || (rest[0] === '5' && (odd || /[1-9]/.test(rest.slice(1))))
  const kept = all.slice(0, n)
  if (!up) return { digits: kept.replace(/0+$/, '') || '0', exponent }
  const nines = /9*$/.exec(kept)![0].length
  if (nines === n) return { digits: '1', exponent: exponent + 1 }
  const at = n - nines - 1
  return { digits: kept.slice(0, at) + String(Number(kept[at]) + 1), exponent }
}

const sign = (x: number): string => (x < 0 || Object.is(x, -0) ? '-' : '')

/** `[-]whole.fraction`, at most `precision` digits after the point and no trailing zeros: `1.`, `0.25`. */
export function positional(x: number, precision: number, dtype: DType): string {
  if (x === 0) return `${sign(x)}0.`
  const a = Math.abs(x)
  let d = shortest(a, dtype)
  if (d.digits.length - 1 - d.exponent > precision) {
    const n = precision + 1 + d.exponent
    d = n < 0 ? { digits: '0', exponent: 0 } : cut(a, n)
  }
  const { digits, exponent } = d
  if (exponent < 0) return `${sign(x)}0.${digits === '0' ? '' : '0'.repeat(-1 - exponent) + digits}`
  return `${sign(x)}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1)}`
}

/** `[-]d.fractione±xx`, at most `precision` and at least `least` digits after the point, and `width` in the exponent. */
export function scientific(x: number, precision: number, least: number, width: number, dtype: DType): string {
  const a = Math.abs(x)
  let d: Digits = x === 0 ? { digits: '0', exponent: 0 } : shortest(a, dtype)
  if (d.digits.length - 1 > precision) d = cut(a, precision + 1)
  else if (x !== 0 && d.digits.length - 1 < least) d = cut(a, least + 1)
  const exponent = String(Math.abs(d.exponent)).padStart(width, '0')
  return `${sign(x)}${d.digits[0]}.${d.digits.slice(1).padEnd(least, '0')}e${d.exponent < 0 ? '-' : '+'}${exponent}`
}

/** A lone number as Python shows it: `3.0`, `1e-05`, `nan`. The longest positional form has 16 digits (6 in float32). */
export function scalarText(x: number, dtype: DType): string {
  if (Number.isNaN(x)) return 'nan'
  if (!Number.isFinite(x)) return x < 0 ? '-inf' : 'inf'
  const a = Math.abs(x)
  if (a === 0 || (a >= 1e-4 && a < (dtype === 'float32' ? 1e6 : 1e16))) return positional(x, 1000, dtype).replace(/\.$/, '.0')
  return scientific(x, 1000, 0, 2, dtype).replace('.e', 'e')
}
