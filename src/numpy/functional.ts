/**
 * Functions of one part of an array made into functions of the whole, by vmap.
 *
 * Example: np.vectorize((a, b) => np.dot(a, b), { signature: '(n),(n)->()' }) takes stacks of vectors that broadcast
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { broadcastShapes, range, showShape } from '../data/shape'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { vmap } from '../transforms/vmap'
import { axisIn, stretch, tensor } from './arguments'

/** f of every vector along an axis; what it gives takes the axis' place. */
export function applyAlongAxis(f: (line: Tensor) => TensorLike, axis: number, x: TensorLike): Tensor {
  demandFunction('applyAlongAxis', f, itself)
  const a = tensor(x)
  const k = axisIn('applyAlongAxis', axis, a)
  const rest = a.shape.filter((_, i) => i !== k)
  const n = rest.length
  const front = ops.transpose(a, [...range(a.ndim).filter((i) => i !== k), k])
  const lines = ops.reshape(front, [rest.reduce((p, e) => p * e, 1), a.shape[k]!])
  const out = vmap((line: Tensor) => tensor(f(line)))(lines) as Tensor
  const inner = out.shape.slice(1)
  const whole = ops.reshape(out, [...rest, ...inner])
  return ops.transpose(whole, [...range(k), ...range(inner.length, n), ...range(n - k, k)])
}

export interface VectorizeOptions {
  /** Ranks of arguments and results as NumPy writes them, e.g. '(m,n),(n)->(m)'; scalars when absent. */
  readonly signature?: string
}

/** How many axes each argument of the signature has. */
function ranks(signature: string): number[] {
  const left = signature.replaceAll(' ', '').split('->')[0]!
  const groups = left.match(/\([^()]*\)/g)
  if (!groups || groups.join(',') !== left) raise(fault('shape', `vectorize: '${signature}' is no signature`, "Write e.g. '(n),(n)->()'."))
  return groups!.map((g) => (g === '()' ? 0 : g.split(',').length))
}

/** f of scalars (or of the arrays that `signature` names) as a function of arrays whose other axes broadcast. */
export function vectorize(f: (...xs: Tensor[]) => TensorLike, options: VectorizeOptions = {}): (...xs: readonly TensorLike[]) => Tensor {
  demandFunction('vectorize', f)
  demandOptions('vectorize', options, ['signature'])
  const { signature } = options
  if (signature !== undefined && typeof signature !== 'string') raise(fault('tree', `vectorize: the signature is ${shown(signature)}`, "Write e.g. '(n),(n)->()'."))
  const own = signature === undefined ? undefined : ranks(signature)
  return (...xs) => {
    const all = xs.map(tensor)
    const core = all.map((_, i) => own?.[i] ?? 0)
    if (own && own.length !== all.length) raise(fault('shape', `vectorize: ${all.length} arguments for the signature '${signature}'`, 'Give one array for each group of the signature.'))
    const short = all.findIndex((a, i) => a.ndim < core[i]!)
    if (short >= 0) raise(fault('shape', `vectorize: argument ${short} has shape ${showShape(all[short]!.shape)}, '${signature}' wants rank ${core[short]}`, 'Give arrays with at least the axes of the signature.'))
    const loops = all.map((a, i) => a.shape.slice(0, a.ndim - core[i]!))
    const batch = broadcastShapes(...loops) ?? raise(fault('shape', `vectorize: ${loops.map(showShape).join(' and ')} do not broadcast`, 'Extents must be equal or 1.'))
    const n = batch.reduce((p, e) => p * e, 1)
    const lines = all.map((a, i) => {
      const inner = a.shape.slice(a.ndim - core[i]!)
      return ops.reshape(stretch('vectorize', a, [...batch, ...inner]), [n, ...inner])
    })
    const out = vmap((...parts: Tensor[]) => tensor(f(...parts)))(...(lines as [Tensor, ...Tensor[]])) as Tensor
    return ops.reshape(out, [...batch, ...out.shape.slice(1)])
  }
}
