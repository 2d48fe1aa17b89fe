/**
 * Window sums as text: in the loop over a nest's elements each sum is written when its last term is there; the earlier
 * ones wait in local variables g‹value›_‹elements ago›.
 *
 * Law: the terms of an element are added in the order of the pieces, to 0, and rounded after each.
 */
import type { DType } from '../../data/dtype'
import { roundingTo } from '../closure/choose'
import type { Nest, Ref, WindowSum } from '../loop/types'
import { delaysOf, waiting } from '../loop/window'
import { expression } from './words'

/** A sum as an element of the dtype. */
export function rounded(sum: string, dtype: DType): string {
  const name = roundingTo(dtype)
  return name ? `(${expression(name, `(${sum})`)})` : sum
}

export interface WindowTexts {
  /** Before all loops. */
  readonly start: string
  /** After the values of an element, `at(n)` standing for its index + n. */
  readonly element: (at: (n: number) => string) => string
  /** After all loops. */
  readonly end: string
}

const summed = (terms: readonly string[], dtype: DType): string => terms.reduce((s, t) => rounded(`${s}+${t}`, dtype), '0')

export function windowTexts({ windows, size }: Nest, array: (buffer: number) => string): WindowTexts {
  const held = waiting(windows)
  const name = (value: Ref, ago: number): string => (ago === 0 ? `v${value}` : `g${value}_${ago}`)
  const names = [...held].flatMap(([value, longest]) => Array.from({ length: longest }, (_, k) => name(value, k + 1)))
  // The oldest is forgotten first.
  const aged = [...held].map(([value, longest]) => Array.from({ length: longest }, (_, k) => `${name(value, longest - k)}=${name(value, longest - k - 1)};`).join('')).join('')
  const first = (w: WindowSum): number => Math.min(...w.pieces.map((p) => p.offset))
  const ends = windows.map((w) => {
    const y = array(w.buffer)
    const delays = delaysOf(w)
    const end = size + first(w)
    const left = Array.from({ length: Math.max(...delays) }, (_, t) => {
      const terms = w.pieces.flatMap((p, k) => (delays[k]! > t ? [name(p.value, delays[k]! - t)] : []))
      return `${y}[${end + t}]=${summed(terms, w.dtype)};`
    })
    const zeros = (from: number, to: number): string => (from < to ? `${y}.fill(0,${from},${to});` : '')
    return left.join('') + zeros(0, first(w)) + zeros(end + left.length, w.size)
  })
  return {
    start: names.length > 0 ? `let ${names.map((n) => `${n}=0`).join()};` : '',
    element: (at) => windows.map((w) => {
      const delays = delaysOf(w)
      return `${array(w.buffer)}[${at(first(w))}]=${summed(w.pieces.map((p, k) => name(p.value, delays[k]!)), w.dtype)};`
    }).join('') + aged,
    end: ends.join(''),
  }
}
