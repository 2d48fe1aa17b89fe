/**
 * Timing for the benches: candidates take turns, and the least time of each counts.
 *
 * Law: a disturbance of the machine hits all candidates alike, so that ratios of minima hold where times do not. What is
 * counted is the time of the processor: other processes take turns with this one, and their time is not its own.
 */
import { performance } from 'node:perf_hooks'

export interface Candidate {
  readonly calls: number
  readonly run: () => unknown
}

/** Milliseconds of the processor that this process has had. */
function processed(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The least time of one call of each, in milliseconds of the processor, over interleaved rounds. */
export function interleaved(rounds: number, ...each: readonly Candidate[]): number[] {
  const best = each.map(() => Infinity)
  for (let r = 0; r < rounds; r++)
    each.forEach(({ calls, run }, i) => {
      const start = processed()
      for (let k = 0; k < calls; k++) run()
      best[i] = Math.min(best[i]!, (processed() - start) / calls)
    })
  return best
}

/** The time of one run by the clock, in milliseconds. */
export function once(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** A line of the report. */
export const row = (name: string, ...figures: readonly string[]): void => void process.stdout.write(`${name.padEnd(46)} ${figures.join('   ')}\n`)
