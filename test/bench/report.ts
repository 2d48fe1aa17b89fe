/** What was measured, as tables in markdown and as charts. */
import { svg } from './chart'
import type { Figures, Measured, Other } from './measure'

export interface Row {
  readonly measured: Measured
  /** By name. */
  readonly others: Readonly<Record<string, Other>>
}

const time = (ms: number): string => (ms < 1e-3 ? `${(ms * 1e6).toPrecision(3)} ns` : ms < 1 ? `${(ms * 1e3).toPrecision(3)} µs` : ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`)
const times = (x: number): string => (x >= 100 ? Math.round(x).toLocaleString('en-US') : x >= 10 ? x.toFixed(0) : x.toPrecision(2))
const none = '–'
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map((_, i) => (i === 0 ? '---' : '--:')), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n')

const over = (a: Figures | undefined, b: Figures | undefined, of: 'least' | 'median' = 'least'): number | undefined => (a && b ? a.all[of] / b.all[of] : undefined)
const gradientOverValue = (f: Figures | undefined): string => (f?.value ? times(f.all.least / f.value.least) : none)
const label = ({ id, name }: Measured): string => `${id} ${name}`
const shown = (x: number | undefined): string => (x === undefined ? none : times(x))
const kilobytes = (n: number): string => (n < 10_000 ? `${n} B` : n < 1e7 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(1)} MB`)

const ways = ['auto', 'raw', 'wasm', 'js', 'closure', 'direct', 'not jitted'] as const

/** Ratios of a peer, over the hand in its own process. */
const peerRatio = (o: Other | undefined, of: 'least' | 'median' = 'least'): number | undefined => over(o?.figures, o?.hand, of)

export function markdown(rows: readonly Row[], peers: readonly string[], machine: string): string {
  const speed = (r: Row): string[] => {
    const { measured: m, others } = r
    const { hand } = m.times
    return [label(m), time(hand!.all.least), ...ways.map((w) => shown(over(m.times[w], hand))), ...peers.map((p) => shown(peerRatio(others[p]))), m.bar === undefined ? none : `≤ ${m.bar}`]
  }
  const medians = (r: Row): string[] => {
    const { measured: m, others } = r
    const { hand } = m.times
    return [label(m), time(hand!.all.median), ...ways.map((w) => shown(over(m.times[w], hand, 'median'))), ...peers.map((p) => shown(peerRatio(others[p], 'median')))]
  }
  const costs = (r: Row): string[] => {
    const { measured: m, others } = r
    return [label(m), gradientOverValue(m.times['hand']), gradientOverValue(m.times['auto']), m.operations === undefined ? none : times(m.operations), ...peers.map((p) => gradientOverValue(others[p]?.figures))]
  }
  const firsts = (r: Row): string[] => [label(r.measured), time(r.measured.first), ...peers.map((p) => (r.others[p]?.first === undefined ? none : time(r.others[p].first)))]
  const memory = ({ measured: m }: Row): string[] => [label(m), kilobytes(m.bytes.peak), kilobytes(m.bytes.needed), times(m.bytes.peak / m.bytes.needed)]
  const rates = rows.flatMap(({ measured: m, others }) => {
    const rate = (f: Figures | undefined): string => (f ? (m.flops! / f.all.least / 1e6).toFixed(1) : none)
    return m.flops === undefined ? [] : [[label(m), rate(m.times['hand']), rate(m.times['auto']), rate(m.times['fast']), ...peers.map((p) => rate(others[p]?.figures))]]
  })
  const faults = rows.flatMap(({ measured: m, others }) => [
    ...Object.entries(m.faults).map(([who, what]) => `- ${label(m)}, ${who}: ${what}`),
    ...Object.entries(others).flatMap(([who, o]) => (o.fault === undefined ? [] : [`- ${label(m)}, ${who}: ${o.fault}`])),
  ])
  const sections = [
    `# Benchmarks\n\n${machine}. Value and gradient together; processor time ÷ that of hand-written JavaScript, less is faster. Each workload runs in a process of its own, adjoint's backends and the hand in interleaved rounds; each other library in a process of its own beside the same hand. All are warmed up alike, and their results are held against the gradient by hand before anything is timed. TF.js has float32 only. \`npm run bench\` prints this again.`,
    `## Minima\n\n${table(['work', 'by hand', ...ways, ...peers, 'bar'], rows.map(speed))}`,
    `## Medians\n\n${table(['work', 'by hand', ...ways, ...peers], rows.map(medians))}`,
    `## Cost of value and gradient ÷ cost of the value\n\nOperations are counted (\`show.cost\`), the others are times.\n\n${table(['work', 'by hand', 'adjoint', 'adjoint, operations', ...peers], rows.filter((r) => r.measured.operations !== undefined).map(costs))}`,
    `## First call\n\nFrom the function to its first results, in a new process after the library was loaded; processor time, with that of the engine's threads that compile.\n\n${table(['work', 'adjoint', ...peers], rows.map(firsts))}`,
    `## Bytes\n\nThe most that a call needs, and what its arguments, its results and what a derivation by hand would keep add up to.\n\n${table(['work', 'peak', 'needed', 'ratio'], rows.map(memory))}`,
    ...(rates.length > 0 ? [`## GFLOP/s\n\n${table(['work', 'by hand', 'adjoint', "precision: 'fast'", ...peers], rates)}`] : []),
    ...(faults.length > 0 ? [`## Not measured\n\n${faults.join('\n')}`] : []),
  ]
  return `${sections.join('\n\n')}\n`
}

const series = (peers: readonly string[]): string[] => ['adjoint', ...peers.map((p) => (p === 'TF.js' ? 'TF.js (f32)' : p))]

export const charts = (rows: readonly Row[], peers: readonly string[]): Readonly<Record<string, string>> => ({
  'times.svg': svg({
    title: 'Value and gradient: time ÷ hand-written JavaScript',
    series: series(peers),
    rows: rows.map(({ measured: m, others }) => ({ name: label(m), values: [over(m.times['auto'], m.times['hand']), ...peers.map((p) => peerRatio(others[p]))] })),
    shown: times,
  }),
  'first-calls.svg': svg({
    title: 'First call in a new process: milliseconds of the processor',
    series: series(peers),
    rows: rows.map(({ measured: m, others }) => ({ name: label(m), values: [m.first, ...peers.map((p) => others[p]?.first)] })),
    shown: times,
  }),
})
