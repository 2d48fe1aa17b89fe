/** Loops over blocks: operations on three operands, by operation and form: v a vector, s a scalar operand. Written by test/compile/closure/tables.ts, not by hand. */

import type { Block3 } from './loops.types'

export type TernaryName = 'select'

/** The first operand is a vector. */
export const ternaryLoops: { readonly [K in TernaryName]: { readonly [F in 'vvv' | 'vvs' | 'vsv' | 'vss']: Block3 } } = {
  select: {
    vvv: (o, p, a, q, b, r, c, s, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y0 : z0
        o[(p + j + 1) | 0] = x1 !== 0 ? y1 : z1
        o[(p + j + 2) | 0] = x2 !== 0 ? y2 : z2
        o[(p + j + 3) | 0] = x3 !== 0 ? y3 : z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y0 : z0
      }
    },
    vvs: (o, p, a, q, b, r, c, s, n) => {
      const z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y0 : z
        o[(p + j + 1) | 0] = x1 !== 0 ? y1 : z
        o[(p + j + 2) | 0] = x2 !== 0 ? y2 : z
        o[(p + j + 3) | 0] = x3 !== 0 ? y3 : z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y0 : z
      }
    },
    vsv: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y : z0
        o[(p + j + 1) | 0] = x1 !== 0 ? y : z1
        o[(p + j + 2) | 0] = x2 !== 0 ? y : z2
        o[(p + j + 3) | 0] = x3 !== 0 ? y : z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y : z0
      }
    },
    vss: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r], z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y : z
        o[(p + j + 1) | 0] = x1 !== 0 ? y : z
        o[(p + j + 2) | 0] = x2 !== 0 ? y : z
        o[(p + j + 3) | 0] = x3 !== 0 ? y : z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== 0 ? y : z
      }
    },
  },
}
