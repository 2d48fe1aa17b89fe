/** Loops over blocks: comparisons, logic and bits, by operation and form: v a vector, s a scalar operand. Written by test/compile/closure/tables.ts, not by hand. */

import type { Forms } from './loops.types'

export type LogicName = 'lt' | 'le' | 'eq' | 'ne' | 'and' | 'or' | 'xor' | 'bitAnd' | 'bitOr' | 'bitXor' | 'shiftLeft' | 'shiftRight' | 'shiftRightLogical'

/** Where sv is absent the operation commutes. */
export const logicLoops: { readonly [K in LogicName]: Forms } = {
  lt: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 < y0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 < y1 ? 1 : 0
        o[(p + j + 2) | 0] = x2 < y2 ? 1 : 0
        o[(p + j + 3) | 0] = x3 < y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 < y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 < y ? 1 : 0
        o[(p + j + 1) | 0] = x1 < y ? 1 : 0
        o[(p + j + 2) | 0] = x2 < y ? 1 : 0
        o[(p + j + 3) | 0] = x3 < y ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 < y ? 1 : 0
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const y0 = b[(r + j) | 0], y1 = b[(r + j + 1) | 0], y2 = b[(r + j + 2) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x < y0 ? 1 : 0
        o[(p + j + 1) | 0] = x < y1 ? 1 : 0
        o[(p + j + 2) | 0] = x < y2 ? 1 : 0
        o[(p + j + 3) | 0] = x < y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x < y0 ? 1 : 0
      }
    },
  },
  le: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 <= y0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 <= y1 ? 1 : 0
        o[(p + j + 2) | 0] = x2 <= y2 ? 1 : 0
        o[(p + j + 3) | 0] = x3 <= y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 <= y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 <= y ? 1 : 0
        o[(p + j + 1) | 0] = x1 <= y ? 1 : 0
        o[(p + j + 2) | 0] = x2 <= y ? 1 : 0
        o[(p + j + 3) | 0] = x3 <= y ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 <= y ? 1 : 0
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const y0 = b[(r + j) | 0], y1 = b[(r + j + 1) | 0], y2 = b[(r + j + 2) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x <= y0 ? 1 : 0
        o[(p + j + 1) | 0] = x <= y1 ? 1 : 0
        o[(p + j + 2) | 0] = x <= y2 ? 1 : 0
        o[(p + j + 3) | 0] = x <= y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x <= y0 ? 1 : 0
      }
    },
  },
  eq: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 === y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 === y ? 1 : 0
      }
    },
  },
  ne: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== y ? 1 : 0
      }
    },
  },
  and: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== 0 && y0 !== 0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== 0 && y !== 0 ? 1 : 0
      }
    },
  },
  or: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== 0 || y0 !== 0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== 0 || y !== 0 ? 1 : 0
      }
    },
  },
  xor: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = (x0 !== 0) !== (y0 !== 0) ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = (x0 !== 0) !== (y !== 0) ? 1 : 0
      }
    },
  },
  bitAnd: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 & y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 & y
      }
    },
  },
  bitOr: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 | y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 | y
      }
    },
  },
  bitXor: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 ^ y0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 ^ y
      }
    },
  },
  shiftLeft: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = y0 >= 0 && y0 < 32 ? x0 << y0 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = y >= 0 && y < 32 ? x0 << y : 0
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = y0 >= 0 && y0 < 32 ? x << y0 : 0
      }
    },
  },
  shiftRight: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 >> (y0 < 0 ? 0 : y0 > 31 ? 31 : y0)
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 >> (y < 0 ? 0 : y > 31 ? 31 : y)
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x >> (y0 < 0 ? 0 : y0 > 31 ? 31 : y0)
      }
    },
  },
  shiftRightLogical: {
    vv: (o, p, a, q, b, r, n) => {
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = y0 >= 0 && y0 < 32 ? x0 >>> y0 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = y >= 0 && y < 32 ? x0 >>> y : 0
      }
    },
    sv: (o, p, a, q, b, r, n) => {
      const x = a[q]
      for (let j = 0; j < n; j = (j + 1) | 0) {
        const y0 = b[(r + j) | 0]
        o[(p + j) | 0] = y0 >= 0 && y0 < 32 ? x >>> y0 : 0
      }
    },
  },
}
