/**
 * Window sums within the loop over a nest's elements: each pair of sums is written when its last terms are there; the pairs
 * of earlier terms wait in locals.
 *
 * Law: the terms of an element are added in the order of the pieces, to 0, and rounded after each (see `loop/window`). The
 * loop runs over all elements in order, an even number at a time but at the end.
 */
import type { Nest, Ref, WindowSum } from '../loop/types'
import { delaysOf, waiting } from '../loop/window'
import { roundingTo } from '../closure/choose'
import { roundPair } from './operations'
import type { Pair, Pairs } from './pairs'
import { base, type Outside, type Site } from './site'

/** Where the sums of a window go that is in an array of the caller's: a scratch array, by blocks, and from there on. */
export interface Aside {
  readonly slot: number
  /** The local that holds the address of the block's element. */
  readonly local: number
}

export interface WindowSums {
  /** After the values of a pair, so many bytes on from the address in the local. */
  readonly pair: (element: number, bytes: number, known: (value: Ref) => Pair) => void
  /** After each block: what is in scratch arrays goes on. */
  readonly block: readonly Outside[]
  /** After the loop. */
  readonly finish: () => void
}

export function windowSums({ windows, size }: Nest, site: Site, w: Pairs, asideOf: (s: WindowSum) => Aside | undefined): WindowSums {
  const { code } = w
  // The pairs before the present one, the last first; as many as the longest delay asks for.
  const held = new Map([...waiting(windows)].map(([value, longest]) => [value, Array.from({ length: Math.ceil(longest / 2) + 1 }, () => code.fresh('v128'))]))
  const slot = (s: WindowSum): number => site.layout.bufferSlot(s.buffer)
  const first = (s: WindowSum): number => Math.min(...s.pieces.map((p) => p.offset))
  const asides = new Map(windows.map((s) => [s, asideOf(s)]))
  for (const [s, aside] of asides) if (aside) site.layout.needScratch(Math.max(...delaysOf(s)) + 2)
  const summed = (terms: readonly Pair[], s: WindowSum): Pair => {
    const rounding = roundingTo(s.dtype)
    return terms.reduce((sum, t) => {
      const next = w.let(w.add(sum, t))
      return rounding ? w.let(roundPair(w, rounding, next)) : next
    }, w.number(0))
  }
  return {
    pair: (element, bytes, known) => {
      for (const s of windows) {
        const delays = delaysOf(s)
        /** The pair `ago` pairs before. */
        const before = (value: Ref, ago: number): Pair => (ago === 0 ? known(value) : () => void code.get(held.get(value)![ago - 1]!))
        const terms = s.pieces.map(({ value }, k): Pair => {
          const half = Math.floor(delays[k]! / 2)
          if (delays[k]! % 2 === 0) return before(value, half)
          return () => {
            before(value, half + 1)()
            before(value, half)()
            code.shuffle(1, 2)
          }
        })
        w.scope(() => {
          const sum = summed(terms, s)
          const aside = asides.get(s)
          code.get(aside ? aside.local : element)
          sum()
          if (aside) code.inSlot('v128.store', aside.slot, bytes)
          else code.inSlot('v128.store', slot(s), 8 * first(s) + bytes)
        })
      }
      for (const [value, pairs] of held) {
        for (let k = pairs.length - 1; k > 0; k--) code.get(pairs[k - 1]!).set(pairs[k]!)
        known(value)()
        code.set(pairs[0]!)
      }
    },
    block: windows.flatMap((s): readonly Outside[] => {
      const aside = asides.get(s)
      const [to, at] = [slot(s), first(s)]
      return aside ? [(_r, m, k, n) => m[to]!.set(m[aside.slot]!.subarray(0, n), k + at)] : []
    }),
    finish: () => {
      for (const s of windows) {
        const delays = delaysOf(s)
        const aside = asides.get(s)
        const end = size + first(s)
        /** Element size − back of a value, in both lanes. */
        const last = (value: Ref, back: number): Pair => {
          const at = size - back
          const ago = Math.floor((size - 1) / 2) - Math.floor(at / 2)
          return () => void code.get(held.get(value)![ago]!).lane('f64x2.extract_lane', at % 2).op('f64x2.splat')
        }
        const longest = Math.max(...delays)
        for (let t = 0; t < longest; t++)
          w.scope(() => {
            const sum = summed(s.pieces.flatMap(({ value }, k) => (delays[k]! > t ? [delays[k]! - t > size ? w.number(0) : last(value, delays[k]! - t)] : [])), s)
            code.get(base)
            sum()
            code.lane('f64x2.extract_lane', 0).inSlot('f64.store', aside ? aside.slot : slot(s), 8 * (aside ? t : end + t))
          })
        if (aside) {
          const [to, at] = [slot(s), first(s)]
          code.i32(0).i32(0).call(site.outside((_r, m) => {
            m[to]!.set(m[aside.slot]!.subarray(0, longest), end)
            m[to]!.fill(0, 0, at).fill(0, end + longest)
          }))
          continue
        }
        const zeros = (from: number, to: number): void => {
          if (from < to) code.get(base).slotOffset(slot(s), 8 * from).op('i32.add').i32(8 * (to - from)).clear()
        }
        zeros(0, first(s))
        zeros(end + longest, s.size)
      }
    },
  }
}
