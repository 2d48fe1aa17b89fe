/**
 * Which loop does an operation, and which one then rounds its results to their dtype.
 *
 * Law: the pair computes what `applyUnary`, `applyBinary` and `convertNumber` say of one element. An operation whose results
 * are elements of their dtype already (float32 maxima, integer comparisons …) is not rounded.
 */
import { coerce, isFloat, type DType } from '../../data/dtype'
import type { BinaryFunction, BinaryOp, Block, Block2, ReduceOp, ScalarFunction, UnaryFunction, UnaryOp } from '../../ir/kernel'
import type { Operation } from '../loop/types'
import { applyBinary, convertNumber } from '../scalar'
import type { BinaryName } from './loops'
import type { UnaryName } from './loops.unary.table'

export type Choice =
  | { readonly _tag: 'Unary'; readonly name: UnaryName; readonly rounding: UnaryName | undefined }
  | { readonly _tag: 'Binary'; readonly name: BinaryName; readonly rounding: UnaryName | undefined }
  /** Functions, by their code. */
  | { readonly _tag: 'Function'; readonly name: UnaryFunction; readonly code: Block; readonly rounding: UnaryName | undefined }
  | { readonly _tag: 'Function2'; readonly name: BinaryFunction; readonly code: Block2; readonly from: DType; readonly rounding: UnaryName | undefined }
  | { readonly _tag: 'Select' }
  /** No loop of its own. */
  | { readonly _tag: 'Call'; readonly fn: ScalarFunction }

/** The loop that makes any number an element of the dtype. */
const rounding: { readonly [K in DType]: UnaryName | undefined } = {
  float64: undefined, float32: 'single', int32: 'signed', uint32: 'unsigned', bool: 'truth',
}

/** Operations that give elements of the dtype for elements of the dtype. */
const exactFloat: ReadonlySet<UnaryOp | BinaryOp> = new Set<UnaryOp | BinaryOp>(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'rem', 'min', 'max'])
const exactInteger: ReadonlySet<UnaryOp | BinaryOp> = new Set<UnaryOp | BinaryOp>(['sign', 'floor', 'ceil', 'round', 'trunc', 'clz', 'min', 'max'])
const exactSigned: ReadonlySet<UnaryOp | BinaryOp> = new Set<UnaryOp | BinaryOp>(['bitNot', 'bitAnd', 'bitOr', 'bitXor', 'shiftLeft', 'shiftRight', 'mul'])

function roundingOf(op: UnaryOp | BinaryOp, from: DType, dtype: DType): UnaryName | undefined {
  if (dtype === 'float64' || dtype === 'bool') return undefined
  if ((isFloat(dtype) ? exactFloat : exactInteger).has(op)) return undefined
  if (dtype === 'int32' && exactSigned.has(op)) return undefined
  // Shifting zeros in from the left leaves a uint32.
  if (from === 'uint32' && (op === 'shiftRight' || op === 'shiftRightLogical')) return undefined
  return rounding[dtype]
}

export function choose(o: Operation): Choice {
  switch (o._tag) {
    case 'Unary':
      return o.code
        ? { _tag: 'Function', name: o.op as UnaryFunction, code: o.code, rounding: rounding[o.dtype] }
        : { _tag: 'Unary', name: o.op as UnaryName, rounding: roundingOf(o.op, o.from, o.dtype) }
    case 'Binary': {
      const { op, code, from, dtype } = o
      if (!isFloat(from)) {
        if (op === 'div' || op === 'rem' || op === 'pow') return { _tag: 'Call', fn: applyBinary(op, from, dtype) as (...xs: number[]) => number }
        if (op === 'mul') return { _tag: 'Binary', name: 'mulInt', rounding: roundingOf(op, from, dtype) }
        if (op === 'shiftRight' && from === 'uint32') return { _tag: 'Binary', name: 'shiftRightLogical', rounding: undefined }
      }
      if (code) return { _tag: 'Function2', name: op as BinaryFunction, code, from, rounding: rounding[dtype] }
      return { _tag: 'Binary', name: op as BinaryName, rounding: roundingOf(op, from, dtype) }
    }
    case 'Select':
      return { _tag: 'Select' }
    case 'Convert': {
      if (isFloat(o.dtype) || o.dtype === 'bool' || !isFloat(o.from)) return { _tag: 'Unary', name: rounding[o.dtype] ?? 'copy', rounding: undefined }
      return { _tag: 'Call', fn: convertNumber(o.from, o.dtype) as (...xs: number[]) => number }
    }
    case 'Call': {
      const { fn, dtype } = o
      return { _tag: 'Call', fn: dtype === 'float64' ? fn : (...xs) => coerce(dtype, fn(...xs)) }
    }
  }
}

/** The loop that makes sums and products elements of the dtype; other reductions give such elements. */
export const roundingTo = (d: DType, op: ReduceOp = 'add'): UnaryName | undefined => (op === 'add' || op === 'mul' ? rounding[d] : undefined)
