/**
 * Forward against reverse mode: which of them gives a Jacobian cheaply depends on its shape, m by n.
 *
 * Run: npx tsx examples/modes.ts
 * For f: ℝⁿ → ℝᵐ, forward mode carries n tangents, reverse mode m cotangents. The table counts operations (show.cost) and
 * measures compiled Jacobians of both modes; `jacobian` chooses by the shape.
 */
import { jacfwd, jacobian, jacrev, jit, show, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'
import { runIfEntry, type Print } from './entry'

const hidden = 16
const sizes = [
  [1, 200],
  [10, 200],
  [50, 200],
  [50, 50],
  [200, 50],
  [200, 10],
  [200, 1],
] as const

export interface Measured {
  readonly n: number
  readonly m: number
  /** Operations of the whole Jacobian. */
  readonly operations: { readonly forward: number; readonly reverse: number }
  /** Milliseconds of the compiled Jacobian: the least of three runs. */
  readonly time: { readonly forward: number; readonly reverse: number }
  /** Whether both modes gave the same matrix. */
  readonly agree: boolean
}

const least = (run: () => unknown): number => {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}

const measured = (): readonly Measured[] =>
  sizes.map(([n, m]) => {
    const [first, second, at] = random.split(random.key(0), 3)
    const a = np.div(random.normal(first, [hidden, n]), Math.sqrt(n))
    const b = np.div(random.normal(second, [m, hidden]), Math.sqrt(hidden))
    const f = (v: Tensor): Tensor => np.tanh(np.matmul(b, np.sin(np.matmul(a, v))))
    const x = random.normal(at, [n])
    const [forward, reverse] = [jit(jacfwd(f)), jit(jacrev(f))]
    return {
      n,
      m,
      operations: show.cost(f)(x).jacobian,
      agree: Boolean(np.allclose(forward(x), reverse(x)).item()),
      time: { forward: least(() => forward(x)), reverse: least(() => reverse(x)) },
    }
  })

export function main(print: Print): readonly Measured[] {
  print('     n     m │ operations: forward      reverse │ ms: forward    reverse │ cheaper')
  const rows = measured()
  for (const { n, m, operations, time, agree } of rows) {
    const cells = [
      String(n).padStart(6), String(m).padStart(6), ' │ ',
      operations.forward.toLocaleString('en').padStart(19), operations.reverse.toLocaleString('en').padStart(13), ' │ ',
      time.forward.toFixed(2).padStart(11), time.reverse.toFixed(2).padStart(11), ' │ ',
      n < m ? 'forward' : m < n ? 'reverse' : 'either', agree ? '' : '  THE MODES DISAGREE',
    ]
    print(cells.join(''))
  }
  // jacobian makes this choice.
  const wide = (v: Tensor): Tensor => np.sum(np.square(v))
  print(`jacobian of ℝ³ → ℝ: ${jacobian(wide)(np.array([1, 2, 3]))}`) // => jacobian of ℝ³ → ℝ: [2. 4. 6.]
  return rows
}

await runIfEntry(import.meta.url, (print) => void main(print))
