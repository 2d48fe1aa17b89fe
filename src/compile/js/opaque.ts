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

export function opaqueText(s: Opaque, index: number, e: Emission, helpers: Helpers): string {
  e.layout.nextStep(index)
  const xs = s.inputs.map((x) => spanText(x, e, helpers))
  const ys = s.outputs.map((y) => spanText(y, e, helpers))
  const copied = s.inPlace !== undefined && !e.plan.taken.has(index) ? `y.set(${xs[s.inPlace]!});` : ''
  if (!s.window || s.inputs[1]!.size === 0) {
    const made = s.make(e.compile)
    if (made.bytes) e.kept.push(made.bytes)
    const run = helpers.name(made)
    return copied === '' ? `${run}([${xs.join()}],[${ys.join()}]);` : `{const y=${ys[0]!};${copied}${run}([${xs.join()}],[y${ys.slice(1).map((y) => `,${y}`).join('')}]);}`
  }
  const { offset, dtype } = s.window
  const { extents, strides } = merge(s.window.extents, s.window.strides)
  const last = extents.length - 1
  const loops = extents.map((n, k) => `for(let i${k}=0;i${k}<${n};i${k}=i${k}+1|0){`).join('')
  // After the loop over an axis q is past its end: on to the next element of the axis before.
  const ends = extents.map((_, k) => `q=q+${strides[last - k]! - (k === 0 ? 0 : extents[last - k + 1]! * strides[last - k + 1]!)}|0;}`).join('')
  return `{const y=${ys[0]!},x=${xs[1]!};${copied}let p=0,q=${offset};${loops}y[q]=${rounded('y[q]+x[p]', dtype)};p=p+1|0;${ends}}`
}
