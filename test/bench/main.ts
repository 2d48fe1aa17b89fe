/**
 * The benchmark of adjoint beside hand-written JavaScript and other libraries: W1–W10, every backend.
 *
 * Run: npm run bench [-- W1 or words of a workload's name] [--no-peers] [--keep]. Writes tables and charts to `.bench`; `--keep`
 * also to test/bench/results. Other libraries are installed into `.bench/peers`, once; where that fails the table says so.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { apart } from './apart'
import { workloads } from './list'
import type { Measured, Other } from './measure'
import { folder, peerNames, versions } from './peers'
import { charts, markdown, type Row } from './report'
import { row } from './rounds'

const words = process.argv.slice(2).filter((a) => !a.startsWith('--'))
const asked = (option: string): boolean => process.argv.includes(option)

/** Installs the other libraries where they are not; whether they are there. */
function installed(): boolean {
  if (existsSync(`${folder}node_modules/rose`)) return true
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}package.json`, `${JSON.stringify({ private: true, dependencies: versions }, null, 2)}\n`)
  process.stdout.write('installing other libraries into .bench/peers\n')
  return spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}

const here = !asked('--no-peers') && installed()
const peers = here ? peerNames : []
if (!here) process.stdout.write('without other libraries\n')

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, adjoint ${version}${here ? `; ${Object.entries(versions).map(([n, v]) => `${n} ${v}`).join(', ')}` : '; no other libraries'}`
const folders = ['.bench', ...(asked('--keep') ? ['test/bench/results'] : [])]
const rows: Row[] = []
for (const [i, make] of workloads.entries()) {
  const { id, name } = make()
  if (!words.every((w) => w === id || name.includes(w))) continue
  const measured = apart<Measured>('whole', String(i))
  const others = Object.fromEntries(peers.map((p) => [p, apart<Other>('whole', String(i), p)]))
  rows.push({ measured, others })
  const { times } = measured
  const ratio = (n: number, d: number): string => (n / d).toFixed(2)
  row(`${id} ${name}`, `by hand ${(times['hand']!.all.least * 1e3).toPrecision(3)} µs`, ...Object.entries(times).flatMap(([n, t]) => (n === 'hand' ? [] : [`${n} ${ratio(t.all.least, times['hand']!.all.least)}`])), ...Object.entries(others).map(([n, o]) => (o.figures ? `${n} ${ratio(o.figures.all.least, o.hand!.all.least)}` : `${n} –`)))
  // After each, so that what was measured stays when the rest is not waited for.
  const files = { 'table.md': markdown(rows, peers, machine), ...charts(rows, peers) }
  for (const to of folders) {
    mkdirSync(to, { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(`${to}/${file}`, text)
  }
}
process.stdout.write(rows.length > 0 ? `tables and charts: ${folders.join(', ')}\n` : `no workload is called ${words.join(' ')}\n`)
