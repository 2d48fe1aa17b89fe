/** Loops over blocks of two and three operands (that of one operand is `Block`). */

/** o[p + j] = f(a[q + j], b[r + j]) for 0 ≤ j < n; o may be an operand. */
export type Block2 = (o: Float64Array, p: number, a: Float64Array, q: number, b: Float64Array, r: number, n: number) => void
export type Block3 = (o: Float64Array, p: number, a: Float64Array, q: number, b: Float64Array, r: number, c: Float64Array, s: number, n: number) => void
export interface Forms { readonly vv: Block2; readonly vs: Block2; readonly sv?: Block2 }
