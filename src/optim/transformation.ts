/**
 * Gradient transformations: pairs of `init` and `update` that turn gradients into updates, carrying a state along.
 *
 * Law: update(grads, init(params), params) has the tree, shapes and dtypes of grads; states are trees of tensors, so a
 * whole step (valueAndGrad, update, applyUpdates) runs inside one jit.
 * Example: const [updates, next] = optimizer.update(grads, state, params)
 * Source: Optax; hyperparameters that are JS numbers never widen a float32 leaf, those that are tensors are converted.
 */
import { AdjointError, fault, raise, shown, toError } from '../data/errors'
import { demandOptions } from '../data/options'
import { isFloat, type DType } from '../data/dtype'
import { sameShape, showShape } from '../data/shape'
import { constant, made0, tensor, uniform } from '../numpy/arguments'
import { ops } from '../primitives/core'
import { Tensor, type TensorLike } from '../trace/tensor'
import { showAval } from '../trace/trace'
import type { Lift, Tensors } from '../transforms/types'
import { map } from '../tree/instances'
import { flatten, paths } from '../tree/tree'

declare const optState: unique symbol
/** What an optimiser remembers: a tree of tensors, whose form is the optimiser's own affair. */
export interface OptState {
  readonly [optState]?: never
}

export interface GradientTransformation {
  /** The state before the first step. */
  readonly init: (params: unknown) => OptState
  /** The updates to add to the parameters, and the next state. Some transformations need the parameters. */
  readonly update: <P>(grads: P | Tensors<P>, state: OptState, params?: NoInfer<P | Tensors<P>> | Lift<NoInfer<P>>) => [updates: Tensors<P>, state: OptState]
}

/** A hyperparameter by the number of steps taken before. */
export type Schedule = (count: Tensor) => TensorLike
/** A number, a scalar tensor, or a schedule of these. */
export type ScalarOrSchedule = TensorLike | Schedule

/** An update as its parts compute it: on untyped trees. */
type Update<S> = (grads: unknown, state: S, params: unknown) => readonly [updates: unknown, state: S]

/** A transformation from its two functions, whatever its state. */
export const withState = <S>(init: (params: unknown) => S, update: Update<S>): GradientTransformation => ({
  init: init as (params: unknown) => OptState,
  update: (grads, state, params) => update(grads, state as S, params) as unknown as [never, OptState],
})

/** A transformation whose state is an object. */
export const transformation = <S extends object>(init: (params: unknown) => S, update: Update<S>): GradientTransformation =>
  withState(init, (grads, state, params) => {
    if (typeof state !== 'object' || state === null)
      raise(fault('tree', `update: ${shown(state)} is no state`, 'Write optimizer.update(grads, state, params), with the state that init or the last update returned.'))
    return update(grads, state, params)
  })

/**
 * Options with their defaults. Each must be of its default's kind: true or false where that is one of these, else a number
 * (or a scalar tensor).
 */
export function settings<O extends object>(name: string, options: O, defaults: Required<O>, others: readonly string[] = []): Required<O> {
  demandOptions(name, options, [...Object.keys(defaults), ...others])
  const out = { ...defaults }
  for (const key of Object.keys(defaults) as (keyof O & string)[]) {
    const given = options[key]
    if (given === undefined) continue
    const wanted = typeof defaults[key]
    if (typeof given !== wanted && !(wanted === 'number' && given instanceof Tensor)) raise(fault('tree', `${name}: ${key} is ${shown(given)}`, `Give a ${wanted}.`))
    out[key] = given as Required<O>[typeof key]
  }
  return out
}

/** A transformation without a state. */
export const stateless = (update: (grads: unknown, params: unknown) => unknown): GradientTransformation =>
  withState<null>(() => null, (grads, state, params) => [update(grads, params), state])

/** f of corresponding leaves, as tensors of one shape. */
export const each = (f: (...leaves: Tensor[]) => Tensor, tree: unknown, ...rest: readonly unknown[]): unknown =>
  eachOfAny((...ts) => {
    if (!ts.every((t) => sameShape(t.shape, ts[0]!.shape)))
      raise(fault('shape', `shapes ${ts.map((t) => showShape(t.shape)).join(' and ')} of one leaf`, 'Gradients, updates and the state have the shapes of the parameters.'))
    return f(...ts)
  }, tree, ...rest)

/** The same whatever their shapes. What is wrong with a leaf is said with its path in the parameters. */
export function eachOfAny(f: (...leaves: Tensor[]) => Tensor, tree: unknown, ...rest: readonly unknown[]): unknown {
  let at = 0
  return map((...leaves: TensorLike[]) => {
    try {
      const result = f(...leaves.map(tensor))
      at++
      return result
    } catch (e) {
      throw e instanceof AdjointError ? toError(fault(e.code, `${paths(flatten(tree).def, 'params')[at]}: ${e.what}`, e.fix)) : e
    }
  }, tree, ...rest)
}

/** A tree of one number, in the shapes and dtypes of another tree. */
export const filledLike = (tree: unknown, value: number): unknown =>
  each((x) => {
    if (!isFloat(x.dtype)) raise(fault('dtype', `${showAval(x.aval)} is no floating dtype`, 'Convert it with np.astype(x, "float64"), or leave it out with optim.masked.'))
    return uniform(x.shape, value, x.dtype)
  }, tree)

/** The counter of a state that has seen no step. */
export const zeroCount = (): Tensor => made0(0, 'int32')

const most = 2 ** 31 - 1
/** One step more; the counter stays at the largest number that it holds. */
export const counted = (count: Tensor): Tensor => ops.select(ops.lt(count, most), ops.add(count, 1), count)

/** A hyperparameter beside elements of a dtype. */
export const scalarOf = (x: TensorLike, dtype: DType): Tensor => (typeof x === 'number' ? constant(x, dtype) : ops.convert(tensor(x), dtype))

/** x · s, in the dtype of x. */
export const scaled = (x: Tensor, s: TensorLike): Tensor => ops.mul(x, scalarOf(s, x.dtype))

/** The parameters, for a transformation that cannot do without. */
export const needed = (name: string, params: unknown): unknown =>
  params ?? raise(fault('tree', `${name}: update was called without the parameters`, 'Write optimizer.update(grads, state, params).'))

/** The identity. */
export const identity = (): GradientTransformation => stateless((grads) => grads)

/** One transformation after another; the state is the list of theirs. */
export const chain = (...parts: readonly GradientTransformation[]): GradientTransformation => {
  for (const p of parts) demandTransformation('chain', p)
  return withState<readonly OptState[]>(
    (params) => parts.map((p) => p.init(params)),
    (grads, state, params) => {
      if (!Array.isArray(state) || state.length !== parts.length)
        raise(fault('tree', `chain: the state is not that of ${parts.length} transformations`, 'Give the state that init or the last update returned.'))
      let updates = grads
      const next = parts.map((p, i) => {
        const [u, s] = p.update(updates, state[i]!, params as undefined)
        updates = u
        return s
      })
      return [updates, next]
    },
  )
}

/** Raises `TreeError` for what is no pair of init and update. */
export function demandTransformation(name: string, t: GradientTransformation): void {
  const { init, update } = Object(t) as Partial<GradientTransformation>
  if (typeof init !== 'function' || typeof update !== 'function') raise(fault('tree', `${name}: ${shown(t)} is no gradient transformation`, 'Give what optim.sgd, optim.adam … return, or an object of init and update.'))
}
