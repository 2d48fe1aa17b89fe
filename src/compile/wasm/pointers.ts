/**
 * Addresses of strided walks: they advance along the innermost axis with the loop, and like an odometer from row to row.
 *
 * Law: an address never lies before the start of the program's memory, also where a walk goes backwards.
 */
import type { Axes, Steps } from '../js/axes'
import type { Code } from './assembler'
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

export function makePointers(code: Code, axes: Axes): Pointers {
  const all: { readonly local: number; readonly row: number; readonly strides: readonly number[] }[] = []
  const known = new Map<string, Pointer>()
  const extents = axes.extents()
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
        code.atHead(() => void code.get(base).i32(backwards ? 8 * offset : 0).op('i32.add').tee(local).set(row))
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
          if (step !== 0) code.get(p.row).i32(8 * step).op('i32.add').set(p.row)
        }
        if (d === last) return
        const count = code.fresh('i32')
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
