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
export { Tensor, type AxisArg, type Index, type NestedArray, type NestedLike, type ReduceOptions, type TensorLike } from './trace/tensor'
export type { Argnums, GradOf, Lift, Tensors } from './transforms/types'
export type { DType, TypedArray } from './data/dtype'
export * from './data/errors'
export * as tree from './tree/index'
// export * as numpy from './numpy/index'
// export * as np from './numpy/index'
