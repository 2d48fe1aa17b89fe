/**
 * Code of the indexed primitives. Every index row is turned into an offset, by strides that are prepared once; what lies
 * behind the addressed axes is moved as one contiguous run.
 */
import { coerce, isFloat, type DType } from '../../data/dtype'
import { rowMajor, size, type Shape } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { IndexParams, ScatterKind } from '../../ir/ops'

/** How index rows address an array: `batches` × `rows` rows of `count` indices, each naming `rest` contiguous elements. */
interface Addressing {
  readonly batches: number
  readonly rows: number
  readonly rest: number
  readonly whole: number
  /** The offset of index row r in the array, −1 for one that is dropped. */
  readonly offset: (indices: Float64Array, r: number) => number
}

function addressing(x: Shape, indices: Shape, { batch, mode }: IndexParams): Addressing {
  const count = indices[indices.length - 1]!
  const extents = Int32Array.from(x.slice(batch, batch + count))
  const steps = Int32Array.from(rowMajor(x).slice(batch, batch + count))
  const rows = size(indices.slice(batch, -1))
  const whole = size(x.slice(batch))
  const clip = mode === 'clip'
  return {
    batches: size(x.slice(0, batch)),
    rows,
    rest: size(x.slice(batch + count)),
    whole,
    offset: (indices, r) => {
      let at = 0
      for (let k = 0, p = r * count; k < count; k++, p++) {
        let i = indices[p]!
        const e = extents[k]!
        if (i < 0 || i >= e) {
          if (!clip) return -1
          i = i < 0 ? 0 : e - 1
        }
        at += i * steps[k]!
      }
      return at
    },
  }
}

export interface GatherParams extends IndexParams {
  /** Stands for what is dropped; by default NaN, or 0 of integers and booleans. */
  readonly fill?: number
}

export const gatherKernel: KernelSpec = opaque(([x, indices], _outs, params: GatherParams) => {
  const { batches, rows, rest, whole, offset } = addressing(x!.shape, indices!.shape, params)
  const fill = params.fill ?? (isFloat(x!.dtype) ? NaN : 0)
  return ([from, index], [to]) => {
    let at = 0
    for (let b = 0; b < batches; b++)
      for (let r = 0; r < rows; r++) {
        const o = offset(index!, b * rows + r)
        if (o < 0) for (let j = 0; j < rest; j++) to![at++] = fill
        else for (let j = b * whole + o, end = j + rest; j < end; j++) to![at++] = from![j]!
      }
  }
})

/** to[at + j] ∘= from[p + j] for j < n, exact in the dtype. */
type Combine = (to: Float64Array, at: number, from: Float64Array, p: number, n: number, dtype: DType) => void

const combine: { readonly [K in ScatterKind]: Combine } = {
  set: (to, at, from, p, n) => {
    for (let j = 0; j < n; j++) to[at + j] = from[p + j]!
  },
  add: (to, at, from, p, n, dtype) => {
    if (dtype === 'float64') for (let j = 0; j < n; j++) to[at + j] = to[at + j]! + from[p + j]!
    else for (let j = 0; j < n; j++) to[at + j] = coerce(dtype, to[at + j]! + from[p + j]!)
  },
  mul: (to, at, from, p, n, dtype) => {
    if (isFloat(dtype)) for (let j = 0; j < n; j++) to[at + j] = coerce(dtype, to[at + j]! * from[p + j]!)
    else for (let j = 0; j < n; j++) to[at + j] = coerce(dtype, Math.imul(to[at + j]!, from[p + j]!))
  },
  min: (to, at, from, p, n) => {
    for (let j = 0; j < n; j++) {
      const u = from[p + j]!
      if (u < to[at + j]! || u !== u) to[at + j] = u
    }
  },
  max: (to, at, from, p, n) => {
    for (let j = 0; j < n; j++) {
      const u = from[p + j]!
      if (u > to[at + j]! || u !== u) to[at + j] = u
    }
  },
}

export const scatterKernel = (kind: ScatterKind): KernelSpec =>
  opaque(([x, indices], _outs, params: IndexParams) => {
    const { batches, rows, rest, whole, offset } = addressing(x!.shape, indices!.shape, params)
    const { dtype } = x!
    const put = combine[kind]
    return ([, index, updates], [to]) => {
      for (let b = 0; b < batches; b++)
        for (let r = 0; r < rows; r++) {
          const row = b * rows + r
          const o = offset(index!, row)
          if (o >= 0) put(to!, b * whole + o, updates!, row * rest, rest, dtype)
        }
    }
  }, 0)

/** For each row in turn (or from the last): notes the state where it points, then state ← a·state + b. */
export const indexedRecurrenceKernel: KernelSpec = opaque(([x, indices], _outs, params: IndexParams & { readonly reverse: boolean }) => {
  const { batches, rows, rest, whole, offset } = addressing(x!.shape, indices!.shape, params)
  const { dtype } = x!
  return ([, index, a, b], [state, before]) => {
    for (let batch = 0; batch < batches; batch++)
      for (let i = 0; i < rows; i++) {
        const row = batch * rows + (params.reverse ? rows - 1 - i : i)
        const o = offset(index!, row)
        for (let j = 0, p = row * rest, at = batch * whole + o; j < rest; j++, p++, at++) {
          if (o < 0) before![p] = 0
          else {
            const s = state![at]!
            before![p] = s
            state![at] = coerce(dtype, coerce(dtype, a![p]! * s) + b![p]!)
          }
        }
      }
  }
}, 0)

/** Windows are walked by rows: what is contiguous in both arrays moves as one run. */
interface Window {
  /** The window's first element, for these starts. */
  readonly corner: (buffers: readonly Float64Array[]) => number
  /** Offsets of the runs from the corner. */
  readonly runs: Int32Array
  readonly length: number
}

/** The window of the given sizes in an array; its starts are the operands from `first` on, clamped to lie inside. */
function windowOf(shape: Shape, sizes: Shape, first: number): Window {
  const steps = rowMajor(shape)
  const last = sizes.map((s, i) => shape[i]! - s)
  let axis = shape.length - 1
  while (axis > 0 && sizes[axis] === shape[axis]) axis--
  const outer = sizes.slice(0, Math.max(0, axis))
  const runs = new Int32Array(size(outer))
  const index = outer.map(() => 0)
  for (let r = 0; r < runs.length; r++) {
    runs[r] = index.reduce((o, i, k) => o + i * steps[k]!, 0)
    for (let k = outer.length - 1; k >= 0 && ++index[k]! === outer[k]; k--) index[k] = 0
  }
  return {
    runs,
    length: size(sizes.slice(Math.max(0, axis))),
    corner: (buffers) => {
      let at = 0
      for (let k = 0; k < last.length; k++) {
        const s = buffers[first + k]![0]!
        at += (s < 0 ? 0 : s > last[k]! ? last[k]! : s) * steps[k]!
      }
      return at
    },
  }
}

export const dynamicSliceKernel: KernelSpec = opaque(([x], [out]) => {
  const { corner, runs, length } = windowOf(x!.shape, out!.shape, 1)
  return (ins, [to]) => {
    const from = ins[0]!
    const start = corner(ins)
    let at = 0
    for (let r = 0; r < runs.length; r++) for (let p = start + runs[r]!, end = p + length; p < end; p++) to![at++] = from[p]!
  }
})

/** The update placed over the window, or added to it. */
export const windowKernel = (kind: 'set' | 'add'): KernelSpec =>
  opaque(([x, update]) => {
    const { corner, runs, length } = windowOf(x!.shape, update!.shape, 2)
    const { dtype } = x!
    const put = combine[kind]
    return (ins, [to]) => {
      const start = corner(ins)
      for (let r = 0; r < runs.length; r++) put(to!, start + runs[r]!, ins[1]!, r * length, length, dtype)
    }
  }, 0)
