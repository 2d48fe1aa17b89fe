/**
 * Sorting lines within a WebAssembly module, long ones by digits, as in `order`, of which it has the result.
 *
 * A record is a key's words and its position, 16 bytes that are moved at once.
 */
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Code } from '../../compile/wasm/assembler'
import type { ModuleCode } from '../../compile/wasm/opaque'
import { shortLine } from './short.code'

/** From here on digits are faster than comparisons. */
const long = 512
/** Bytes of the counts of one digit of 11 bits. */
const counted = 8192

/** Undefined where there is nothing to sort. */
export const sortCode = ([first]: readonly Aval[], { axis, keys }: { readonly axis: number; readonly keys: number }): ModuleCode | undefined => {
  const { shape } = first!
  const n = shape[axis]!
  const inner = size(shape.slice(axis + 1))
  const lines = size(shape.slice(0, axis)) * inner
  if (n === 0 || lines === 0) return undefined
  /** Bytes from one element of a line to the next. */
  const step = 8 * inner
  /** Where the line of a number begins in each array. */
  const lineAt = (code: Code, line: number, offset: number): void =>
    void code.get(line).i32(inner).op('i32.div_u').i32(n * step).op('i32.mul').get(line).i32(inner).op('i32.rem_u').i32(8).op('i32.mul', 'i32.add').set(offset)
  return (code, inputs, outputs, own) => {
    if (n < long) {
      const [line, offset] = [code.local('i32'), code.local('i32')]
      const sorted = shortLine(code, { n, step, keys }, own, inputs, outputs)
      code.i32(0).set(line)
      code.repeat(
        () => {
          lineAt(code, line, offset)
          sorted(offset)
        },
        () => void code.get(line).i32(1).op('i32.add').tee(line).i32(lines).op('i32.lt_u'),
      )
      return
    }
    const [one, two, counts] = [own(2 * n), own(2 * n), own((6 * counted) / 8)]
    const local = (): number => code.local('i32')
    const [from, to, c, line, offset, i, end, p, slot, at, low, high] = [local(), local(), local(), local(), local(), local(), local(), local(), local(), local(), local(), local()] as const
    const each = (body: () => void, first: number = from, bytes = 16 * n, by = 16): void => {
      code.get(first).tee(i).i32(bytes).op('i32.add').set(end)
      code.repeat(body, () => void code.get(i).i32(by).op('i32.add').tee(i).get(end).op('i32.lt_u'))
    }
    /** Leaves where the count of a digit is, of a word in a local. */
    const counter = (word: number, d: number): Code => code.get(word).i32(11 * (d % 3)).op('i32.shr_u').i32(2047).op('i32.and').i32(4).op('i32.mul').get(c).op('i32.add')
    /** Leaves the address of the line in an array, and that of the element that the record is of. */
    const within = (array: () => void): Code => {
      array()
      return code.get(offset).op('i32.add')
    }
    const element = (): Code => code.get(i).memory('i32.load', 8).i32(step).op('i32.mul').get(p).op('i32.add')

    one()
    code.set(from)
    two()
    code.set(to)
    counts()
    code.set(c).i32(0).set(line)
    code.repeat(
      () => {
        lineAt(code, line, offset)
        code.i32(0).set(at)
        each(() => void code.get(i).get(at).memory('i32.store', 8).get(at).i32(1).op('i32.add').set(at))
        for (let k = keys - 1; k >= 0; k--) {
          code.get(c).i32(6 * counted).clear()
          within(inputs[k]!).set(p)
          each(() => {
            // −0 becomes 0, and NaN the positive one; then words that compare as the keys do.
            code.get(i)
            element().memory('f64.load', 0).f64(0).op('f64.add').memory('f64.store', 0)
            code.get(i).f64(NaN).get(i).memory('f64.load', 0).get(i).memory('f64.load', 0).get(i).memory('f64.load', 0).op('f64.ne', 'select').memory('f64.store', 0)
            code.get(i).memory('i32.load', 4).tee(high).i32(31).op('i32.shr_s').tee(slot).get(i).memory('i32.load', 0).op('i32.xor').set(low)
            code.get(high).get(slot).i32(-0x80000000).op('i32.or', 'i32.xor').set(high)
            code.get(i).get(low).memory('i32.store', 0).get(i).get(high).memory('i32.store', 4)
            for (let d = 0; d < 6; d++) counter(d < 3 ? low : high, d).tee(slot).get(slot).memory('i32.load', d * counted).i32(1).op('i32.add').memory('i32.store', d * counted)
          })
          for (let d = 0; d < 6; d++) {
            const word = d < 3 ? 0 : 4
            code.get(from).memory('i32.load', word).set(low)
            // Where all have the same digit nothing need move.
            counter(low, d).memory('i32.load', d * counted).i32(n).op('i32.ne').if(() => {
              code.get(to).set(at)
              each(() => {
                code.get(i).memory('i32.load', d * counted).i32(16).op('i32.mul').get(at).op('i32.add').set(slot)
                code.get(i).get(at).memory('i32.store', d * counted).get(slot).set(at)
              }, c, counted, 4)
              each(() => {
                code.get(i).memory('i32.load', word).set(low)
                counter(low, d).tee(slot).memory('i32.load', d * counted).tee(at).get(i).memory('v128.load', 0).memory('v128.store', 0)
                code.get(slot).get(at).i32(16).op('i32.add').memory('i32.store', d * counted)
              })
              code.get(from).get(to).set(from).set(to)
            })
          }
        }
        outputs.forEach((output, x) => {
          within(inputs[x]!).set(p)
          within(output).set(at)
          each(() => {
            code.get(at)
            element().memory('f64.load', 0).memory('f64.store', 0).get(at).i32(step).op('i32.add').set(at)
          })
        })
      },
      () => void code.get(line).i32(1).op('i32.add').tee(line).i32(lines).op('i32.lt_u'),
    )
  }
}
