/**
 * Looking at functions: their programs, the shapes of their results, and running programs by hand.
 *
 * Example: String(makeJaxpr(np.sin)(1)) // => '{ lambda ; a:f64[]. let b:f64[] = sin a in (b,) }'
 */
import { dtypes, promote, type DType, type TypedArray } from '../data/dtype'
import { demand } from '../data/errors'
import { demandFunction, itself } from '../data/options'
import { printed } from '../data/print'
import { sameShape, showShape } from '../data/shape'
import { printJaxpr } from '../ir/print'
import { freeze } from '../ir/simplify'
import { aval, type Eqn, type Jaxpr } from '../ir/types'
import { coreContext as context, engine } from '../primitives/core'
import { asTensor } from '../primitives/vocabulary/context'
import { stage } from '../trace/bind'
import { detach, Tensor, type TensorLike } from '../trace/tensor'
import { flatten, resultLeaves, tensorsOf, unflatten, type TreeDef } from './arguments'
import { Executable } from './program'
import type { AnyFunction } from './types'

/** A program with the values that it captured. `String(it)` prints it in JAX's layout. */
export class ClosedJaxpr {
  readonly jaxpr: Jaxpr
  /** Values of the program's leading `constCount` inputs. */
  readonly consts: readonly Tensor[]
  /** The structure of the results. */
  readonly outTree: TreeDef

  constructor(jaxpr: Jaxpr, consts: readonly Tensor[], outTree: TreeDef) {
    this.jaxpr = jaxpr
    this.consts = consts
    this.outTree = outTree
    printed(this)
  }

  get eqns(): readonly Eqn[] {
    return this.jaxpr.eqns
  }
  get inAvals(): readonly { readonly shape: readonly number[]; readonly dtype: DType }[] {
    return this.jaxpr.inputs.slice(this.jaxpr.constCount).map((v) => v.aval)
  }
  get outAvals(): readonly { readonly shape: readonly number[]; readonly dtype: DType }[] {
    return this.jaxpr.outs.map((a) => a.aval)
  }
  toString(): string {
    return printJaxpr(this.jaxpr)
  }
}

/** What stands for an array where only its shape and dtype count. */
export interface ShapeDtype {
  readonly shape: readonly number[]
  readonly dtype: DType
}

const isShapeDtype = (x: unknown): x is ShapeDtype => {
  const { shape, dtype, ...rest } = (x ?? {}) as { readonly [key: string]: unknown }
  return Array.isArray(shape) && dtypes.includes(dtype as DType) && !(x instanceof Tensor) && Object.keys(rest).length === 0
}

function traced(name: string, f: AnyFunction, args: readonly unknown[]): ClosedJaxpr {
  const flat = flatten(args, isShapeDtype)
  const given = tensorsOf({ ...flat, leaves: flat.leaves.map((l) => (isShapeDtype(l) ? 0 : l)) }, 'args').tensors
  const avals = flat.leaves.map((l, i) => (isShapeDtype(l) ? aval([...l.shape], l.dtype) : given[i]!.aval))
  let def: TreeDef = { _tag: 'List', children: [] }
  const staged = stage(engine, name, avals, null, (tracers) => {
    const r = resultLeaves(name, f(...(unflatten(flat.def, tracers) as never[])))
    def = r.def
    return r.tensors
  })
  detach(staged.captured)
  return new ClosedJaxpr(freeze(staged.jaxpr), staged.captured, def)
}

/**
 * The program of f for arguments of these shapes and dtypes, as it is traced: not yet simplified. Only their shapes and
 * dtypes count: `{shape, dtype}` may stand for an array.
 */
export function makeJaxpr<A extends readonly unknown[] = readonly Tensor[]>(f: (...args: A) => unknown): (...args: { [K in keyof A]: unknown }) => ClosedJaxpr
export function makeJaxpr(f: AnyFunction): (...args: unknown[]) => ClosedJaxpr {
  demandFunction('makeJaxpr', f)
  return (...args) => traced('makeJaxpr', f, args)
}

/** A tree of arrays as a tree of what they are. */
export type Shapes<T> = unknown extends T
  ? T
  : [T] extends [Tensor | number | boolean | TypedArray]
    ? ShapeDtype
    : T extends object
      ? { -readonly [K in keyof T]: Shapes<T[K]> }
      : T

/** The tree of f's results as `{shape, dtype}`, without computing them. An argument may be `{shape, dtype}` too, in place of an array. */
export function evalShape<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, ...args: { [K in keyof A]: unknown }): Shapes<R>
export function evalShape(f: AnyFunction, ...args: readonly unknown[]): unknown {
  demandFunction('evalShape', f, itself)
  const closed = traced('evalShape', f, args)
  return unflatten(closed.outTree, closed.outAvals.map(({ shape, dtype }): ShapeDtype => ({ shape, dtype })))
}

/**
 * Runs a program on flat arguments: `evalJaxpr(closed, ...args)`, or `evalJaxpr(jaxpr, consts, ...args)`.
 * Results are a flat list of tensors.
 */
export function evalJaxpr(program: ClosedJaxpr, ...args: readonly TensorLike[]): readonly Tensor[]
export function evalJaxpr(program: Jaxpr, consts: readonly TensorLike[], ...args: readonly TensorLike[]): readonly Tensor[]
export function evalJaxpr(program: ClosedJaxpr | Jaxpr, ...rest: readonly unknown[]): readonly Tensor[] {
  demand(program instanceof ClosedJaxpr || ('eqns' in Object(program) && Array.isArray(rest[0])), 'tree', () => 'evalJaxpr: the first argument is no program', 'Give what makeJaxpr returns, or its jaxpr and then a list of its consts.')
  const [jaxpr, given] = program instanceof ClosedJaxpr
    ? [program.jaxpr, [...program.consts, ...rest]]
    : [program, [...(rest[0] as readonly unknown[]), ...rest.slice(1)]]
  demand(given.length === jaxpr.inputs.length, 'tree', () => `evalJaxpr: the program has ${jaxpr.inputs.length} inputs, got ${given.length}`, 'Give its consts and one value for each argument leaf.')
  return new Executable({ jaxpr, captured: [] }).run(
    given.map((x, i) => {
      const t = asTensor(context, x as TensorLike)
      const { shape, dtype } = jaxpr.inputs[i]!.aval
      demand(sameShape(t.shape, shape), 'shape', () => `evalJaxpr: input ${i} has shape ${showShape(t.shape)}, the program wants ${showShape(shape)}`, 'Give arrays of the shapes that the program was made for.')
      demand(t.aval.weak || promote(t.dtype, dtype) === dtype, 'dtype', () => `evalJaxpr: input ${i} is ${t.dtype}, the program wants ${dtype}`, 'Convert it with np.astype.')
      return t.dtype === dtype ? t : context.ops.convert(t, dtype)
    }),
  )
}
