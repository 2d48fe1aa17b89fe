/** What a workload is, and how its inputs are made. */
import { np, type Tensor } from 'adjoint'

export type Input = Tensor | Float64Array | number

export interface Workload {
  /** As in the table of issue and design: W1, W2 … */
  readonly id: string
  readonly name: string
  /** By what other libraries' versions of it are found. */
  readonly key: string
  readonly f: (...xs: never[]) => unknown
  /** By what the gradient is taken. Undefined: f is what is timed, there is no gradient of it. */
  readonly argnums?: readonly number[]
  readonly args: readonly Input[]
  /** By hand: the value, and the value with its gradients in the order of `argnums` (or the results of f). */
  readonly hand: { readonly value?: () => number; readonly all: () => readonly (number | ArrayLike<number>)[] }
  /** Bytes that the adjoint must keep between its two sweeps, beside arguments and results. */
  readonly kept: number
  /** Multiplications and additions of one run, where a rate is wanted. */
  readonly flops?: number
  /** The bar, as a multiple of the time by hand. */
  readonly bar?: number
}

/** Numbers that look like data. */
export const wave = (n: number, scale = 1): Float64Array => Float64Array.from({ length: n }, (_, i) => scale * Math.sin(i * 1.7 + 0.3))

export const shaped = (x: Float64Array | Float32Array, ...shape: number[]): Tensor => np.reshape(np.array(x), shape)
