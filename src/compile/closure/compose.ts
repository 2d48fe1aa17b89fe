/**
 * Composition of closures: a program is a tree of calls, eight to a node.
 *
 * Decision: `for (const f of fs) f(…)` costs three times as much per call in V8 as eight calls written out.
 */
import type { Run } from './registers.table'

/** A piece of a nest: runs on elements i … i + n − 1 of the nest's index. */
export type BlockRun = (m: readonly Float64Array[], i: number, n: number) => void

const idle: Run = () => {}
const pause: BlockRun = () => {}

/** Runs one after another. */
export function sequence(runs: readonly Run[]): Run {
  let level = runs
  while (level.length > 1) {
    const next: Run[] = []
    for (let k = 0; k < level.length; k += 8) next.push(eight(level, k))
    level = next
  }
  return level[0] ?? idle
}

function eight(fs: readonly Run[], k: number): Run {
  const count = fs.length - k
  const a = fs[k]!, b = fs[k + 1] ?? idle, c = fs[k + 2] ?? idle, d = fs[k + 3] ?? idle
  if (count === 1) return a
  if (count === 2) return (r, m) => { a(r, m); b(r, m) }
  if (count <= 4) return (r, m) => { a(r, m); b(r, m); c(r, m); d(r, m) }
  const e = fs[k + 4]!, f = fs[k + 5] ?? idle, g = fs[k + 6] ?? idle, h = fs[k + 7] ?? idle
  if (count <= 6) return (r, m) => { a(r, m); b(r, m); c(r, m); d(r, m); e(r, m); f(r, m) }
  return (r, m) => { a(r, m); b(r, m); c(r, m); d(r, m); e(r, m); f(r, m); g(r, m); h(r, m) }
}

/** The same for pieces of a nest. */
export function sequenceBlocks(runs: readonly BlockRun[]): BlockRun {
  let level = runs
  while (level.length > 1) {
    const next: BlockRun[] = []
    for (let k = 0; k < level.length; k += 8) next.push(eightBlocks(level, k))
    level = next
  }
  return level[0] ?? pause
}

function eightBlocks(fs: readonly BlockRun[], k: number): BlockRun {
  const count = fs.length - k
  const a = fs[k]!, b = fs[k + 1] ?? pause, c = fs[k + 2] ?? pause, d = fs[k + 3] ?? pause
  if (count === 1) return a
  if (count === 2) return (m, i, n) => { a(m, i, n); b(m, i, n) }
  if (count <= 4) return (m, i, n) => { a(m, i, n); b(m, i, n); c(m, i, n); d(m, i, n) }
  const e = fs[k + 4]!, f = fs[k + 5] ?? pause, g = fs[k + 6] ?? pause, h = fs[k + 7] ?? pause
  if (count <= 6) return (m, i, n) => { a(m, i, n); b(m, i, n); c(m, i, n); d(m, i, n); e(m, i, n); f(m, i, n) }
  return (m, i, n) => { a(m, i, n); b(m, i, n); c(m, i, n); d(m, i, n); e(m, i, n); f(m, i, n); g(m, i, n); h(m, i, n) }
}
