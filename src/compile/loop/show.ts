/**
 * The plan of a kernel in words: steps in order, what was fused into each, and where buffers are.
 */
import { readBy } from './touched'
import type { LoopProgram, Nest, Operation, Target } from './types'
import type { Plan } from './plan'

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const operationName = (o: Operation): string =>
  o._tag === 'Unary' || o._tag === 'Binary' ? o.op : o._tag === 'Convert' ? `to ${o.dtype}` : o._tag === 'Call' ? o.fn.name || 'call' : 'select'

/** Names with their counts, in order of appearance. */
function tally(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const n of names) counts.set(n, (counts.get(n) ?? 0) + 1)
  return [...counts].map(([n, k]) => (k === 1 ? n : `${n} ×${k}`)).join(', ')
}

/** `bodies`: the programs that its steps hold. */
export function show(p: LoopProgram, plan: Plan, bytes: number, bodies: readonly { readonly describe: () => string }[]): string {
  const buffer = (b: number): string => {
    const at = plan.parts[b]?.at
    const { owner: o } = p.buffers[plan.home[b]!]!
    return at === undefined && o._tag !== 'Arena' ? `${o._tag === 'Input' ? 'in' : 'out'}${o.index}` : `arena[${at}, ${at! + p.buffers[b]!.size})`
  }
  const target = (t: Target): string => (t._tag === 'Register' ? `r${t.register}` : buffer(t.buffer))
  const nest = (s: Nest): string => {
    const loads = readBy(s).map(buffer)
    const stores = s.values.flatMap((v) => (v.store >= 0 ? [buffer(v.store)] : []))
    const sums = s.reductions.map((r) => `${r.op} [${r.outer},${r.length},${r.inner}] → ${target(r.target)}`)
    const operations = s.values.flatMap((v) => (v._tag === 'Compute' ? [operationName(v.operation)] : []))
    return [
      `loop over ${s.size} elements${s.line > 0 ? ` by rows of ${s.line}` : ''}, ${counted(s.names.length, 'equation')} fused: ${tally(s.names)}`,
      ...(loads.length > 0 ? [`  reads ${[...new Set(loads)].join(', ')}`] : []),
      ...(operations.length > 0 ? [`  computes ${tally(operations)}`] : []),
      ...sums.map((t) => `  reduces ${t}`),
      ...s.windows.map((w) => `  sums ${counted(w.pieces.length, 'window')} → ${buffer(w.buffer)}`),
      ...(stores.length > 0 ? [`  writes ${stores.join(', ')}`] : []),
    ].join('\n')
  }
  const lines = [`${counted(p.equations, 'equation')}, ${counted(p.steps.length, 'step')}, ${bytes} bytes kept`]
  p.scalars.forEach((list, i) => {
    if (list.length > 0) lines.push(`scalars: ${tally(list.map((s) => (s._tag === 'Peek' ? `element of ${buffer(s.buffer)}` : operationName(s.operation))))}`)
    const s = p.steps[i]
    if (s?._tag === 'Nest') lines.push(nest(s))
    else if (s?._tag === 'Dot') lines.push(`product [${s.batch},${s.m},${s.k}] × [${s.batch},${s.k},${s.n}]: ${target(s.x.from)}, ${target(s.y.from)} → ${target(s.target)}`)
    else if (s) lines.push(`${s.name}: ${s.inputs.map((x) => target(x.from)).join(', ')} → ${s.outputs.map((x) => target(x.from)).join(', ')}${plan.taken.has(i) ? ' (in place)' : ''}`)
  })
  return [...lines, ...bodies.map((b) => b.describe().replace(/^/gm, '  '))].join('\n')
}
