/**
 * Schedules: hyperparameters as functions of the number of steps taken, in float64.
 *
 * Law: as Optax's. Arguments are positional, or named in one object, or the first positional and the rest named.
 * Example: warmupCosineDecaySchedule({ initValue: 0, peakValue: 1e-3, warmupSteps: 100, decaySteps: 1000 })
 * Source: Loshchilov & Hutter 2017 (cosine decay), "SGDR: stochastic gradient descent with warm restarts".
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction } from '../data/options'
import { named, numbersOf, real, tensor } from '../numpy/arguments'
import { ops } from '../primitives/core'
import { engine } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'

/** A schedule of ours: of an integer tensor, or of a number. */
export type CountSchedule = (count: TensorLike) => Tensor

const double = (x: TensorLike): Tensor => ops.convert(tensor(x), 'float64')

/** Options, of which none may be missing. */
function complete<O extends object>(name: string, names: readonly (keyof O & string)[], required: number, values: readonly unknown[]): O {
  const o = named<O>(name, names, values)
  for (const n of names) if (typeof (o[n] ?? 0) !== 'number' && !(n === 'staircase' && typeof o[n] === 'boolean')) raise(fault('tree', `${name}: ${n} is ${shown(o[n])}`, 'Give a number.'))
  const missing = names.slice(0, required).find((n) => o[n] === undefined)
  if (missing !== undefined) raise(fault('tree', `${name}: ${missing} is not given`, `It takes ${names.slice(0, required).join(', ')}${names.length > required ? `, and optionally ${names.slice(required).join(', ')}` : ''}.`))
  return o as O
}

/** Always the same. */
export const constantSchedule = (value: TensorLike): CountSchedule => () => double(value)

export interface PolynomialOptions {
  readonly initValue: number
  readonly endValue: number
  readonly power: number
  readonly transitionSteps: number
  /** Steps before the transition begins, 0. */
  readonly transitionBegin?: number
}
type Rest<O> = Partial<O>

/** From initValue to endValue along (1 − t)^power. */
export function polynomialSchedule(initValue: number | PolynomialOptions, endValue?: number | Rest<PolynomialOptions>, power?: number | Rest<PolynomialOptions>, transitionSteps?: number | Rest<PolynomialOptions>, transitionBegin?: number | Rest<PolynomialOptions>): CountSchedule {
  const o = complete<PolynomialOptions>('polynomialSchedule', ['initValue', 'endValue', 'power', 'transitionSteps', 'transitionBegin'], 4, [initValue, endValue, power, transitionSteps, transitionBegin])
  if (o.transitionSteps <= 0) return constantSchedule(o.initValue)
  const begin = Math.max(0, o.transitionBegin ?? 0)
  return (count) => {
    const done = ops.min(ops.max(ops.sub(double(count), begin), 0), o.transitionSteps)
    const left = ops.sub(1, ops.div(done, o.transitionSteps))
    return ops.add(ops.mul(engine.vocabulary.power(left, o.power), o.initValue - o.endValue), o.endValue)
  }
}

export type LinearOptions = Omit<PolynomialOptions, 'power'>
/** From initValue to endValue at a constant rate. */
export function linearSchedule(initValue: number | LinearOptions, endValue?: number | Rest<LinearOptions>, transitionSteps?: number | Rest<LinearOptions>, transitionBegin?: number | Rest<LinearOptions>): CountSchedule {
  const o = complete<LinearOptions>('linearSchedule', ['initValue', 'endValue', 'transitionSteps', 'transitionBegin'], 3, [initValue, endValue, transitionSteps, transitionBegin])
  return polynomialSchedule({ ...o, power: 1 })
}

/** initValue, times a factor from each boundary on: `{ 100: 0.1, 200: 0.1 }`. */
export function piecewiseConstantSchedule(initValue: number, boundariesAndScales: { readonly [step: number]: number } = {}): CountSchedule {
  if (typeof boundariesAndScales !== 'object' || boundariesAndScales === null) raise(fault('tree', `piecewiseConstantSchedule: the boundaries are ${shown(boundariesAndScales)}`, 'Give an object of factors by their steps: { 100: 0.1 }.'))
  const steps = Object.entries(boundariesAndScales).map(([step, factor]) => [Number(step), factor] as const).sort(([a], [b]) => a - b)
  for (const pair of steps) for (const n of pair) real('piecewiseConstantSchedule', 'a step or factor', n)
  const negative = steps.find(([, factor]) => factor < 0)
  if (negative) raise(fault('shape', `piecewiseConstantSchedule: the factor ${negative[1]} at step ${negative[0]} is negative`, 'Give factors that are not negative.'))
  return (count) => {
    const c = double(count)
    return steps.reduce((v, [step, factor]) => ops.select(ops.lt(c, step), v, ops.mul(v, factor)), double(initValue))
  }
}

export interface ExponentialOptions {
  readonly initValue: number
  readonly transitionSteps: number
  readonly decayRate: number
  /** Steps before the decay begins, 0. */
  readonly transitionBegin?: number
  /** Whether it falls in steps of transitionSteps. */
  readonly staircase?: boolean
  /** The bound that it does not pass: none unless given. */
  readonly endValue?: number | null
}
/** initValue · decayRate^(count / transitionSteps). */
export function exponentialDecay(initValue: number | ExponentialOptions, transitionSteps?: number | Rest<ExponentialOptions>, decayRate?: number | Rest<ExponentialOptions>, transitionBegin?: number | Rest<ExponentialOptions>, staircase?: boolean | Rest<ExponentialOptions>, endValue?: number | null | Rest<ExponentialOptions>): CountSchedule {
  const names = ['initValue', 'transitionSteps', 'decayRate', 'transitionBegin', 'staircase', 'endValue'] as const
  const o = complete<ExponentialOptions>('exponentialDecay', names, 3, [initValue, transitionSteps, decayRate, transitionBegin, staircase, endValue ?? undefined])
  if (o.transitionSteps <= 0 || o.decayRate === 0) return constantSchedule(o.initValue)
  const begin = Math.max(0, o.transitionBegin ?? 0)
  return (count) => {
    const done = ops.sub(double(count), begin)
    const periods = ops.div(done, o.transitionSteps)
    const decayed = ops.mul(ops.pow(ops.full([], o.decayRate, 'float64'), o.staircase ? words.floor(periods) : periods), o.initValue)
    const value = ops.select(ops.le(done, 0), o.initValue, decayed)
    if (o.endValue === undefined || o.endValue === null) return value
    return o.decayRate < 1 ? ops.max(value, o.endValue) : ops.min(value, o.endValue)
  }
}

export interface CosineOptions {
  readonly initValue: number
  readonly decaySteps: number
  /** What is left at the end, as a share of initValue: 0. */
  readonly alpha?: number
  readonly exponent?: number
}
/** initValue · ((1 − alpha) · (½ (1 + cos π t))^exponent + alpha) with t = count / decaySteps, to 1. */
export function cosineDecaySchedule(initValue: number | CosineOptions, decaySteps?: number | Rest<CosineOptions>, alpha?: number | Rest<CosineOptions>, exponent?: number | Rest<CosineOptions>): CountSchedule {
  const o = complete<CosineOptions>('cosineDecaySchedule', ['initValue', 'decaySteps', 'alpha', 'exponent'], 2, [initValue, decaySteps, alpha, exponent])
  const { alpha: least = 0, exponent: power = 1 } = o
  if (!(o.decaySteps > 0)) raise(fault('shape', `cosineDecaySchedule: decaySteps is ${o.decaySteps}`, 'Give a positive number of steps.'))
  return (count) => {
    const done = ops.min(double(count), o.decaySteps)
    const wave = ops.mul(ops.add(words.cos(ops.div(ops.mul(done, Math.PI), o.decaySteps)), 1), 0.5)
    return ops.mul(ops.add(ops.mul(engine.vocabulary.power(wave, power), 1 - least), least), o.initValue)
  }
}

/** Schedules one after another: the i-th boundary is the step at which schedule i + 1 begins, counting from 0. */
export function joinSchedules(schedules: readonly ((count: Tensor) => TensorLike)[], boundaries: readonly number[]): CountSchedule {
  if (!Array.isArray(schedules)) raise(fault('tree', `joinSchedules: the schedules are ${shown(schedules)}`, 'Give a list of functions of the number of steps.'))
  for (const s of schedules) demandFunction('joinSchedules', s, 'Give a list of functions of the number of steps.')
  const ends = numbersOf('joinSchedules', boundaries)
  if (schedules.length === 0) raise(fault('tree', 'joinSchedules: no schedules', 'Give at least one.'))
  return (count) => {
    const c = tensor(count)
    return ends.slice(0, schedules.length - 1).reduce(
      (value, boundary, i) => ops.select(ops.lt(double(c), boundary), value, double(schedules[i + 1]!(ops.sub(c, boundary)))),
      double(schedules[0]!(c)),
    )
  }
}

export interface WarmupCosineOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  /** All steps, those of the warm-up included. */
  readonly decaySteps: number
  readonly endValue?: number
  readonly exponent?: number
}
/** Linearly from initValue to peakValue, then by a cosine to endValue (0). */
export function warmupCosineDecaySchedule(initValue: number | WarmupCosineOptions, peakValue?: number | Rest<WarmupCosineOptions>, warmupSteps?: number | Rest<WarmupCosineOptions>, decaySteps?: number | Rest<WarmupCosineOptions>, endValue?: number | Rest<WarmupCosineOptions>, exponent?: number | Rest<WarmupCosineOptions>): CountSchedule {
  const names = ['initValue', 'peakValue', 'warmupSteps', 'decaySteps', 'endValue', 'exponent'] as const
  const o = complete<WarmupCosineOptions>('warmupCosineDecaySchedule', names, 4, [initValue, peakValue, warmupSteps, decaySteps, endValue, exponent])
  const alpha = o.peakValue === 0 ? 0 : (o.endValue ?? 0) / o.peakValue
  return joinSchedules(
    [linearSchedule(o.initValue, o.peakValue, o.warmupSteps), cosineDecaySchedule(o.peakValue, o.decaySteps - o.warmupSteps, alpha, o.exponent ?? 1)],
    [o.warmupSteps],
  )
}

/** Linearly from initValue to peakValue, and then peakValue. */
export const warmupConstantSchedule = (initValue: number, peakValue: number, warmupSteps: number): CountSchedule => linearSchedule(initValue, peakValue, warmupSteps)
