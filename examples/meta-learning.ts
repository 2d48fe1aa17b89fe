/**
 * Learning to learn: gradients through training itself (MAML, Finn, Abbeel & Levine 2017), and through a minimum.
 *
 * Run: npx tsx examples/meta-learning.ts
 * Tasks are sine waves of random amplitude and phase, seen at ten points. A small network is trained so that one step of
 * gradient descent on a task's points fits the whole wave: grad of a function that calls grad, over a batch of tasks by vmap.
 * Then a regularisation weight is chosen by the gradient of the validation error through the minimum of the training loss.
 */
import { grad, jit, optim, random, solve, tree, valueAndGrad, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

interface Layer {
  readonly w: Tensor
  readonly b: Tensor
}
type Network = readonly Layer[]

const width = 24
const points = 10
const batch = 8
const rate = 0.05

const predict = (net: Network, x: Tensor): Tensor =>
  net.reduce((h, { w, b }, i) => {
    const z = np.matmul(h, w).add(b)
    return i < net.length - 1 ? np.tanh(z) : z
  }, np.expandDims(x, -1)).slice('...', 0)

const loss = (net: Network, x: Tensor, y: Tensor): Tensor => np.mean(np.square(predict(net, x).sub(y)))

/** The network after one step on a task's points. */
const adapted = (net: Network, x: Tensor, y: Tensor): Network =>
  tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(rate)), net, grad(loss)(net, x, y)) as Network

/** Points of a random wave: those to learn from, those to be judged by. */
function task(key: Tensor): { readonly x: Tensor; readonly y: Tensor } {
  const [a, b, c] = [0, 1, 2].map((i) => random.split(key, 3).at(i)) as [Tensor, Tensor, Tensor]
  const x = random.uniform(a, [2 * points], { minval: -3, maxval: 3 })
  const amplitude = random.uniform(b, [], { minval: 0.5, maxval: 2 })
  return { x, y: np.sin(x.add(random.uniform(c, [], { maxval: Math.PI }))).mul(amplitude) }
}

/** The loss on a task's second points after a step on its first ones. */
const after = (net: Network, key: Tensor): Tensor => {
  const { x, y } = task(key)
  const [learn, judge] = [[0, points], [points, 2 * points]] as const
  return loss(adapted(net, x.slice([...learn]), y.slice([...learn])), x.slice([...judge]), y.slice([...judge]))
}

const meanAfter = (net: Network, keys: Tensor): Tensor => np.mean(vmap((k: Tensor) => after(net, k))(keys))

function metaTrain(steps: number): { readonly before: number; readonly afterwards: number } {
  const keys = random.split(random.key(0), 3)
  const layer = (i: number, n: number, m: number): Layer => ({ w: random.normal(keys.at(i), [n, m]).mul(Math.sqrt(1 / n)), b: np.zeros([m]) })
  let net: Network = [layer(0, 1, width), layer(1, width, width), layer(2, width, 1)]
  const adam = optim.adam(0.005)
  let state = adam.init(net)
  const step = jit((n: Network, s: typeof state, key: Tensor) => {
    const [value, g] = valueAndGrad(meanAfter)(n, random.split(key, batch))
    const [updates, next] = adam.update(g, s, n)
    return [value, optim.applyUpdates(n, updates), next] as const
  })
  const judged = jit(meanAfter)
  const held = random.split(random.key(99), 100)
  const before = Number((judged(net as never, held) as Tensor).item())
  for (let k = 0; k < steps; k++) [, net, state] = step(net as never, state as never, random.key(1000 + k)) as unknown as [Tensor, Network, typeof state]
  return { before, afterwards: Number((judged(net as never, held) as Tensor).item()) }
}

/** Ridge regression on 12 powers: its weight as a function whose validation error has a gradient. */
function regularisation(): { readonly weight: number; readonly slope: number; readonly from: number; readonly to: number } {
  const features = (x: Tensor): Tensor => np.stack(Array.from({ length: 12 }, (_, k) => np.power(x, k)), 1)
  const truth = (x: Tensor): Tensor => np.sin(x.mul(3))
  const xs = np.linspace(-1, 1, 15)
  const noisy = truth(xs).add(random.normal(random.key(3), [15]).mul(0.3))
  const fresh = np.linspace(-0.95, 0.95, 40)
  const validation = (logWeight: Tensor): Tensor => {
    const inner = (w: Tensor): Tensor => np.mean(np.square(np.matmul(features(xs), w).sub(noisy))).add(np.exp(logWeight).mul(np.sum(np.square(w))))
    const { x: w } = solve.minimize(inner, np.zeros([12]), { tol: 1e-7 })
    return np.mean(np.square(np.matmul(features(fresh), w).sub(truth(fresh))))
  }
  const start = np.array(-9)
  const best = solve.minimize(validation, start, { tol: 1e-5 })
  return { weight: Math.exp(Number(best.x.item())), slope: Number(grad(validation)(start).item()), from: Number(validation(start).item()), to: Number((best.fun as Tensor).item()) }
}

export function main(print: Print): void {
  const { before, afterwards } = metaTrain(300)
  print(`error after one step on a new task, untrained: ${before.toFixed(2)}`) // => error after one step on a new task, untrained: 0.45
  print(`error after one step on a new task, meta-trained: ${afterwards < before / 3 ? 'less than a third of that' : afterwards.toFixed(2)}`)
  // => error after one step on a new task, meta-trained: less than a third of that
  const { weight, slope, from, to } = regularisation()
  print(`validation error ${from.toFixed(4)} at weight e⁻⁹, slope ${slope.toFixed(4)}`) // => validation error 0.0333 at weight e⁻⁹, slope -0.0014
  print(`validation error ${to.toFixed(4)} at weight ${weight.toFixed(4)}, found by the gradient through the minimum`)
  // => validation error 0.0243 at weight 0.0028, found by the gradient through the minimum
}

await runIfEntry(import.meta.url, main)
