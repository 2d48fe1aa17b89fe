/** Loops over blocks: arithmetic, by operation and form: v a vector, s a scalar operand. Written by test/compile/closure/tables.ts, not by hand. */

import type { Forms } from './loops.types'

export type ArithmeticName = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'mulInt' | 'addInt' | 'rem'

/** Where sv is absent the operation commutes. */
export const arithmeticLoops: { readonly [K in ArithmeticName]: Forms } = {
  add: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], x4 = a[(q + j + 4) | 0], y4 = b[(r + j + 4) | 0], x5 = a[(q + j + 5) | 0], y5 = b[(r + j + 5) | 0], x6 = a[(q + j + 6) | 0], y6 = b[(r + j + 6) | 0], x7 = a[(q + j + 7) | 0], y7 = b[(r + j + 7) | 0]
        o[(p + j) | 0] = x0 + y0
        o[(p + j + 1) | 0] = x1 + y1
        o[(p + j + 2) | 0] = x2 + y2
        o[(p + j + 3) | 0] = x3 + y3
        o[(p + j + 4) | 0] = x4 + y4
        o[(p + j + 5) | 0] = x5 + y5
        o[(p + j + 6) | 0] = x6 + y6
        o[(p + j + 7) | 0] = x7 + y7
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 + y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
        o[(p + j) | 0] = x0 + y
        o[(p + j + 1) | 0] = x1 + y
        o[(p + j + 2) | 0] = x2 + y
        o[(p + j + 3) | 0] = x3 + y
        o[(p + j + 4) | 0] = x4 + y
        o[(p + j + 5) | 0] = x5 + y
        o[(p + j + 6) | 0] = x6 + y
        o[(p + j + 7) | 0] = x7 + y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 + y
      }
    },
  },
  sub: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], x4 = a[(q + j + 4) | 0], y4 = b[(r + j + 4) | 0], x5 = a[(q + j + 5) | 0], y5 = b[(r + j + 5) | 0], x6 = a[(q + j + 6) | 0], y6 = b[(r + j + 6) | 0], x7 = a[(q + j + 7) | 0], y7 = b[(r + j + 7) | 0]
        o[(p + j) | 0] = x0 - y0
        o[(p + j + 1) | 0] = x1 - y1
        o[(p + j + 2) | 0] = x2 - y2
        o[(p + j + 3) | 0] = x3 - y3
        o[(p + j + 4) | 0] = x4 - y4
        o[(p + j + 5) | 0] = x5 - y5
        o[(p + j + 6) | 0] = x6 - y6
        o[(p + j + 7) | 0] = x7 - y7
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 - y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
        o[(p + j) | 0] = x0 - y
        o[(p + j + 1) | 0] = x1 - y
        o[(p + j + 2) | 0] = x2 - y
        o[(p + j + 3) | 0] = x3 - y
        o[(p + j + 4) | 0] = x4 - y
        o[(p + j + 5) | 0] = x5 - y
        o[(p + j + 6) | 0] = x6 - y
        o[(p + j + 7) | 0] = x7 - y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 - y
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const y0 = b[(r + j) | 0], y1 = b[(r + j + 1) | 0], y2 = b[(r + j + 2) | 0], y3 = b[(r + j + 3) | 0], y4 = b[(r + j + 4) | 0], y5 = b[(r + j + 5) | 0], y6 = b[(r + j + 6) | 0], y7 = b[(r + j + 7) | 0]
        o[(p + j) | 0] = x - y0
        o[(p + j + 1) | 0] = x - y1
        o[(p + j + 2) | 0] = x - y2
        o[(p + j + 3) | 0] = x - y3
        o[(p + j + 4) | 0] = x - y4
        o[(p + j + 5) | 0] = x - y5
        o[(p + j + 6) | 0] = x - y6
        o[(p + j + 7) | 0] = x - y7
      }
      for (; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x - y0
      }
    },
  },
  mul: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], x4 = a[(q + j + 4) | 0], y4 = b[(r + j + 4) | 0], x5 = a[(q + j + 5) | 0], y5 = b[(r + j + 5) | 0], x6 = a[(q + j + 6) | 0], y6 = b[(r + j + 6) | 0], x7 = a[(q + j + 7) | 0], y7 = b[(r + j + 7) | 0]
        o[(p + j) | 0] = x0 * y0
        o[(p + j + 1) | 0] = x1 * y1
        o[(p + j + 2) | 0] = x2 * y2
        o[(p + j + 3) | 0] = x3 * y3
        o[(p + j + 4) | 0] = x4 * y4
        o[(p + j + 5) | 0] = x5 * y5
        o[(p + j + 6) | 0] = x6 * y6
        o[(p + j + 7) | 0] = x7 * y7
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 * y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 7; j = (j + 8) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
        o[(p + j) | 0] = x0 * y
        o[(p + j + 1) | 0] = x1 * y
        o[(p + j + 2) | 0] = x2 * y
        o[(p + j + 3) | 0] = x3 * y
        o[(p + j + 4) | 0] = x4 * y
        o[(p + j + 5) | 0] = x5 * y
        o[(p + j + 6) | 0] = x6 * y
        o[(p + j + 7) | 0] = x7 * y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 * y
      }
    },
  },
  div: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 / y0
        o[(p + j + 1) | 0] = x1 / y1
        o[(p + j + 2) | 0] = x2 / y2
        o[(p + j + 3) | 0] = x3 / y3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 / y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 / y
        o[(p + j + 1) | 0] = x1 / y
        o[(p + j + 2) | 0] = x2 / y
        o[(p + j + 3) | 0] = x3 / y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 / y
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const y0 = b[(r + j) | 0], y1 = b[(r + j + 1) | 0], y2 = b[(r + j + 2) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x / y0
        o[(p + j + 1) | 0] = x / y1
        o[(p + j + 2) | 0] = x / y2
        o[(p + j + 3) | 0] = x / y3
      }
      for (; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x / y0
      }
    },
  },
  min: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = Math.min(x0, y0)
        o[(p + j + 1) | 0] = Math.min(x1, y1)
        o[(p + j + 2) | 0] = Math.min(x2, y2)
        o[(p + j + 3) | 0] = Math.min(x3, y3)
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = Math.min(x0, y0)
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = Math.min(x0, y)
        o[(p + j + 1) | 0] = Math.min(x1, y)
        o[(p + j + 2) | 0] = Math.min(x2, y)
        o[(p + j + 3) | 0] = Math.min(x3, y)
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = Math.min(x0, y)
      }
    },
  },
  max: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = Math.max(x0, y0)
        o[(p + j + 1) | 0] = Math.max(x1, y1)
        o[(p + j + 2) | 0] = Math.max(x2, y2)
        o[(p + j + 3) | 0] = Math.max(x3, y3)
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = Math.max(x0, y0)
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = Math.max(x0, y)
        o[(p + j + 1) | 0] = Math.max(x1, y)
        o[(p + j + 2) | 0] = Math.max(x2, y)
        o[(p + j + 3) | 0] = Math.max(x3, y)
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = Math.max(x0, y)
      }
    },
  },
  mulInt: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = Math.imul(x0, y0)
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = Math.imul(x0, y)
      }
    },
  },
  addInt: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = (x0 + y0) | 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = (x0 + y) | 0
      }
    },
  },
  rem: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 % y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 % y
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x % y0
      }
    },
  },
}
