import * as fs from 'node:fs'
import * as a from '../../src/index'
import { walk } from './odd'
const spaces: Record<string, Record<string, unknown>> = { np: a.np, linalg: a.linalg, nn: a.nn, random: a.random, optim: a.optim, tree: a.tree, show: a.show, debug: a.debug, solve: a.solve, top: a as never }
const [, , which, only, out] = process.argv
const log = fs.openSync('/tmp/err/last-' + which, 'w')
const seen = new Map<string, { n: number; eg: string; stack: string }>()
console.log = () => {}
let calls = 0
for (const [name, f] of Object.entries(spaces[which!]!)) {
  if (typeof f !== 'function') continue
  if (only && only !== '-' && only !== name) continue
  if (name === 'nans') continue
  const isClass = /^class /.test(Function.prototype.toString.call(f))
  if (isClass) continue
  const started = Date.now()
  let slow = 0, slowCall = '', t = Date.now(), current = ''
  walk(`${which}.${name}`, f as never, (call, raised) => {
    calls++
    const dt = Date.now() - t
    if (dt > slow) { slow = dt; slowCall = call }
    if (!raised) return
    const e = raised.error
    if (e instanceof a.AdjointError) return
    const st = e instanceof Error ? (e.stack ?? '').split('\n').filter((l) => l.includes('/src/')).slice(0, 3).map((l) => l.replace(/.*\/src\//, '').replace(/\)$/, '')).join(' < ') : String(e)
    const key = `${which}.${name} | ${e instanceof Error ? e.name + ': ' + e.message.split('\n')[0]!.slice(0, 100) : typeof e} | ${st}`
    const s = seen.get(key)
    if (s) s.n++
    else seen.set(key, { n: 1, eg: call, stack: st })
  }, (call) => { current = call; fs.writeSync(log, call.slice(0, 300) + '\n', 0); t = Date.now() })
  const took = Date.now() - started
  if (slow > 300) fs.writeSync(2, `slow ${which}.${name} total ${took} slowest ${slow} ${slowCall}\n`)
}
const lines = [...seen].map(([k, v]) => `${v.n}\t${k}\t e.g. ${v.eg}`)
fs.writeFileSync(out ?? `/tmp/err/out-${which}.txt`, lines.join('\n') + '\n')
fs.writeSync(1, `${which}: ${calls} calls, ${seen.size} kinds of raw errors\n`)
process.exit(0)
