/**
 * Recovery: from compressed products, laid end to end after one zero, to the entries of the matrix.
 *
 * Law: recovery is linear in the products. Entries are read where they stand, or found by substitution, each from a
 * product and those before; as an equation the substitution is one primitive, whose transpose runs it backwards.
 * Source: Gebremedhin, Manne & Pothen 2005, section 2 (direct methods and substitution methods).
 */
import { right } from 'fp-ts/Either'
import type { TypedArray } from '../data/dtype'
import { size } from '../data/shape'
import { opaque } from '../ir/kernel'
import { aval, type Primitive } from '../ir/types'
import { definePrimitive, linearJvp } from '../primitives/define'
import { codeOf, settle } from '../primitives/kernels/element'
import { coreOps, engine } from '../primitives/core'
import { tensorOf } from '../trace/evaluate'
import type { Tensor } from '../trace/tensor'
import type { Substitution } from './sparse-acyclic'

export type Recovery = { readonly _tag: 'Read'; readonly places: Int32Array } | { readonly _tag: 'Substitute'; readonly order: Substitution }

/** How many entries are recovered. */
export const recovered = (r: Recovery): number => (r._tag === 'Read' ? r.places.length : r.order.step.length)

/** One loop for each dtype, so that neither is compiled for both. */
function pickDoubles(from: Float64Array, places: Int32Array, to: Float64Array): void {
  for (let k = 0, n = places.length; k < n; k++) to[k] = from[places[k]!]!
}
function pickSingles(from: Float32Array, places: Int32Array, to: Float32Array): void {
  for (let k = 0, n = places.length; k < n; k++) to[k] = from[places[k]!]!
}

/** Fills `to` with the entries. */
export function recover(r: Recovery, from: TypedArray, to: TypedArray): TypedArray {
  if (r._tag === 'Substitute') substitute(r.order, from, 0, to, 0, new Float64Array(r.order.sums), new Float64Array(r.order.at.length), to instanceof Float32Array ? 1 : 0)
  else if (from instanceof Float64Array && to instanceof Float64Array) pickDoubles(from, r.places, to)
  else pickSingles(from as Float32Array, r.places, to as Float32Array)
  return to
}

/** The entries as an equation of the open trace. */
export function emitRecovery(r: Recovery, products: Tensor): Tensor {
  if (r._tag === 'Substitute') return coreOps.bind(substituted, [products], { order: r.order, width: products.size, transposed: false })[0] as Tensor
  const at = tensorOf(aval([r.places.length, 1], 'int32'), r.places, engine.vocabulary)
  return coreOps.gather(products, at, { batch: 0, mode: 'clip' }) as Tensor
}

/** One matrix: products from p on, entries from q on. */
function substitute({ at, own, other, step }: Substitution, from: TypedArray, p: number, to: TypedArray, q: number, sums: Float64Array, found: Float64Array, code: number): void {
  sums.fill(0)
  for (let t = 0; t < at.length; t++) {
    const product = from[p + at[t]!]!
    const x = own[t]! < 0 ? product : settle(code, product - sums[own[t]!]!)
    found[t] = x
    if (other[t]! >= 0) sums[other[t]!] = settle(code, sums[other[t]!]! + x)
  }
  for (let k = 0; k < step.length; k++) to[q + k] = found[step[k]!]!
}

/** The transpose: from cotangents of the entries to those of the products, which are zero before. */
function resubstitute({ at, own, other, step }: Substitution, from: TypedArray, q: number, to: TypedArray, p: number, sums: Float64Array, found: Float64Array, code: number): void {
  sums.fill(0)
  found.fill(0)
  for (let k = 0; k < step.length; k++) found[step[k]!] = settle(code, found[step[k]!]! + from[q + k]!)
  for (let t = at.length - 1; t >= 0; t--) {
    const x = other[t]! < 0 ? found[t]! : settle(code, found[t]! + sums[other[t]!]!)
    to[p + at[t]!] = settle(code, to[p + at[t]!]! + x)
    if (own[t]! >= 0) sums[own[t]!] = settle(code, sums[own[t]!]! - x)
  }
}

interface Params {
  readonly order: Substitution
  /** How many products there are, the zero included. */
  readonly width: number
  readonly transposed: boolean
}

/** The entries of a symmetric matrix from its products with the colours of an acyclic colouring, along the last axis. */
export const substituted: Primitive = definePrimitive({
  name: 'substitute',
  shape: ([x], { order, width, transposed }: Params) => right([aval([...x!.shape.slice(0, -1), transposed ? width : order.step.length], x!.dtype)]),
  kernel: opaque(([x], _outs, { order, width, transposed }: Params) => {
    const code = codeOf(x!.dtype)
    const rows = size(x!.shape.slice(0, -1))
    const nnz = order.step.length
    const [sums, found] = [new Float64Array(order.sums), new Float64Array(order.at.length)]
    return ([from], [to]) => {
      if (transposed) to!.fill(0, 0, rows * width)
      for (let r = 0; r < rows; r++)
        if (transposed) resubstitute(order, from!, r * nnz, to!, r * width, sums, found, code)
        else substitute(order, from!, r * width, to!, r * nnz, sums, found, code)
    }
  }),
  jvp: linearJvp(() => substituted),
  transpose: (ops, [ct], _operands, params: Params) => [ops.bind(substituted, [ct!], { ...params, transposed: !params.transposed })[0]!],
  batch: (ops, operands, _batched, params) => ops.bind(substituted, operands, params),
  showParams: ({ transposed }: Params) => (transposed ? { transposed: 'true' } : null),
})
