/**
 * Elements that are put to places that are known beforehand: joins, rolls, padding, and arrays put or added into windows, all as
 * parts of operands that are put into the result one after another.
 *
 * Law: what the kernels of `concatenate`, `roll`, `pad`, `replace_at` and `accumulate_at` do.
 */
import { rowMajor } from '../data/shape'
import type { OpaqueCall } from '../ir/kernel'

/** Elements of one array and of another, by their strides. */
export interface Strides {
  readonly extents: readonly number[]
  readonly tos: readonly number[]
  readonly froms: readonly number[]
}

/** The fewest axes that walk both arrays in the same order. */
export function mergedStrides({ extents, tos, froms }: Strides): Strides {
  const all: [n: number, to: number, from: number][] = []
  extents.forEach((n, k) => {
    if (n === 1) return
    const last = all.at(-1)
    if (last && last[1] === n * tos[k]! && last[2] === n * froms[k]!) all[all.length - 1] = [n * last[0], tos[k]!, froms[k]!]
    else all.push([n, tos[k]!, froms[k]!])
  })
  return { extents: all.map(([n]) => n), tos: all.map(([, to]) => to), froms: all.map(([, , from]) => from) }
}

/** What is put, from a place of operand `piece` on, or of the result itself (−1), or added to what is there. */
export interface Put extends Strides {
  readonly piece: number
  readonly from: number
  readonly to: number
  readonly adds?: boolean | undefined
}

/** What is put into the result, in order; undefined for what is not nothing but that. */
export function putsOf({ kernel, ins, out, params }: OpaqueCall): readonly Put[] | undefined {
  if (kernel.joins) {
    const axis = kernel.joins(params)
    const tos = rowMajor(out.shape)
    let to = 0
    return ins.map(({ shape }, piece): Put => {
      const start = to
      to += shape[axis]! * tos[axis]!
      return { piece, from: 0, to: start, extents: shape, froms: rowMajor(shape), tos }
    })
  }
  if (kernel.rolls) return rollPuts(ins[0]!.shape, kernel.rolls(params))
  const { window, adds, inPlace } = kernel
  if (!window || (adds && out.dtype === 'bool')) return undefined
  const { offset, extents, strides, from = 0, froms = rowMajor(extents) } = window(ins, params, out)
  return [{ piece: inPlace === undefined ? 0 : 1, from, to: offset, extents, froms, tos: strides, adds }]
}

/** What is put of an array that is rolled: of each axis what stays before its end, and what begins anew. */
function rollPuts(shape: readonly number[], shifts: readonly number[]): readonly Put[] {
  const strides = rowMajor(shape)
  return shape.reduce<readonly Put[]>((puts, n, k) => {
    const [s, step] = [shifts[k]!, strides[k]!]
    const part = (put: Put, length: number, from: number, to: number): Put =>
      ({ ...put, extents: [...put.extents, length], from: put.from + from * step, to: put.to + to * step })
    return puts.flatMap((put) => (s === 0 ? [part(put, n, 0, 0)] : [part(put, s, n - s, 0), part(put, n - s, 0, s)]))
  }, [{ piece: 0, from: 0, to: 0, extents: [], froms: strides, tos: strides }])
}

/** Whether the result is a number where nothing is put. */
export const fills = ({ kernel }: OpaqueCall): boolean => kernel.window !== undefined && kernel.inPlace === undefined

/** All that is put, in order, as JavaScript. */
export const putting = (puts: readonly Put[]) => (xs: readonly Float64Array[], y: Float64Array): void => {
  for (const { piece, from, to, extents, tos, froms, adds } of puts) {
    const x = xs[piece] ?? y
    const put = (axis: number, p: number, q: number): void => {
      if (axis === extents.length) y[p] = adds ? y[p]! + x[q]! : x[q]!
      else for (let k = 0; k < extents[axis]!; k++) put(axis + 1, p + k * tos[axis]!, q + k * froms[axis]!)
    }
    put(0, to, from)
  }
}
