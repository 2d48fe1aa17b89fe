/** Loops over blocks, by operation and form: v a vector, s a scalar operand. Written by test/compile/closure/tables.ts, not by hand. */

import type { Block } from '../../ir/kernel'
import { roundEven } from '../scalar'

/** o[p + j] = f(a[q + j], b[r + j]) for 0 ≤ j < n; o may be an operand. */
export type Block2 = (o: Float64Array, p: number, a: Float64Array, q: number, b: Float64Array, r: number, n: number) => void
export type Block3 = (o: Float64Array, p: number, a: Float64Array, q: number, b: Float64Array, r: number, c: Float64Array, s: number, n: number) => void
export interface Forms { readonly vv: Block2; readonly vs: Block2; readonly sv?: Block2 }
export type UnaryName = 'copy' | 'neg' | 'square' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'trunc' | 'sqrt' | 'not' | 'bitNot' | 'isFinite' | 'isNaN' | 'clz' | 'single' | 'signed' | 'unsigned' | 'truth'
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'lt' | 'le' | 'eq' | 'ne' | 'and' | 'or' | 'xor' | 'bitAnd' | 'bitOr' | 'bitXor' | 'shiftLeft' | 'shiftRight' | 'shiftRightLogical' | 'mulInt' | 'addInt' | 'rem'

export const unaryLoops: { readonly [K in UnaryName]: Block } = {
  copy: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 7; j = (j + 8) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
      o[(p + j) | 0] = x0
      o[(p + j + 1) | 0] = x1
      o[(p + j + 2) | 0] = x2
      o[(p + j + 3) | 0] = x3
      o[(p + j + 4) | 0] = x4
      o[(p + j + 5) | 0] = x5
      o[(p + j + 6) | 0] = x6
      o[(p + j + 7) | 0] = x7
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0
    }
  },
  neg: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 7; j = (j + 8) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
      o[(p + j) | 0] = -x0
      o[(p + j + 1) | 0] = -x1
      o[(p + j + 2) | 0] = -x2
      o[(p + j + 3) | 0] = -x3
      o[(p + j + 4) | 0] = -x4
      o[(p + j + 5) | 0] = -x5
      o[(p + j + 6) | 0] = -x6
      o[(p + j + 7) | 0] = -x7
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = -x0
    }
  },
  square: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 7; j = (j + 8) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0], x4 = a[(q + j + 4) | 0], x5 = a[(q + j + 5) | 0], x6 = a[(q + j + 6) | 0], x7 = a[(q + j + 7) | 0]
      o[(p + j) | 0] = x0 * x0
      o[(p + j + 1) | 0] = x1 * x1
      o[(p + j + 2) | 0] = x2 * x2
      o[(p + j + 3) | 0] = x3 * x3
      o[(p + j + 4) | 0] = x4 * x4
      o[(p + j + 5) | 0] = x5 * x5
      o[(p + j + 6) | 0] = x6 * x6
      o[(p + j + 7) | 0] = x7 * x7
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 * x0
    }
  },
  abs: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 3; j = (j + 4) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
      o[(p + j) | 0] = Math.abs(x0)
      o[(p + j + 1) | 0] = Math.abs(x1)
      o[(p + j + 2) | 0] = Math.abs(x2)
      o[(p + j + 3) | 0] = Math.abs(x3)
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.abs(x0)
    }
  },
  sign: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.sign(x0)
    }
  },
  floor: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.floor(x0)
    }
  },
  ceil: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.ceil(x0)
    }
  },
  round: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = roundEven(x0)
    }
  },
  trunc: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.trunc(x0)
    }
  },
  sqrt: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 3; j = (j + 4) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
      o[(p + j) | 0] = Math.sqrt(x0)
      o[(p + j + 1) | 0] = Math.sqrt(x1)
      o[(p + j + 2) | 0] = Math.sqrt(x2)
      o[(p + j + 3) | 0] = Math.sqrt(x3)
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.sqrt(x0)
    }
  },
  not: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 === 0 ? 1 : 0
    }
  },
  bitNot: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = ~x0
    }
  },
  isFinite: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 - x0 === 0 ? 1 : 0
    }
  },
  isNaN: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 !== x0 ? 1 : 0
    }
  },
  clz: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.clz32(x0)
    }
  },
  single: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 3; j = (j + 4) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
      o[(p + j) | 0] = Math.fround(x0)
      o[(p + j + 1) | 0] = Math.fround(x1)
      o[(p + j + 2) | 0] = Math.fround(x2)
      o[(p + j + 3) | 0] = Math.fround(x3)
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = Math.fround(x0)
    }
  },
  signed: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 | 0
    }
  },
  unsigned: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 >>> 0
    }
  },
  truth: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0 === 0 ? 0 : 1
    }
  },
}

/** Where sv is absent the operation commutes. */
export const binaryLoops: { readonly [K in BinaryName]: Forms } = {
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
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 === y0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 === y1 ? 1 : 0
        o[(p + j + 2) | 0] = x2 === y2 ? 1 : 0
        o[(p + j + 3) | 0] = x3 === y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 === y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 === y ? 1 : 0
        o[(p + j + 1) | 0] = x1 === y ? 1 : 0
        o[(p + j + 2) | 0] = x2 === y ? 1 : 0
        o[(p + j + 3) | 0] = x3 === y ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 === y ? 1 : 0
      }
    },
  },
  ne: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 !== y0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== y1 ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== y2 ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== y3 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== y0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 !== y ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== y ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== y ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== y ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== y ? 1 : 0
      }
    },
  },
  and: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 && y0 !== 0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== 0 && y1 !== 0 ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== 0 && y2 !== 0 ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== 0 && y3 !== 0 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== 0 && y0 !== 0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 && y !== 0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== 0 && y !== 0 ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== 0 && y !== 0 ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== 0 && y !== 0 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 !== 0 && y !== 0 ? 1 : 0
      }
    },
  },
  or: {
    vv: (o, p, a, q, b, r, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 || y0 !== 0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== 0 || y1 !== 0 ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== 0 || y2 !== 0 ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== 0 || y3 !== 0 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 !== 0 || y0 !== 0 ? 1 : 0
      }
    },
    vs: (o, p, a, q, b, r, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 !== 0 || y !== 0 ? 1 : 0
        o[(p + j + 1) | 0] = x1 !== 0 || y !== 0 ? 1 : 0
        o[(p + j + 2) | 0] = x2 !== 0 || y !== 0 ? 1 : 0
        o[(p + j + 3) | 0] = x3 !== 0 || y !== 0 ? 1 : 0
      }
      for (; j < n; j = (j + 1) | 0) {
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

export type TernaryName = 'select' | 'mulAdd' | 'mulSub' | 'subMul'
/** Scalars after vectors; where x and y commute, x is a vector. */
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
  mulAdd: {
    vvv: (o, p, a, q, b, r, c, s, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 * y0 + z0
        o[(p + j + 1) | 0] = x1 * y1 + z1
        o[(p + j + 2) | 0] = x2 * y2 + z2
        o[(p + j + 3) | 0] = x3 * y3 + z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 * y0 + z0
      }
    },
    vvs: (o, p, a, q, b, r, c, s, n) => {
      const z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 * y0 + z
        o[(p + j + 1) | 0] = x1 * y1 + z
        o[(p + j + 2) | 0] = x2 * y2 + z
        o[(p + j + 3) | 0] = x3 * y3 + z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 * y0 + z
      }
    },
    vsv: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 * y + z0
        o[(p + j + 1) | 0] = x1 * y + z1
        o[(p + j + 2) | 0] = x2 * y + z2
        o[(p + j + 3) | 0] = x3 * y + z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 * y + z0
      }
    },
    vss: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r], z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 * y + z
        o[(p + j + 1) | 0] = x1 * y + z
        o[(p + j + 2) | 0] = x2 * y + z
        o[(p + j + 3) | 0] = x3 * y + z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 * y + z
      }
    },
  },
  mulSub: {
    vvv: (o, p, a, q, b, r, c, s, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 * y0 - z0
        o[(p + j + 1) | 0] = x1 * y1 - z1
        o[(p + j + 2) | 0] = x2 * y2 - z2
        o[(p + j + 3) | 0] = x3 * y3 - z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 * y0 - z0
      }
    },
    vvs: (o, p, a, q, b, r, c, s, n) => {
      const z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = x0 * y0 - z
        o[(p + j + 1) | 0] = x1 * y1 - z
        o[(p + j + 2) | 0] = x2 * y2 - z
        o[(p + j + 3) | 0] = x3 * y3 - z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = x0 * y0 - z
      }
    },
    vsv: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = x0 * y - z0
        o[(p + j + 1) | 0] = x1 * y - z1
        o[(p + j + 2) | 0] = x2 * y - z2
        o[(p + j + 3) | 0] = x3 * y - z3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = x0 * y - z0
      }
    },
    vss: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r], z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = x0 * y - z
        o[(p + j + 1) | 0] = x1 * y - z
        o[(p + j + 2) | 0] = x2 * y - z
        o[(p + j + 3) | 0] = x3 * y - z
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = x0 * y - z
      }
    },
  },
  subMul: {
    vvv: (o, p, a, q, b, r, c, s, n) => {
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = z0 - x0 * y0
        o[(p + j + 1) | 0] = z1 - x1 * y1
        o[(p + j + 2) | 0] = z2 - x2 * y2
        o[(p + j + 3) | 0] = z3 - x3 * y3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = z0 - x0 * y0
      }
    },
    vvs: (o, p, a, q, b, r, c, s, n) => {
      const z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0], x1 = a[(q + j + 1) | 0], y1 = b[(r + j + 1) | 0], x2 = a[(q + j + 2) | 0], y2 = b[(r + j + 2) | 0], x3 = a[(q + j + 3) | 0], y3 = b[(r + j + 3) | 0]
        o[(p + j) | 0] = z - x0 * y0
        o[(p + j + 1) | 0] = z - x1 * y1
        o[(p + j + 2) | 0] = z - x2 * y2
        o[(p + j + 3) | 0] = z - x3 * y3
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], y0 = b[(r + j) | 0]
        o[(p + j) | 0] = z - x0 * y0
      }
    },
    vsv: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0], x1 = a[(q + j + 1) | 0], z1 = c[(s + j + 1) | 0], x2 = a[(q + j + 2) | 0], z2 = c[(s + j + 2) | 0], x3 = a[(q + j + 3) | 0], z3 = c[(s + j + 3) | 0]
        o[(p + j) | 0] = z0 - x0 * y
        o[(p + j + 1) | 0] = z1 - x1 * y
        o[(p + j + 2) | 0] = z2 - x2 * y
        o[(p + j + 3) | 0] = z3 - x3 * y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0], z0 = c[(s + j) | 0]
        o[(p + j) | 0] = z0 - x0 * y
      }
    },
    vss: (o, p, a, q, b, r, c, s, n) => {
      const y = b[r], z = c[s]
      let j = 0
      for (; j < n - 3; j = (j + 4) | 0) {
        const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
        o[(p + j) | 0] = z - x0 * y
        o[(p + j + 1) | 0] = z - x1 * y
        o[(p + j + 2) | 0] = z - x2 * y
        o[(p + j + 3) | 0] = z - x3 * y
      }
      for (; j < n; j = (j + 1) | 0) {
        const x0 = a[(q + j) | 0]
        o[(p + j) | 0] = z - x0 * y
      }
    },
  },
}
