/** Operations on registers, as closures. Written by test/compile/closure/tables.ts, not by hand. */

import { roundEven } from '../scalar'
import type { BinaryName } from './loops'
import type { UnaryName } from './loops.unary.table'

/** A piece of a kernel: runs on its registers and on the table of its arrays. */
export type Run = (r: Float64Array, m: readonly Float64Array[]) => void

export const unaryRuns: { readonly [K in UnaryName]: (o: number, a: number) => Run } = {
  copy: (o, a) => (r) => {
    r[o] = r[a]
  },
  neg: (o, a) => (r) => {
    r[o] = -r[a]
  },
  square: (o, a) => (r) => {
    const x = r[a]
    r[o] = x * x
  },
  abs: (o, a) => (r) => {
    r[o] = Math.abs(r[a])
  },
  sign: (o, a) => (r) => {
    r[o] = Math.sign(r[a])
  },
  floor: (o, a) => (r) => {
    r[o] = Math.floor(r[a])
  },
  ceil: (o, a) => (r) => {
    r[o] = Math.ceil(r[a])
  },
  round: (o, a) => (r) => {
    r[o] = roundEven(r[a])
  },
  trunc: (o, a) => (r) => {
    r[o] = Math.trunc(r[a])
  },
  sqrt: (o, a) => (r) => {
    r[o] = Math.sqrt(r[a])
  },
  not: (o, a) => (r) => {
    r[o] = r[a] === 0 ? 1 : 0
  },
  bitNot: (o, a) => (r) => {
    r[o] = ~r[a]
  },
  isFinite: (o, a) => (r) => {
    const x = r[a]
    r[o] = x - x === 0 ? 1 : 0
  },
  isNaN: (o, a) => (r) => {
    const x = r[a]
    r[o] = x !== x ? 1 : 0
  },
  clz: (o, a) => (r) => {
    r[o] = Math.clz32(r[a])
  },
  single: (o, a) => (r) => {
    r[o] = Math.fround(r[a])
  },
  signed: (o, a) => (r) => {
    r[o] = r[a] | 0
  },
  unsigned: (o, a) => (r) => {
    r[o] = r[a] >>> 0
  },
  truth: (o, a) => (r) => {
    r[o] = r[a] === 0 ? 0 : 1
  },
}

export const binaryRuns: { readonly [K in BinaryName]: (o: number, a: number, b: number) => Run } = {
  add: (o, a, b) => (r) => {
    r[o] = r[a] + r[b]
  },
  sub: (o, a, b) => (r) => {
    r[o] = r[a] - r[b]
  },
  mul: (o, a, b) => (r) => {
    r[o] = r[a] * r[b]
  },
  div: (o, a, b) => (r) => {
    r[o] = r[a] / r[b]
  },
  min: (o, a, b) => (r) => {
    r[o] = Math.min(r[a], r[b])
  },
  max: (o, a, b) => (r) => {
    r[o] = Math.max(r[a], r[b])
  },
  mulInt: (o, a, b) => (r) => {
    r[o] = Math.imul(r[a], r[b])
  },
  addInt: (o, a, b) => (r) => {
    r[o] = (r[a] + r[b]) | 0
  },
  rem: (o, a, b) => (r) => {
    r[o] = r[a] % r[b]
  },
  lt: (o, a, b) => (r) => {
    r[o] = r[a] < r[b] ? 1 : 0
  },
  le: (o, a, b) => (r) => {
    r[o] = r[a] <= r[b] ? 1 : 0
  },
  eq: (o, a, b) => (r) => {
    r[o] = r[a] === r[b] ? 1 : 0
  },
  ne: (o, a, b) => (r) => {
    r[o] = r[a] !== r[b] ? 1 : 0
  },
  and: (o, a, b) => (r) => {
    r[o] = r[a] !== 0 && r[b] !== 0 ? 1 : 0
  },
  or: (o, a, b) => (r) => {
    r[o] = r[a] !== 0 || r[b] !== 0 ? 1 : 0
  },
  xor: (o, a, b) => (r) => {
    r[o] = (r[a] !== 0) !== (r[b] !== 0) ? 1 : 0
  },
  bitAnd: (o, a, b) => (r) => {
    r[o] = r[a] & r[b]
  },
  bitOr: (o, a, b) => (r) => {
    r[o] = r[a] | r[b]
  },
  bitXor: (o, a, b) => (r) => {
    r[o] = r[a] ^ r[b]
  },
  shiftLeft: (o, a, b) => (r) => {
    const x = r[a], y = r[b]
    r[o] = y >= 0 && y < 32 ? x << y : 0
  },
  shiftRight: (o, a, b) => (r) => {
    const x = r[a], y = r[b]
    r[o] = x >> (y < 0 ? 0 : y > 31 ? 31 : y)
  },
  shiftRightLogical: (o, a, b) => (r) => {
    const x = r[a], y = r[b]
    r[o] = y >= 0 && y < 32 ? x >>> y : 0
  },
}

export const selectRun = (o: number, a: number, b: number, c: number): Run => (r) => {
  r[o] = r[a] !== 0 ? r[b] : r[c]
}
