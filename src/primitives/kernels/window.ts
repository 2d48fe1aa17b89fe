/**
 * Windows of arrays as code: a window of an array, or an array added to a window of another, or placed inside it. Windows are
 * strided, or begin where operands say.
 *
 * Axes that both arrays walk evenly are one; the innermost is a loop of its own.
 */
import type { DType } from '../../data/dtype'
import { rowMajor, size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import { opaque, type KernelSpec, type Window } from '../../ir/kernel'
import type { PadAxis } from '../../ir/types'
import { codeOf, settle } from './element'

/** Told of a run: n elements from `from` on, `step` apart, whose places begin at `to`, `stride` apart. */
type Run = (from: number, step: number, to: number, stride: number, n: number) => void

/** Visits the runs of two walks over one index space, from `start` in one array and `target` in the other, in row-major order. */
function runs(extents: Shape, froms: readonly number[], tos: readonly number[]): (start: number, target: number, run: Run) => void {
  const axes: { n: number; readonly from: number; readonly to: number }[] = []
  for (let k = extents.length - 1; k >= 0; k--) {
    const n = extents[k]!
    const last = axes.at(-1)
    if (n === 1) continue
    if (last && froms[k] === last.n * last.from && tos[k] === last.n * last.to) last.n *= n
    else axes.push({ n, from: froms[k]!, to: tos[k]! })
  }
  const { n, from: step, to: stride } = axes[0] ?? { n: 1, from: 1, to: 1 }
  const count = size(extents)
  const index = new Int32Array(axes.length)
  return (start, target, run) => {
    let from = start
    let to = target
    for (let left = count; left > 0; left -= n) {
      run(from, step, to, stride, n)
      for (let k = 1; k < axes.length; k++) {
        const axis = axes[k]!
        from += axis.from
        to += axis.to
        if (++index[k]! < axis.n) break
        from -= axis.n * axis.from
        to -= axis.n * axis.to
        index[k] = 0
      }
    }
  }
}

type Piece = (out: Float64Array, to: number, stride: number, x: Float64Array, from: number, step: number, n: number) => void

const addRun: Piece = (out, to, stride, x, from, step, n) => {
  let p = from | 0
  let q = to | 0
  for (let i = 0; i < n; i = (i + 1) | 0) {
    out[q] = out[q]! + x[p]!
    p = (p + step) | 0
    q = (q + stride) | 0
  }
}
const placeRun: Piece = (out, to, stride, x, from, step, n) => {
  if (stride * step === 1 && n > 99) return out.set(x.subarray(from, from + n), to)
  let p = from | 0
  let q = to | 0
  for (let i = 0; i < n; i = (i + 1) | 0) {
    out[q] = x[p]!
    p = (p + step) | 0
    q = (q + stride) | 0
  }
}

interface Corner {
  readonly start: readonly number[]
  readonly strides: readonly number[]
}
const windowOf = ([sum, piece]: readonly Aval[], { start, strides }: Corner): Window => {
  const steps = rowMajor(sum!.shape)
  return { offset: start.reduce((o, b, i) => o + b * steps[i]!, 0), extents: piece!.shape, strides: steps.map((s, i) => s * strides[i]!) }
}

/** Adds runs, exact in the dtype. */
function adding(dtype: DType): Piece {
  const code = codeOf(dtype)
  if (code === 0) return addRun
  const most = dtype === 'bool' ? 1 : Infinity
  return (out, to, stride, x, from, step, n) => {
    for (let i = 0; i < n; i++) out[to + i * stride] = settle(code, Math.min(most, out[to + i * stride]! + x[from + i * step]!))
  }
}

/** The piece put to a strided window in this way. */
const strided = (piece: (dtype: DType) => Piece): KernelSpec => ({
  ...opaque((ins, _outs, params: Corner) => {
    const { offset, extents, strides } = windowOf(ins, params)
    const visit = runs(extents, rowMajor(extents), strides)
    const put = piece(ins[0]!.dtype)
    return ([, x], [out]) => visit(0, offset, (from, step, to, stride, n) => put(out!, to, stride, x!, from, step, n))
  }, 0),
  window: windowOf,
  adds: piece === adding,
})

/** sum + piece at a strided window of it. */
export const accumulateKernel: KernelSpec = strided(adding)

/** x with the piece in the place of a strided window of it. */
export const replaceKernel: KernelSpec = strided(() => placeRun)

/** Where a window of the given sizes begins in an array: the starts are the operands from `first` on, clamped to lie inside. */
function corner(shape: Shape, sizes: Shape, first: number): (operands: readonly Float64Array[]) => number {
  const steps = rowMajor(shape)
  return (operands) => {
    let at = 0
    for (let k = 0; k < steps.length; k++) at += steps[k]! * Math.max(0, Math.min(operands[first + k]![0]!, shape[k]! - sizes[k]!))
    return at
  }
}

/** The window of x at run-time starts. */
export const dynamicSliceKernel: KernelSpec = opaque(([x], [window]) => {
  const at = corner(x!.shape, window!.shape, 1)
  const visit = runs(window!.shape, rowMajor(x!.shape), rowMajor(window!.shape))
  return (ins, [out]) => visit(at(ins), 0, (from, step, to, stride, n) => placeRun(out!, to, stride, ins[0]!, from, step, n))
}, undefined, 'get')

/** The piece put to the window of x at run-time starts in this way. */
const moving = (piece: (dtype: DType) => Piece, moves: 'set' | 'add'): KernelSpec =>
  opaque(([x, window]) => {
    const at = corner(x!.shape, window!.shape, 2)
    const visit = runs(window!.shape, rowMajor(window!.shape), rowMajor(x!.shape))
    const put = piece(x!.dtype)
    return (ins, [out]) => visit(0, at(ins), (from, step, to, stride, n) => put(out!, to, stride, ins[1]!, from, step, n))
  }, 0, moves)

export const dynamicUpdateKernel: KernelSpec = moving(() => placeRun, 'set')
export const dynamicAddKernel: KernelSpec = moving(adding, 'add')

/** Of each axis the elements that lie inside: from the first of them on, so many. */
function inside([x]: readonly Aval[], { axes }: { readonly axes: readonly PadAxis[] }, out: Aval): Required<Window> {
  const froms = rowMajor(x!.shape)
  const steps = rowMajor(out.shape)
  const first = axes.map(([low, , interior]) => (low < 0 ? Math.ceil(-low / (interior + 1)) : 0))
  return {
    offset: axes.reduce((o, [low, , interior], k) => o + steps[k]! * (low + first[k]! * (interior + 1)), 0),
    extents: axes.map(([low, , interior], k) => Math.max(0, Math.min(x!.shape[k]! - 1, Math.floor((out.shape[k]! - 1 - low) / (interior + 1))) - first[k]! + 1)),
    strides: steps.map((s, k) => s * (axes[k]![2] + 1)),
    from: first.reduce((o, f, k) => o + f * froms[k]!, 0),
    froms,
  }
}

/** x inside an array of one value, what is trimmed left out. */
export const padKernel: KernelSpec = {
  ...opaque((ins, [out], params) => {
    const { offset, extents, strides, from, froms } = inside(ins, params, out!)
    const visit = runs(extents, froms, strides)
    return ([piece, value], [whole]) => {
      whole!.fill(value![0]!)
      visit(from, offset, (q, step, to, stride, n) => placeRun(whole!, to, stride, piece!, q, step, n))
    }
  }),
  window: inside,
}
