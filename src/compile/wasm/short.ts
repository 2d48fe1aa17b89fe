/**
 * What is put to places that are known beforehand (`puts.ts`), as code of the module: runs of elements, in loops over their strides.
 */
import { size } from '../../data/shape'
import { choose } from '../closure/choose'
import type { Opaque } from '../loop/types'
import { movingOf } from '../moves'
import { fills, mergedStrides, putsOf, type Put } from '../puts'
import type { Code } from './assembler'
import { lay, move, on } from './copies'
import { emitMoves } from './moves'
import { addressOf } from './opaque'
import { onNumbers } from './operations'
import { functionOf, type Site } from './site'

/** Runs from so many elements on JavaScript copies as fast. */
const long = 2048

/** Whether a step moves a good part of its arrays, and not in long runs: then they are better in the memory of the module. */
export function isMoved({ call, inputs, outputs }: Opaque): boolean {
  if (!call) return false
  const all = [...inputs, ...outputs].reduce((n, x) => n + x.size, 0)
  const m = movingOf(call)
  const puts = m ? [] : putsOf(call)
  if (!puts) return false
  let [moved, runs] = m ? [m.batches * m.rows * m.count, Infinity] : [0, 0]
  for (const put of puts) {
    const { extents, tos, froms } = mergedStrides(put)
    const n = size(extents)
    moved += fills(call) ? all : n
    runs += put.adds ? Infinity : n / (tos.at(-1) === 1 && froms.at(-1) === 1 ? extents.at(-1)! : 1)
  }
  return 4 * moved >= all && runs * long > moved
}

export function emitShort(s: Opaque, site: Site, kept: boolean): Code | undefined {
  const { inputs, outputs: [y], call } = s
  if (!call) return undefined
  if (call.kernel.moves) return emitMoves(s, call, site, kept)
  const puts = putsOf(call)
  if (!puts) return undefined
  const { code, pairs } = functionOf(site)
  const { dtype } = call.out
  const load = (p: number) => (): void => void code.get(p).memory('f64.load', 0)
  const added = (to: number, from: number): void => onNumbers(pairs, choose({ _tag: 'Binary', op: 'add', code: undefined, from: dtype, dtype }), [load(to), load(from)])
  putAll(code, puts.map((put) => ({ ...put, ...mergedStrides(put) })), {
    to: addressOf(y!, site, code), n: y!.size,
    xs: inputs.map((x) => addressOf(x, site, code)),
    start: kept ? undefined : s.inPlace,
    fills: fills(call),
  }, dtype === 'float64' ? undefined : added)
  return code
}

/** The addresses of a result of n elements and of operands; `start`: the one that it starts as, if that is still to be copied. */
interface Arrays {
  readonly to: () => void
  readonly n: number
  readonly xs: readonly (() => void)[]
  readonly start: number | undefined
  /** Whether it is the number in operand 1 where nothing is put. */
  readonly fills: boolean
}

/** All that is put, in order; `added`: see `lay`. */
export function putAll(code: Code, puts: readonly Put[], { to, n, xs, start, fills }: Arrays, added?: (to: number, from: number) => void): void {
  if (start !== undefined) move(code, { address: to }, { address: xs[start]! }, 8 * n)
  if (fills) filled(code, to, xs[1]!, n)
  const [p, q] = [code.local('i32'), code.local('i32')]
  for (const put of puts) {
    if (size(put.extents) === 0) continue
    to()
    code.i32(8 * put.to).op('i32.add').set(p)
    ;(xs[put.piece] ?? to)()
    code.i32(8 * put.from).op('i32.add').set(q)
    lay(code, p, q, put, put.adds ? 'add' : 'set', added && (() => added(p, q)))
  }
}

/** So many elements, each the number at the address: two at a time, then the last. */
function filled(code: Code, address: () => void, number: () => void, n: number): void {
  if (n === 0) return
  const [p, end, pair] = [code.local('i32'), code.local('i32'), code.local('v128')]
  number()
  code.memory('v128.load64_splat', 0).set(pair)
  address()
  code.tee(p).i32(16 * Math.floor(n / 2)).op('i32.add').set(end)
  if (n > 1)
    code.repeat(
      () => {
        code.get(p).get(pair).memory('v128.store', 0)
        on(code, p, 16)
      },
      () => void code.get(p).get(end).op('i32.lt_u'),
    )
  if (n % 2 === 1) code.get(p).get(pair).lane('f64x2.extract_lane', 0).memory('f64.store', 0)
}
