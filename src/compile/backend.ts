/**
 * A backend turns a program into a kernel. Backends share this interface and the bits of their results.
 *
 * Law: for every program, all backends return the same bits, dtypes and shapes.
 */
import type { TypedArray } from '../data/dtype'
import type { Jaxpr } from '../ir/types'

/** Row-major elements in the dtype's own typed array; a number at rank 0. */
export type Buffer = TypedArray | number

export interface Kernel {
  /** One buffer an input; fresh outputs, unless `outputs` holds arrays to be filled. Inputs are never written to. */
  readonly run: (inputs: readonly Buffer[], outputs?: readonly (TypedArray | undefined)[]) => Buffer[]
  /** Bytes of scratch memory that the kernel keeps between calls. */
  readonly bytes: number
  /** The plan in words: loops, buffers, what was fused. */
  readonly describe: () => string
  /** Where it is compiled anew once it has run often: that kernel, at once. */
  readonly hot?: () => Kernel
}

export interface Backend {
  readonly name: string
  readonly compile: (jaxpr: Jaxpr) => Kernel
}

/** A kernel that runs so; what else it is asked, the one that is made by then is asked. */
export const running = (made: () => Kernel, run: Kernel['run']): Kernel => ({
  run,
  get bytes() {
    return made().bytes
  },
  describe: () => made().describe(),
})
