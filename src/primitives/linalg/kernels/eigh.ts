/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then implicit QL.
 *
 * Eigenvectors are kept as rows, so that every inner loop runs along memory. Eigenvalues increase; the largest component
 * of each eigenvector is positive. Source: Bowdler, Martin, Reinsch & Wilkinson 1968 (EISPACK's tred2 and tql2).
 */
import { copy, hypotenuse } from './buffers'
import { addProduct, dot, rotate, rotateTwice } from './rows'
import { small } from './triangular'

const epsilon = 2 ** -52

/** e = V d for the first i rows and columns of v, of which those on and above the diagonal are read. */
function multiplyHalf(n: number, i: number, x: Float64Array, v: number, d: number, e: number): void {
  for (let j = 0; j < i; j++) x[e + j] = 0
  for (let j = 0; j < i; j++) {
    const row = v + j * n
    const f = x[d + j]
    let g = x[e + j] + x[row + j] * f
    for (let k = j + 1; k < i; k++) {
      g += x[row + k] * x[d + k]
      x[e + k] += x[row + k] * f
    }
    x[e + j] = g
  }
}

/** V − d eᵀ − e dᵀ of the same part. */
function updateHalf(n: number, i: number, x: Float64Array, v: number, d: number, e: number): void {
  for (let j = 0; j < i; j++) {
    const f = x[d + j]
    const g = x[e + j]
    for (let k = j; k < i; k++) x[v + j * n + k] -= f * x[e + k] + g * x[d + k]
  }
}

/** The reflection by the row at `next`, and d that row by its factor, is applied to the rows of v before it. */
function reflectRows(n: number, i: number, x: Float64Array, v: number, next: number, d: number): void {
  for (let j = 0; j < i; j++) {
    const row = v + j * n
    let g = 0
    for (let k = 0; k < i; k++) g += x[next + k] * x[row + k]
    for (let k = 0; k < i; k++) x[row + k] -= g * x[d + k]
  }
}

/** Symmetric v becomes tridiagonal (d, e), with the product of the reflections in v, transposed; all in x, with n more numbers at `rest`. */
function tridiagonal(n: number, x: Float64Array, v: number, d: number, e: number, rest: number): void {
  for (let j = 0; j < n; j++) x[d + j] = x[v + j * n + n - 1]
  for (let i = n - 1; i > 0; i--) {
    const row = v + i * n
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(x[d + k])
    if (scale === 0) {
      x[e + i] = x[d + i - 1]
      for (let j = 0; j < i; j++) {
        x[d + j] = x[v + j * n + i - 1]
        x[v + j * n + i] = x[row + j] = 0
      }
      x[d + i] = 0
      continue
    }
    for (let k = 0; k < i; k++) {
      x[d + k] /= scale
      h += x[d + k] * x[d + k]
    }
    const last = x[d + i - 1]
    const root = last > 0 ? -Math.sqrt(h) : Math.sqrt(h)
    x[e + i] = scale * root
    h -= last * root
    x[d + i - 1] = last - root
    copy(i, x, d, x, row)
    if (n <= small) multiplyHalf(n, i, x, v, d, e)
    else {
      x.fill(0, e, e + i)
      addProduct(1, 1, i, i, x, e, n, x, d, 0, 1, x, v, n)
    }
    let sum = 0
    for (let j = 0; j < i; j++) {
      x[e + j] /= h
      sum += x[e + j] * x[d + j]
    }
    const half = sum / (h + h)
    for (let j = 0; j < i; j++) x[e + j] -= half * x[d + j]
    if (n <= small) updateHalf(n, i, x, v, d, e)
    else addProduct(-1, i, i, 2, x, v, n, x, d, 1, e - d, x, e, d - e)
    for (let j = 0; j < i; j++) {
      x[d + j] = x[v + j * n + i - 1]
      x[v + j * n + i] = 0
    }
    x[d + i] = h
  }
  accumulate(n, x, v, d, rest)
  x[e] = 0
}

function accumulate(n: number, x: Float64Array, v: number, d: number, along: number): void {
  for (let i = 0; i < n - 1; i++) {
    x[v + i * n + n - 1] = x[v + i * (n + 1)]
    x[v + i * (n + 1)] = 1
    const h = x[d + i + 1]
    const next = v + (i + 1) * n
    if (h !== 0) {
      for (let k = 0; k <= i; k++) x[d + k] = x[next + k] / h
      if (n <= small) reflectRows(n, i + 1, x, v, next, d)
      else {
        for (let j = 0; j <= i; j++) x[along + j] = dot(i + 1, x, next, v + j * n)
        addProduct(-1, i + 1, i + 1, 1, x, v, n, x, along, 1, 1, x, d, n)
      }
    }
    for (let k = 0; k <= i; k++) x[next + k] = 0
  }
  for (let j = 0; j < n; j++) {
    x[d + j] = x[v + j * n + n - 1]
    x[v + j * n + n - 1] = 0
  }
  x[v + n * n - 1] = 1
}

/** Tridiagonal (d, e) becomes diagonal; rows of v, in x, are turned along, two rotations at a time. */
function diagonalize(n: number, x: Float64Array, v: number, d: Float64Array, e: Float64Array): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i]
  e[n - 1] = 0
  let shift = 0
  let scale = 0
  for (let l = 0; l < n; l++) {
    scale = Math.max(scale, Math.abs(d[l]) + Math.abs(e[l]))
    let m = l
    while (Math.abs(e[m]) > epsilon * scale) m++
    for (let pass = 0; m > l && pass < 64 && Math.abs(e[l]) > epsilon * scale; pass++) {
      const g0 = d[l]
      const p0 = (d[l + 1] - g0) / (2 * e[l])
      const r0 = p0 < 0 ? -hypotenuse(p0, 1) : hypotenuse(p0, 1)
      d[l] = e[l] / (p0 + r0)
      const after = (d[l + 1] = e[l] * (p0 + r0))
      const h0 = g0 - d[l]
      for (let i = l + 2; i < n; i++) d[i] -= h0
      shift += h0
      let p = d[m]
      let c = 1
      let c2 = 1
      let c3 = 1
      let s = 0
      let s2 = 0
      const beside = e[l + 1]
      for (let i = m - 1; i >= l; i--) {
        c3 = c2
        c2 = c
        s2 = s
        const g = c * e[i]
        const h = c * p
        const r = hypotenuse(p, e[i])
        e[i + 1] = s * r
        s = e[i] / r
        c = p / r
        p = c * d[i] - s * g
        d[i + 1] = h + s * (c * g + s * d[i])
        const here = v + i * n
        // Rows i + 1 and i + 2 have waited for this one.
        if (n <= small || (i === l && (m - i) % 2 === 1)) rotate(n, x, here, here + n, c, s)
        else if ((m - i) % 2 === 0) rotateTwice(n, x, here + n, here + 2 * n, c2, s2, here, c, -s)
      }
      p = (-s * s2 * c3 * beside * e[l]) / after
      e[l] = s * p
      d[l] = c * p
    }
    d[l] += shift
    e[l] = 0
  }
}

/** How many numbers `eigenSymmetric` works on. */
export const eigenRoom = (n: number): number => n * (n + 3)

/** The symmetric matrix at `v` in x, with `eigenRoom`, becomes the eigenvectors, as rows, of the eigenvalues in d, both unsorted; e is scratch. */
export function eigenSymmetric(n: number, x: Float64Array, v: number, d: Float64Array, e: Float64Array): void {
  if (n === 0) return
  const end = v + n * n
  tridiagonal(n, x, v, end, end + n, end + 2 * n)
  copy(n, x, end, d, 0)
  copy(n, x, end + n, e, 0)
  diagonalize(n, x, v, d, e)
}

/** The order in which numbers increase (or decrease), stably, by insertion. */
export function ordered(n: number, x: Float64Array, order: Int32Array, decreasing: boolean): void {
  for (let i = 0; i < n; i++) {
    let j = i
    for (; j > 0 && (decreasing ? x[order[j - 1]] < x[i] : x[order[j - 1]] > x[i]); j--) order[j] = order[j - 1]
    order[j] = i
  }
}

/** −1 where the component of a vector that is largest in magnitude is negative, else 1. */
export function signOf(n: number, x: Float64Array, at: number): number {
  let largest = 0
  let sign = 1
  for (let i = at; i < at + n; i++) {
    // A little more, so that rounding does not decide between equals.
    if (Math.abs(x[i]) > largest * (1 + 2 ** -20)) {
      largest = Math.abs(x[i])
      sign = x[i] < 0 ? -1 : 1
    }
  }
  return sign
}
