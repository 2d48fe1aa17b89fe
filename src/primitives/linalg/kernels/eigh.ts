/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then implicit QL.
 *
 * Eigenvectors are kept as rows, so that every inner loop runs along memory. Eigenvalues increase; the largest component
 * of each eigenvector is positive. Source: Bowdler, Martin, Reinsch & Wilkinson 1968 (EISPACK's tred2 and tql2).
 */
import { hypotenuse } from './buffers'

const epsilon = 2 ** -52

/** Symmetric v becomes tridiagonal (d, e), with the product of the reflections in v, transposed. */
function tridiagonal(n: number, v: Float64Array, d: Float64Array, e: Float64Array): void {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1]
  for (let i = n - 1; i > 0; i--) {
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(d[k])
    if (scale === 0) {
      e[i] = d[i - 1]
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1]
        v[j * n + i] = v[i * n + j] = 0
      }
      d[i] = 0
      continue
    }
    for (let k = 0; k < i; k++) {
      d[k] /= scale
      h += d[k] * d[k]
    }
    const last = d[i - 1]
    const root = last > 0 ? -Math.sqrt(h) : Math.sqrt(h)
    e[i] = scale * root
    h -= last * root
    d[i - 1] = last - root
    for (let j = 0; j < i; j++) e[j] = 0
    for (let j = 0; j < i; j++) {
      const f = (v[i * n + j] = d[j])
      let g = e[j] + v[j * n + j] * f
      for (let k = j + 1; k < i; k++) {
        g += v[j * n + k] * d[k]
        e[k] += v[j * n + k] * f
      }
      e[j] = g
    }
    let sum = 0
    for (let j = 0; j < i; j++) {
      e[j] /= h
      sum += e[j] * d[j]
    }
    const half = sum / (h + h)
    for (let j = 0; j < i; j++) e[j] -= half * d[j]
    for (let j = 0; j < i; j++) {
      const f = d[j]
      const g = e[j]
      for (let k = j; k < i; k++) v[j * n + k] -= f * e[k] + g * d[k]
      d[j] = v[j * n + i - 1]
      v[j * n + i] = 0
    }
    d[i] = h
  }
  accumulate(n, v, d)
  e[0] = 0
}

function accumulate(n: number, v: Float64Array, d: Float64Array): void {
  for (let i = 0; i < n - 1; i++) {
    v[i * n + n - 1] = v[i * n + i]
    v[i * n + i] = 1
    const h = d[i + 1]
    const next = (i + 1) * n
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[next + k] / h
      for (let j = 0; j <= i; j++) {
        let g = 0
        for (let k = 0; k <= i; k++) g += v[next + k] * v[j * n + k]
        for (let k = 0; k <= i; k++) v[j * n + k] -= g * d[k]
      }
    }
    for (let k = 0; k <= i; k++) v[next + k] = 0
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1]
    v[j * n + n - 1] = 0
  }
  v[n * n - 1] = 1
}

/** Tridiagonal (d, e) becomes diagonal; rows of v are turned along. */
function diagonalize(n: number, v: Float64Array, d: Float64Array, e: Float64Array): void {
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
        const here = i * n
        const next = here + n
        for (let k = 0; k < n; k++) {
          const a = v[here + k]
          const b = v[next + k]
          v[next + k] = s * a + c * b
          v[here + k] = c * a - s * b
        }
      }
      p = (-s * s2 * c3 * beside * e[l]) / after
      e[l] = s * p
      d[l] = c * p
    }
    d[l] += shift
    e[l] = 0
  }
}

/** Symmetric v becomes the eigenvectors, as rows, of the eigenvalues in d, both unsorted; e is scratch. */
export function eigenSymmetric(n: number, v: Float64Array, d: Float64Array, e: Float64Array): void {
  if (n === 0) return
  tridiagonal(n, v, d, e)
  diagonalize(n, v, d, e)
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
