/**
 * The matrix exponential and its derivatives, by scaling and squaring a Padé approximant of degree 13.
 *
 * Everything is computed with A + Σ tₗ Eₗ, where tₗ² = 0: a number of 2ᵏ matrices, one for each set of the t. The part of
 * all t is the k-th derivative in the directions E, exact for the approximant. Products cost 3ᵏ products of matrices.
 * Source: Higham 2005 (degree, scaling); Al-Mohy & Higham 2009, Higham & Relton 2014 (Fréchet derivatives).
 */
import { opaque, type KernelSpec } from '../../../ir/kernel'
import { codeOf } from '../../kernels/element'
import { copy, matricesOf, round } from './buffers'
import { factorLu, solveFactored } from './lu'
import { addProduct } from './rows'

export const pade = [64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1]
/** Up to this norm the approximant and its derivative have no error but rounding. */
export const theta = 4.74

/** Of A and k directions. */
export const expmKernel: KernelSpec = opaque((ins, [out]) => {
  const { count, n } = matricesOf(ins[0])
  const code = codeOf(out.dtype)
  const parts = 2 ** (ins.length - 1)
  const area = n * n
  const number = (): Float64Array => new Float64Array(parts * area)
  const [a, a2, a4, a6, odd, even, work] = Array.from({ length: 7 }, number)
  const [lu, scratch] = [new Float64Array(area), new Float64Array(area)]
  const [pivots, order] = [new Int32Array(n), new Int32Array(n)]

  /** c += x y. */
  const multiply = (c: Float64Array, x: Float64Array, y: Float64Array): void => {
    for (let set = 0; set < parts; set++)
      for (let own = set; ; own = (own - 1) & set) {
        addProduct(1, n, n, n, c, set * area, n, x, own * area, n, 1, y, (set ^ own) * area, n)
        if (own === 0) break
      }
  }
  const product = (c: Float64Array, x: Float64Array, y: Float64Array): void => {
    c.fill(0)
    multiply(c, x, y)
  }
  /** c = p₆ A⁶ + p₄ A⁴ + p₂ A² + p₀. */
  const even6 = (c: Float64Array, p6: number, p4: number, p2: number, p0: number): void => {
    for (let i = 0; i < c.length; i++) c[i] = p6 * a6[i] + p4 * a4[i] + p2 * a2[i]
    for (let i = 0; i < n; i++) c[i * (n + 1)] += p0
  }

  const largestColumn = (): number => {
    let largest = 0
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j])
      if (!(sum <= largest)) largest = sum
    }
    return largest
  }

  const exponential = (): boolean => {
    const norm = largestColumn()
    if (!(norm < Infinity)) return false
    let squarings = 0
    for (let size = norm; size > theta; size /= 2) squarings++
    for (let i = 0; i < a.length; i++) a[i] /= 2 ** squarings
    product(a2, a, a)
    product(a4, a2, a2)
    product(a6, a4, a2)
    even6(work, pade[13], pade[11], pade[9], 0)
    even6(even, pade[7], pade[5], pade[3], pade[1])
    multiply(even, a6, work)
    product(odd, a, even)
    even6(work, pade[12], pade[10], pade[8], 0)
    even6(even, pade[6], pade[4], pade[2], pade[0])
    multiply(even, a6, work)
    // (even − odd) X = even + odd, set by set: what smaller sets contribute is known when a set's turn comes.
    for (let i = 0; i < a.length; i++) {
      a2[i] = even[i] - odd[i]
      a4[i] = even[i] + odd[i]
    }
    copy(area, a2, 0, lu, 0)
    factorLu(n, n, lu, 0, pivots, 0, order, 0)
    for (let set = 0; set < parts; set++) {
      for (let own = set; own > 0; own = (own - 1) & set)
        addProduct(-1, n, n, n, a4, set * area, n, a2, own * area, n, 1, a, (set ^ own) * area, n)
      solveFactored(n, n, lu, 0, order, 0, false, a4, set * area, a, set * area, scratch, 0)
    }
    for (let s = 0; s < squarings; s++) {
      product(a2, a, a)
      a.set(a2)
    }
    return true
  }

  return (from, [to]) => {
    for (let b = 0, at = 0; b < count; b++, at += area) {
      a.fill(0)
      copy(area, from[0], at, a, 0)
      for (let l = 1; l < from.length; l++) copy(area, from[l], at, a, 2 ** (l - 1) * area)
      if (exponential()) copy(area, a, (parts - 1) * area, to, at)
      else to.fill(NaN, at, at + area)
      round(code, to, at, area)
    }
  }
})
