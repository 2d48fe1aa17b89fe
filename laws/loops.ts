/**
 * `loops`: what the forms of a loop over one body have to do with one another.
 *
 * Law: scan is the JavaScript loop that it says; neither `unroll` nor `checkpoint` changes a bit of values, tangents and
 * cotangents, in a scan or in a loop of unknown length. Second and third derivatives agree to rounding: their sums may be
 * ordered otherwise.
 * Example: loops((c, x) => [np.tanh(np.add(c, x)), c], tensor({ shape: [2] }), tensor({ shape: [5, 2] })).forEach((law) => check(law))
 */
import type { Arbitrary } from 'fast-check'
import { foriLoop, numpy as np, scan, tree, type Tensor } from '../src/index'
import { casesOf, lawsOf, toleranceOf, type Claim, type Smooth } from './case'
import { backward, onSmooth } from './claims/derivative'
import { differs, directions, elements, largest, strays } from './elements'
import { forward } from './forward'
import { refute, type Law } from './law'

type Flat = readonly Tensor[]
type Tree = unknown
type Step = (carry: never, x: never) => readonly [unknown, unknown]
/** A loop of a body over trees: the last carry, and the results stacked. */
type Form = (body: Step) => (carry: Tree, xs: Tree) => Tree

const scanned = (options: object): Form => (body) => (carry, xs) => scan(body as never, carry, xs as never, options)

const lengthOf = (xs: Tree): number => (tree.leaves(xs)[0] as Tensor).shape[0]!
const asTensors = (t: Tree): Tree => tree.map((leaf: unknown) => np.asarray(leaf as never), t as never)

/** What scan's documentation says, with its steps in `order`. */
const written = (reverse: boolean): Form => (body) => (carry, xs) => {
  const n = lengthOf(xs)
  const ys: Flat[] = []
  let c = asTensors(carry)
  for (let t = 0; t < n; t++) {
    const at = reverse ? n - 1 - t : t
    const [next, y] = body(c as never, tree.map((leaf: Tensor) => leaf.at(at), xs as never) as never)
    c = asTensors(next)
    ys[at] = tree.leaves(asTensors(y)) as Tensor[]
  }
  return [c, (ys[0] ?? []).map((_, i) => np.stack(ys.map((y) => y[i]!)))]
}

/** A loop whose number of steps is known when it runs. */
const counted = (options: object): Form => (body) => (carry, xs) => {
  const rows = asTensors(xs)
  const next = (i: Tensor, c: unknown): unknown => body(c as never, tree.map((leaf: Tensor) => np.take(leaf, i, 0), rows as never) as never)[0]
  return foriLoop(0, np.array(lengthOf(xs), { dtype: 'int32' }), next as never, asTensors(carry), options)
}

/** The last carry alone. */
const carryOf = (form: Form): Form => (body) => (carry, xs) => (form(body)(carry, xs) as readonly [Tree, Tree])[0]

/** All forms agree with the first: in bits, or to rounding. */
function agree(name: string, statement: string, forms: number, exact: boolean): Claim {
  const compare = (c: Smooth, what: string, bits: boolean, of: (call: (...xs: Flat) => Flat) => Flat): void => {
    const n = c.outs.length / forms
    const each = Array.from({ length: forms }, (_, k) => of((...xs) => c.call(...xs).slice(k * n, (k + 1) * n)))
    const [first] = each
    const scale = Math.max(1, ...first!.map((t) => largest(elements(t))))
    each.slice(1).forEach((got, k) => got.forEach((t, i) => {
      const wrong = bits ? differs(t, first![i]!) : strays(t, first![i]!, toleranceOf(c, 1e-11), scale)
      if (wrong) refute(`${what} of form ${k + 1}: result ${i}: ${wrong}`)
    }))
  }
  return {
    name,
    statement,
    holds: onSmooth((c, seed) => {
      const w = directions(c.args.map((t) => t.aval), seed)
      const v = directions(c.outs.slice(0, c.outs.length / forms).map((t) => t.aval), seed + 1)
      compare(c, 'the value', exact, (call) => call(...c.args))
      compare(c, 'the tangent', exact, (call) => forward(call, c.args, w)[1])
      compare(c, 'the cotangent', exact, (call) => backward(call, c.args, v))
      const curved = (call: (...xs: Flat) => Flat) => (...xs: Flat): Flat => forward((...ys) => backward(call, ys, v), xs, w)[1]
      compare(c, 'the derivative of the cotangent', false, (call) => curved(call)(...c.args))
      compare(c, 'the cotangent of the cotangent', false, (call) => backward((...xs) => backward(call, xs, v), c.args, w))
      compare(c, 'the cotangent of the derivative of the cotangent', false, (call) => backward(curved(call), c.args, w))
      compare(c, 'the second derivative of the cotangent', false, (call) => forward(curved(call), c.args, w)[1])
    }),
  }
}

const groups: readonly (readonly [name: string, statement: string, exact: boolean, forms: readonly Form[]])[] = [
  ['scan = the JavaScript loop', 'scan(f, c, xs) is `for (x of xs) [c, y] = f(c, x)`, in either direction, in value and derivatives.', false, [written(false), scanned({})]],
  ['reverse scan = the JavaScript loop', 'The same from the last slice to the first.', false, [written(true), scanned({ reverse: true })]],
  ['loop of unknown length = the JavaScript loop', 'The last carry of a while loop is that of the loop as it is written, in value and derivatives.', false, [carryOf(written(false)), counted({})]],
  ['unrolled = rolled', 'Copies of the body in one turn change nothing.', true, [scanned({}), ...[2, 3, true].map((unroll) => scanned({ unroll }))]],
  ['checkpointed = plain', 'A scan that keeps few carries has the derivatives of one that keeps all residuals.', true, [scanned({}), ...[1, 2, 3, 100].map((checkpoint) => scanned({ checkpoint }))]],
  ['checkpointed = plain, in reverse', 'The same from the last slice to the first.', true, [scanned({ reverse: true }), ...[1, 2].map((checkpoint) => scanned({ reverse: true, checkpoint }))]],
  ['checkpointed = plain, of unknown length', 'The same of a while loop.', true, [counted({}), ...[1, 2, 3, 100].map((checkpoint) => counted({ checkpoint }))]],
]

/** The laws of loops for a body `(carry, x) => [carry, y]`, at carries and stacked slices from two arbitraries of trees. */
export const loops = (body: Step, carry: Arbitrary<unknown>, xs: Arbitrary<unknown>): Law[] =>
  groups.flatMap(([name, statement, exact, forms]) =>
    lawsOf(body.name || 'body', casesOf((c: Tree, x: Tree) => forms.map((form) => form(body)(c, x)), [carry, xs]), [agree(name, statement, forms.length, exact)]),
  )
