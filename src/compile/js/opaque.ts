/**
 * Opaque steps as text: calls of their code on the arrays of their operands; sums into windows as loops.
 */
import type { DType } from '../../data/dtype'
import type { Emission } from '../closure/kernel'
import { finder } from '../closure/opaque'
import { merge } from '../loop/views'
import type { Opaque, Span } from '../loop/types'
import type { Helpers } from './text'
import { rounded } from './windows'

/** The array of a span. */
export function spanText(span: Span, { program, plan, layout }: Emission, helpers: Helpers): string {
  const { from, offset, size } = span
  if (size > 0 && from._tag === 'Buffer' && offset === 0 && size === program.buffers[from.buffer]!.size) return `m[${layout.bufferSlot(from.buffer)}]`
  return `${helpers.name(finder(span, plan, program, layout))}(m)`
}

/** Windows of one array that are summed at once, at most. */
const together = 8

/** A constant array and, in the steps that follow, sums into runs of it: every element is written once. */
export function filledText(at: number, e: Emission, helpers: Helpers, nameOf: (register: number) => string): { readonly text: string; readonly register: number; readonly steps: number } | undefined {
  const { program, plan, layout } = e
  const nest = program.steps[at]!
  if (nest._tag !== 'Nest' || nest.values.length !== 1 || nest.reductions.length > 0) return undefined
  const [value] = nest.values
  if (value!._tag !== 'Spread') return undefined
  const pieces: { readonly from: number; readonly to: number; readonly x: string; readonly dtype: DType }[] = []
  for (let buffer = value!.store; pieces.length < together; ) {
    const s = program.steps[at + 1 + pieces.length]
    const [sum, piece] = s?._tag === 'Opaque' ? s.inputs : []
    if (s?._tag !== 'Opaque' || !s.window || sum!.from._tag !== 'Buffer' || sum!.from.buffer !== buffer || !plan.taken.has(at + 1 + pieces.length) || piece!.from._tag !== 'Buffer' || piece!.size === 0) break
    const { extents, strides } = merge(s.window.extents, s.window.strides)
    if (extents.length > 1 || (extents.length === 1 && strides[0] !== 1)) break
    const from = s.window.offset
    pieces.push({ from, to: from + piece!.size, x: spanText(piece!, e, helpers), dtype: s.window.dtype })
    buffer = (s.outputs[0]!.from as { readonly buffer: number }).buffer
  }
  if (pieces.length === 0) return undefined
  const cuts = [...new Set([0, nest.size, ...pieces.flatMap((p) => [p.from, p.to])])].sort((a, b) => a - b)
  const loops = cuts.slice(1).map((end, k) => {
    const start = cuts[k]!
    let element = nameOf(value!.register)
    pieces.forEach((p, i) => {
      if (p.from <= start && p.to >= end) element = rounded(`${element}+x${i}[j-${p.from}]`, p.dtype)
    })
    return `for(let j=${start};j<${end};j=j+1|0)y[j]=${element};`
  })
  return { text: `{const y=m[${layout.bufferSlot(value!.store)}],${pieces.map((p, i) => `x${i}=${p.x}`).join()};${loops.join('')}}`, register: value!.register, steps: pieces.length }
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
