/** Loops over blocks: operations on one operand, by operation and form: v a vector, s a scalar operand. Written by test/compile/closure/tables.ts, not by hand. */

import type { Block } from '../../ir/kernel'
import { roundEven } from '../scalar'

export type UnaryName = 'copy' | 'neg' | 'square' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'trunc' | 'sqrt' | 'not' | 'bitNot' | 'isFinite' | 'isNaN' | 'clz' | 'single' | 'signed' | 'unsigned' | 'truth'

export const unaryLoops: { readonly [K in UnaryName]: Block } = {
  copy: (o, p, a, q, n) => {
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = x0
    }
  },
  neg: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 3; j = (j + 4) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
      o[(p + j) | 0] = -x0
      o[(p + j + 1) | 0] = -x1
      o[(p + j + 2) | 0] = -x2
      o[(p + j + 3) | 0] = -x3
    }
    for (; j < n; j = (j + 1) | 0) {
      const x0 = a[(q + j) | 0]
      o[(p + j) | 0] = -x0
    }
  },
  square: (o, p, a, q, n) => {
    let j = 0
    for (; j < n - 3; j = (j + 4) | 0) {
      const x0 = a[(q + j) | 0], x1 = a[(q + j + 1) | 0], x2 = a[(q + j + 2) | 0], x3 = a[(q + j + 3) | 0]
      o[(p + j) | 0] = x0 * x0
      o[(p + j + 1) | 0] = x1 * x1
      o[(p + j + 2) | 0] = x2 * x2
      o[(p + j + 3) | 0] = x3 * x3
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
