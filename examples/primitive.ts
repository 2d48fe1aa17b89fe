/**
 * A primitive of one's own, with all its rules in one record, held to the laws; and a wrong rule that the laws catch.
 *
 * Run: npx tsx examples/primitive.ts
 * softclip x = x / √(1 + x²) is smooth and lies in (−1, 1). Its derivative is (1 + x²)^(−3/2).
 */
import { bind, definePrimitive, elementwise, grad, hessian, jit, makeJaxpr, vmap, type Ops, type Primitive, type Tensor, type Value } from 'adjoint'
import { check, LawViolation, rule } from 'adjoint/laws'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

/** The record, given the derivative: a rule is handed the words it may use, and works on whatever they work on. */
const clip = (name: string, derivative: (ops: Ops, x: Value) => Value): Primitive =>
  definePrimitive({
    name,
    // The result has the operand's shape and dtype. A rule that refuses returns what is wrong as a Left instead.
    shape: ([x]) => ({ _tag: 'Right', right: [x] }),
    // A scalar expression, which every backend compiles.
    kernel: elementwise(({ div, sqrt, add, mul }, x) => div(x, sqrt(add(1, mul(x, x))))),
    jvp: (ops, [x], _results, [dx]) => ops.mul(dx, derivative(ops, x)),
    // Only linear primitives have a transpose; reverse mode comes from the jvp.
    transpose: 'nonlinear',
    batch: 'elementwise',
  })

/** r³ with r = 1 / √(1 + x²) */
const cubed = ({ div, sqrt, add, mul }: Ops, x: Value): Value => {
  const r = div(1, sqrt(add(1, mul(x, x))))
  return mul(r, mul(r, r))
}
/** r², which is the derivative of the arcus tangens. */
const squared = ({ div, add, mul }: Ops, x: Value): Value => div(1, add(1, mul(x, x)))

const softclipPrimitive = clip('softclip', cubed)

/** The function that users call. */
export const softclip = (x: Parameters<typeof np.asarray>[0]): Tensor => bind(softclipPrimitive, [np.asarray(x)], {})[0]

/** Holds a primitive to the laws; the violations. */
export function violations(primitive: Primitive): readonly LawViolation[] {
  const laws = rule(primitive, (choose) => ({ operands: [choose.variable()] }))
  return laws.flatMap((law) => {
    try {
      check(law, { seed: 1, numRuns: 20 })
      return []
    } catch (error) {
      if (!(error instanceof LawViolation)) throw error
      return [error]
    }
  })
}

export function main(print: Print): void {
  const show = (x: unknown): void => print(String(x))

  // It behaves as the built-in ones do: every transform takes it, to any depth.
  show(softclip([0, 1, 100])) // => [0.         0.70710678 0.99995   ]
  show(grad(softclip)(0)) // => 1.0
  show(vmap(grad(softclip))(np.array([0, 1]))) // => [1.         0.35355339]
  show(hessian(softclip)(1)) // => -0.5303300858899107
  show(jit(grad((x: Tensor) => softclip(x).sum()))(np.array([0, 1]))) // => [1.         0.35355339]
  show(makeJaxpr(softclip)(1)) // => { lambda ; a:f64[]. let b:f64[] = softclip a in (b,) }

  // Its rules obey the laws: derivatives of first and second order, batches, shapes, the same bits on every backend.
  for (const law of rule(softclipPrimitive, (choose) => ({ operands: [choose.variable()] }))) print(`law      ${law.name}`)
  print(`the right rule breaks ${violations(softclipPrimitive).length} of them`) // => the right rule breaks 0 of them

  // A wrong one does not get through, and the evidence is small.
  const [first, ...others] = violations(clip('wrongclip', squared))
  print(`the wrong rule breaks ${1 + others.length} of them; the first:`) // => the wrong rule breaks … of them; the first:
  first.message.split('\n').forEach((line) => print(`  ${line}`))
  // => wrongclip: jvp = differences: the law does not hold
}

await runIfEntry(import.meta.url, main)
