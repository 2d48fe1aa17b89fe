/**
 * The one place where bind, vocabulary and tensors are tied together: each is built of the others.
 *
 * The words that every program needs are taken from here, others one by one from `tensor-words`. Nothing happens at import but the making of closures.
 */
import type { Backend } from '../compile/backend'
import { direct } from '../compile/direct/backend'
import { heated } from '../compile/heat'
import { watched } from '../compile/watch'
import type { Aval, CoreOps } from '../ir/types'
import type { Value } from '../ir/value'
import { makeBind, makeRecord, type Bind } from '../trace/bind'
import { makeEvaluate } from '../trace/evaluate'
import { literalTensor, type Engine } from '../trace/trace'
import { maskedDiv, maskedMul } from './elementwise/masked'
import { broadcast } from './movement'
import { makeOps, type OpsBase } from './ops'
import type { Context, TensorOps } from './vocabulary/context'
import { makeVocabulary } from './vocabulary/vocabulary'

/** Equation by equation: what runs where nothing is known of a program. */
export const directly: Backend = watched(direct)
/** The backend that runs derived programs: directly, until they are compiled by what was handed in. */
export const defaultBackend: Backend = heated(directly)

const current = (): Engine => engine
/** Applies a primitive to tensors: computed now, or recorded where one of them is traced. */
export const bind: Bind = makeBind(current)
/** The same, but recorded wherever a trace is open, even if no operand is traced. */
export const record: Bind = makeRecord(current)

const values: CoreOps = makeOps({
  bind: bind as unknown as OpsBase['bind'],
  record: record as unknown as OpsBase['record'],
  literal: (value: number, a: Aval): Value => literalTensor(value, a, engine.vocabulary),
})

/** The core's vocabulary over values, as rules see it. */
export const coreOps: CoreOps = values
/** The vocabulary for cotangents that a select has zeroed: zeros stay zero when they are multiplied or divided. They come first. */
export const maskedOps: CoreOps = {
  ...values,
  mul: (ct, y) => (typeof ct === 'object' ? values.bind(maskedMul, [ct, y as Value])[0]! : values.mul(ct, y)),
  div: (ct, y) => (typeof ct === 'object' ? values.bind(maskedDiv, [ct, y as Value])[0]! : values.div(ct, y)),
}
/** The same over tensors. */
export const ops: TensorOps = values as unknown as TensorOps

/** What tensors, traces and transforms are built with. */
export const engine: Engine = {
  vocabulary: makeVocabulary(ops, () => engine.vocabulary),
  evaluate: makeEvaluate(heated(directly, false), () => engine.vocabulary),
  broadcast,
}

/** For vocabulary functions outside the tensor's own that need no more than the core. */
export const coreContext: Context = { ops, vocabulary: () => engine.vocabulary }
