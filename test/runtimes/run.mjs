/**
 * One hash in every runtime: installs Node 24, Bun, Deno and Chromium into a folder of their own, runs `gradients.mjs` under
 * each and under the Node that runs this, and compares.
 *
 * Law: every way of running a program gives the same bits in every runtime.
 * Run: npm run build && npm run runtimes [-- count]. Fails where hashes differ, and then names the first program that does;
 * a runtime that cannot be installed is said to be missing, and fails nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browse, pages } from './browser.mjs'

const [count = '1000'] = process.argv.slice(2)
const folder = join(tmpdir(), 'adjoint-runtimes')
const bin = (name) => join(folder, 'node_modules', ...name.split('/'))

/** By a command: what it prints. */
const byCommand = (file, ...rest) => (args) => {
  const { status, stdout, stderr, error } = spawnSync(file, [...rest, 'test/runtimes/gradients.mjs', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (error || status !== 0) throw error ?? new Error(stderr.slice(-2000))
  return JSON.parse(stdout)
}
const isThere = (file) => spawnSync(file, ['--version']).status === 0
const byFile = (name, wants, file, ...rest) => ({ name, wants: [wants], isThere: () => isThere(file), run: byCommand(file, ...rest) })

const runtimes = [
  { name: `Node ${process.versions.node}`, wants: [], isThere: () => true, run: byCommand(process.execPath) },
  // The binary itself: the package `node` is a script that installs it.
  byFile('Node 24', `node-${process.platform}-${process.arch}@24`, bin(`node-${process.platform}-${process.arch}/bin/node`)),
  byFile('Bun', 'bun@1.4.5', bin('.bin/bun'), 'run'),
  byFile('Deno', 'deno@2.9.6', bin('.bin/deno'), 'run', '--allow-all'),
  // An archive for Linux on x64; it unpacks itself.
  ...Object.keys(pages).map((page) => ({
    name: `Chromium, ${page} page`,
    wants: ['puppeteer-core@24.43.1', '@sparticuz/chromium@147.0.0'],
    isThere: () => process.platform === 'linux' && process.arch === 'x64' && existsSync(bin('@sparticuz/chromium')) && existsSync(bin('puppeteer-core')),
    run: (args) => browse(folder, page, args),
  })),
]

function install(wants) {
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', folder, ...wants], { stdio: 'ignore' })
}

const wants = [...new Set(runtimes.flatMap((r) => r.wants))]
try {
  install(wants)
} catch {
  // All or none is not wanted: each by itself, so that one that is missing takes no other with it.
  for (const each of wants) try { install([each]) } catch {}
}

const reports = []
let failed = 0
for (const { name, wants: needed, isThere, run } of runtimes) {
  if (!isThere()) {
    console.log(`${name}: could not be installed here (${needed.join(', ')})`)
    continue
  }
  const report = await run([count])
  reports.push({ name, run, ...report })
  const hashes = new Set(Object.values(report.ways).map((w) => w.hash))
  console.log(`${name}: ${report.programs.each.length} programs, ${Object.keys(report.ways).length} ways, ${[...hashes].join(' ')} (${report.seconds.toFixed(0)} s)`)
}

const [reference] = reports
const [[usual, { hash: expected, each }]] = Object.entries(reference.ways)
for (const { name, run, programs, ways } of reports) {
  if (programs.hash !== reference.programs.hash) {
    failed++
    console.log(`${name} draws other programs than ${reference.name}`)
  }
  const wrong = Object.entries(ways).filter(([, sums]) => sums.hash !== expected)
  failed += wrong.length
  // Ways that give the same bits as one before them have the same cause.
  for (const [way, sums] of wrong.filter(([, { hash }], i) => wrong.findIndex(([, other]) => other.hash === hash) === i)) {
    const others = sums.each.flatMap((sum, i) => (sum === each[i] ? [] : [i]))
    console.log(`${name}, ${way}: ${others.length} programs with other bits than ${reference.name}, ${usual}; the first, number ${others[0]}:\n${(await run(['1', String(others[0])])).text}`)
  }
}
console.log(failed === 0 ? `one hash: ${expected}` : `${failed} ways with other bits`)
process.exitCode = failed === 0 ? 0 : 1
