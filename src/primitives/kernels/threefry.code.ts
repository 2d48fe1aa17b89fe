/**
 * Threefry-2x32 within a WebAssembly module: four counts to a vector, of one key, or of a key each where keys have few counts; and
 * some vectors at a time, as their rounds wait for each other.
 *
 * A count is a double, 2⁵² above itself: its low word is that of the count, and its high word that of the count and `above`.
 * Law: the words that `blocks` makes. What is left behind the last whole turn is done with as much before it, again.
 */
import { range, size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Code } from '../../compile/wasm/assembler'
import type { ModuleCode } from '../../compile/wasm/opaque'
import { parity, rotations } from './threefry'

/** Counts of a vector, and of a turn. */
const [lanes, most] = [4, 16]
/** Counts of a key up to which lanes are keys. */
const few = 8
/** The high word of 2⁵². */
const above = 0x43300000

/** Undefined where there is nothing to count. */
export const threefryCode = ([key, start]: readonly Aval[], { shape }: { readonly shape: Shape }): ModuleCode | undefined => {
  const n = size(shape)
  const keys = size(key!.shape.slice(0, -1))
  if (n * keys === 0) return undefined
  const byKeys = keys >= lanes && n <= few
  const turn = Math.min(n, most)
  const vectors = range(byKeys ? n : Math.ceil(turn / lanes))
  /** From the counts of a vector to those of the next one, and where lanes of a vector have their results. */
  const step = byKeys ? 1 : lanes
  const element = (v: number, lane: number): number => (byKeys ? n * lane + v : lanes * v + lane)
  const own = start!.shape.length > 0
  return (code, inputs, outputs) => {
    const vector = (): number => code.local('v128')
    const word = (value: number): Code => code.bits(value, value)
    const addresses = [...inputs, ...outputs]
    const pointers = addresses.map(() => code.local('i32'))
    const [k, s, ...results] = pointers as [number, number, number, number]
    const bytes = [16, own ? 8 : 0, 8 * n, 8 * n]
    const [line, at, to, x, y] = [code.local('i32'), code.local('i32'), code.local('i32'), vector(), vector()]
    const firsts = [vector(), vector()] as const
    const [base, ...schedule] = range(4).map(vector) as [number, number, number, number]
    const added = range(5).map(vector)
    const states = vectors.map(() => [vector(), vector()] as const)

    /** Runs the body with the local at 0, `by`, … and at last at count − by. */
    const turns = (local: number, count: number, by: number, body: () => void): void => {
      const next = (): Code => code.get(local).i32(by).op('i32.add')
      code.i32(0).set(local).repeat(body, () => {
        code.get(local).i32(count - by).op('i32.ne')
        next().i32(count - by)
        next().i32(count - by).op('i32.lt_u', 'select').set(local)
      })
    }
    const raised = (): Code => code.pair(2 ** 52).op('f64x2.add')
    /** Leaves the words of two keys, by turns. */
    const twoKeys = (first: number): void => {
      for (const i of [first, first + 1]) {
        code.get(k).memory('v128.load', byKeys ? 16 * i : 0)
        raised()
      }
      code.shuffleWords([0, 4, 2, 6])
    }
    const loadKeys = (): void => {
      twoKeys(0)
      code.set(x)
      twoKeys(2)
      code.set(y)
      for (const i of [0, 1]) code.get(x).get(y).shuffleWords([2 * i, 2 * i + 1, 4 + 2 * i, 5 + 2 * i]).set(schedule[i]!)
      code.get(schedule[0]!).get(schedule[1]!).op('v128.xor')
      word(parity).op('v128.xor').set(schedule[2]!).get(schedule[0]!)
      word(-above).op('i32x4.add').set(base)
      added.forEach((a, i) => {
        code.get(schedule[(i + 2) % 3]!)
        word(i + 1).op('i32x4.add').set(a)
      })
    }
    /** Sets the counts of the first vector: those of the key from its start on, or the starts of four keys. */
    const loadStarts = (): void =>
      firsts.forEach((first, h) => {
        code.get(s).memory(own && byKeys ? 'v128.load' : 'v128.load64_splat', own && byKeys ? 16 * h : 0)
        raised()
        if (!byKeys) code.f64(2 * h).op('f64x2.splat').f64(2 * h + 1).lane('f64x2.replace_lane', 1).op('f64x2.add')
        code.set(first)
      })
    const compute = (): void => {
      code.get(at).op('f64.convert_i32_u', 'f64x2.splat').set(x)
      states.forEach(([a, b], v) => {
        for (const [h, state] of [a, b].entries()) code.get(firsts[h]!).get(x).op('f64x2.add').pair(step * v).op('f64x2.add').set(state)
        code.get(a).get(b).shuffleWords([1, 3, 5, 7]).get(base).op('i32x4.add')
        code.get(a).get(b).shuffleWords([0, 2, 4, 6]).get(schedule[1]!).op('i32x4.add').set(b).set(a)
      })
      for (let round = 1; round <= 5; round++) {
        for (const by of rotations[(round + 1) % 2]!) {
          for (const [a, b] of states) code.get(a).get(b).op('i32x4.add').set(a)
          for (const [a, b] of states) code.get(b).i32(by).op('i32x4.shl').get(b).i32(32 - by).op('i32x4.shr_u', 'v128.or').get(a).op('v128.xor').set(b)
        }
        for (const [a, b] of states) {
          code.get(a).get(schedule[round % 3]!).op('i32x4.add').set(a)
          code.get(b).get(added[round - 1]!).op('i32x4.add').set(b)
        }
      }
    }
    /** Stores words as doubles, two by two where they lie together. */
    const store = (result: number, v: number, words: number): void => {
      code.get(result).get(at).i32(8).op('i32.mul', 'i32.add').set(to)
      for (const lane of [0, 2]) {
        code.get(words).get(words).shuffleWords([lane, lane + 1, lane, lane + 1]).op('f64x2.convert_low_i32x4_u').set(x)
        const [first, second] = [element(v, lane), element(v, lane + 1)]
        if (!byKeys && second < turn) code.get(to).get(x).memory('v128.store', 8 * first)
        else [first, second].forEach((e, i) => {
          if (byKeys || e < turn) code.get(to).get(x).memory('v128.store64_lane', 8 * e, i)
        })
      }
    }

    turns(line, keys, byKeys ? lanes : 1, () => {
      addresses.forEach((address, i) => {
        address()
        code.get(line).i32(bytes[i]!).op('i32.mul', 'i32.add').set(pointers[i]!)
      })
      loadKeys()
      loadStarts()
      turns(at, n, turn, () => {
        compute()
        results.forEach((result, which) => states.forEach((words, v) => store(result, v, words[which]!)))
      })
    })
  }
}
