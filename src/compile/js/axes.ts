/**
 * The index space of a nest cut into axes along which all of its strided walks step evenly.
 *
 * Law: the cuts form a chain: each divides the next. A walk that does not fit is refused, and gathered by a closure.
 * Example: walks over [200, 200] and over [200, 600] of one nest share the axes [200, 3, 200].
 */

/** A walk in row-major order: its extents and strides. */
export interface Steps {
  readonly extents: readonly number[]
  readonly strides: readonly number[]
}

export interface Axes {
  /** Adds the cuts of a walk, if they fit. */
  readonly admit: (extents: readonly number[]) => boolean
  /** Extents from the innermost axis outwards. */
  readonly extents: () => number[]
  /** The walk's strides along them. */
  readonly strides: (w: Steps) => number[]
}

/** Elements that lie behind one step of each axis of a walk. */
const units = (extents: readonly number[]): number[] => {
  const list = new Array<number>(extents.length)
  for (let i = extents.length - 1, n = 1; i >= 0; n *= extents[i]!, i--) list[i] = n
  return list
}

export function makeAxes(size: number): Axes {
  let cuts: number[] = []
  const extents = (): number[] => [...cuts, size].map((c, i) => c / (i === 0 ? 1 : cuts[i - 1]!))
  return {
    admit: (e) => {
      const all = [...new Set([...cuts, ...units(e).filter((u) => u > 1)])].sort((a, b) => a - b)
      if (!all.every((c, i) => (all[i + 1] ?? size) % c === 0)) return false
      cuts = all
      return true
    },
    extents,
    strides: (w) => {
      const behind = units(w.extents)
      return [1, ...cuts].map((unit) => {
        const k = behind.findIndex((u) => u <= unit)
        return w.strides[k]! * (unit / behind[k]!)
      })
    },
  }
}
