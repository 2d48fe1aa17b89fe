/**
 * A differential equation solved by a network that is trained on the equation (Raissi, Perdikaris & Karniadakis 2019).
 *
 * Run: npx tsx examples/heat-equation.ts
 * The heat equation u_t = u_xx on 0 ≤ x ≤ 1 with u(0, x) = sin πx and u = 0 at both ends; exactly, u = e^(−π²t) sin πx. The
 * network's u_xx comes from `jet`, one Taylor sweep along x (no nesting of derivatives), u_t from `jvp`. The residuals at
 * collocation points, initial and border values are made small by Levenberg–Marquardt: its Jacobian differentiates both again.
 */
import { jet, jit, jvp, random, solve, tree, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

interface Network {
  readonly w: Tensor
  readonly b: Tensor
  readonly out: Tensor
}

const hidden = 12
const last = 0.2

/** sin πx at t = 0, 0 at both ends, by construction; the network is what remains. */
const u = (net: Network, t: Tensor, x: Tensor): Tensor => {
  const inner = np.dot(np.tanh(np.matmul(np.stack([t, x]), net.w).add(net.b)), net.out)
  return np.sin(x.mul(Math.PI)).add(t.mul(x).mul(np.sub(1, x)).mul(inner))
}

/** u_t − u_xx at a point. */
const residual = (net: Network, t: Tensor, x: Tensor): Tensor => {
  const [, ut] = jvp((s: Tensor) => u(net, s, x), [t], [np.ones([])])
  const [, [, uxx]] = jet((y: Tensor) => u(net, t, y), [x], [[np.ones([]), np.zeros([])]])
  return ut.sub(uxx!)
}

const grid = (n: number, m: number): { readonly t: Tensor; readonly x: Tensor } => {
  const [t, x] = np.meshgrid(np.linspace(0, last, n), np.linspace(0, 1, m), { indexing: 'ij' }) as [Tensor, Tensor]
  return { t: t.ravel(), x: x.ravel() }
}

export function main(print: Print): void {
  const keys = random.split(random.key(2), 3)
  const first: Network = { w: random.normal(keys.at(0), [2, hidden]), b: random.normal(keys.at(1), [hidden]), out: random.normal(keys.at(2), [hidden]).mul(0.1) }
  const points = grid(8, 10)
  const residuals = (net: Network): Tensor => vmap((t: Tensor, x: Tensor) => residual(net, t, x))(points.t, points.x)

  const size = (net: Network): number => Math.sqrt(Number(np.mean(np.square(residuals(net))).item()))
  print(`residual of the first network: ${size(first).toFixed(1)}`) // => residual of the first network: …
  const fit = jit((net: Network) => solve.leastSquares((n: Network) => residuals(n), net, { maxSteps: 150 }).x)
  const net = fit(first) as Network
  print(`residual after fitting: ${size(net) < 0.02 ? 'below 0.02' : size(net).toExponential(1)}`) // => residual after fitting: below 0.02

  const test = grid(21, 41)
  const found = vmap((t: Tensor, x: Tensor) => u(net, t, x))(test.t, test.x)
  const exact = np.exp(test.t.mul(-Math.PI * Math.PI)).mul(np.sin(test.x.mul(Math.PI)))
  const error = Number(np.max(np.abs(found.sub(exact))).item())
  print(`largest error against the exact solution: ${error < 1e-3 ? 'below 0.001' : error.toExponential(1)}`) // => largest error against the exact solution: below 0.001
  const middle = (t: number): number => Number(u(net, np.array(t), np.array(0.5)).item())
  print(`u in the middle: ${[0, 0.1, 0.2].map((t) => middle(t).toFixed(2)).join(', ')}`) // => u in the middle: 1.00, 0.37, 0.14
  print(`parameters: ${String(tree.reduce((n: number, p: Tensor) => n + p.size, first, 0))}, equations: ${String(points.t.size)}`) // => parameters: 48, equations: 80
}

await runIfEntry(import.meta.url, main)
