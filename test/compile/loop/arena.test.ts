/** Parts of an arena: none lie over one another while both are needed, and little room is lost. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partOf, place, type Part } from '../../../src/compile/loop/arena'

const steps = 20
const parts = fc.array(
  fc.tuple(fc.oneof(fc.nat(40), fc.nat(5000)), fc.integer({ min: -1, max: steps }), fc.nat(6)).map(([size, from, long]) => partOf(size, from, Math.min(steps, from + long))),
  { maxLength: 60 },
)
const meet = (a: Part, b: Part): boolean => a.from <= b.to && b.from <= a.to

describe('parts of an arena', () => {
  it('share memory only where no step needs both, and end where it is said', () => {
    fc.assert(
      fc.property(parts, fc.boolean(), (list, copied) => {
        const end = place(list, copied)
        expect(end).toBe(Math.max(0, ...list.map((p) => p.at + p.size)))
        list.forEach((a, i) => {
          expect(a.at % (copied ? 16 : 2)).toBe(0)
          // Large ones that are copied do not begin near the ends of a page.
          if (copied && a.size >= 256) expect(Math.abs((a.at % 512) - 256)).toBeLessThanOrEqual(208)
          for (const b of list.slice(i + 1)) if (meet(a, b) && a.size > 0 && b.size > 0) expect(a.at + a.size <= b.at || b.at + b.size <= a.at).toBe(true)
        })
      }),
    )
  })

  it('of one size take no more than the step that needs most', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const same = list.map(({ from, to }) => partOf(512, from, to))
        // Intervals in the order of their beginnings: no step is without room that another has left.
        same.sort((a, b) => a.from - b.from)
        const live = Array.from({ length: steps + 2 }, (_, i) => same.filter((p) => p.from <= i - 1 && i - 1 <= p.to).length)
        expect(place(same)).toBe(512 * Math.max(...live))
      }),
    )
  })

  it('also where they are many, and then those of one size take turns', () => {
    const list = Array.from({ length: 9000 }, (_, i) => partOf(40 + 8 * (i % 3), i >> 2, (i >> 2) + 3))
    expect(place(list)).toBeLessThan(6 * 4 * 64)
    const over = list.filter((a, i) => list.slice(i + 1, i + 20).some((b) => meet(a, b) && a.at + a.size > b.at && b.at + b.size > a.at))
    expect(over).toEqual([])
  })

  it('leave a hole to what fits', () => {
    const [a, b, c, d] = [partOf(1000, 0, 9), partOf(800, 0, 3), partOf(592, 0, 9), partOf(500, 4, 9)]
    expect(place([a, b, c, d])).toBe(2392)
    expect(d.at).toBe(b.at)
  })
})
