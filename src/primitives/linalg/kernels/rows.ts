/**
 * The inner loops of dense matrices, along contiguous rows: by a WebAssembly module where the numbers are in its memory, else
 * in JavaScript.
 *
 * A kernel takes memory for what it works on, copies its matrices there, and gives it back when it is done. Small matrices
 * are not worth the calls, and where the environment refuses modules, or the memory cannot grow, arrays of JavaScript do.
 * Law: the same bits in either case.
 */
import { makeSpace, type Space } from '../../../compile/wasm/memory'
import { loopsModule, type Loops } from './module'

/** Columns of the right operand that one pass of a product touches: with `depth` of its rows they fit the second level. */
const strip = 512
const depth = 64
/** Products that are made one by one. */
const few = 256
/** Whether a module is worth while for so many numbers. */
export const isMany = (count: number): boolean => count >= 512

interface Engine {
  readonly space: Space
  readonly loops: Loops
}

let engine: Engine | null | undefined
/** The memory of the module, as long as it does not grow. */
let memory: Float64Array | undefined

function makeEngine(): Engine | null {
  const space = makeSpace()
  const instance = space?.instantiate(loopsModule(), {})
  return space && instance ? { space, loops: instance.exports as unknown as Loops } : null
}

/** What runs a body, not within itself, with room for so many numbers, whatever they are at first, from `at` on in an array. */
export function roomFor(count: number): (body: (x: Float64Array, at: number) => void) => void {
  let own: Float64Array | undefined
  return (body) => {
    if (isMany(count) && engine === undefined) engine = makeEngine()
    const base = isMany(count) && engine ? engine.space.take(8 * count) : -1
    if (base < 0) return body((own ??= new Float64Array(count)), 0)
    const { buffer } = engine!.space.memory
    if (memory?.buffer !== buffer) memory = new Float64Array(buffer)
    try {
      body(memory, base / 8)
    } finally {
      engine!.space.giveBack(base)
    }
  }
}

/**
 * C += alpha A B for C m × n, A m × k, B k × n, each at an offset. Rows of B and C are contiguous; element (i, p) of A
 * stands at aAt + i·aRow + p·aColumn, so that A may be transposed. C shares no element with A or B.
 */
export function addProduct(
  alpha: number, m: number, n: number, k: number,
  c: Float64Array, cAt: number, cRow: number,
  a: Float64Array, aAt: number, aRow: number, aColumn: number,
  b: Float64Array, bAt: number, bRow: number,
): void {
  if (c === memory && a === memory && b === memory) return engine!.loops.addProduct(alpha, m, n, k, 8 * cAt, 8 * cRow, 8 * aAt, 8 * aRow, 8 * aColumn, 8 * bAt, 8 * bRow)
  if (m * n * k <= few) return addFew(alpha, m, n, k, c, cAt, cRow, a, aAt, aRow, aColumn, b, bAt, bRow)
  for (let p0 = 0; p0 < k; p0 += depth)
    for (let q0 = 0; q0 < n; q0 += strip)
      addPanel(alpha, m, Math.min(strip, n - q0), Math.min(depth, k - p0), c, cAt + q0, cRow, a, aAt + p0 * aColumn, aRow, aColumn, b, bAt + p0 * bRow + q0, bRow)
}

/** The same of so few numbers that calls would cost more. */
function addFew(
  alpha: number, m: number, n: number, k: number,
  c: Float64Array, cAt: number, cRow: number,
  a: Float64Array, aAt: number, aRow: number, aColumn: number,
  b: Float64Array, bAt: number, bRow: number,
): void {
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) {
      const factor = alpha * a[aAt + i * aRow + p * aColumn]
      for (let j = 0; j < n; j++) c[cAt + i * cRow + j] += factor * b[bAt + p * bRow + j]
    }
}

/** The same of a part of B that fits the cache: two rows of C by four of B at a time. */
function addPanel(
  alpha: number, m: number, n: number, k: number,
  c: Float64Array, cAt: number, cRow: number,
  a: Float64Array, aAt: number, aRow: number, aColumn: number,
  b: Float64Array, bAt: number, bRow: number,
): void {
  const fours = k - (k % 4)
  for (let i = 0; i < m; i += 2) {
    const c0 = cAt + i * cRow
    const c1 = c0 + cRow
    const even = aAt + i * aRow
    const odd = even + aRow
    const pair = i + 1 < m
    for (let p = 0; p < fours; p += 4) {
      const e = even + p * aColumn
      const o = odd + p * aColumn
      const [e0, e1, e2, e3] = [alpha * a[e], alpha * a[e + aColumn], alpha * a[e + 2 * aColumn], alpha * a[e + 3 * aColumn]]
      if (!pair) addRows(n, c, c0, e0, e1, e2, e3, b, bAt + p * bRow, bRow)
      else addRowsToTwo(n, c, c0, c1, e0, e1, e2, e3, alpha * a[o], alpha * a[o + aColumn], alpha * a[o + 2 * aColumn], alpha * a[o + 3 * aColumn], b, bAt + p * bRow, bRow)
    }
    for (let p = fours; p < k; p++) {
      addRow(n, c, c0, alpha * a[even + p * aColumn], b, bAt + p * bRow)
      if (pair) addRow(n, c, c1, alpha * a[odd + p * aColumn], b, bAt + p * bRow)
    }
  }
}

/** c += f b. */
function addRow(n: number, c: Float64Array, at: number, f: number, b: Float64Array, bAt: number): void {
  for (let j = 0; j < n; j++) c[at + j] += f * b[bAt + j]
}

function addRows(n: number, c: Float64Array, at: number, f0: number, f1: number, f2: number, f3: number, b: Float64Array, bAt: number, row: number): void {
  const b1 = bAt + row
  const b2 = b1 + row
  const b3 = b2 + row
  for (let j = 0; j < n; j++) c[at + j] = c[at + j] + f0 * b[bAt + j] + f1 * b[b1 + j] + f2 * b[b2 + j] + f3 * b[b3 + j]
}

function addRowsToTwo(
  n: number, c: Float64Array, at: number, other: number,
  f0: number, f1: number, f2: number, f3: number, g0: number, g1: number, g2: number, g3: number,
  b: Float64Array, bAt: number, row: number,
): void {
  const b1 = bAt + row
  const b2 = b1 + row
  const b3 = b2 + row
  for (let j = 0; j < n; j++) {
    const x = b[bAt + j]
    const y = b[b1 + j]
    const z = b[b2 + j]
    const w = b[b3 + j]
    c[at + j] = c[at + j] + f0 * x + f1 * y + f2 * z + f3 * w
    c[other + j] = c[other + j] + g0 * x + g1 * y + g2 * z + g3 * w
  }
}

/**
 * `count` systems with n rows of k columns, each from `next` of the one before it: row i less the rows before it, of which it takes
 * a(i, j) = a[aAt + i·aRow + j·aColumn] times the row j, in order, and divided by a(i, i) where that is not to be taken for 1.
 */
export function solveRows(
  count: number, n: number, k: number,
  a: Float64Array, aAt: number, aRow: number, aColumn: number, aNext: number,
  x: Float64Array, xAt: number, xRow: number, xNext: number, unit: boolean,
): void {
  if (x === memory && a === memory && n > 0) return engine!.loops.solveRows(count, n, k, 8 * aAt, 8 * aRow, 8 * aColumn, 8 * aNext, 8 * xAt, 8 * xRow, 8 * xNext, unit ? 1 : 0)
  for (let m = 0; m < count; m++)
    for (let i = 0; i < n; i++) {
      const to = xAt + m * xNext + i * xRow
      const row = aAt + m * aNext + i * aRow
      const from = xAt + m * xNext
      if (k * i > few) addProduct(-1, 1, k, i, x, to, 0, a, row, 0, aColumn, x, from, xRow)
      else for (let j = 0; j < i; j++) addRow(k, x, to, -a[row + j * aColumn], x, from + j * xRow)
      if (!unit) divideRow(k, x, to, a[row + i * aColumn])
    }
}

function divideRow(n: number, x: Float64Array, at: number, by: number): void {
  for (let c = 0; c < n; c++) x[at + c] /= by
}

/**
 * The first rows of U, of symmetric matrices Uᵀ U, `width` columns wide, each from `next` of the one before it: in place, in the upper
 * triangle. From a square on that is not positive, all is NaN.
 */
export function factorRows(count: number, rows: number, width: number, a: Float64Array, at: number, row: number, next: number): void {
  if (a === memory) return engine!.loops.factorRows(count, rows, width, 8 * at, 8 * row, 8 * next)
  for (let m = 0; m < count; m++)
    for (let i = 0; i < rows; i++) {
      const top = at + m * next + i
      const d = top + i * row
      if ((width - i) * i > few) addProduct(-1, 1, width - i, i, a, d, 0, a, top, 0, row, a, top, row)
      else for (let p = top; p < d; p += row) addRow(width - i, a, d, -a[p], a, p)
      const root = a[d] > 0 ? Math.sqrt(a[d]) : NaN
      divideRow(width - i, a, d, root)
      a[d] = root
    }
}

/** Σ x[p + i] x[q + i], i < n, by two sums. */
export function dot(n: number, x: Float64Array, p: number, q: number): number {
  if (x === memory) return engine!.loops.dot(n, 8 * p, 8 * q)
  let even = 0
  let odd = 0
  let i = 0
  for (; i + 2 <= n; i += 2) {
    even += x[p + i] * x[q + i]
    odd += x[p + i + 1] * x[q + i + 1]
  }
  if (i < n) even += x[p + i] * x[q + i]
  return even + odd
}

/**
 * Rows of 1 + n numbers, `row` apart from `top` on, less tau (1, v)ᵀ times their product with (1, v), which is summed as `dot` does.
 */
export function reflectRows(tau: number, count: number, n: number, x: Float64Array, v: number, top: number, row: number): void {
  if (x === memory) return engine!.loops.reflectRows(tau, count, n, 8 * v, 8 * top, 8 * row)
  for (let c = 0, at = top; c < count; c++, at += row) {
    const sum = tau * (x[at] + dot(n, x, at + 1, v))
    x[at] -= sum
    for (let i = 0; i < n; i++) x[at + 1 + i] -= sum * x[v + i]
  }
}

/** Rows of n numbers at p and q change places. */
export function exchange(n: number, x: Float64Array, p: number, q: number): void {
  for (let k = 0; k < n; k++) {
    const kept = x[p + k]
    x[p + k] = x[q + k]
    x[q + k] = kept
  }
}

/** Rows p and q of x become c p − s q and s p + c q. */
export function rotate(n: number, x: Float64Array, p: number, q: number, c: number, s: number): void {
  if (x === memory) return engine!.loops.rotate(n, 8 * p, 8 * q, c, s)
  for (let k = 0; k < n; k++) {
    const a = x[p + k]
    const b = x[q + k]
    x[p + k] = c * a - s * b
    x[q + k] = s * a + c * b
  }
}

/** The same; gives the product of the new row p with row r. */
export function rotateDot(n: number, x: Float64Array, p: number, q: number, c: number, s: number, r: number): number {
  if (x === memory) return engine!.loops.rotateDot(n, 8 * p, 8 * q, c, s, 8 * r)
  let even = 0
  let odd = 0
  for (let k = 0; k < n; k++) {
    const a = x[p + k]
    const b = x[q + k]
    const turned = c * a - s * b
    x[p + k] = turned
    x[q + k] = s * a + c * b
    const product = turned * x[r + k]
    if (k % 2 === 0) even += product
    else odd += product
  }
  return even + odd
}

/** Rows p and q, and then p and r, are rotated. */
export function rotateTwice(n: number, x: Float64Array, p: number, q: number, c: number, s: number, r: number, c2: number, s2: number): void {
  if (x === memory) return engine!.loops.rotateTwice(n, 8 * p, 8 * q, c, s, 8 * r, c2, s2)
  for (let k = 0; k < n; k++) {
    const a = x[p + k]
    const b = x[q + k]
    const d = x[r + k]
    const turned = c * a - s * b
    x[q + k] = s * a + c * b
    x[p + k] = c2 * turned - s2 * d
    x[r + k] = s2 * turned + c2 * d
  }
}
