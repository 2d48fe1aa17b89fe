/**
 * Bundle adjustment: the sparse Jacobian of ADBench's first problem, 95,529 residuals of 55,710 unknowns.
 *
 * Run: npx tsx examples/bundle-adjustment.ts
 * A residual depends on one camera, one point and one weight. The program says so: its pattern is found by following
 * elements through it, coloured, and the Jacobian is read from 14 products. The dense one would have 5.3e9 elements.
 * Source: Microsoft ADBench, problem BA (camera model with two radial distortions, Rodrigues' rotation formula).
 */
import { readFileSync } from 'node:fs'
import { jit, sparseJacobian, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

export interface Problem {
  readonly cameras: Tensor
  readonly points: Tensor
  readonly weights: Tensor
  /** For each observation, its camera and its point. */
  readonly cameraOf: Int32Array
  readonly pointOf: Int32Array
  readonly features: Tensor
}

/** Reads one of ADBench's files: one camera, point, weight and feature stand for all. */
export function readProblem(file: string): Problem {
  const numbers = readFileSync(new URL(`./data/adbench/${file}`, import.meta.url), 'utf8').trim().split(/\s+/).map(Number)
  const [n, m, p] = numbers as [number, number, number]
  const repeated = (from: number, to: number, times: number): Tensor => np.tile(np.array([numbers.slice(from, to)]), [times, 1])
  return {
    cameras: repeated(3, 14, n),
    points: repeated(14, 17, m),
    weights: np.full([p], numbers[17]!),
    features: repeated(18, 20, p),
    cameraOf: Int32Array.from({ length: p }, (_, i) => i % n),
    pointOf: Int32Array.from({ length: p }, (_, i) => i % m),
  }
}

type Vector = readonly [Tensor, Tensor, Tensor]

const vector = (x: Tensor, from: number): Vector => [x.at(from), x.at(from + 1), x.at(from + 2)]
const dot = (a: Vector, b: Vector): Tensor => a[0].mul(b[0]).add(a[1].mul(b[1])).add(a[2].mul(b[2]))
const cross = (a: Vector, b: Vector): Vector => [
  a[1].mul(b[2]).sub(a[2].mul(b[1])),
  a[2].mul(b[0]).sub(a[0].mul(b[2])),
  a[0].mul(b[1]).sub(a[1].mul(b[0])),
]
const each = (f: (k: 0 | 1 | 2) => Tensor): Vector => [f(0), f(1), f(2)]

/** v turned by the angle |r| about the axis r: v cos t + r×v (sin t)/t + r (r·v) (1 − cos t)/t²; v + r×v where r is zero. */
function rotate(r: Vector, v: Vector): Vector {
  const squared = dot(r, r)
  const still = np.equal(squared, 0)
  // The root is taken of 1 where there is no rotation: what is not chosen must be finite for its derivative to be so.
  const angle = np.sqrt(np.where(still, 1, squared))
  const cosine = np.where(still, 1, np.cos(angle))
  const sine = np.where(still, 1, np.sin(angle).div(angle))
  const along = dot(r, v).mul(np.where(still, 0, np.subtract(1, cosine).div(squared.add(np.where(still, 1, 0)))))
  const turned = cross(r, v)
  return each((k) => v[k].mul(cosine).add(turned[k].mul(sine)).add(r[k].mul(along)))
}

/** Where a camera sees a point, less where it was seen, times the weight. */
function reprojection(camera: Tensor, point: Tensor, weight: Tensor, feature: Tensor): Tensor {
  const [position, centre] = [vector(point, 0), vector(camera, 3)]
  const [x, y, z] = rotate(vector(camera, 0), each((k) => position[k].sub(centre[k])))
  const near = np.reciprocal(z)
  const [u, v] = [x.mul(near), y.mul(near)]
  const r2 = u.mul(u).add(v.mul(v))
  const scale = camera.at(6).mul(np.add(1, r2.mul(camera.at(9).add(r2.mul(camera.at(10))))))
  const error = (seen: Tensor, k: 0 | 1): Tensor => seen.mul(scale).add(camera.at(7 + k)).sub(feature.at(k)).mul(weight)
  return np.stack([error(u, 0), error(v, 1)])
}

/** All residuals: two for each observation, then one for each weight. */
export const residuals =
  ({ cameraOf, pointOf, features }: Problem) =>
  (cameras: Tensor, points: Tensor, weights: Tensor): readonly [Tensor, Tensor] => [
    vmap(reprojection)(cameras.at(cameraOf), points.at(pointOf), weights, features),
    np.subtract(1, weights.mul(weights)),
  ]

/** ADBench lists whole blocks: for each reprojection its camera, point and weight, two zeros included; then the weights. */
export function blocks({ cameras, points, cameraOf, pointOf }: Problem): { rows: Int32Array; cols: Int32Array } {
  const p = cameraOf.length
  const firstPoint = cameras.size
  const firstWeight = firstPoint + points.size
  const rows = new Int32Array(31 * p)
  const cols = new Int32Array(31 * p)
  let k = 0
  const entry = (row: number, col: number): void => {
    rows[k] = row
    cols[k++] = col
  }
  for (let row = 0; row < 2 * p; row++) {
    const i = row >> 1
    for (let a = 0; a < 11; a++) entry(row, 11 * cameraOf[i]! + a)
    for (let b = 0; b < 3; b++) entry(row, firstPoint + 3 * pointOf[i]! + b)
    entry(row, firstWeight + i)
  }
  for (let i = 0; i < p; i++) entry(2 * p + i, firstWeight + i)
  return { rows, cols }
}

const argnums = [0, 1, 2] as const

export function main(print: Print): void {
  const problem = readProblem('ba1_n49_m7776_p31843.txt')
  const { cameras, points, weights } = problem
  const f = residuals(problem)

  const jacobian = sparseJacobian(f, { argnums })(cameras, points, weights)
  print(`${jacobian.shape[0]} residuals, ${jacobian.shape[1]} unknowns`) // => 95529 residuals, 55710 unknowns
  print(`${jacobian.nnz} entries, from ${jacobian.passes.forward} products`) // => 923447 entries, from 14 products

  // ADBench's format has two entries more in each block, the zero derivatives by the other coordinate of the principal
  // point. A pattern that is given may hold more than is needed.
  const adbench = jit((c: Tensor, x: Tensor, w: Tensor) => sparseJacobian(f, { argnums, pattern: blocks(problem) })(c, x, w))
  const { offsets, cols, values } = adbench(cameras, points, weights).toCSR()
  print(`${values.size} entries in whole blocks`) // => 987133 entries in whole blocks
  print(`the first row: columns ${cols.subarray(0, offsets[1]).join(' ')}`) // => the first row: columns 0 1 2 3 4 5 6 7 8 9 10 539 540 541 23867
  const first = values.slice([0, 15]).toArray() as number[]
  print(`its values: ${first.map((v) => v.toFixed(2)).join(' ')}`) // => its values: -461.45 178.87 -19.42 …
}

await runIfEntry(import.meta.url, main)
