/** Tables in the memory of wasm kernels, read by pairs. */
import type { Pair, Parts } from './pairs'

export const entries: Parts['entries'] = (w, a, table, first = 0) => {
  const { code } = w
  const entry = (lane: number): Pair => w.let(() => {
    a()
    code.lane('i32x4.extract_lane', lane).memory('v128.load', w.imports.table(table) + 8 * first)
  })
  const x = entry(0)
  const y = entry(2)
  const both = (lane: number): Pair => w.let(() => {
    x()
    y()
    code.shuffle(lane, 2 + lane)
  })
  return [both(0), both(1)]
}
