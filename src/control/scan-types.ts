/**
 * What a scan is, and the transforms of it that its gradient is made of.
 *
 * Operands: constants, initial carries, stacked arrays; results: final carries, stacked results.
 */
import { aval, type Aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { Zero, type Value } from '../ir/value'
import type { LoopRules } from './while-types'

/** How the steps are run; none of it changes what they compute. */
export interface ScanLoop {
  readonly length: number
  readonly reverse: boolean
  /** The body is linear in the carries, and in whatever else may be transposed. */
  readonly linear?: boolean
  /** Copies of the body in one turn of the compiled loop. */
  readonly unroll?: number
  /** The most carries that reverse mode keeps. */
  readonly checkpoint?: number
}

/** Inputs of the body: `consts` values that stay, `carries` that change, then one slice of each stacked array. */
export interface Scan extends ScanLoop {
  readonly body: Jaxpr
  readonly consts: number
  readonly carries: number
}

/** The loop's own parameters, without those that are absent. */
export const loopOf = ({ length, reverse, linear, unroll, checkpoint }: ScanLoop): ScanLoop => ({
  length,
  reverse,
  ...(linear ? { linear } : {}),
  ...(unroll !== undefined && unroll > 1 ? { unroll } : {}),
  ...(checkpoint === undefined ? {} : { checkpoint }),
})

export const scanParts = <T>({ consts, carries }: { readonly consts: number; readonly carries: number }, xs: readonly T[]): [consts: readonly T[], carry: readonly T[], xs: readonly T[]] => [
  xs.slice(0, consts),
  xs.slice(consts, consts + carries),
  xs.slice(consts + carries),
]

export const stacked = (n: number, a: Aval): Aval => aval([n, ...a.shape], a.dtype)
export const sliceAval = (v: Value): Aval => aval(v.aval.shape.slice(1), v.aval.dtype)

/** A scan ready to be bound. */
export interface BoundScan {
  readonly params: Scan
  readonly operands: readonly Value[]
  /** Of the first constants: how many are captured values that the given scan does not have. */
  readonly captured: number
}

/**
 * The scan over values and tangents. Within constants, carries, arrays and results the tangents follow the values:
 * those of the operands that `mask` marks, and of the results that `varies` marks.
 */
export interface DualScan extends BoundScan {
  readonly mask: readonly boolean[]
  readonly varies: readonly boolean[]
}

/** The results of a scan over values and tangents: each with its own. */
export function scanDuals(outs: readonly Value[], varies: readonly boolean[], carries: number): Dual[] {
  const moving = varies.slice(0, carries).filter(Boolean).length
  let nextK = carries
  let nextY = varies.length + moving
  return varies.map((v, i): Dual => {
    const primal = outs[i < carries ? i : moving + i]!
    return { primal, tangent: v ? outs[i < carries ? nextK++ : nextY++]! : new Zero(primal.aval) }
  })
}

export interface ScanRules {
  /** The scan's equation, and its tangent as a linear equation. */
  readonly prim: () => Primitive
  readonly split: (primals: readonly Value[], tangents: readonly Value[], params: Scan) => readonly Dual[]
  readonly dual: (primals: readonly Value[], tangents: readonly Value[], params: Scan) => DualScan
  /** Stacked arrays have the steps before the lanes; `lanes` marks the results that have lanes. */
  readonly batched: (operands: readonly Value[], batched: readonly boolean[], params: Scan, n: number) => BoundScan & { readonly lanes: readonly boolean[] }
  readonly forward: (primals: readonly Value[], tangents: readonly Value[], params: Scan) => readonly Dual[]
  readonly bindLinearCall: LoopRules['bindLinearCall']
}

/** What the gradient's two equations are told: the one that records, and the one that sweeps back. */
export interface ScanGrad extends Scan {
  readonly checkpoint: number
  /** Of the scan's operands: whose cotangents are wanted, closed over the carries. */
  readonly wanted: readonly boolean[]
  /** Of the scan's results: whose cotangents are operands. */
  readonly given: readonly boolean[]
  /** From captured values, constants, carries and slices to the next carries and the results that `shown` marks. */
  readonly record: Jaxpr
  readonly shown: readonly boolean[]
  /** The same to the next carries. */
  readonly advance: Jaxpr
  readonly advanceCaptured: number
  /** From captured values and the same, then cotangents of a step's results, sums for constants, cotangents of carries. */
  readonly turn: Jaxpr
  readonly turnCaptured: number
  /** The scan's own transforms, handed down: the files would import each other. */
  readonly rules: ScanRules
}

/** Operands: the scan's, what `advance` captured, what `turn` did, the number of a run, cotangents of those results that have some. */
export function segments<T>(p: ScanGrad, xs: readonly T[]): { scan: readonly T[]; advance: readonly T[]; turn: readonly T[]; number: T; cts: readonly T[] } {
  let at = 0
  const take = (n: number): readonly T[] => xs.slice(at, (at += n))
  return { scan: take(p.body.inputs.length), advance: take(p.advanceCaptured), turn: take(p.turnCaptured), number: take(1)[0]!, cts: xs.slice(at) }
}
