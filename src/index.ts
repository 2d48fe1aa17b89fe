/**
 * adjoint: automatic differentiation for TypeScript, as JAX has it for Python.
 *
 * Public names only. Example: grad((x) => np.square(x))(3) // => 6
 */
export { grad, valueAndGrad, type GradOptions } from './transforms/grad'
export { jvp, linearize, linearTranspose, vjp } from './transforms/differentiate'
export { hessian, hvp, jacfwd, jacobian, jacrev, type JacobianOptions } from './transforms/jacobian'
export { vmap, type Axes, type VmapOptions } from './transforms/vmap'
export { jit, type BackendName, type Jitted, type JitOptions, type Lowered, type RawKernel } from './control/jit'
export { stopGradient } from './transforms/stop-gradient'
export { ClosedJaxpr, evalJaxpr, evalShape, makeJaxpr, type ShapeDtype } from './transforms/inspect'
export { definePrimitive } from './primitives/define'
export { primitives } from './primitives/all'
export { backends, bind, ruleOps as ops } from './primitives/world'
export { isZero, type Value } from './ir/value'
export type { Aval, Eqn, Jaxpr, Lit, Ops, Primitive, Var } from './ir/types'
export { elementwise, elementwiseWith, opaque, reduceBy, view, type KernelSpec } from './ir/kernel'
export { checkJaxpr } from './ir/check'
export type { Backend, Kernel } from './compile/backend'
export { Tensor, type AxisArg, type Index, type NestedArray, type NestedLike, type ReduceOptions, type TensorLike } from './trace/tensor'
export type { Argnums, GradOf, Lift, Tensors } from './transforms/types'
export type { DType, TypedArray } from './data/dtype'
export * from './data/errors'
export * as tree from './tree/index'
export * as numpy from './numpy/index'
export * as np from './numpy/index'
