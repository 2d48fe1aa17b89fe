/**
 * Products whose operands or results are arrays of the caller's: strips of them come into the memory and go out of it, beside
 * y's packed columns, block of the depth by block.
 *
 * Law: the order of `tiles.ts`: what is away of the result goes out after each block, and comes back for the next.
 */
import type { Dot, Factor, Target } from '../loop/types'
import { block } from '../tiles'
import type { Code } from './assembler'
import type { Width } from './lanes'
import { across, line, matrices, pack, panelsOf, type Form } from './matrices'
import { calling, type Outside, type Site } from './site'

const up = (n: number, unit: number): number => unit * Math.ceil(n / unit)

/** The product; what is not in the memory is of the dtype's own arrays, and rows or columns of its operands lie in one piece. */
export function emitStrips({ x, y, batch, m, n, k, target }: Dot, site: Site, form: Form): Code {
  const { lanes: l } = form
  const bufferOf = (t: Target): number => (t as Target & { _tag: 'Buffer' }).buffer
  const isAway = (t: Target): boolean => !site.isResident(bufferOf(t))
  const slotOf = (t: Target): number => site.layout.bufferSlot(bufferOf(t))
  const goesOut = isAway(target)
  const wide = across / l.bytes
  const depth = Math.min(k, block)
  // Rows that lie in one piece each, and others, which are brought by columns.
  const [least, strip] = x.contract === 1 ? [16, 4096] : [64, 8192]
  const rows = Math.min(m, up(Math.max(least, strip / depth), 4))
  const panels = panelsOf(l) + across * depth * Math.ceil(n / wide)
  const room = up(Math.max(rows * depth, n, wide * depth), line)
  const state = site.layout.state((line + panels + l.bytes * (room + (goesOut ? rows * n : 0))) / 8)
  const [packing, multiplying] = [site.entry(pack(site, l, form.y, wide)), site.entry(matrices(site, form))]

  const run: Outside = (_r, table) => {
    const [inPanels, multiply] = [packing(), multiplying()]
    const memory = up(table[state]!.byteOffset, line)
    const elements = (at: number, count: number): Float64Array => new (l.single ? Float32Array : Float64Array)(table[0]!.buffer as ArrayBuffer, at, count) as Float64Array
    const area = elements(memory + panels, room)
    const result = table[slotOf(target)]!
    const sums = goesOut ? elements(area.byteOffset + l.bytes * room, rows * n) : result
    /** Where elements of an operand are in the memory, brought there if need be; bytes from row to row and from term to term. */
    const found = ({ from: t, offset, batch, free, contract }: Factor, width: Width, b: number, i: number, at: number, rows: number, depth: number): readonly [number, number, number] => {
      const a = table[slotOf(t)]!
      const from = offset + batch[b]! + i * free + at * contract
      if (!isAway(t)) return [a.byteOffset + width * from, width * free, width * contract]
      const whole = contract === 1
      const [lines, step, run] = whole ? [rows, free, depth] : [depth, contract, rows]
      if (step === run) area.set(a.subarray(from, from + lines * run))
      else for (let i = 0; i < lines; i++) area.set(a.subarray(from + i * step, from + i * step + run), i * run)
      return [area.byteOffset, width * (whole ? run : 1), width * (whole ? 1 : run)]
    }
    for (let b = 0; b < batch; b++)
      for (let k0 = 0; k0 < k; k0 += block) {
        const deep = Math.min(block, k - k0)
        // Panels, or as much of the depth as there is room for.
        const [by, on] = !isAway(y.from) ? [n, deep] : y.contract === 1 ? [wide * Math.floor(room / deep / wide), deep] : [n, Math.floor(room / n)]
        for (let j = 0; j < n; j += by)
          for (let t = 0; t < deep; t += on) {
            const [some, few] = [Math.min(by, n - j), Math.min(on, deep - t)]
            const [address, down, step] = found(y, form.y, b, j, k0 + t, some, few)
            inPanels(address, memory + panelsOf(l) + across * ((j / wide) * deep + t), down, step, some, few, across * deep)
          }
        for (let i = 0; i < m; i += rows) {
          const tall = Math.min(rows, m - i)
          const [address, down, step] = found(x, form.x, b, i, k0, tall, deep)
          const to = (b * m + i) * n
          const end = to + tall * n
          if (goesOut && k0 > 0) sums.set(result.subarray(to, end))
          multiply(address, down, step, 0, 0, 0, tall, n, deep, sums.byteOffset + (goesOut ? 0 : form.out * to), memory, n, k0)
          if (goesOut) result.set(sums.subarray(0, tall * n), to)
        }
      }
  }
  return calling(site, run)
}
