/**
 * Every error once: its class and code, what was wrong, and what to do.
 *
 * Run: npx tsx examples/gallery/errors.ts
 * All are subclasses of AdjointError. The message has two lines; `what` and `fix` hold them apart.
 */
import {
  AdjointError, AxisError, bind, checkJaxpr, CompileError, ConcretizationError, CustomRuleError, customVjp, debug, definePrimitive, demand,
  DTypeError, elementwise, fault, grad, IndexError, jit, LeakedTracerError, linearTranspose, makeJaxpr, NaNError, NonlinearError,
  NonScalarGradError, raise, ShapeError, toError, TreeError, vjp, type Tensor,
} from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'

/** The class and the first line of what running throws. */
function thrown(kind: new (...args: never[]) => AdjointError, run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof kind) return `${error.name} ${error.code}: ${error.what}`
    throw error
  }
  return 'nothing was thrown'
}

/** Runs with every NaN an error. */
function watched(run: () => unknown): void {
  debug.nans(true)
  try {
    run()
  } finally {
    debug.nans(false)
  }
}

/** A primitive that takes vectors only: its shape rule says so in a fault. */
const vectorOnly = definePrimitive({
  name: 'vector_only',
  shape: ([x]) =>
    x.shape.length === 1
      ? { _tag: 'Right', right: [x] }
      : { _tag: 'Left', left: fault('shape', `vector_only: expected rank 1, got rank ${x.shape.length}`, 'Give a vector.') },
  kernel: elementwise(({ neg }, x) => neg(x)),
  jvp: (ops, _primals, _outs, [dx]) => ops.neg(dx),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

export function main(print: Print): void {
  const show = (x: unknown): void => print(String(x))
  const square = (x: Tensor): Tensor => np.square(x)
  const x = np.array([1, 2])

  show(thrown(ShapeError, () => np.add(x, [1, 2, 3]))) // => ShapeError shape: add: shapes [2] and [3] do not broadcast
  show(thrown(DTypeError, () => grad(square)(np.array(3, 'int32')))) // => DTypeError dtype: grad: args[0] is int32[], and derivatives need floating dtypes
  show(thrown(TreeError, () => vjp(square, [x])[1]([x, x]))) // => TreeError tree: vjp: cotangent: ct: expected *, got [*, *]
  show(thrown(AxisError, () => np.sum(x, 1))) // => AxisError axis: sum: axis 1 is out of bounds for an array of rank 1
  show(thrown(IndexError, () => x.at(2))) // => IndexError index: index 2 is out of bounds for axis 0 with size 2
  show(thrown(NonScalarGradError, () => grad(square)(x))) // => NonScalarGradError non-scalar-grad: grad: the function must return one real number, got float64[2]
  show(thrown(NonlinearError, () => linearTranspose(square, [x]))) // => NonlinearError nonlinear: mul is not linear in what depends on the linear inputs: operand 0 and 1
  show(thrown(ConcretizationError, () => jit((v: Tensor) => (Number(v.at(0).item()) > 0 ? v : v.neg()))(x))) // => ConcretizationError concretization: item() needs the value of a traced float64[], which is not known inside jit.
  show(thrown(ConcretizationError, () => grad((v: Tensor) => Math.sin(v as never) as never)(1))) // => ConcretizationError concretization: a JavaScript operator (+ - * / < > == or Math.*) was applied to a traced float64[] inside grad: it would lose the derivative or take a wrong branch.
  let leaked = x
  jit((v: Tensor) => (leaked = v))(x)
  show(thrown(LeakedTracerError, () => leaked.add(1))) // => LeakedTracerError leaked-tracer: a traced float64[2] of jit was used outside the function that was traced.
  const wrong = customVjp((v: Tensor) => np.sum(v), { fwd: (v: Tensor) => [np.sum(v), null], bwd: () => [np.ones(3)] })
  show(thrown(CustomRuleError, () => grad(wrong)(x))) // => CustomRuleError custom-rule: the bwd rule of customVjp: cts[0]: expected float64[2], got float64[3]
  show(thrown(CompileError, () => jit(square, { backend: 'gpu' as never })(x))) // => CompileError compile: jit: backend gpu is not known
  show(thrown(NaNError, () => watched(() => np.log(-1)))) // => NaNError nan: a NaN appeared in equation 0 (log), from …/examples/gallery/errors.ts:…; its operands: -1.0

  // For primitives and libraries of one's own
  show(thrown(ShapeError, () => bind(vectorOnly, [np.ones([2, 2])], {}))) // => ShapeError shape: vector_only: expected rank 1, got rank 2
  show(thrown(ShapeError, () => raise(fault('shape', 'what was wrong', 'what to do')))) // => ShapeError shape: what was wrong
  show(thrown(AxisError, () => demand(false, 'axis', () => 'no such axis', 'Give another.'))) // => AxisError axis: no such axis
  show(toError(fault('dtype', 'what was wrong', 'what to do')) instanceof AdjointError) // => true
  show(checkJaxpr({ ...makeJaxpr(square)(x).jaxpr, eqns: [] })._tag) // => Left
}

await runIfEntry(import.meta.url, main)
