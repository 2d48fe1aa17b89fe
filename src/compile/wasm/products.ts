/**
 * Products as functions of a program: of matrices by packed tiles, of a matrix and a vector row by row, batch after batch.
 *
 * Law: the order of `tiles.ts`.
 */
import { isFloat } from '../../data/dtype'
import type { Dot, Factor } from '../loop/types'
import type { Code } from './assembler'
import { doubles, singles, type Lanes, type Width } from './lanes'
import { matrices, packedState, type Form } from './matrices'
import { from, ownBase, partParameters, to, type DotPart } from './part'
import { base, functionOf, type Site } from './site'
import { emitStrips } from './strips'
import { rowsTimesVector } from './vectors'

const lanesOf = (d: Dot): Lanes => (d.dtype === 'float32' ? singles : doubles)

/** How far it is from one matrix of a batch to the next, where that is always as far. */
const batchStep = (f: Factor): number | undefined => {
  const s = f.batch.length > 1 ? f.batch[1]! - f.batch[0]! : 0
  return f.batch.every((b, i) => b === i * s) ? s : undefined
}

/** Whether code is written for the product, where its operands are in the memory. */
export const isNative = (d: Dot): boolean => isFloat(d.dtype) && batchStep(d.x) !== undefined && batchStep(d.y) !== undefined

/** Multiplications from which on a product is worth being fed from JavaScript, and rows and columns. */
const [fed, edge] = [2 ** 18, 8]

/** Whether what the product reads and writes may stay the caller's, and come and go by strips: rows or columns lie in one piece. */
export const isByStrips = (d: Dot): boolean => isNative(d) && d.m >= edge && d.n >= edge && d.m * d.n * d.k >= fed && [d.x, d.y].every((f) => f.contract === 1 || f.free === 1)

/** Whether its operands and its result are in the memory. */
const isResident = (d: Dot, site: Site): boolean => [d.x.from, d.y.from, d.target].every((t) => t._tag === 'Register' || site.isResident(t.buffer))

/** One product: a function of the program, or of a part of it. Undefined where closures are to do it. */
export function emitDot(d: Dot, site: Site, part?: DotPart): Code | undefined {
  if (!isNative(d)) return undefined
  const { m, n, k } = d
  const [bx, by] = [batchStep(d.x)!, batchStep(d.y)!]
  const { code } = functionOf(site, part && partParameters)
  const batch = code.local('i32')
  const widthOf = (t: Dot['target']): Width => (t._tag === 'Buffer' && site.isSingle(t.buffer) ? 4 : 8)
  const form: Form = { lanes: lanesOf(d), x: widthOf(d.x.from), y: widthOf(d.y.from), out: widthOf(d.target) }
  if (!isResident(d, site)) return !part && isByStrips(d) ? emitStrips(d, site, form) : undefined
  const { x, y, out } = form
  /** The address of an element in this round of the batch. */
  const address = (t: Dot['target'], offset: number, step: number): void => {
    const width = widthOf(t)
    code.get(base)
    if (t._tag === 'Register') code.slotOffset(0, 8 * t.register)
    else code.slotOffset(site.layout.bufferSlot(t.buffer), width * offset)
    code.op('i32.add')
    if (step !== 0) code.get(batch).i32(width * step).op('i32.mul', 'i32.add')
  }
  const operand = (f: Factor, step: number): void => address(f.from, f.offset, step)
  const result = (): void => address(d.target, 0, m * n)
  /** After the address of the first row: that of the part's, rows so many bytes apart. */
  const atRow = (bytes: number): void => {
    if (part?.axis === 'rows') code.get(from).i32(bytes).op('i32.mul', 'i32.add')
  }
  const rowCount = (count: number): void => void (part?.axis === 'rows' ? code.get(to).get(from).op('i32.sub') : code.i32(count))
  const packed = packedState(form.lanes, n, k)
  const state = m > 1 && n > 1 ? site.layout.state(part ? part.owners * packed : packed) : -1
  const home = part && state >= 0 ? ownBase(code, packed) : base
  const run = (): void => {
    if (m > 1 && n > 1) {
      operand(d.x, bx)
      atRow(x * d.x.free)
      code.i32(x * d.x.free).i32(x * d.x.contract)
      operand(d.y, by)
      code.i32(y * d.y.free).i32(y * d.y.contract)
      rowCount(m)
      code.i32(n).i32(k)
      result()
      atRow(out * n)
      code.get(home).slotOffset(state).op('i32.add').i32(n).i32(0).call(matrices(site, form))
      return
    }
    const [f, fStep, v, vStep, rows, of] = n === 1 ? ([d.x, bx, d.y, by, m, form] as const) : ([d.y, by, d.x, bx, n, { ...form, x: y, y: x }] as const)
    operand(f, fStep)
    atRow(of.x * f.free)
    code.i32(of.x * f.free).i32(of.x * f.contract)
    operand(v, vStep)
    code.i32(of.y * v.contract)
    rowCount(rows)
    code.i32(k)
    result()
    atRow(out)
    code.i32(out).call(rowsTimesVector(site, of))
  }
  const byBatch = part?.axis === 'batch'
  if (byBatch) code.get(from)
  else code.i32(0)
  code.set(batch)
  if (d.batch === 1) run()
  else
    code.repeat(run, () => {
      code.get(batch).i32(1).op('i32.add').tee(batch)
      if (byBatch) code.get(to)
      else code.i32(d.batch)
      code.op('i32.lt_u')
    })
  return code
}
