/**
 * Opaque steps as text: calls of their code on the arrays of their operands; sums into windows as loops.
 */
import type { Emission } from '../closure/kernel'
import { finder } from '../closure/opaque'
import { merge } from '../loop/views'
import type { Opaque, Span } from '../loop/types'
import { arrayOf, type Helpers } from './text'
import { rounded } from './windows'

/** The array of a span; `inside`: the name with which the names begin of a text that stands within another's. */
export function spanText(span: Span, { program, plan, layout }: Emission, helpers: Helpers, inside?: string): string {
  const { from, offset, size } = span
  if (size > 0 && from._tag === 'Buffer') {
    const array = inside === undefined ? `m[${layout.bufferSlot(from.buffer)}]` : arrayOf(inside, from.buffer)
    if (offset === 0 && size === program.buffers[from.buffer]!.size) return array
    if (inside !== undefined) return `${array}.subarray(${offset},${offset + size})`
  }
  return `${helpers.name(finder(span, plan, program, layout))}(m)`
}

/** A statement for each element of axes in turn: it stands at p, and is the q-th. */
export function walked(extents: readonly number[], strides: readonly number[], statement: string): string {
  const last = extents.length - 1
  const loops = extents.map((n, k) => `for(let j${k}=0;j${k}<${n};j${k}=j${k}+1|0){`).join('')
  // After the loop over an axis p is past its end: on to the next element of the axis before.
  const ends = extents.map((_, k) => `p=p+${strides[last - k]! - (k && extents[last - k + 1]! * strides[last - k + 1]!)}|0;}`).join('')
  return `${loops}${statement};q=q+1|0;${ends}`
}

export function opaqueText(s: Opaque, index: number, e: Emission, helpers: Helpers): string {
  e.layout.nextStep(index)
  const xs = s.inputs.map((x) => spanText(x, e, helpers))
  const ys = s.outputs.map((y) => spanText(y, e, helpers))
  const copied = s.inPlace !== undefined && !e.plan.taken.has(index) ? `y.set(${xs[s.inPlace]!});` : ''
  const window = s.call?.kernel.adds && s.call.kernel.window!(s.call.ins, s.call.params, s.call.out)
  if (!window || s.inputs[1]!.size === 0) {
    const made = s.make(e.compile)
    if (made.bytes) e.kept.push(made.bytes)
    const run = helpers.name(made)
    return copied === '' ? `${run}([${xs.join()}],[${ys.join()}]);` : `{const y=${ys[0]!};${copied}${run}([${xs.join()}],[y${ys.slice(1).map((y) => `,${y}`).join('')}]);}`
  }
  const { extents, strides } = merge(window.extents, window.strides)
  return `{const y=${ys[0]!},x=${xs[1]!};${copied}let p=${window.offset},q=0;${walked(extents, strides, `y[p]=${rounded('y[p]+x[q]', s.call!.out.dtype)}`)}}`
}
