/**
 * The two phases of reverse mode made visible, on the function of Baydin et al.: f(x₁, x₂) = ln x₁ + x₁x₂ − sin x₂ at (2, 5).
 *
 * Run: npx tsx examples/show.ts
 * First the textbook's tables (forward primal trace, reverse adjoint trace, forward tangent trace), then the computation
 * graph, then what the derivatives cost. Source: Baydin et al. 2018, Automatic Differentiation in Machine Learning, tables 2, 3.
 */
import { makeJaxpr, show, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

const f = (x1: Tensor, x2: Tensor): Tensor => np.log(x1).add(x1.mul(x2)).sub(np.sin(x2))

export function main(print: Print): void {
  const block = (title: string, text: unknown): void => {
    print(title)
    String(text).split('\n').forEach(print)
    print('')
  }

  block('forward primal trace and forward tangent trace in the direction (1, 0); then the reverse adjoint trace', show.trace(f, { tangents: [1, 0] })(2, 5))
  // => v5  = sub(v3, v4)  = 11.65207146 │ v̇5  = …
  // => v0  = x2           = 5.          │ x̄2  = v̄0 … = 1.71633781
  block('the program that was traced', makeJaxpr(f)(2, 5))
  block('computation graph', show.graph(f)(2, 5))
  block('the same for Graphviz', show.graph(f)(2, 5).toDot())
  block('the same for Mermaid', show.graph(f)(2, 5).toMermaid())

  // Value and gradient together cost a small multiple of the value, whatever the number of inputs.
  const sumOfSines = (x: Tensor): Tensor => np.sum(np.sin(np.mul(x, x)))
  for (const n of [10, 1000, 100_000]) block(`cost of Σ sin xᵢ² for n = ${n}`, show.cost(sumOfSines)(np.ones([n])))
}

await runIfEntry(import.meta.url, main)
