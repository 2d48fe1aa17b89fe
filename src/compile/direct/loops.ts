/**
 * Loops of the direct tier: one for each exact operation, whose operands are arrays (step 1) or one number (step 0).
 *
 * Law: element by element they are `exactUnary`, `exactBinary` and `convertNumber` of scalar.ts, integers included.
 * Decision: what costs no more than a few cycles has a loop of its own, as a call would cost more than the operation;
 * the others share one loop that calls.
 */
import type { DType, TypedArray } from '../../data/dtype'
import type { Block, Block2, ExactBinaryOp, ExactUnaryOp } from '../../ir/kernel'
import { exactBinary, exactUnary } from '../scalar'

/** Element by element by a function. */
export const mapped = (f: (x: number) => number): Block => (o, p, a, q, n) => {
  for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = f(a[q])
}
export const mapped2 = (f: (x: number, y: number) => number): Block2 => (o, p, a, q, da, b, r, db, n) => {
  for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = f(a[q], b[r])
}

const unary: { readonly [K in ExactUnaryOp]?: Block } = {
  neg: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = -a[q] },
  abs: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = Math.abs(a[q]) },
  sqrt: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = Math.sqrt(a[q]) },
}

const binary: { readonly [K in ExactBinaryOp]?: Block2 } = {
  add: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] + b[r] },
  sub: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] - b[r] },
  mul: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] * b[r] },
  div: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] / b[r] },
  min: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = Math.min(a[q], b[r]) },
  max: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = Math.max(a[q], b[r]) },
  lt: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] < b[r] ? 1 : 0 },
  le: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] <= b[r] ? 1 : 0 },
  eq: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] === b[r] ? 1 : 0 },
  ne: (o, p, a, q, da, b, r, db, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = a[q] !== b[r] ? 1 : 0 },
}

/** The loop of an exact operation. */
export const unaryLoop = (op: ExactUnaryOp): Block => unary[op] ?? mapped(exactUnary[op])
export const binaryLoop = (op: ExactBinaryOp): Block2 => binary[op] ?? mapped2(exactBinary[op])

/** Makes numbers elements of the dtype: rounded, wrapped, 0 or 1. */
export const rounding: { readonly [K in DType]: Block | undefined } = {
  float64: undefined,
  float32: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = Math.fround(a[q]) },
  int32: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = a[q] | 0 },
  uint32: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = a[q] >>> 0 },
  bool: (o, p, a, q, n) => { for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + 1) | 0) o[p] = a[q] === 0 ? 0 : 1 },
}

/** o[p + j] = x where the test is not 0, else y. */
export function choose(o: Float64Array, p: number, t: Float64Array, s: number, dt: number, a: Float64Array, q: number, da: number, b: Float64Array, r: number, db: number, n: number): void {
  for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, s = (s + dt) | 0, q = (q + da) | 0, r = (r + db) | 0) o[p] = t[s] === 0 ? b[r] : a[q]
}

/** The elements from row-major index `i` on of a strided array, n of them. */
export function gather(o: TypedArray, p: number, a: TypedArray, offset: number, extents: readonly number[], strides: readonly number[], i: number, n: number): void {
  const last = extents.length - 1
  const [inner, step] = [extents[last]!, strides[last]!]
  const end = p + n
  const index: number[] = []
  let q = offset
  for (let k = last, rest = i; k >= 0; k--) {
    const e = extents[k]!
    index[k] = rest % e
    q += index[k]! * strides[k]!
    rest = Math.floor(rest / e)
  }
  for (let column = index[last]!; p < end; column = 0) {
    for (const stop = Math.min(end, p + inner - column); p < stop; q += step) o[p++] = a[q]!
    q -= inner * step
    // The next row.
    for (let k = last - 1; k >= 0; k--) {
      q += strides[k]!
      if (++index[k]! < extents[k]!) break
      q -= extents[k]! * strides[k]!
      index[k] = 0
    }
  }
}
