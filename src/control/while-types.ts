/**
 * What a while loop is, and the transforms of it that its gradient is made of.
 *
 * Operands: constants of the condition, constants of the body, the carry.
 */
import type { Dual, Jaxpr, Primitive } from '../ir/types'
import type { Value } from '../ir/value'

export interface While {
  readonly cond: Jaxpr
  readonly body: Jaxpr
  readonly condConsts: number
  readonly bodyConsts: number
  /** The most carries that reverse mode keeps. */
  readonly checkpoint?: number
}

/** A loop ready to be bound. */
export interface Loop {
  readonly params: While
  readonly operands: readonly Value[]
}

/** The loop over values and tangents; its body's inputs are captured values, constants, their tangents, carry, its tangents. */
export interface DualLoop extends Loop {
  /** Of the body's inputs before they were joined by tangents (after the captured ones): which have a tangent. */
  readonly mask: readonly boolean[]
}

export interface LoopRules {
  /** The loop's equation, and its tangent as a linear equation. */
  readonly prim: () => Primitive
  readonly split: (primals: readonly Value[], tangents: readonly Value[], params: While) => readonly Dual[]
  readonly dualLoop: (primals: readonly Value[], tangents: readonly Value[], params: While) => DualLoop
  readonly batchedLoop: (operands: readonly Value[], batched: readonly boolean[], params: While, n: number) => Loop & { readonly lanes: readonly boolean[] }
  readonly forward: (primals: readonly Value[], tangents: readonly Value[], params: While) => readonly Dual[]
  readonly bindLinearCall: (
    name: string,
    residuals: readonly Value[],
    linear: readonly Value[],
    forward: (residuals: readonly Value[], linear: readonly Value[]) => readonly Value[],
    backward: (residuals: readonly Value[], cts: readonly Value[]) => readonly Value[],
  ) => readonly Value[]
}

/** What the gradient's two equations are told: the one that records, and the one that sweeps back. */
export interface WhileGrad extends While {
  /** Of the body's inputs: whose cotangents are wanted, closed over the carry. */
  readonly wanted: readonly boolean[]
  /** From constants and carry to the next carry and the residuals of the step; to the former only, with checkpoints. */
  readonly record: Jaxpr
  /**
   * From fixed residuals, the step's residuals, sums for constants, cotangents of the carry, to the latter two. With
   * checkpoints constants and carry stand in the place of residuals.
   */
  readonly back: Jaxpr
  readonly fixed: number
  /** Of the fixed residuals: those that `record` captured, then those that `back` did. */
  readonly recordCaptured: number
  readonly backCaptured: number
  /** The loop's own transforms, handed down: the files would import each other. */
  readonly rules: LoopRules
}
