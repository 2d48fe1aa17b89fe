/**
 * Every function of adjoint/laws once: laws of rules and functions, arbitraries, and what a violation looks like.
 *
 * Run: npx tsx examples/gallery/laws.ts
 * A law is a value {name, statement, property}; `check` runs its property with fast-check.
 */
import { primitives, type Tensor } from 'adjoint'
import {
  batched, check, compiled, type Law, LawViolation, linear, loops, program, programOf, programs, recipes, rule, shape, tensor,
  transformed, transforms, tree, witnesses,
} from 'adjoint/laws'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'

const swish = (x: Tensor): Tensor => np.divide(x, np.add(1, np.exp(np.negative(x))))
const moved = (x: Tensor): Tensor => np.add(x, 1)

/** How many of the laws hold, in five runs each. */
function held(laws: readonly Law[]): string {
  const good = laws.filter((law) => {
    try {
      return !check(law, { seed: 1, numRuns: 5 }).failed
    } catch (error) {
      if (error instanceof LawViolation) return false
      throw error
    }
  })
  return `${good.length} of ${laws.length}`
}

export function main(print: Print): void {
  const show = (x: unknown): void => print(String(x))
  const sin = primitives.find((p) => p.name === 'sin')!

  // Laws
  show(held(rule(sin))) // => 15 of 15
  show(held(rule(swish, [tensor()]))) // => 14 of 14
  show(held(transforms(swish, [tensor({ shape: [2] })]))) // => 16 of 16
  show(held(batched(swish, [tensor()]))) // => 3 of 3
  show(held(compiled(swish, [tensor()]))) // => 5 of 5
  show(held(linear((x: Tensor) => np.cumsum(x), [tensor({ shape: [3] })]))) // => 2 of 2
  show(held(linear(moved, [tensor({ shape: [3] })]))) // => 0 of 2
  show(held(loops((c: Tensor, x: Tensor) => [np.tanh(np.add(c, x)), c], tensor({ shape: [2] }), tensor({ shape: [4, 2] })))) // => 7 of 7
  show(programs({ maxSteps: 2 }).length > 20) // => true
  const condition = witnesses().find((w) => w.name === 'cond')!
  show(held(rule(condition.by(condition.prim), condition.args))) // => 14 of 14

  // What they are checked on: arbitraries of fast-check
  show([shape(), tensor(), tree(tensor()), program(), transformed()].every((arbitrary) => typeof arbitrary.generate === 'function')) // => true
  show(programOf({ steps: [[1, 2, 3]], pool: [1, 2] }).args.length > 0) // => true
  show(recipes.has(sin)) // => true
}

await runIfEntry(import.meta.url, main)
