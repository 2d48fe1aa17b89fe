/**
 * Every function of the root once, with what it prints: transforms, control flow, rules of one's own, trees, tools.
 *
 * Run: npx tsx examples/gallery/core.ts
 */
import {
  allGather, associativeScan, axisIndex, backends, bind, checkJaxpr, checkpoint, ClosedJaxpr, cond, customBatching, customJvp, customVjp, debug,
  definePrimitive, elementwise, elementwiseWith, evalJaxpr, evalShape, foriLoop, grad, hessian, hvp, isZero, jacfwd,
  jacobian, jacrev, jit, jvp, linearize, linearTranspose, makeJaxpr, map, np as rootNp, numpy, opaque, ops, pmax, pmean, pmin, ppermute, primitives, psum,
  reduceBy, saveName, scan, show as look, stopGradient, switchCase, Tensor, tree, valueAndGrad, view, vjp, vmap, whileLoop,
} from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

const f = (x: Tensor): Tensor => np.sin(x)
const outer = (x: Tensor): Tensor => np.mul(x, x.at(0))

/** A registered class is a node of trees. */
class Span {
  readonly low: Tensor
  readonly high: Tensor
  constructor(low: Tensor, high: Tensor) {
    this.low = low
    this.high = high
  }
}
tree.registerNode(Span, (s) => [[s.low, s.high], null] as const, (_, [low, high]) => new Span(low, high))

/** √x with derivative 0 at 0. */
const safeRoot = customJvp(
  (x: Tensor) => np.sqrt(x),
  ([x]: [Tensor], [dx]: [Tensor]) => {
    const y = np.sqrt(x)
    return [y, np.where(np.greater(x, 0), np.divide(dx, np.where(np.greater(x, 0), np.multiply(2, y), 1)), 0)]
  },
)

/** The identity, whose gradient is clipped. */
const clipped = customVjp((x: Tensor) => np.copy(x), { fwd: (x: Tensor) => [x, null], bwd: (_: null, ct: Tensor) => [np.clip(ct, -1, 1)] })

const batchedSum = customBatching(
  (x: Tensor) => np.sum(x),
  (_size: number, [batched]: readonly unknown[], x: Tensor) => [np.sum(x, -1), batched],
)

/** x + 1 for every kind of kernel but the elementwise: a run over whole buffers. */
const increment = definePrimitive({
  name: 'increment',
  shape: ([x]) => ({ _tag: 'Right', right: [x] }),
  kernel: opaque(() => ([x], [y]) => x.forEach((v, i) => (y[i] = v + 1))),
  jvp: (_ops, _primals, _outs, [dx]) => dx,
  transpose: 'nonlinear',
  batch: (o, [x]) => o.bind(increment, [x], {}),
})

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))
  const v = np.array([1, 2])

  // Derivatives
  show(grad(f)(0)) // => 1.0
  show(valueAndGrad(f)(0)) // => [0.0, 1.0]
  show(jvp(f, [0], [2])) // => [0.0, 2.0]
  show(vjp(f, [0])[1](3)) // => [3.0]
  show(linearize(f, [0])[1](2)) // => 2.0
  show(linearTranspose((x: Tensor) => np.multiply(x, 3), [1])(2)) // => [6.0]
  show(jacfwd(outer)(v)) // => [[2. 0.] [2. 1.]]
  show(jacrev(outer)(v)) // => [[2. 0.] [2. 1.]]
  show(jacobian(outer)(v)) // => [[2. 0.] [2. 1.]]
  show(hessian((x: Tensor) => np.prod(x))(v)) // => [[0. 1.] [1. 0.]]
  show(hvp((x: Tensor) => np.prod(x), [v], [np.ones(2)])) // => [1. 1.]
  show(grad((x: Tensor) => np.multiply(stopGradient(x), x))(3)) // => 3.0

  // Batches and compilation
  show(vmap((x: Tensor) => np.sum(x))(np.ones([2, 3]))) // => [3. 3.]
  show(jit(f)(0)) // => 0.0
  show(jit(f, { threads: 2 })(0)) // => 0.0
  // A compiled program: its plan, the bytes of a call, and the kernel over typed arrays and numbers
  const lowered = jit((x: Tensor) => np.sum(np.sin(x)), { backend: 'closure' }).lower(np.ones(9))
  show(`${lowered}`.split('\n')[1]) // => loop over 9 elements, 2 equations fused: sin, reduce_sum
  show(lowered.bytes.inputs) // => 72
  show(lowered.jaxpr.eqns.length) // => 2
  show(lowered.compile()([new Float64Array(9)])) // => [0]
  const doubled = jit((x: Tensor) => np.add(x, x)).lower(v).compile()
  const place = new Float64Array(2)
  doubled([new Float64Array([3, 4])], [place])
  show([...place]) // => [6, 8]

  // Collectives: what each lane of a named axis gets from all of them
  const lanes = (lane: (x: Tensor) => Tensor): Tensor => vmap(lane, { axisName: 'i' })(np.array([1, 2, 3]))
  show(lanes((x) => psum(x, 'i'))) // => [6. 6. 6.]
  show(lanes((x) => pmean(x, 'i'))) // => [2. 2. 2.]
  show(lanes((x) => pmax(x, 'i'))) // => [3. 3. 3.]
  show(lanes((x) => pmin(x, 'i'))) // => [1. 1. 1.]
  show(lanes((x) => allGather(x, 'i').at(-1))) // => [3. 3. 3.]
  show(lanes((x) => ppermute(x, 'i', [[0, 1], [1, 2], [2, 0]]))) // => [3. 1. 2.]
  show(lanes((x) => np.multiply(axisIndex('i'), x))) // => [0. 2. 6.]

  // Control flow that may depend on traced values
  show(cond(np.less(1, 2), (x: Tensor) => np.exp(x), (x: Tensor) => x, 0)) // => 1.0
  show(switchCase(1, [(x: Tensor) => x, (x: Tensor) => np.multiply(x, 10)], 3)) // => 30.0
  show(scan((c: Tensor, x: Tensor) => [np.add(c, x), c] as const, np.array(0), np.array([1, 2, 3]))) // => [6.0, [0. 1. 3.]]
  show(map((x: Tensor) => np.square(x), np.array([1, 2, 3]))) // => [1. 4. 9.]
  show(foriLoop(0, 3, (i, c) => np.add(c, i), np.array(10))) // => 13.0
  show(grad((x: Tensor) => scan((c: Tensor) => [np.multiply(c, x), null] as const, x, null, { length: 9, checkpoint: 3 })[0])(1)) // => 10.0
  show(whileLoop((c) => np.less(c, 100), (c) => np.multiply(c, 3), np.array(1))) // => 243.0
  show(grad((x: Tensor) => whileLoop((c) => np.less(c, 100), (c) => np.multiply(c, x), x))(3)) // => 405.0
  show(associativeScan((a: Tensor, b: Tensor) => np.add(a, b), np.array([1, 2, 3]))) // => [1. 3. 6.]

  // Rules of one's own, and memory for time
  show(grad(safeRoot)(0)) // => 0.0
  show(grad((x: Tensor) => np.multiply(clipped(x), 5))(1)) // => 1.0
  show(vmap(batchedSum)(np.ones([2, 3]))) // => [3. 3.]
  show(grad(checkpoint((x: Tensor) => np.sin(np.sin(x))))(1)) // => 0.36003948908962097
  show(grad(checkpoint((x: Tensor) => np.sin(saveName(np.sin(x), 'inner')), { policy: { names: ['inner'] } }))(1)) // => 0.36003948908962097

  // Trees
  const params = { w: [1, 2], b: null }
  show(tree.map((x: number) => 10 * x, params)) // => { w: [10, 20], b: null }
  // Saved as text, and read again: the first tree decides the structure, the other goes on below its leaves.
  const saved = JSON.stringify({ w: np.array([1, 2]), on: np.array(true) })
  show(saved) // => {"w":[1,2],"on":true}
  show(tree.map((p: Tensor, x: number[]) => np.array(x, p.dtype), { w: np.zeros(2), on: np.array(false) }, JSON.parse(saved))) // => { w: [1. 2.], on: True }
  show(tree.leaves(params)) // => [1, 2]
  show(tree.flatten(params)[0]) // => [1, 2]
  show(tree.unflatten(tree.structure(params), [3, 4])) // => { w: [3, 4], b: null }
  show(tree.reduce((a: number, b: number) => a + b, params, 0)) // => 3
  show(tree.all(params, (x: number) => x > 0)) // => true
  show(tree.sameStructure(params, { w: [0, 0], b: null })) // => true
  show(tree.transpose(tree.structure([0, 0]), tree.structure({ a: 0 }), [{ a: 1 }, { a: 2 }])) // => { a: [1, 2] }
  show(grad((s: Span) => np.subtract(s.high, np.multiply(2, s.low)))(new Span(np.array(1), np.array(5))).low) // => -2.0

  // Programs
  const program = makeJaxpr(f)(1)
  show(program) // => { lambda ; a:f64[]. let b:f64[] = sin a in (b,) }
  show(program instanceof ClosedJaxpr) // => true
  show(evalJaxpr(program, 0)) // => [0.0]
  show(evalShape(outer, v)) // => { shape: [2], dtype: float64 }
  show(checkJaxpr(program.jaxpr)._tag) // => Right
  show(look.graph(f)(1)) // => y = v1: sin f64[] └─ v0: x1 f64[]
  show(look.cost(f)(np.ones(10)).ratio) // => 3
  show(look.trace(f)(0).adjoint[0].value) // => 1
  show(look.rewrites(makeJaxpr((x: Tensor) => np.multiply(x, 1))(1)).after.eqns.length) // => 0
  show([look.graph(f)(1) instanceof look.Graph, look.cost(f)(1) instanceof look.Costs, look.trace(f)(1) instanceof look.Traces, look.rewrites(program) instanceof look.Rewrites]) // => [true, true, true, true]

  // Finding faults
  show(debug.checkGrads(f, [1])) // => undefined
  show(debug.nans(false)) // => false
  const kinks = debug.kinks((x: Tensor) => np.abs(x))(0)
  show(kinks.kinks[0].equation) // => b:f64[] = abs a
  show(kinks instanceof debug.Kinks) // => true
  const restore = debug.print.to(print)
  jit((x: Tensor) => {
    debug.print('x = {}, x² = {square:.2f}', x, { square: np.square(x) })
    debug.callback((y: Tensor) => show(y), np.negative(x))
    return x
  })(3)
  // => x = 3.0, x² = 9.00
  // => -3
  restore()
  const lost = debug.roundoff((x: Tensor) => np.divide(np.subtract(1, np.cos(x)), np.square(x)))(1e-4)
  show(lost.bound) // => 5.551115e-9
  show(lost.equations[0].primitive) // => cos
  show(lost instanceof debug.Roundoff) // => true

  // What primitives are made of
  show(bind(increment, [np.array([1, 2])], {})) // => [[2. 3.]]
  show(grad((x: Tensor) => bind(increment, [x], {})[0])(1)) // => 1.0
  show([elementwise(({ neg }, x) => neg(x)), elementwiseWith(({ neg }, [x]) => neg(x)), view(() => 'reshape'), reduceBy('add', () => [0]), opaque(() => () => undefined)].map((kernel) => kernel._tag)) // => [Elementwise, Elementwise, View, Reduce, Opaque]
  show(ops.add(np.array(1), 2)) // => 3.0
  show(isZero(ops.zero(np.array(1).aval))) // => true
  show(primitives.some((p) => p.name === 'sin')) // => true
  show(backends.map((backend) => backend.name)) // => [closure, js, wasm, direct]
  show([np.array(1) instanceof Tensor, numpy.sin === np.sin, rootNp === numpy]) // => [true, true, true]
}

await runIfEntry(import.meta.url, main)
