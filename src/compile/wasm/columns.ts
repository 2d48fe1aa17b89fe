/**
 * Reductions over an axis that others follow, within a loop over pairs that goes row by row, or over a strip of a row: each pair
 * joins the row's lane in memory. Between rows lanes are made ready and folded, and chunks of rows counted, line by line.
 *
 * Law: the bits of `closure/columns`.
 */
import type { Reduction, Target } from '../loop/types'
import { roundingTo } from '../closure/choose'
import { columnState, lanes } from '../closure/columns'
import { chunkLength } from '../closure/monoid'
import { add, Code, words, type Callee } from './assembler'
import { roundPair } from './operations'
import { from, index, ownBase, to, type NestPart } from './part'
import type { Pair, Pairs } from './pairs'
import { joined, joins } from './rows'
import { base, functionOf, type Site } from './site'

/** What becomes of the first of two lines of so many bytes: parameters x, y, bytes. A pair may reach into the room behind it. */
const along = (site: Site, name: string, value: (w: Pairs, x: Pair, y: Pair) => Pair): Callee =>
  site.library(name, () => {
    const { code, pairs: w } = functionOf(site, 3)
    const load = (p: number): Pair => () => void code.get(p).memory('v128.load', 0)
    code.repeat(
      () => {
        w.scope(() => {
          const v = value(w, load(0), load(1))
          code.get(0)
          v()
          code.memory('v128.store', 0)
        })
        add(code, 0, 16)
        add(code, 1, 16)
      },
      () => void code.get(2).i32(16).op('i32.sub').tee(2).i32(0).op('i32.gt_s'),
    )
    return code
  })

/** Parameters of both functions, and locals: which row of its chunk it is, and how many of that are in whole eights. */
const [state, row, rows, bytes, out, at, whole] = [0, 1, 2, 3, 4, 5, 6]

/** A function of a row, and of its lanes, which are so many bytes apart. */
const ofRow = (site: Site, name: string, results: 'i32'[], write: (code: Code) => void): Callee =>
  site.library(name, () => {
    const code = new Code(words(5, ...results))
    code.fresh('i32')
    code.fresh('i32')
    code.get(row).i32(chunkLength - 1).op('i32.and').set(at)
    code.i32(chunkLength).get(rows).i32(chunkLength - lanes).op('i32.and').get(row).i32(chunkLength - 1).op('i32.or').get(rows).op('i32.lt_u', 'select').set(whole)
    write(code)
    return code
  })

/** Makes lanes ready for a row, and leaves the address of its own. */
const started = (site: Site, { op }: Reduction, width: number): Callee =>
  ofRow(site, `start ${op} ${width}`, ['i32'], (code) => {
    code.get(at).op('i32.eqz').if(() => code.get(state).get(state).i32(lanes * width).i32(width).get(whole).op('select').call(along(site, `fill ${op}`, (w) => w.number(joins[op][2]))))
    code.get(state).get(at).i32(lanes - 1).op('i32.and').i32(width).op('i32.mul').get(at).get(whole).op('i32.lt_u', 'i32.mul', 'i32.add')
  })

/** After a row; the results go out after the last one. */
const ended = (site: Site, { op }: Reduction, width: number, rounding: string | undefined): Callee =>
  ofRow(site, `end ${op} ${width} ${rounding}`, [], (code) => {
    const [chunks, top] = [code.local('i32'), code.local('i32')]
    const join = (): void => void code.get(bytes).call(along(site, `join ${op}`, (w, x, y) => w.op(joins[op][0], x, y)))
    const lane = (k: number): Code => code.get(state).i32(k * width).op('i32.add')
    const isOdd = (): void => void code.get(chunks).i32(1).op('i32.and')
    add(code, at, 1)
    code.get(at).get(whole).op('i32.eq').if(() => {
      for (const by of [1, 2, 4])
        for (let k = 0; k < lanes; k += 2 * by) {
          lane(k)
          lane(k + by)
          join()
        }
    })
    lane(lanes).set(top).get(row).i32(Math.log2(chunkLength)).op('i32.shr_u').set(chunks)
    add(code, row, 1)
    const isLast = (): void => void code.get(row).get(rows).op('i32.eq')
    isLast()
    code.get(at).i32(chunkLength).op('i32.eq', 'i32.or').if(() => {
      code.while(
        () => {
          code.get(chunks)
          isOdd()
          isLast()
          code.op('select')
        },
        () => {
          isOdd()
          code.if(() => {
            code.get(state).get(top)
            join()
          })
          add(code, top, width)
          code.get(chunks).i32(1).op('i32.shr_u').set(chunks)
        },
      )
      isLast()
      code.if(
        () => {
          if (rounding) code.get(state).get(state).get(bytes).call(along(site, rounding, (w, x) => roundPair(w, rounding, x)))
          code.get(out).get(state).get(bytes).copy()
        },
        () => void code.get(top).get(state).get(bytes).copy(),
      )
    })
  })

/** One of the reductions, as code. */
export interface ColumnReduction {
  /** The address that moves along with the elements. */
  readonly pointer: number
  /** Before the elements of a row, or of a piece of one, in the stage of the value. */
  readonly begin: () => void
  /** Takes a pair so many bytes further on. */
  readonly take: (x: Pair, bytes: number) => void
  /** After the elements of a row, or of a piece of one, in all stages. */
  readonly end: () => void
}

/** The reductions in the loop over rows of `inner` elements, or pieces of so many, each of which goes from one address to the other. */
export function columnReductions(reductions: readonly Reduction[], inner: number, site: Site, w: Pairs, element: number, rowEnd: number, part: NestPart | undefined): ReadonlyMap<Reduction, ColumnReduction> {
  const { code } = w
  return new Map(reductions.map((r) => {
    const line = 8 * r.inner
    const width = 16 * Math.ceil((part?.strip ? part.length : r.inner) / 2)
    /** Where the row began, its lane's place, and how many of its pieces are done. */
    const [start, pointer, done] = [code.fresh('i32'), code.fresh('i32'), code.fresh('i32')]
    const doubles = (width / 8) * columnState(r.length)
    const slot = part ? part.state(doubles) : site.layout.state(doubles)
    const home = part ? ownBase(code, doubles) : base
    const partial = part?.partial?.(r)
    const results = partial ?? site.layout.bufferSlot((r.target as Target & { readonly _tag: 'Buffer' }).buffer)
    const rows = (): Code => (partial ? code.get(to).get(from).op('i32.sub').i32(line).op('i32.div_u') : code.i32(r.length))
    /** Bytes from the first row on. */
    const behind = (): Code => (partial ? code.get(start).get(base).op('i32.sub').get(from) : code.get(start).get(base)).op('i32.sub')
    const call = (callee: Callee): void => {
      code.get(home).slotOffset(slot).op('i32.add')
      behind().i32(line).op('i32.div_u')
      rows().op('i32.rem_u')
      rows().get(rowEnd).get(start).op('i32.sub').get(base).slotOffset(results).op('i32.add')
      if (partial) code.get(index)
      else {
        behind().i32(line).op('i32.div_u')
        rows().op('i32.div_u')
      }
      code.i32(line).op('i32.mul', 'i32.add')
      behind().i32(line).op('i32.rem_u', 'i32.add').call(callee)
    }
    const isWhole = (): Code => code.get(done).i32(r.inner / inner).op('i32.rem_u', 'i32.eqz')
    return [r, {
      pointer,
      begin: () =>
        isWhole().if(() => {
          code.get(element).set(start)
          call(started(site, r, width))
          code.set(pointer)
        }),
      take: (x, bytes) => {
        code.get(pointer)
        joined(w, joins[r.op][0], () => void code.get(pointer).memory('v128.load', bytes), x)()
        code.memory('v128.store', bytes)
      },
      end: () => {
        add(code, done, 1)
        isWhole().if(() => call(ended(site, r, width, partial ? undefined : roundingTo(r.dtype, r.op))))
      },
    }]
  }))
}
