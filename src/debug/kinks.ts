/**
 * kinks: where an evaluation sits on a point at which it is not differentiable.
 *
 * There the derivative that the transforms give is one of several: |x|′ is 0 at 0, equal extrema share theirs, a comparison
 * takes one side. Looked at are the equations through which the result varies with the arguments: what passes through
 * stopGradient, and the comparison of integers, is constant.
 * In a derivative what a primitive's rule compares is no kink where the primitive has none, or where it is compared with the
 * primitive's result; the ties of max in the gradient of max are those of max itself.
 * Law: where nothing is listed, f is differentiable at the arguments (off poles and the edges of domains).
 * Source: Griewank & Walther 2008, chapter 14 (kinks as the points where |·| meets 0).
 */
import { isFloat } from '../data/dtype'
import { formatArray, printed } from '../data/print'
import { rowMajor, sameShape } from '../data/shape'
import { avalKey, identity, paramKey } from '../ir/fingerprint'
import { keepingSources, ruleOf } from '../ir/lines'
import { isLit, type Eqn, type Jaxpr, type Primitive } from '../ir/types'
import { coreOps } from '../primitives/core'
import { ruleOps } from '../primitives/world'
import { textTable } from '../show/table'
import type { Tensor } from '../trace/tensor'
import { stageJvp } from '../transforms/linearize'
import type { AnyFunction } from '../transforms/types'
import { unroll, variables, type Unrolled } from './unroll'

/** An element of an equation that is on a kink. */
export interface Kink {
  /** The equation as `makeJaxpr` prints it. */
  readonly equation: string
  /** The primitive's name. */
  readonly primitive: string
  /** The primitive whose derivative or batching rule emitted the equation: `max`, of a comparison in its gradient. Absent of the function's own equations. */
  readonly rule?: string
  /** The runs of loop bodies and branches that it stands in: `scan step 3`; empty in the function itself. */
  readonly place: string
  /** Of the element; empty for a scalar. */
  readonly index: readonly number[]
  /** The operands there; null for an operand of another shape. */
  readonly operands: readonly (number | null)[]
}

const longest = 50

/** The kinks of one evaluation, in the order in which it meets them. */
export class Kinks implements Iterable<Kink> {
  readonly kinks: readonly Kink[]
  readonly #texts: readonly string[]

  constructor(kinks: readonly Kink[], texts: readonly string[]) {
    this.kinks = kinks
    this.#texts = texts
    printed(this)
  }

  get length(): number {
    return this.kinks.length
  }

  [Symbol.iterator](): Iterator<Kink> {
    return this.kinks[Symbol.iterator]()
  }

  /** A table for a terminal. */
  toString(): string {
    if (this.kinks.length === 0) return 'no kinks'
    const rows = this.kinks.slice(0, longest).map((k, i) => [k.equation, `[${k.index.join(', ')}]`, this.#texts[i]!, k.place])
    const more = this.kinks.length - rows.length
    return textTable({ titles: ['equation', 'element', 'operands', 'place'], rows, between: ['  ', '  ', '  '] }) + (more > 0 ? `\n… ${more} more` : '')
  }
}

/** Which results of an equation move when the marked operands do: those that its jvp rule gives a tangent. */
function movement(): (e: Eqn, moving: readonly boolean[]) => readonly boolean[] {
  const memory = new Map<string, readonly boolean[]>()
  return (e, moving) => {
    const key = `${identity(e.prim)}${paramKey(e.prim, e.params)} ${moving.map(Number).join('')}${e.inputs.map((a) => avalKey(a.aval)).join()}`
    let found = memory.get(key)
    if (!found) {
      const alone: Jaxpr = { inputs: variables(e.inputs.map((a) => a.aval)), constCount: 0, eqns: [], outs: [] }
      const eqns = [{ ...e, inputs: alone.inputs }]
      memory.set(key, (found = stageJvp({ ...alone, eqns, outs: e.outs }, moving).varies))
    }
    return found
  }
}

/**
 * Whether an equation is a comparison with the result of the primitive whose rule emitted it: max's rule asks which operand is the
 * result. That says nothing of ties, and the primitive itself is there to be asked.
 */
function comparing(jaxpr: Jaxpr, origin: Unrolled['origin']): (e: Eqn) => boolean {
  const makers = new Map(jaxpr.eqns.flatMap((e) => e.outs.map((o) => [o.id, e] as const)))
  const emitterOf = (e: Eqn): Primitive | undefined => {
    const from = origin(e)
    return from && ruleOf(from.eqn)
  }
  const reaches = (e: Eqn, emitter: Primitive): boolean =>
    e.inputs.some((a) => {
      const maker = isLit(a) ? undefined : makers.get(a.id)
      return maker !== undefined && (maker.prim === emitter || (emitterOf(maker) === emitter && reaches(maker, emitter)))
    })
  return (e) => {
    const emitter = e.outs[0]?.aval.dtype === 'bool' ? emitterOf(e) : undefined
    return emitter !== undefined && reaches(e, emitter)
  }
}

/** Whether a verdict among an elementwise equation's operands decides on its verdicts: `x and no` is no, whatever x is, where `no` is constant. */
function decides(e: Eqn, k: number, value: Unrolled['value'], varies: ReadonlySet<number>): boolean {
  const others = e.inputs.filter((_, i) => i !== k)
  if (e.prim.batch !== 'elementwise' || ![...e.inputs, ...e.outs].every((a) => a.aval.dtype === 'bool') || others.some((a) => !isLit(a) && varies.has(a.id))) return true
  const turned = coreOps.bind(e.prim, e.inputs.map((a, i) => (i === k ? coreOps.not(value(a)) : value(a))), e.params) as readonly Tensor[]
  return e.outs.some((o, i) => turned[i]!.data().some((v, j) => v !== value(o).data()[j]))
}

/** The equations through which results, and the way through branches and loops, vary with the program's arguments. */
function between({ jaxpr, captured, decisions, origin, value }: Unrolled): ReadonlySet<Eqn> {
  const compares = comparing(jaxpr, origin)
  const moves = movement()
  const moving = new Set(jaxpr.inputs.slice(captured).filter((v) => isFloat(v.aval.dtype)).map((v) => v.id))
  const forward = jaxpr.eqns.map((e) => {
    const operands = e.inputs.map((a) => !isLit(a) && moving.has(a.id))
    const outs = operands.includes(true) ? moves(e, operands) : e.outs.map(() => false)
    e.outs.forEach((o, i) => outs[i] && moving.add(o.id))
    return { operands, smooth: outs.includes(true) }
  })
  const varies = new Set(jaxpr.inputs.slice(captured).map((v) => v.id))
  for (const e of jaxpr.eqns) if (e.inputs.some((a) => !isLit(a) && varies.has(a.id))) e.outs.forEach((o) => varies.add(o.id))
  const wanted = new Set([...jaxpr.outs, ...decisions].flatMap((a) => (isLit(a) ? [] : [a.id])))
  const found = new Set<Eqn>()
  for (let i = jaxpr.eqns.length - 1; i >= 0; i--) {
    const e = jaxpr.eqns[i]!
    if (!e.outs.some((o) => wanted.has(o.id))) continue
    const { operands, smooth } = forward[i]!
    if (compares(e)) {
      e.inputs.forEach((a) => !isLit(a) && wanted.add(a.id))
      continue
    }
    if (operands.includes(true)) found.add(e)
    // What has no tangent (integers, booleans, steps) still carries jumps on; where a tangent ends, nothing goes on but by this equation's own kinks.
    e.inputs.forEach((a, k) => {
      if (!isLit(a) && (!operands[k] || smooth) && decides(e, k, value, varies)) wanted.add(a.id)
    })
  }
  return found
}

const position = (flat: number, shape: readonly number[]): number[] => rowMajor(shape).map((s, i) => Math.floor(flat / s) % shape[i]!)

const element = (t: Tensor, shape: readonly number[], flat: number): number | null => {
  const e = t.elements('debug.kinks')
  if (t.ndim === 0) return typeof e === 'number' ? e : e[0]!
  return sameShape(t.shape, shape) ? (typeof e === 'number' ? e : e[flat]!) : null
}

/**
 * The kinks that f meets at the arguments: extrema that tie, |x|, sign and roots at 0, rounding at its steps, comparisons of
 * equal numbers, ties of sorting, repeated eigenvalues; inside loops, the branches taken and compiled functions too.
 * @example debug.kinks((x) => np.sum(np.abs(x)))(np.array([1, 0])).kinks[0].index // => [1]
 */
export function kinks(f: AnyFunction): (...args: unknown[]) => Kinks {
  return (...args) => {
    const run = keepingSources(() => unroll('debug.kinks', f, args))
    const told = new Set<string>()
    const found: Kink[] = []
    const texts: string[] = []
    const looked = between(run)
    for (const e of run.jaxpr.eqns) {
      const rule = e.prim.kinks
      const origin = run.origin(e)
      if (!rule || !origin || !looked.has(e)) continue
      const emitter = ruleOf(origin.eqn)
      if (emitter && !emitter.kinks) continue
      const operands = e.inputs.map(run.value)
      const mask = rule(ruleOps, operands, e.outs.map(run.value), e.params) as Tensor | undefined
      mask?.data().forEach((on, flat) => {
        if (on === 0) return
        const index = position(flat, mask.shape)
        if (emitter) {
          const key = `${emitter.name} ${origin.place} ${String(index)}`
          if (told.has(key)) return
          told.add(key)
        }
        const values = operands.map((t) => element(t, mask.shape, flat))
        found.push({ equation: origin.text, primitive: e.prim.name, ...(emitter && { rule: emitter.name }), place: origin.place, index, operands: values })
        if (texts.length < longest) texts.push(values.map((v, i) => (v === null ? '…' : formatArray(v, [], operands[i]!.dtype, false))).join(', '))
      })
    }
    return new Kinks(found, texts)
  }
}
