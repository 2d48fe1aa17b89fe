/**
 * Elements moved to or from places known at run time, as loops of a module: over rows of indices, and in each over the elements.
 *
 * Law: what the kernels of `gather`, the scatters and windows at run-time starts do.
 */
import { rowMajor } from '../../data/shape'
import type { Index, Moving } from '../moves'
import type { Code } from './assembler'
import { lay, move, on, times } from './copies'

/**
 * All that is moved. `start`: the bytes of the array that are still to be copied to where the result is; `combined` leaves what comes of
 * an element that is there and one that joins it, where that is not their sum as doubles.
 */
export function moveElements(
  code: Code, m: Moving, inputs: readonly (() => void)[], output: () => void, start: number, combined: ((there: () => void, joins: () => void) => void) | undefined,
): void {
  const { how, extents, strides, count, width } = m
  const pointer = (address: () => void): number => {
    const p = code.local('i32')
    address()
    code.set(p)
    return p
  }
  if (how !== 'get') move(code, { address: output }, { address: inputs[0]! }, start)
  const array = pointer(how === 'get' ? inputs[0]! : output)
  const piece = pointer(how === 'get' ? output : inputs[m.piece]!)
  const place = code.local('i32')
  const indices = width > 0 ? pointer(inputs[1]!) : -1
  const index = ({ operand, at }: Index): void => {
    if (width > 0) code.get(indices)
    else inputs[operand]!()
    code.memory('f64.load', 8 * at)
  }
  const found = (): void => {
    code.get(array)
    for (const a of m.axes) {
      index(a)
      code.op('i32.trunc_sat_f64_u')
      if (m.clip) {
        const k = code.local('i32')
        code.tee(k).i32(a.last).get(k).i32(a.last).op('i32.lt_u', 'select')
        code.release(k)
      }
      code.i32(8 * a.step).op('i32.mul', 'i32.add')
    }
    code.set(place)
  }
  const load = (p: number) => (): void => void code.get(p).memory('f64.load', 0)
  const dense = { extents, tos: strides, froms: rowMajor(extents) }
  /** The elements of a row; `place` is left as it was. */
  const elements = (): void => {
    if (how === 'get') lay(code, piece, place, { extents, tos: dense.froms, froms: strides }, 'set')
    else lay(code, place, piece, dense, how, combined && (() => combined(load(place), load(piece))))
    on(code, piece, 8 * count)
  }
  const dropped = (): void => {
    if (how === 'get')
      times(code, count, () => {
        code.get(piece).f64(m.fill).memory('f64.store', 0)
        on(code, piece, 8)
      })
    else on(code, piece, 8 * count)
  }
  const inside = (): void =>
    m.axes.forEach((a, k) => {
      code.f64(0)
      index(a)
      code.op('f64.le')
      index(a)
      code.f64(a.last).op('f64.le', 'i32.and')
      if (k > 0) code.op('i32.and')
    })
  const row = (): void => {
    found()
    elements()
  }
  times(code, m.batches, () => {
    times(code, m.rows, () => {
      if (m.clip || m.axes.length === 0) row()
      else {
        inside()
        code.if(row, dropped)
      }
      if (width > 0) on(code, indices, 8 * width)
    })
    on(code, array, 8 * m.batch)
  })
}
