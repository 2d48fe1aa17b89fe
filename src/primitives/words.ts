/**
 * The whole vocabulary of rules: the core's words and those of every other family, over any core vocabulary.
 *
 * The core is what every program needs; the other words stand apart, so that who does not use them does not ship them.
 * Law: a word on symbolic zeros equals the same word on the arrays of zeros that they stand for.
 */
import { functions } from '../compile/math/functions'
import type { Aval } from '../ir/aval'
import { holding } from '../ir/held'
import { calling } from '../ir/inline'
import * as kernels from '../ir/kernel'
import type { Expr, KernelSpec, ScalarOps } from '../ir/kernel'
import type { BinaryWord, CoreOps, CumulativeWord, Operand, Ops, Primitive, PrimitiveRecord, ScatterKind, UnaryWord } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import * as cumulative from './cumulative'
import * as inverse from './elementwise/inverse'
import * as logic from './elementwise/logic'
import * as arithmetic from './elementwise/arithmetic'
import * as rounding from './elementwise/rounding'
import * as transcendental from './elementwise/transcendental'
import { mapWords } from './ops'
import { pad } from './pad'
import { scatters } from './scatter'
import * as sorting from './sort'
import * as windows from './windows'

const unaryWords: { readonly [K in UnaryWord]: Primitive } = {
  cbrt: arithmetic.cbrt, floor: rounding.floor, ceil: rounding.ceil, round: rounding.round,
  expm1: transcendental.expm1, log1p: transcendental.log1p, sin: transcendental.sin, cos: transcendental.cos, tan: transcendental.tan,
  sinh: transcendental.sinh, cosh: transcendental.cosh, tanh: transcendental.tanh,
  isFinite: logic.isFinite, stopGradient: logic.stopGradient, copy: logic.copy,
}
const binaryWords: { readonly [K in BinaryWord]: Primitive } = { rem: arithmetic.rem, atan2: inverse.atan2, xor: logic.xor }
const cumulativeWords: { readonly [K in CumulativeWord]: Primitive } = {
  cumsum: cumulative.cumsum, cumprod: cumulative.cumprod, cummax: cumulative.cummax, cummin: cumulative.cummin,
  cumlogsumexp: cumulative.cumlogsumexp,
}

const extended = (core: CoreOps): Ops => {
  const integers = (xs: readonly Operand[]): Value[] => xs.map((x) => (typeof x === 'object' ? x : core.full([], Number(x), 'int32')))
  return {
    ...core,
    ...mapWords(unaryWords, (p) => (x: Operand) => core.bind(p, [x])[0]!),
    ...mapWords(binaryWords, (p) => (x: Operand, y: Operand) => core.bind(p, [x, y])[0]!),
    ...mapWords(cumulativeWords, (p) => (x: Value, axis: number, reverse = false) => core.bind(p, [x], { axis, reverse })[0]!),
    pad: (x, value, axes) => core.bind(pad, [x, value], { axes })[0]!,
    dynamicSlice: (x, starts, sizes) => core.bind(windows.dynamicSlice, [x, ...integers(starts)], { sizes })[0]!,
    dynamicUpdateSlice: (x, update, starts) => core.bind(windows.dynamicUpdateSlice, [x, update, ...integers(starts)])[0]!,
    accumulateDynamic: (sum, piece, starts) =>
      isZero(piece) ? sum : core.bind(windows.accumulateDynamic, [core.instantiate(sum), piece, ...integers(starts)])[0]!,
    scatter: (x, indices, updates, kind: ScatterKind, params) => core.bind(scatters[kind], [x, indices, updates], { ...params })[0]!,
    sort: (xs, axis, keys) => core.bind(sorting.sort, xs, { axis, keys }),
  }
}

const known = new WeakMap<CoreOps, Ops>()
/** All words over a core vocabulary, made once for each. */
export function withWords(core: CoreOps): Ops {
  let ops = known.get(core)
  if (!ops) known.set(core, (ops = extended(core)))
  return ops
}

/** An elementwise kernel of all words: `elementwise(({ sin }, x) => sin(x))`. */
export const elementwise = (expr: (s: ScalarOps, ...args: Expr[]) => Expr): KernelSpec => kernels.elementwise(expr, functions)
/** An elementwise kernel that also reads its parameters or the output's aval. */
export const elementwiseWith = (expr: (s: ScalarOps, args: readonly Expr[], params: any, out: Aval) => Expr): KernelSpec => kernels.elementwiseWith(expr, functions)

/** A primitive from its record: its rules are handed the whole vocabulary. */
export function definePrimitive(record: PrimitiveRecord): Primitive {
  const { jvp, transpose, batch, taylor, programs, inline, ...others } = record
  return Object.freeze({
    ...others,
    jvp: (ops, ...rest) => jvp(withWords(ops), ...rest),
    transpose: typeof transpose === 'string' ? transpose : (ops, ...rest) => transpose(withWords(ops), ...rest),
    batch: typeof batch === 'string' ? batch : (ops, ...rest) => batch(withWords(ops), ...rest),
    ...(taylor && { taylor: (ops, ...rest) => taylor(withWords(ops), ...rest) }),
    ...(programs && { programs: holding(programs) }),
    ...(inline && { inline: calling(inline) }),
  } satisfies Primitive)
}
