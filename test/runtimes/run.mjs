/**
 * One hash in every runtime: installs Node 24, Bun and Deno into a folder of their own, runs `gradients.mjs` under each and
 * under the Node that runs this, and compares.
 *
 * Law: every way of running a program gives the same bits in every runtime.
 * Run: npm run build && npm run runtimes [-- count]. Fails where hashes differ, and then names the first program that does;
 * a runtime that cannot be installed is said to be missing, and fails nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [count = '1000'] = process.argv.slice(2)
const folder = join(tmpdir(), 'adjoint-runtimes')
const bin = (name) => join(folder, 'node_modules', ...name.split('/'))

const runtimes = [
  { name: `Node ${process.versions.node}`, command: [process.execPath] },
  // The binary itself: the package `node` is a script that installs it.
  { name: 'Node 24', wants: `node-${process.platform}-${process.arch}@24`, command: [bin(`node-${process.platform}-${process.arch}/bin/node`)] },
  { name: 'Bun', wants: 'bun@1.4.5', command: [bin('.bin/bun'), 'run'] },
  { name: 'Deno', wants: 'deno@2.9.6', command: [bin('.bin/deno'), 'run', '--allow-all'] },
]

function install(wants) {
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', folder, ...wants], { stdio: 'ignore' })
}

const run = (command, ...args) => {
  const [file, ...rest] = command
  const { status, stdout, stderr, error } = spawnSync(file, [...rest, 'test/runtimes/gradients.mjs', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (error || status !== 0) throw error ?? new Error(stderr.slice(-2000))
  return JSON.parse(stdout)
}

const wants = runtimes.flatMap((r) => r.wants ?? [])
try {
  install(wants)
} catch {
  // All or none is not wanted: each by itself, so that one that is missing takes no other with it.
  for (const each of wants) try { install([each]) } catch {}
}

const reports = []
let failed = 0
for (const { name, command, wants: needed } of runtimes) {
  if (needed && spawnSync(command[0], ['--version']).status !== 0) {
    console.log(`${name}: could not be installed here (${needed})`)
    continue
  }
  const report = run(command, count)
  reports.push({ name, command, ...report })
  const hashes = new Set(Object.values(report.ways).map((w) => w.hash))
  console.log(`${name}: ${report.programs.each.length} programs, ${Object.keys(report.ways).length} ways, ${[...hashes].join(' ')} (${report.seconds.toFixed(0)} s)`)
}

const [reference] = reports
const [[usual, { hash: expected, each }]] = Object.entries(reference.ways)
for (const { name, command, programs, ways } of reports) {
  if (programs.hash !== reference.programs.hash) {
    failed++
    console.log(`${name} draws other programs than ${reference.name}`)
  }
  const wrong = Object.entries(ways).filter(([, sums]) => sums.hash !== expected)
  failed += wrong.length
  // Ways that give the same bits as one before them have the same cause.
  for (const [way, sums] of wrong.filter(([, { hash }], i) => wrong.findIndex(([, other]) => other.hash === hash) === i)) {
    const others = sums.each.flatMap((sum, i) => (sum === each[i] ? [] : [i]))
    console.log(`${name}, ${way}: ${others.length} programs with other bits than ${reference.name}, ${usual}; the first, number ${others[0]}:\n${run(command, '1', String(others[0])).text}`)
  }
}
console.log(failed === 0 ? `one hash: ${expected}` : `${failed} ways with other bits`)
process.exitCode = failed === 0 ? 0 : 1
