/**
 * Reductions of rows within a loop over pairs, in the order that `closure/monoid` states.
 *
 * Ordered ones keep 8 lanes in four pairs that change places, so that no loop is written out; what is left of a chunk is added
 * element by element, and chunks go to a binary counter in memory.
 */
import { isFloat } from '../../data/dtype'
import type { Reduction } from '../loop/types'
import { chunkLength, isOrdered } from '../closure/monoid'
import { roundingTo } from '../closure/choose'
import { add, Code, signature, type Callee } from './assembler'
import type { Instruction } from './opcodes'
import { roundPair } from './operations'
import type { Pair, Pairs } from './pairs'
import type { Site } from './site'

/** Sums of integers are exact in a double up to so many. */
const exact = 2 ** 20
/** Whether rows of it can be reduced here. */
export const isSuited = (r: Reduction): boolean => isFloat(r.dtype) || r.op === 'max' || r.op === 'min' || r.op === 'and' || r.op === 'or' || (r.op === 'add' && r.length <= exact)

/** Of pairs and of numbers, and what changes nothing. */
export const joins: { readonly [K in Reduction['op']]: readonly [pairs: Instruction, numbers: Instruction, unit: number] } = {
  add: ['f64x2.add', 'f64.add', 0], mul: ['f64x2.mul', 'f64.mul', 1], max: ['f64x2.max', 'f64.max', -Infinity], min: ['f64x2.min', 'f64.min', Infinity],
  // Of truths, which are 0 or 1.
  and: ['f64x2.min', 'f64.min', 1], or: ['f64x2.max', 'f64.max', 0],
}

/** What is reduced so far, and one more. */
export const joined = (w: Pairs, join: Instruction, sum: Pair, x: Pair): Pair => (join === 'f64x2.add' ? w.add(sum, x) : w.op(join, sum, x))

/** Takes a chunk's value to the counter: parameters address, chunk number, value. */
function pushed(site: Site, join: Instruction, name: string): Callee {
  return site.library(`push ${name}`, () => {
    const code = new Code(signature(['i32', 'i32', 'f64']))
    code.while(
      () => void code.get(1).i32(1).op('i32.and'),
      () => {
        code.get(0).memory('f64.load', 0).get(2).op(join).set(2)
        add(code, 0, 8)
        code.get(1).i32(1).op('i32.shr_u').set(1)
      },
    )
    code.get(0).get(2).memory('f64.store', 0)
    return code
  })
}

/** All that the counter holds: parameters address, number of chunks, and what changes nothing. */
function finished(site: Site, join: Instruction, name: string): Callee {
  return site.library(`finish ${name}`, () => {
    const code = new Code(signature(['i32', 'i32', 'f64'], 'f64'))
    code.while(
      () => void code.get(1),
      () => {
        code.get(1).i32(1).op('i32.and').if(() => void code.get(0).memory('f64.load', 0).get(2).op(join).set(2))
        add(code, 0, 8)
        code.get(1).i32(1).op('i32.shr_u').set(1)
      },
    )
    return code.get(2)
  })
}

export interface RowReduction {
  readonly ordered: boolean
  readonly startRow: () => void
  readonly startChunk: () => void
  /** Takes a pair whose both elements belong to the whole eights of the chunk (or to the row, where order does not matter): the k-th of four, or the next. */
  readonly take: (x: Pair, k?: number) => void
  /** Takes the one or two elements of a pair behind them; `two` leaves whether there are two. */
  readonly takeRest: (x: Pair, two: () => void) => void
  /** The lanes are complete. */
  readonly fold: () => void
  readonly endChunk: () => void
  /** Leaves the row's result on the stack, or that of a part of it, which is not rounded. */
  readonly endRow: (part: boolean) => void
}

/** Chunks of a row, at most, whose values wait in a row of their own instead of a counter. */
const mostWaiting = 32

/** The reduction of rows of E elements, whole ones or parts; `state` is a slot with room for the counter, of which `home` is the base. */
export function rowReduction(site: Site, w: Pairs, r: Reduction, state: () => number, home: number, whole: boolean): RowReduction {
  const { code } = w
  const [join, joinNumbers, unit] = joins[r.op]
  const sum = code.local('f64')
  const rounding = roundingTo(r.dtype, r.op)
  const rounded = (part: boolean): void => {
    if (rounding === undefined || part) return
    code.op('f64x2.splat')
    w.scope(() => {
      const x = w.let(() => {})
      roundPair(w, rounding, x)()
    })
    code.lane('f64x2.extract_lane', 0)
  }
  const rest: RowReduction['takeRest'] = (x, two) => {
    code.get(sum)
    x()
    code.lane('f64x2.extract_lane', 0).op(joinNumbers).set(sum)
    two()
    code.if(() => {
      code.get(sum)
      x()
      code.lane('f64x2.extract_lane', 1).op(joinNumbers).set(sum)
    })
  }
  /** Joins a pair to the first of four, which then is the last. */
  const turned = (four: readonly number[], x: Pair, k?: number, by = join): void => {
    joined(w, by, () => void code.get(four[k ?? 0]!), x)()
    if (k !== undefined) return void code.set(four[k]!)
    for (let k = 0; k < 3; k++) code.get(four[k + 1]!).set(four[k]!)
    code.set(four[3]!)
  }
  const start = (four: readonly number[]): void => { for (const l of four) code.pair(unit).set(l) }
  const four = (): number[] => Array.from({ length: 4 }, () => code.local('v128'))
  if (!isOrdered(r)) {
    // Several, as each waits for the one before. Maxima and minima by comparison alone know no NaN and no sign of 0, which are
    // noted beside them: a maximum that is 0 is −0 if all signs are negative.
    const all = four()
    const isMax = r.op === 'max' || r.op === 'or'
    const best: Instruction = r.op === 'add' ? join : isMax ? 'f64x2.pmax' : 'f64x2.pmin'
    const [unordered, signs] = isFloat(r.dtype) ? [code.local('v128'), code.local('v128')] : [-1, -1]
    const none = (): void => {}
    return {
      ordered: false,
      startRow: () => {
        start(all)
        code.f64(unit).set(sum)
        if (unordered < 0) return
        const bits = isMax ? 0xffffffff : 0
        code.pair(0).set(unordered).bits(bits, bits).set(signs)
      },
      startChunk: none,
      take: (x, k) => {
        turned(all, x, k, best)
        if (unordered < 0) return
        code.get(unordered)
        x()
        x()
        code.op('f64x2.ne', 'v128.or').set(unordered).get(signs)
        x()
        code.op(isMax ? 'v128.and' : 'v128.or').set(signs)
      },
      takeRest: rest,
      fold: none,
      endChunk: none,
      endRow: (part) => {
        code.get(sum)
        w.scope(() => {
          const at = (l: number): Pair => () => void code.get(l)
          let m = all.map(at).reduce((x, y) => w.op(best, x, y))
          if (unordered >= 0) {
            m = w.let(m)
            const zero = w.op('v128.and', at(signs), w.bits(0x80000000, 0))
            m = w.choose(at(unordered), w.number(NaN), w.choose(w.op('f64x2.eq', m, w.number(0)), zero, m))
          }
          m = w.let(m)
          for (const k of [0, 1]) {
            m()
            code.lane('f64x2.extract_lane', k).op(joinNumbers)
          }
        })
        rounded(part)
      },
    }
  }
  const lanes = four()
  const chunks = code.local('i32')
  const several = r.length > chunkLength
  const slot = several ? state() : -1
  const waiting = whole && r.length <= mostWaiting * chunkLength
  /** The values of n chunks from the k-th on, in branches of powers of two. */
  const tree = (k: number, n: number): void => {
    if (n === 1) return void code.get(home).inSlot('f64.load', slot, 8 * k)
    const first = 2 ** (31 - Math.clz32(n - 1))
    tree(k, first)
    tree(k + first, n - first)
    code.op(joinNumbers)
  }
  return {
    ordered: true,
    startRow: () => void (waiting ? code.get(home) : code.i32(0)).set(chunks),
    startChunk: () => start(lanes),
    take: (x, k) => turned(lanes, x, k),
    takeRest: rest,
    fold: () => {
      const two = (l: number): void => void code.get(l).lane('f64x2.extract_lane', 0).get(l).lane('f64x2.extract_lane', 1).op(joinNumbers)
      two(lanes[0]!)
      two(lanes[1]!)
      code.op(joinNumbers)
      two(lanes[2]!)
      two(lanes[3]!)
      code.op(joinNumbers, joinNumbers).set(sum)
    },
    endChunk: () => {
      if (!several) return
      if (waiting) return void code.get(chunks).get(sum).inSlot('f64.store', slot, 0).get(chunks).i32(8).op('i32.add').set(chunks)
      code.get(home).slotOffset(slot).op('i32.add').get(chunks).get(sum).call(pushed(site, joinNumbers, r.op))
      add(code, chunks, 1)
    },
    endRow: (part) => {
      if (several && waiting) tree(0, Math.ceil(r.length / chunkLength))
      else if (several) code.get(home).slotOffset(slot).op('i32.add').get(chunks).f64(unit).call(finished(site, joinNumbers, r.op))
      else code.get(sum)
      rounded(part)
    },
  }
}
