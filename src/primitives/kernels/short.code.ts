/**
 * Sorting short lines within a WebAssembly module: a few elements by how many come before each, others by merging, as in `order`.
 *
 * A record is a key and its position, 16 bytes that are moved at once.
 * Law: the order is stable, −0 equals 0, and NaN stands last.
 */
import type { Code } from '../../compile/wasm/assembler'
import type { ModuleCode } from '../../compile/wasm/opaque'
import { range } from '../../data/shape'

/** Elements of a line of which each is compared with each. */
const few = 16
/** Records that are sorted by insertion before they are merged, in bytes. */
const run = 128

/** How lines lie: `n` elements, `step` bytes apart, in each. */
export interface LinesAlong {
  readonly n: number
  readonly step: number
  readonly keys: number
}

/** Runs the body with the local at `first` and on, by so many bytes, up to the local `end`, which is beyond. */
const each = (code: Code, local: number, end: number, by: number, body: () => void): void =>
  void code.repeat(body, () => void code.get(local).i32(by).op('i32.add').tee(local).get(end).op('i32.lt_u'))

/** Leaves whether x comes strictly after y, numbers in locals. */
const isAfter = (code: Code, x: number, y: number): Code => code.get(x).get(y).op('f64.le', 'i32.eqz').get(y).get(y).op('f64.eq', 'i32.and')

/** One line by one key, at `offset` in each array: where an element goes is how many come before it. */
function byCounting(code: Code, { n, step }: LinesAlong, offset: number, inputs: readonly (() => void)[], outputs: readonly (() => void)[]): void {
  const pair = (): number => code.local('v128')
  const pointer = (array: () => void): number => {
    const p = code.local('i32')
    array()
    code.get(offset).op('i32.add').set(p)
    return p
  }
  const from = inputs.map(pointer)
  const to = outputs.map(pointer)
  const key = from[0]!
  const pairs = range(Math.ceil(n / 2)).map((v) => {
    const [x, nan, place] = [pair(), pair(), pair()]
    code.get(key).memory('v128.load64_splat', 2 * v * step).set(x)
    if (2 * v + 1 < n) code.get(key).get(x).memory('v128.load64_lane', (2 * v + 1) * step, 1).set(x)
    code.get(x).get(x).op('f64x2.ne').set(nan)
    // The first of a pair does not come before itself.
    code.bits(-1, -1).bits(0, 0).shuffleWords([0, 1, 4, 5]).set(place)
    return { x, nan, place }
  })
  const [one, number] = [pair(), pair()]
  for (let i = 0; i < n; i++) {
    code.get(key).memory('v128.load64_splat', i * step).tee(one).get(one).op('f64x2.eq').set(number)
    pairs.forEach(({ x, nan, place }, v) => {
      code.get(place)
      if (i <= 2 * v) code.get(one).get(x).op('f64x2.le').get(nan).op('v128.or')
      else code.get(number).get(x).get(one).op('f64x2.le', 'v128.andnot')
      code.op('i64x2.sub').set(place)
    })
  }
  const [at, value] = [code.local('i32'), code.local('f64')]
  for (let i = 0; i < n; i++) {
    code.get(pairs[i >> 1]!.place).lane('i32x4.extract_lane', 2 * (i % 2)).i32(step).op('i32.mul').set(at)
    from.forEach((p, k) => code.get(p).memory('f64.load', i * step).set(value).get(to[k]!).get(at).op('i32.add').get(value).memory('f64.store', 0))
  }
  for (const { x, nan, place } of pairs) for (const l of [x, nan, place]) code.release(l)
  for (const l of [one, number, at, value, ...from, ...to]) code.release(l)
}

/** One line by merging records, in two places. */
function byMerging(code: Code, { n, step, keys }: LinesAlong, offset: number, inputs: readonly (() => void)[], outputs: readonly (() => void)[], places: readonly (() => void)[]): void {
  const word = (): number => code.local('i32')
  const number = (): number => code.local('f64')
  const [from, to, end, i, j, p, low, middle, high, width, takes] = [word(), word(), word(), word(), word(), word(), word(), word(), word(), word(), word()]
  const [x, y, record] = [number(), number(), code.local('v128')]
  const bytes = 16 * n
  const records = (body: () => void): void => {
    code.get(from).tee(i).i32(bytes).op('i32.add').set(end)
    each(code, i, end, 16, body)
  }
  /** Sets a local to the address, or to the end of the records if that comes first. */
  const bounded = (local: number, address: () => void): void => {
    address()
    code.set(local).get(local).get(end).get(local).get(end).op('i32.lt_u', 'select').set(local)
  }
  const load = (address: number): Code => code.get(address).memory('v128.load', 0)
  const element = (): Code => code.get(p).get(i).memory('i32.load', 8).i32(step).op('i32.mul', 'i32.add')
  const insertRuns = (): void => {
    code.get(from).set(low)
    each(code, low, end, run, () => {
      bounded(high, () => void code.get(low).i32(run).op('i32.add'))
      code.get(low).set(i)
      each(code, i, high, 16, () => {
        load(i).set(record).get(i).tee(j).memory('f64.load', 0).set(y)
        code.while(
          () => {
            code.get(low).get(j).op('i32.lt_u').if(() => void code.get(j).i32(16).op('i32.sub').memory('f64.load', 0).set(x), () => void code.get(y).set(x))
            isAfter(code, x, y)
          },
          () => {
            code.get(j).get(j).i32(16).op('i32.sub').tee(j).memory('v128.load', 0).memory('v128.store', 0)
          },
        )
        code.get(j).get(record).memory('v128.store', 0)
      })
    })
  }
  const mergeRuns = (): void => {
    code.i32(run).set(width)
    code.while(() => void code.get(width).i32(bytes).op('i32.lt_u'), () => {
      code.get(from).tee(low).i32(bytes).op('i32.add').set(end)
      code.get(to).set(p)
      code.repeat(
        () => {
          bounded(middle, () => void code.get(low).get(width).op('i32.add'))
          bounded(high, () => void code.get(middle).get(width).op('i32.add'))
          code.get(low).set(i).get(middle).set(j)
          code.while(
            () => void code.get(i).get(middle).op('i32.lt_u').get(j).get(high).op('i32.lt_u', 'i32.or'),
            () => {
              code.get(i).memory('f64.load', 0).set(x).get(j).memory('f64.load', 0).set(y)
              code.get(j).get(high).op('i32.lt_u').get(i).get(middle).op('i32.ge_u')
              isAfter(code, x, y).op('i32.or', 'i32.and').set(takes)
              code.get(p).get(j).get(i).get(takes).op('select').memory('v128.load', 0).memory('v128.store', 0)
              code.get(p).i32(16).op('i32.add').set(p)
              code.get(j).get(takes).i32(16).op('i32.mul', 'i32.add').set(j)
              code.get(i).get(takes).op('i32.eqz').i32(16).op('i32.mul', 'i32.add').set(i)
            },
          )
          code.get(high).set(low)
        },
        () => void code.get(low).get(end).op('i32.lt_u'),
      )
      code.get(from).get(to).set(from).set(to)
      code.get(width).get(width).op('i32.add').set(width)
    })
  }
  places[0]!()
  code.set(from)
  places[1]!()
  code.set(to).i32(0).set(j)
  records(() => void code.get(i).get(j).memory('i32.store', 8).get(j).i32(1).op('i32.add').set(j))
  for (let k = keys - 1; k >= 0; k--) {
    inputs[k]!()
    code.get(offset).op('i32.add').set(p)
    records(() => {
      code.get(i)
      element().memory('f64.load', 0).memory('f64.store', 0)
    })
    insertRuns()
    mergeRuns()
  }
  outputs.forEach((output, k) => {
    inputs[k]!()
    code.get(offset).op('i32.add').set(p)
    output()
    code.get(offset).op('i32.add').set(j)
    records(() => {
      code.get(j)
      element().memory('f64.load', 0).memory('f64.store', 0).get(j).i32(step).op('i32.add').set(j)
    })
  })
  for (const l of [from, to, end, i, j, p, low, middle, high, width, takes, x, y, record]) code.release(l)
}

/** The code of one line, at `offset` bytes in each array. */
export function shortLine(code: Code, lines: LinesAlong, own: Parameters<ModuleCode>[3], inputs: readonly (() => void)[], outputs: readonly (() => void)[]): (offset: number) => void {
  const { n, keys } = lines
  if (keys === 1 && n <= few) return (offset) => byCounting(code, lines, offset, inputs, outputs)
  // What is read behind the last record is not looked at.
  const places = [own(2 * n + 2), own(2 * n + 2)]
  return (offset) => byMerging(code, lines, offset, inputs, outputs, places)
}
