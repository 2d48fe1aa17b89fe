/**
 * Whether anything has become much slower: ratios of times over hand-written loops against those recorded.
 *
 * Run: npm run bench:quick [-- --record]. A workload fails when its ratio is more than twice the recorded one in each of
 * three measurements. Noise of the machine hits both sides of a ratio, and passes; each measurement warms up four times as
 * long as the one before, so that a long function which the engine is still compiling passes too. Engines differ: each major
 * version of Node has its own records; one that has none is held to the greatest of the others.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { apart } from './apart'
import { workloads } from './list'

const file = fileURLToPath(new URL('recorded.json', import.meta.url))
/** A ratio is a regression from this multiple of the recorded one on. */
const gross = 2
const attempts = 3
/** Left out: what takes long and has a smaller likeness in the list. */
const slow = /^matmul|n = 1000000|float32$/

const names = workloads.map((make) => make().name)
const recording = process.argv.includes('--record')
const records = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, number>>
const major = process.versions.node.split('.')[0]!
const recordOf = (name: string): number | undefined => {
  const known = records[major] ? [records[major][name]] : Object.values(records).map((r) => r[name])
  const ratios = known.filter((r): r is number => r !== undefined)
  return ratios.length > 0 ? Math.max(...ratios) : undefined
}
const next: Record<string, number> = {}
let failed = 0
for (const [i, name] of names.entries()) {
  if (slow.test(name)) continue
  const bar = (recordOf(name) ?? Infinity) * gross
  const ratios: number[] = []
  const again = (): boolean => ratios.length < attempts && (recording || ratios.at(-1)! > bar)
  do ratios.push(apart<number>('quick', String(i), recording ? '1' : String(4 ** ratios.length)))
  while (again())
  const best = Math.min(...ratios)
  // The middle one is recorded: a lucky one would make a narrow bar.
  if (recording) next[name] = Number([...ratios].sort((a, b) => a - b)[1]!.toPrecision(2))
  else if (best > bar) failed++
  process.stdout.write(`${best > bar && !recording ? 'SLOWER' : 'ok    '} ${name.padEnd(52)} ${best.toFixed(2).padStart(6)} × by hand${recording ? '' : `, recorded ${recordOf(name) ?? 'none'}`}\n`)
}
if (recording) writeFileSync(file, `${JSON.stringify({ ...records, [major]: next }, null, 2)}\n`)
if (failed > 0) {
  process.stdout.write(`${failed} more than ${gross} times slower than recorded, in each of ${attempts} measurements\n`)
  process.exitCode = 1
}
