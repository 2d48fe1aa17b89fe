/**
 * Timing for the benches: candidates take turns, and the least and the median time of each count.
 *
 * Law: a disturbance of the machine hits all candidates alike, so that ratios of minima hold where times do not; all are
 * warmed up alike before. What is counted is the time of the processor: other processes take turns with this one, and
 * their time is not its own.
 */
import { performance } from 'node:perf_hooks'

export interface Candidate {
  readonly calls: number
  readonly run: () => unknown
}

export interface Times {
  /** Milliseconds of the processor for one call. */
  readonly least: number
  readonly median: number
}

/** Milliseconds of the processor that this process has had. */
function processed(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Where results go, so that nothing is left out as unused. */
export const sink: { last: unknown } = { last: undefined }

/** Milliseconds of one of several calls. */
function each({ calls, run }: Candidate): number {
  const start = processed()
  for (let k = 0; k < calls; k++) sink.last = run()
  return (processed() - start) / calls
}

function rounds(count: number, candidates: readonly Candidate[]): Times[] {
  const times: number[][] = candidates.map(() => [])
  // Every other round backwards, so that nobody always comes after the same one, whose memory it may get or not.
  for (let r = 0; r < count; r++)
    for (let k = 0; k < candidates.length; k++) {
      const i = r % 2 === 0 ? k : candidates.length - 1 - k
      times[i]!.push(each(candidates[i]!))
    }
  return times.map((list) => {
    const sorted = list.sort((a, b) => a - b)
    return { least: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! }
  })
}

/** The least time of one call of each, in milliseconds of the processor, over interleaved rounds. */
export const interleaved = (count: number, ...candidates: readonly Candidate[]): number[] => rounds(count, candidates).map((t) => t.least)

export interface Budget {
  /** Warming up of each candidate, and its turn in a round, in milliseconds. */
  readonly warm: number
  readonly turn: number
  /** All rounds together. */
  readonly all: number
}

/**
 * Five calls, in which adjoint compiles, then calls until they have had their time of the processor, in which the engine does
 * (its threads count too); the calls that make a turn.
 */
function warmed(run: () => unknown, { warm, turn }: Budget): Candidate {
  for (let k = 0; k < 5; k++) sink.last = run()
  for (const start = processed(); processed() - start < warm; ) sink.last = run()
  for (let calls = 1; ; calls *= 2) {
    // The lesser of two: a pause of the engine's in one of them is not what the calls take.
    const took = calls * Math.min(each({ calls, run }), each({ calls, run }))
    if (took >= turn / 2) return { calls: Math.max(1, Math.round((calls * turn) / took)), run }
  }
}

/** All warmed up alike, then in turns, 5 to 40 rounds of them as the budget allows. */
export function compared(runs: readonly (() => unknown)[], budget: Budget): Times[] {
  const candidates = runs.map((run) => warmed(run, budget))
  const begin = processed()
  const first = rounds(1, candidates)
  const round = processed() - begin
  const more = rounds(Math.min(39, Math.max(4, Math.round(budget.all / round) - 1)), candidates)
  return more.map((t, i) => ({ ...t, least: Math.min(t.least, first[i]!.least) }))
}

/** The time of the processor for one run, in milliseconds; that of other threads, which compile for it, counts too. */
export function spent(run: () => unknown): number {
  const start = processed()
  sink.last = run()
  return processed() - start
}

/** The time of one run by the clock, in milliseconds. */
export function once(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** A line of the report. */
export const row = (name: string, ...figures: readonly string[]): void => void process.stdout.write(`${name.padEnd(46)} ${figures.join('   ')}\n`)
