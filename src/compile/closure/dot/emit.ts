/**
 * The loop for a product, by its extents, strides and dtype, in the order that tiles.ts states; integer products wrap.
 */
import type { Dot, Factor } from '../../loop/types'
import { tileOf, tiles } from '../../tiles'
import { tile32 } from './singles'
import { roundingTo } from '../choose'
import type { Layout } from '../layout'
import { unaryLoops } from '../loops.unary.table'
import type { Run } from '../registers.table'
import { matrices, packedState } from './matrices'
import { byColumns, byRows, dotVectors } from './vectors'

/** One matrix of the batch: operands at p and q, result at `to`. */
type Product = (x: Float64Array, p: number, y: Float64Array, q: number, o: Float64Array, to: number, s: Float64Array) => void

/** Columns that are summed side by side. */
const wideState = 2048
/** Matrix products with fewer multiplications are not packed. */
const small = 4096

export function emitDot(d: Dot, layout: Layout): Run {
  const [product, memory] = choose(d)
  const state = layout.state(memory)
  const slotOf = (f: Factor): readonly [number, number] =>
    f.from._tag === 'Register' ? [0, f.from.register] : [layout.bufferSlot(f.from.buffer), f.offset]
  const [xs, p] = slotOf(d.x)
  const [ys, q] = slotOf(d.y)
  const [os, to] = d.target._tag === 'Register' ? [0, d.target.register] : [layout.bufferSlot(d.target.buffer), 0]
  const { batch: bx } = d.x
  const { batch: by } = d.y
  const each = d.m * d.n
  return (_r, m) => {
    const x = m[xs]!, y = m[ys]!, o = m[os]!, s = m[state]!
    for (let b = 0; b < d.batch; b++) product(x, p + bx[b]!, y, q + by[b]!, o, to + b * each, s)
  }
}

function choose(d: Dot): readonly [Product, memory: number] {
  const { x: fx, y: fy, m, n, k } = d
  if (d.dtype !== 'float64') {
    const rounding = roundingTo(d.dtype)
    const [tile, round, u, v] = [d.dtype === 'float32' ? tile32 : tileOf(d.dtype), rounding && unaryLoops[rounding], { ...fx, extent: m }, { ...fy, extent: n }]
    return [n < 4 && n < m ? (x, p, y, q, o, to) => tiles(tile, round, y, q, v, x, p, u, k, o, to, 1, n) : (x, p, y, q, o, to) => tiles(tile, round, x, p, u, y, q, v, k, o, to, n, 1), 0]
  }
  if (m === 1 && n === 1) return [(x, p, y, q, o, to) => dotVectors(x, p, fx.contract, y, q, fy.contract, k, o, to), 0]
  if (n === 1) return vector(fx, fy, m, k)
  if (m === 1) {
    const [product, memory] = vector(fy, fx, n, k)
    return [(x, p, y, q, o, to, s) => product(y, q, x, p, o, to, s), memory]
  }
  if (m * n * k <= small || n < 4)
    return [(x, p, y, q, o, to) => { for (let j = 0; j < n; j++) byRows(x, p, fx, y, q + j * fy.free, fy.contract, m, k, o, to + j, n) }, 0]
  if (m < 4)
    return [(x, p, y, q, o, to) => { for (let i = 0; i < m; i++) byRows(y, q, fy, x, p + i * fx.free, fx.contract, n, k, o, to + i * n, 1) }, 0]
  return [(x, p, y, q, o, to, s) => matrices(x, p, fx, y, q, fy, m, n, k, o, to, s), packedState(n)]
}

/** Matrix times vector. */
const vector = (f: Factor, v: Factor, m: number, k: number): readonly [Product, number] =>
  f.free === 1 && f.contract !== 1 && m > 4
    ? [(x, p, y, q, o, to, s) => byColumns(x, p, f.contract, y, q, v.contract, m, k, o, to, s), Math.min(wideState, m)]
    : [(x, p, y, q, o, to) => byRows(x, p, f, y, q, v.contract, m, k, o, to, 1), 0]
