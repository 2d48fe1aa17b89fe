/**
 * Differential equations learned from data: the four rates of a predator–prey model, then the same course by a neural ODE.
 *
 * Run: npx tsx examples/lotka-volterra.ts
 * The Lotka–Volterra equations x' = αx − βxy, y' = δxy − γy. The Jacobian of the residuals by the rates, and the gradient by the
 * network's weights, go through the ODE solver: forward by the steps, backward by the adjoint equation.
 */
import { jit, optim, random, solve, valueAndGrad, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

/** α, β, δ, γ, for hares and lynxes in tens of thousands, times in years. */
const truth = np.array([0.55, 0.28, 0.26, 0.84])
const start = np.array([1, 0.8])
const times = np.linspace(0, 10, 21)

const rates = (y: Tensor, _t: Tensor, p: Tensor): Tensor => {
  const [hares, lynxes] = [y.at(0), y.at(1)]
  const met = hares.mul(lynxes)
  return np.stack([p.at(0).mul(hares).sub(p.at(1).mul(met)), p.at(2).mul(met).sub(p.at(3).mul(lynxes))])
}

const course = (p: Tensor): Tensor => solve.odeint(rates, start, times, [p], { rtol: 1e-8, atol: 1e-8 })

/** Counts with a relative error of two percent. */
const counted = (): Tensor => course(truth).mul(np.exp(random.normal(random.key(7), [21, 2]).mul(0.02)))

/** Levenberg–Marquardt in the logarithms, so that rates stay positive and errors count relatively. */
function fitRates(data: Tensor): { readonly p: Tensor; readonly steps: Tensor; readonly spread: number } {
  const residuals = (logs: Tensor): Tensor => np.log(course(np.exp(logs))).sub(np.log(data))
  const { x, cost, steps } = solve.leastSquares(residuals, np.log(np.array([1, 0.5, 0.5, 1])), { tol: 1e-8 })
  return { p: np.exp(x), steps, spread: Math.sqrt((2 * Number(cost.item())) / (2 * 21 - 4)) }
}

interface Layer {
  readonly w: Tensor
  readonly b: Tensor
}

/** A network that gives the logarithmic derivatives of both populations. */
const network = (layers: readonly Layer[], y: Tensor): Tensor =>
  layers.reduce((x, { w, b }, i) => {
    const z = np.matmul(x, w).add(b)
    return i < layers.length - 1 ? np.tanh(z) : z
  }, np.log(y))

function neuralOde(data: Tensor, steps: number): { readonly first: number; readonly last: number } {
  const keys = random.split(random.key(1), 2)
  const layer = (i: number, n: number, m: number): Layer => ({ w: random.normal(keys.at(i), [n, m]).mul(0.3), b: np.zeros([m]) })
  let layers: readonly Layer[] = [layer(0, 2, 12), layer(1, 12, 2)]
  const fourth = np.linspace(0, 10, 21).slice([0, 11])
  const target = np.log(data.slice([0, 11]))
  const loss = (ls: readonly Layer[]): Tensor => {
    const states = solve.odeint((z: Tensor) => network(ls, np.exp(z)), np.log(start), fourth, [], { rtol: 1e-4, atol: 1e-4 })
    return np.mean(np.square(states.sub(target)))
  }
  const adam = optim.adam(0.03)
  let state = adam.init(layers)
  const step = jit((ls: readonly Layer[], s: typeof state) => {
    const [value, g] = valueAndGrad(loss)(ls)
    const [updates, next] = adam.update(g, s, ls)
    return [value, optim.applyUpdates(ls, updates), next] as const
  })
  let first = NaN
  let value: Tensor = np.array(NaN)
  for (let k = 0; k < steps; k++) {
    ;[value, layers, state] = step(layers as never, state as never) as unknown as [Tensor, readonly Layer[], typeof state]
    if (k === 0) first = Number(value.item())
  }
  return { first, last: Number(value.item()) }
}

export function main(print: Print): void {
  const data = counted()
  const { p, steps, spread } = fitRates(data)
  const names = ['births of hares', 'hares eaten', 'births of lynxes', 'deaths of lynxes']
  names.forEach((name, i) => print(`${name.padEnd(18)} ${Number(p.at(i).item()).toFixed(3)}  (true ${Number(truth.at(i).item()).toFixed(3)})`))
  // => births of hares 0.554 (true 0.550)
  // => hares eaten 0.285 (true 0.280)
  // => births of lynxes 0.256 (true 0.260)
  // => deaths of lynxes 0.836 (true 0.840)
  print(`errors of the counts: ${(100 * spread).toFixed(1)}%`) // => errors of the counts: 2.1%
  print(`fitted in ${Number(steps.item()) < 40 ? 'fewer than 40' : String(steps)} steps`) // => fitted in fewer than 40 steps

  // Whether a little more food for the hares helps them: all courses at once, along the rate of their births.
  const peaks = vmap((a: Tensor) => np.max(course(np.concatenate([np.reshape(a, [1]), p.slice([1, 4])])), 0))(np.array([0.5, 0.6]))
  print(`peaks of hares and lynxes at births 0.5 and 0.6: ${String(np.round(peaks, 2)).replace(/\s+/g, ' ')}`) // => peaks of hares and lynxes at births 0.5 and 0.6: [[8.41 5.65] [8.96 6.68]]

  const { first, last } = neuralOde(data, 120)
  print(`neural ODE: mean square of the logarithms ${first.toFixed(3)} → ${last < 0.01 ? 'below 0.01' : last.toFixed(3)}`) // => neural ODE: mean square of the logarithms 1.923 → below 0.01
}

await runIfEntry(import.meta.url, main)
