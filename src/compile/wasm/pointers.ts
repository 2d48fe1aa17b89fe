/**
 * Addresses of strided walks: they advance along the innermost axis with the loop, and like an odometer from row to row.
 *
 * Law: an address never lies before the start of the program's memory, also where a walk goes backwards.
 */
import type { Axes, Steps } from '../js/axes'
import { add, type Code } from './assembler'
import { base } from './site'

export interface Pointer {
  readonly local: number
  /** Elements from one to the next along the innermost axis. */
  readonly step: number
  /** Elements to be added when it is read. */
  readonly offset: number
}

export interface Pointers {
  /** The pointer of a walk that begins at `offset`; walks of equal steps share one. */
  readonly of: (w: Steps, offset: number) => Pointer
  /** On to the next row. Pointers that are asked for later are not moved. */
  readonly advance: () => void
  /** Back to where the row began. */
  readonly restart: () => void
}

/** `from`: the local of the byte that the walks begin at, where that is not the first. */
export function makePointers(code: Code, axes: Axes, from = -1): Pointers {
  const all: { readonly local: number; readonly row: number; readonly strides: readonly number[] }[] = []
  const known = new Map<string, Pointer>()
  const extents = axes.extents()
  /** Steps along each axis but the innermost. */
  const counts = extents.map((_, d) => (d > 0 ? code.fresh('i32') : -1))
  if (from >= 0)
    code.atHead(() => {
      let behind = 8 * extents[0]!
      for (let d = 1; d < extents.length; behind *= extents[d]!, d++) code.get(from).i32(behind).op('i32.div_u').i32(extents[d]!).op('i32.rem_u').set(counts[d]!)
    })
  /** The bytes from the first element to the one that the walks begin at. */
  const started = (strides: readonly number[]): void => {
    if (from < 0) return
    if (strides[0] !== 0) {
      code.get(from)
      if (extents.length > 1) code.i32(8 * extents[0]!).op('i32.rem_u')
      code.i32(strides[0]!).op('i32.mul', 'i32.add')
    }
    for (let d = 1; d < extents.length; d++) if (strides[d] !== 0) code.get(counts[d]!).i32(8 * strides[d]!).op('i32.mul', 'i32.add')
  }
  const restart = (): void => {
    for (const p of all) code.get(p.row).set(p.local)
  }
  return {
    of: (w, offset) => {
      const strides = axes.strides(w)
      const backwards = strides.some((s) => s < 0)
      const key = `${strides.join()}${backwards ? ` ${offset}` : ''}`
      let p = known.get(key)
      if (!p) {
        const [local, row] = [code.fresh('i32'), code.fresh('i32')]
        code.atHead(() => {
          code.get(base).i32(backwards ? 8 * offset : 0).op('i32.add')
          started(strides)
          code.tee(local).set(row)
        })
        all.push({ local, row, strides })
        known.set(key, (p = { local, step: strides[0]!, offset: 0 }))
      }
      return backwards ? p : { ...p, offset }
    },
    restart,
    advance: () => {
      const last = extents.length - 1
      if (last === 0) return
      const at = (d: number): void => {
        for (const p of all) {
          const step = p.strides[d]! - (d === 1 ? 0 : extents[d - 1]! * p.strides[d - 1]!)
          if (step !== 0) add(code, p.row, 8 * step)
        }
        if (d === last) return
        const count = counts[d]!
        code.get(count).i32(1).op('i32.add').tee(count).i32(extents[d]!).op('i32.eq').if(() => {
          code.i32(0).set(count)
          at(d + 1)
        })
      }
      at(1)
      restart()
    },
  }
}
