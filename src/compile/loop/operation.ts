/**
 * Operations on places: elementwise expressions, views, and the room for what a step writes.
 *
 * Law: operands in registers give a register; others a value of the nest that the operation joins.
 */
import { rowMajor, size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Expr } from '../../ir/kernel'
import type { Builder } from './builder'
import { emitExpr } from './express'
import { asView, contiguous, inRegister, nestFor, refIn, repeats, stridedOf, type Place } from './place'
import type { Nest, Span, Target } from './types'
import { isContiguous, reshaped, whole, type Strided } from './views'

/** A fresh buffer, or register, that step `at` writes. */
export function written(b: Builder, n: number, shape: Shape, at: number, rowLength = 0): [Target, Place] {
  const buffer = b.buffer(n, at, rowLength)
  return [{ _tag: 'Buffer', buffer }, asView(whole(buffer, shape))]
}
export function toRegister(b: Builder, at: number): [Target, Place] {
  const register = b.register(2 * at + 1)
  return [{ _tag: 'Register', register }, inRegister(register)]
}

/** The value of an expression for operands of n elements, or numbers. */
export function pointwise(b: Builder, expr: Expr, args: readonly Place[], n: number, name: string): Place {
  if (args.every((p) => p._tag === 'Register')) return inRegister(~emitExpr(b, -1, expr, args.map((p) => ~(p as Place & { _tag: 'Register' }).register)))
  const { nest, rows } = nestFor(b, args, n)
  ;(b.steps[nest] as Nest).names.push(name)
  const ref = emitExpr(b, nest, expr, args.map((p) => refIn(b, nest, p, rows)))
  return ref < 0 ? inRegister(~ref) : { _tag: 'Local', nest, ref }
}

/** A view of a place. */
export function seen(b: Builder, p: Place, x: Pick<Aval, 'shape'>, out: Pick<Aval, 'shape'>, map: (strides: readonly number[]) => 'reshape' | { readonly offset: number; readonly strides: readonly number[] }): Place {
  if (p._tag === 'Register') return p
  const plain = map(rowMajor(x.shape))
  const identical = plain === 'reshape' || (plain.offset === 0 && size(out.shape) === size(x.shape) && isContiguous(out.shape, plain.strides))
  if (identical) return p._tag === 'View' ? asView(reshaped(p.view, out.shape) ?? p.view) : p
  if (p._tag === 'Local' && plain.offset === 0) {
    const nest = b.steps[p.nest] as Nest
    if (nest.values[p.ref]!.rows && repeats(out.shape, plain.strides, size(x.shape), nest.line)) return { ...p, _tag: 'Rows' }
  }
  const base = stridedOf(b, p, x.shape)
  const m = map(base.strides) as Exclude<ReturnType<typeof map>, 'reshape'>
  const view: Strided = { buffer: base.buffer, offset: base.offset + m.offset, shape: out.shape, strides: m.strides }
  return size(out.shape) === 1 ? inRegister(b.peek(view.buffer, view.offset)) : asView(view)
}

/** The place as a contiguous run, for an opaque kernel. */
export function spanOf(b: Builder, p: Place, x: Aval): Span {
  const n = size(x.shape)
  if (p._tag === 'Register' && n <= 1) return { from: p, offset: 0, size: n }
  const run = contiguous(b, p, n)
  return { from: { _tag: 'Buffer', buffer: run.buffer }, offset: run.offset, size: n }
}
