/**
 * The sparse Jacobian of ADBench's BA1 beside its derivation by hand: 2 × 15 blocks, written straight into CSR arrays.
 *
 * Run: npx tsx test/bench/bundle-adjustment.ts
 * The first call (trace, pattern, colouring, compilation) is timed by itself; ratios are of later calls.
 */
import { sparseJacobian, type Tensor } from 'adjoint'
import { blocks, readProblem, residuals, type Problem } from '../../examples/bundle-adjustment'
import { interleaved, once, row } from './rounds'

interface CSR {
  readonly offsets: Int32Array
  readonly cols: Int32Array
  readonly values: Float64Array
}

const argnums = [0, 1, 2] as const

/** The derivation by hand; with `structure` the positions are filled in again, as ADBench's own modules do. */
function byHand({ cameras, points, weights, cameraOf, pointOf, features }: Problem, structure: boolean): () => CSR {
  const [cams, pts, ws, feats] = [cameras, points, weights, features].map((t: Tensor) => t.data() as Float64Array) as [Float64Array, Float64Array, Float64Array, Float64Array]
  const p = cameraOf.length
  const [firstPoint, firstWeight] = [cams.length, cams.length + pts.length]
  const fill = (): { offsets: Int32Array; cols: Int32Array } => {
    const offsets = new Int32Array(3 * p + 1)
    const cols = new Int32Array(31 * p)
    let k = 0
    for (let i = 0; i < p; i++)
      for (let e = 0; e < 2; e++) {
        for (let a = 0; a < 11; a++) cols[k++] = 11 * cameraOf[i]! + a
        for (let b = 0; b < 3; b++) cols[k++] = firstPoint + 3 * pointOf[i]! + b
        cols[k++] = firstWeight + i
        offsets[2 * i + e + 1] = k
      }
    for (let i = 0; i < p; i++) {
      cols[k++] = firstWeight + i
      offsets[2 * p + i + 1] = k
    }
    return { offsets, cols }
  }
  const kept = fill()
  const dY = new Float64Array(9)
  const R = new Float64Array(9)
  return () => {
    const { offsets, cols } = structure ? fill() : kept
    const values = new Float64Array(31 * p)
    for (let i = 0, at = 0; i < p; i++, at += 30) {
      const c = 11 * cameraOf[i]!
      const q = 3 * pointOf[i]!
      const [r0, r1, r2] = [cams[c]!, cams[c + 1]!, cams[c + 2]!]
      const [v0, v1, v2] = [pts[q]! - cams[c + 3]!, pts[q + 1]! - cams[c + 4]!, pts[q + 2]! - cams[c + 5]!]
      const [f, k1, k2, w] = [cams[c + 6]!, cams[c + 9]!, cams[c + 10]!, ws[i]!]
      const t2 = r0 * r0 + r1 * r1 + r2 * r2
      let [cosine, s, m, ds, dm, turn] = [1, 1, 0, 0, 0, 0]
      if (t2 !== 0) {
        const t = Math.sqrt(t2)
        cosine = Math.cos(t)
        s = Math.sin(t) / t
        m = (1 - cosine) / t2
        ds = (cosine - s) / t2
        dm = (s - 2 * m) / t2
        turn = -s
      }
      const along = r0 * v0 + r1 * v1 + r2 * v2
      const [x0, x1, x2] = [r1 * v2 - r2 * v1, r2 * v0 - r0 * v2, r0 * v1 - r1 * v0]
      const y0 = v0 * cosine + x0 * s + r0 * along * m
      const y1 = v1 * cosine + x1 * s + r1 * along * m
      const y2 = v2 * cosine + x2 * s + r2 * along * m
      // The part of ∂Y/∂r that is the same vector for each component of r, then what is its own.
      const [g0, g1, g2] = [v0 * turn + x0 * ds + r0 * along * dm, v1 * turn + x1 * ds + r1 * along * dm, v2 * turn + x2 * ds + r2 * along * dm]
      const am = along * m
      dY[0] = g0 * r0 + am + r0 * v0 * m
      dY[1] = g0 * r1 + v2 * s + r0 * v1 * m
      dY[2] = g0 * r2 - v1 * s + r0 * v2 * m
      dY[3] = g1 * r0 - v2 * s + r1 * v0 * m
      dY[4] = g1 * r1 + am + r1 * v1 * m
      dY[5] = g1 * r2 + v0 * s + r1 * v2 * m
      dY[6] = g2 * r0 + v1 * s + r2 * v0 * m
      dY[7] = g2 * r1 - v0 * s + r2 * v1 * m
      dY[8] = g2 * r2 + am + r2 * v2 * m
      R[0] = cosine + r0 * r0 * m
      R[1] = r0 * r1 * m - r2 * s
      R[2] = r0 * r2 * m + r1 * s
      R[3] = r1 * r0 * m + r2 * s
      R[4] = cosine + r1 * r1 * m
      R[5] = r1 * r2 * m - r0 * s
      R[6] = r2 * r0 * m - r1 * s
      R[7] = r2 * r1 * m + r0 * s
      R[8] = cosine + r2 * r2 * m
      const near = 1 / y2
      const [a, b] = [y0 * near, y1 * near]
      const rho = a * a + b * b
      const L = 1 + rho * (k1 + rho * k2)
      const dL = 2 * (k1 + 2 * k2 * rho)
      const wf = w * f
      // ∂(error)/∂(a, b), then by Y.
      const [aa, ab, bb] = [wf * (L + a * a * dL), wf * a * b * dL, wf * (L + b * b * dL)]
      const [e0, e1, e2] = [aa * near, ab * near, -(aa * a + ab * b) * near]
      const [h0, h1, h2] = [ab * near, bb * near, -(ab * a + bb * b) * near]
      for (let k = 0; k < 3; k++) {
        values[at + k] = e0 * dY[k]! + e1 * dY[3 + k]! + e2 * dY[6 + k]!
        values[at + 15 + k] = h0 * dY[k]! + h1 * dY[3 + k]! + h2 * dY[6 + k]!
        const [p0, p1] = [e0 * R[k]! + e1 * R[3 + k]! + e2 * R[6 + k]!, h0 * R[k]! + h1 * R[3 + k]! + h2 * R[6 + k]!]
        values[at + 3 + k] = -p0
        values[at + 18 + k] = -p1
        values[at + 11 + k] = p0
        values[at + 26 + k] = p1
      }
      values[at + 6] = w * L * a
      values[at + 21] = w * L * b
      values[at + 7] = w
      values[at + 23] = w
      values[at + 9] = wf * a * rho
      values[at + 24] = wf * b * rho
      values[at + 10] = wf * a * rho * rho
      values[at + 25] = wf * b * rho * rho
      values[at + 14] = f * L * a + cams[c + 7]! - feats[2 * i]!
      values[at + 29] = f * L * b + cams[c + 8]! - feats[2 * i + 1]!
    }
    for (let i = 0; i < p; i++) values[30 * p + i] = -2 * ws[i]!
    return { offsets, cols, values }
  }
}

/** The largest difference, relative to 1 + the size of what is expected. */
function worst(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let most = 0
  for (let k = 0; k < want.length; k++) most = Math.max(most, Math.abs(got[k]! - want[k]!) / (1 + Math.abs(want[k]!)))
  return most
}

const problem = readProblem('ba1_n49_m7776_p31843.txt')
const { cameras, points, weights } = problem
const f = residuals(problem)
const [found, given] = [sparseJacobian(f, { argnums }), sparseJacobian(f, { argnums, pattern: blocks(problem) })]
const run = (j: typeof found): CSR => {
  const { offsets, cols, values } = j(cameras, points, weights).toCSR()
  return { offsets, cols, values: values.elements('a bench') as Float64Array }
}
row('first call, pattern found', `${once(() => run(found)).toFixed(0)} ms`)
row('first call, pattern given', `${once(() => run(given)).toFixed(0)} ms`)
const [filled, valuesOnly] = [byHand(problem, true), byHand(problem, false)]
row('worst relative difference from the derivation by hand', worst(run(given).values, filled().values).toExponential(1))
const [hand, plain, ours, blocked] = interleaved(
  15,
  { calls: 1, run: filled },
  { calls: 1, run: valuesOnly },
  { calls: 1, run: () => run(found) },
  { calls: 1, run: () => run(given) },
) as [number, number, number, number]
row('BA1, later calls', `by hand ${hand.toFixed(1)} ms (values alone ${plain.toFixed(1)} ms)`, `pattern found ${ours.toFixed(1)} ms, ratio ${(ours / hand).toFixed(2)}`, `pattern given ${blocked.toFixed(1)} ms, ratio ${(blocked / hand).toFixed(2)}`)
