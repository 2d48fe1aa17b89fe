/**
 * The words beyond the core, each by itself and over any core vocabulary: who uses one of them ships no other.
 *
 * Example: floor(coreOps)(x) is what rules write as ops.floor(x)
 */
import type { CoreOps, Operand, Ops, Primitive } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import * as cumulative from './cumulative'
import * as arithmetic from './elementwise/arithmetic'
import * as inverse from './elementwise/inverse'
import * as logic from './elementwise/logic'
import * as rounding from './elementwise/rounding'
import * as transcendental from './elementwise/transcendental'
import { pad as padPrimitive } from './pad'
import { scatters } from './scatter'
import * as sorting from './sort'
import * as windows from './windows'

type Word<K extends keyof Ops> = (core: CoreOps) => Ops[K]

const unary = (p: Primitive) => (core: CoreOps) => (x: Operand): Value => core.bind(p, [x])[0]!
const binary = (p: Primitive) => (core: CoreOps) => (x: Operand, y: Operand): Value => core.bind(p, [x, y])[0]!
const running = (p: Primitive) => (core: CoreOps) => (x: Value, axis: number, reverse = false): Value => core.bind(p, [x], { axis, reverse })[0]!

export const floor = unary(rounding.floor)
export const ceil = unary(rounding.ceil)
export const round = unary(rounding.round)
export const cbrt = unary(arithmetic.cbrt)
export const expm1 = unary(transcendental.expm1)
export const log1p = unary(transcendental.log1p)
export const sin = unary(transcendental.sin)
export const cos = unary(transcendental.cos)
export const tan = unary(transcendental.tan)
export const sinh = unary(transcendental.sinh)
export const cosh = unary(transcendental.cosh)
export const tanh = unary(transcendental.tanh)
export const isFinite = unary(logic.isFinite)
export const stopGradient = unary(logic.stopGradient)
export const copy = unary(logic.copy)
export const rem = binary(arithmetic.rem)
export const atan2 = binary(inverse.atan2)
export const xor = binary(logic.xor)
export const cumsum = running(cumulative.cumsum)
export const cumprod = running(cumulative.cumprod)
export const cummax = running(cumulative.cummax)
export const cummin = running(cumulative.cummin)
export const cumlogsumexp = running(cumulative.cumlogsumexp)

export const pad: Word<'pad'> = (core) => (x, value, axes) => core.bind(padPrimitive, [x, value], { axes })[0]!

const integers = (core: CoreOps, xs: readonly Operand[]): Value[] => xs.map((x) => (typeof x === 'object' ? x : core.full([], Number(x), 'int32')))
export const dynamicSlice: Word<'dynamicSlice'> = (core) => (x, starts, sizes) => core.bind(windows.dynamicSlice, [x, ...integers(core, starts)], { sizes })[0]!
export const dynamicUpdateSlice: Word<'dynamicUpdateSlice'> = (core) => (x, update, starts) =>
  core.bind(windows.dynamicUpdateSlice, [x, update, ...integers(core, starts)])[0]!
export const accumulateDynamic: Word<'accumulateDynamic'> = (core) => (sum, piece, starts) =>
  isZero(piece) ? sum : core.bind(windows.accumulateDynamic, [core.instantiate(sum), piece, ...integers(core, starts)])[0]!

export const scatter: Word<'scatter'> = (core) => (x, indices, updates, kind, params) => core.bind(scatters[kind], [x, indices, updates], { ...params })[0]!
export const sort: Word<'sort'> = (core) => (xs, axis, keys) => core.bind(sorting.sort, xs, { axis, keys })
