/**
 * Matrix products by packed tiles of 4 × 2: eight running sums and six operands fit V8's registers.
 *
 * Law: element (i, j) has the order of `tiles.ts`, whatever its place in a tile.
 * Source: Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34 (2008).
 */
import type { Factor } from '../../loop/types'
import { block } from '../../tiles'

/** Columns of y that are packed at once: with 256 rows half a megabyte. */
const columns = 256

/** Doubles of memory for the packed operands. */
export const packedState = (n: number): number => block * 4 + 8 + block * (Math.min(columns, n) + 1)

const tile = block * 4
const panels = tile + 8

/** o[to + i·n + j] = Σₖ x(i, k) y(j, k). */
export function matrices(x: Float64Array, px: number, fx: Factor, y: Float64Array, py: number, fy: Factor, m: number, n: number, k: number, o: Float64Array, to: number, s: Float64Array): void {
  for (let j0 = 0; j0 < n; j0 += columns) {
    const width = Math.min(columns, n - j0)
    for (let k0 = 0; k0 < k; k0 += block) {
      const depth = Math.min(block, k - k0)
      for (let j = 0; j < width; j += 2)
        pack2(y, py + (j0 + j) * fy.free + k0 * fy.contract, j + 1 < width ? fy.free : 0, fy.contract, depth, s, panels + j * depth)
      for (let i = 0; i < m; i += 4) {
        const rows = Math.min(4, m - i)
        pack4(x, px + i * fx.free + k0 * fx.contract, fx.free, fx.contract, rows, depth, s)
        for (let j = 0; j < width; j += 2) {
          multiply(s, panels + j * depth, depth)
          const at = to + i * n + j0 + j
          if (rows === 4 && j + 1 < width) {
            if (k0 === 0) put(s, o, at, n)
            else add(s, o, at, n)
          } else
            for (let r = 0; r < rows; r++)
              for (let c = 0; c < 2 && j + c < width; c++) {
                const e = at + r * n + c
                o[e] = k0 === 0 ? s[tile + 2 * r + c]! : o[e]! + s[tile + 2 * r + c]!
              }
        }
      }
    }
  }
}

/** Two columns side by side; the second is the first again where there is none. */
function pack2(a: Float64Array, p: number, free: number, step: number, depth: number, s: Float64Array, to: number): void {
  let e = p | 0
  let t = to | 0
  for (let n = depth; n > 0; n = (n - 1) | 0) {
    s[t] = a[e]
    s[(t + 1) | 0] = a[(e + free) | 0]
    e = (e + step) | 0
    t = (t + 2) | 0
  }
}

/** Four rows side by side; where there are fewer, the first again. */
function pack4(a: Float64Array, p: number, free: number, step: number, rows: number, depth: number, s: Float64Array): void {
  const q = rows > 1 ? free : 0, r = rows > 2 ? 2 * free : 0, u = rows > 3 ? 3 * free : 0
  let e = p | 0
  let t = 0
  for (let n = depth; n > 0; n = (n - 1) | 0) {
    s[t] = a[e]
    s[(t + 1) | 0] = a[(e + q) | 0]
    s[(t + 2) | 0] = a[(e + r) | 0]
    s[(t + 3) | 0] = a[(e + u) | 0]
    e = (e + step) | 0
    t = (t + 4) | 0
  }
}

function multiply(s: Float64Array, panel: number, depth: number): void {
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0
  let i = 0
  let j = panel | 0
  for (let n = depth; n > 0; n = (n - 1) | 0) {
    const y = s[j], z = s[(j + 1) | 0]
    let x = s[i]
    a += x * y
    b += x * z
    x = s[(i + 1) | 0]
    c += x * y
    d += x * z
    x = s[(i + 2) | 0]
    e += x * y
    f += x * z
    x = s[(i + 3) | 0]
    g += x * y
    h += x * z
    i = (i + 4) | 0
    j = (j + 2) | 0
  }
  s[tile] = a
  s[tile + 1] = b
  s[tile + 2] = c
  s[tile + 3] = d
  s[tile + 4] = e
  s[tile + 5] = f
  s[tile + 6] = g
  s[tile + 7] = h
}

function put(s: Float64Array, o: Float64Array, at: number, n: number): void {
  for (let r = 0; r < 4; r++) {
    o[at + r * n] = s[tile + 2 * r]!
    o[at + r * n + 1] = s[tile + 2 * r + 1]!
  }
}

function add(s: Float64Array, o: Float64Array, at: number, n: number): void {
  for (let r = 0; r < 4; r++) {
    o[at + r * n] += s[tile + 2 * r]!
    o[at + r * n + 1] += s[tile + 2 * r + 1]!
  }
}
