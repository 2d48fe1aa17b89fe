/**
 * Arrays that nobody writes to for as long as they live: the storage of tensors. Each has a number, so that a kernel can tell
 * that it is given the same elements again without holding them.
 *
 * Law: two arrays with one number have the same elements; an array that is handed on to be written over loses its number, and
 * a typed array that a tensor shares with the caller never has one.
 */
import type { TypedArray } from '../data/dtype'

/** Shorter arrays are as quickly copied as asked for. */
const least = 4096
const numbers = new WeakMap<TypedArray, number>()
let last = 0

/** Says that the array belongs to a tensor. */
export const lasting = (a: TypedArray): void => {
  if (a.length >= least && !numbers.has(a)) numbers.set(a, ++last)
}

/** Says that the array is the caller's, who may write to it at any time. */
export const borrowed = (a: TypedArray): void => void numbers.set(a, 0)

/** Whether it is the caller's. */
export const isBorrowed = (a: TypedArray): boolean => numbers.get(a) === 0

/** Says that its elements may change from now on. */
export const changing = (a: TypedArray): void => {
  if (numbers.get(a)) numbers.delete(a)
}

/** The number of an array; 0 where its elements may change. */
export const numberOf = (a: TypedArray | number): number => (typeof a === 'number' || a.length < least ? 0 : (numbers.get(a) ?? 0))
