/**
 * checkGrads: derivatives held against differences, to any order and in both modes.
 *
 * Law: jvp(f)(x, t) is the derivative of s ↦ f(x + s·t) at 0, and ⟨c, jvp(f)(x, t)⟩ = ⟨vjp(f)(x)(c), t⟩.
 * Example: debug.checkGrads((x) => np.sin(x), [1]) // throws if a rule is wrong
 * Source: JAX's `check_grads`; the differences are central, extrapolated once (Richardson 1911).
 */
import { isFloat } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { leavesOf, paths, unflatten, type TreeDef } from '../transforms/arguments'
import { jvp, vjp } from '../transforms/differentiate'
import type { AnyFunction } from '../transforms/types'

export interface CheckGradsOptions {
  /** Derivatives up to this order are checked. Default 2. */
  readonly order?: number
  /** Default both. */
  readonly modes?: readonly ('fwd' | 'rev')[]
  /** Largest difference, relative to the larger magnitude where that is above 1. Default 1e-6, in float32 2e-2. */
  readonly tolerance?: number
  /** The step of the differences. Default 1e-3, in float32 2e-2. */
  readonly step?: number
  /** Of the random directions. */
  readonly seed?: number
}

type Random = () => number
type Lists = (leaves: readonly Tensor[]) => readonly Tensor[]

interface Setting {
  readonly order: number
  readonly modes: readonly ('fwd' | 'rev')[]
  readonly tolerance: number
  readonly step: number
  readonly random: Random
}

/** Uniform numbers in [−1, 1) from a seed (mulberry32). */
function generator(seed: number): Random {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/**
 * Throws an `AdjointError` that names the derivative, the place and both numbers if a derivative of f at the arguments
 * disagrees with differences. Arguments that are not floating are held constant.
 */
export function checkGrads(f: AnyFunction, args: readonly unknown[], options: CheckGradsOptions = {}): void {
  demandFunction('checkGrads', f, itself)
  if (!Array.isArray(args)) raise(fault('tree', `checkGrads: the arguments are ${shown(args)}`, 'Give a list: checkGrads(f, [x]).'))
  const leaves = leavesOf(args, 'args')
  const moving = leaves.tensors.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
  const low = leaves.tensors.some((t) => t.dtype === 'float32')
  demandOptions('checkGrads', options, ['order', 'modes', 'tolerance', 'step', 'seed'])
  const { order = 2, modes = ['fwd', 'rev'], tolerance = low ? 2e-2 : 1e-6, step = low ? 2e-2 : 1e-3, seed = 1 } = options
  let def: TreeDef | undefined
  const flat: Lists = (xs) => {
    const all = leaves.tensors.slice()
    moving.forEach((i, k) => (all[i] = xs[k]!))
    const out = leavesOf(f(...(unflatten(leaves.def, all) as never[])), 'result')
    def = out.def
    return out.tensors.filter((t) => isFloat(t.dtype))
  }
  const start = moving.map((i) => leaves.tensors[i]!)
  const name = f.name || 'f'
  flat(start)
  if (def === undefined) return
  check(flat, start, { order, modes, tolerance, step, random: generator(seed) }, name, (i) => paths(leaves.def, 'args')[moving[i]!] ?? `argument ${i}`)
}

/** One order, in all modes; then the derivatives as functions of points and directions. */
function check(f: Lists, xs: readonly Tensor[], setting: Setting, name: string, place: (i: number) => string): void {
  const { modes, order, random } = setting
  const direction = xs.map((x) => like(x, random))
  const [outs, tangents] = forward(f, xs, direction)
  const numeric = differences(f, xs, direction, setting.step)
  const cts = outs.map((y) => like(y, random))
  if (modes.includes('fwd')) outs.forEach((_, i) => compare(tangents[i]!, numeric[i]!, setting, (k) => `jvp of ${name}: result ${i}${k}`))
  if (modes.includes('rev')) {
    const grads = pull(f, xs, cts)
    checkInner(inner(cts, numeric), inner(grads, direction), magnitude(cts, numeric) + magnitude(grads, direction), setting, name, grads, place)
  }
  if (order <= 1) return
  const next = { ...setting, order: order - 1 }
  const n = xs.length
  if (modes.includes('fwd')) check((ys) => forward(f, ys.slice(0, n), ys.slice(n)).flat(), [...xs, ...direction], next, `jvp of ${name}`, (i) => `input ${i}`)
  if (modes.includes('rev')) check((ys) => pull(f, ys.slice(0, n), ys.slice(n)), [...xs, ...cts], next, `vjp of ${name}`, (i) => `input ${i}`)
}

const forward = (f: Lists, xs: readonly Tensor[], ts: readonly Tensor[]): [readonly Tensor[], readonly Tensor[]] =>
  jvp((...ys: Tensor[]) => f(ys), xs as Tensor[], ts as Tensor[]) as unknown as [readonly Tensor[], readonly Tensor[]]

const pull = (f: Lists, xs: readonly Tensor[], cts: readonly Tensor[]): readonly Tensor[] => {
  const [, pullback] = vjp((...ys: Tensor[]) => f(ys), xs as Tensor[])
  return pullback(cts) as readonly Tensor[]
}

/** (4 D(h/2) − D(h)) / 3 with the central differences D. */
function differences(f: Lists, xs: readonly Tensor[], direction: readonly Tensor[], h: number): number[][] {
  const at = (s: number): number[][] => f(xs.map((x, i) => ops.add(x, ops.mul(direction[i]!, s)))).map(numbers)
  const central = (s: number): number[][] => {
    const [up, down] = [at(s), at(-s)]
    return up.map((u, i) => u.map((v, k) => (v - down[i]![k]!) / (2 * s)))
  }
  const [wide, narrow] = [central(h), central(h / 2)]
  return wide.map((w, i) => w.map((d, k) => (4 * narrow[i]![k]! - d) / 3))
}

const numbers = (t: Tensor): number[] => Array.from(t.data())

/** Random elements in the shape of another array. */
function like(x: Tensor, random: Random): Tensor {
  const data = x.dtype === 'float32' ? new Float32Array(x.size) : new Float64Array(x.size)
  for (let i = 0; i < data.length; i++) data[i] = random()
  return ops.reshape(x.vocabulary.astype(data, x.dtype), x.shape)
}

const apart = (a: number, b: number, scale: number, { tolerance }: Setting): boolean =>
  !(Math.abs(a - b) <= tolerance * Math.max(1, scale)) && !(Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)))

/** Elementwise: a derivative against differences. */
function compare(derivative: Tensor, numeric: readonly number[], setting: Setting, place: (index: string) => string): void {
  numbers(derivative).forEach((d, k) => {
    const n = numeric[k]!
    if (apart(d, n, Math.max(Math.abs(d), Math.abs(n)), setting))
      raise(fault('custom-rule', `checkGrads: ${place(derivative.ndim > 0 ? `, element ${k}` : '')}: the derivative is ${d}, differences give ${n} (tolerance ${setting.tolerance})`, advice))
  })
}

const advice = 'One of the derivative rules on the way is wrong, or the function is not differentiable here: check its parts one by one, or move the point.'

const inner = (a: readonly Tensor[], b: readonly (readonly number[] | Tensor)[]): number => terms(a, b).reduce((s, t) => s + t, 0)
const magnitude = (a: readonly Tensor[], b: readonly (readonly number[] | Tensor)[]): number => terms(a, b).reduce((s, t) => s + Math.abs(t), 0)
const terms = (a: readonly Tensor[], b: readonly (readonly number[] | Tensor)[]): number[] =>
  a.flatMap((t, i) => {
    const other = b[i]!
    const ys = 'dtype' in other ? numbers(other) : other
    return numbers(t).map((x, k) => x * ys[k]!)
  })

/** ⟨c, J t⟩ by differences against ⟨Jᵀ c, t⟩. */
function checkInner(numeric: number, derivative: number, scale: number, setting: Setting, name: string, grads: readonly Tensor[], place: (i: number) => string): void {
  if (!apart(derivative, numeric, scale, setting)) return
  const shown = grads.map((g, i) => `${place(i)}: ${g.toString().replace(/\s+/g, ' ').slice(0, 60)}`).join('; ')
  raise(fault('custom-rule', `checkGrads: vjp of ${name}: ⟨Jᵀc, t⟩ is ${derivative}, differences give ⟨c, J t⟩ = ${numeric} (tolerance ${setting.tolerance}); cotangents ${shown}`, advice))
}
