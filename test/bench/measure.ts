/**
 * One workload measured in a process of its own: what the engine has learnt from others does not count, and the first
 * call is one.
 *
 * Run by main.ts and quick.ts: measure.ts quick <number of the workload> <times as long to warm up>, or
 * measure.ts whole <number of the workload> [other library]. Prints JSON. Each library has a process of its own too: what one
 * does to the heap and to the engine's caches is not another's.
 */
import { jit, show } from 'adjoint'
import { fast, backendNames, derived, distance, eager, ours, rawKernel, toleranceOf, type Contender } from './contenders'
import { workloads } from './list'
import { peer, type PeerName } from './peers'
import { compared, spent, type Budget, type Times } from './rounds'
import type { Workload } from './workload'

/** Times of the value (if a gradient is taken too), and of all. */
export interface Figures {
  readonly value?: Times
  readonly all: Times
}
export interface Measured {
  readonly id: string
  readonly name: string
  readonly flops: number | undefined
  readonly bar: number | undefined
  readonly times: Readonly<Record<string, Figures>>
  /** What did not run, or gave other numbers. */
  readonly faults: Readonly<Record<string, string>>
  /** From the function to its first results, in milliseconds of the processor; the compilers are loaded but have compiled nothing. */
  readonly first: number
  /** Operations of value and gradient for one of the value. */
  readonly operations: number | undefined
  /** The most that a call needs, and what arguments, results and what must be kept make. */
  readonly bytes: { readonly peak: number; readonly needed: number }
}

/** What another library took, beside the hand in the same process. */
export interface Other {
  readonly fault?: string
  readonly first?: number
  readonly hand?: Figures
  readonly figures?: Figures
}

const full: Budget = { warm: 500, turn: 5, all: 2000 }
const short: Budget = { warm: 120, turn: 4, all: 400 }
const half: Budget = { ...full, all: 1000 }
const small = 'Rosenbrock, n = 10'

/** The operations of the derivatives that are taken, for one of the value. */
function operations(w: Workload): number | undefined {
  const { argnums } = w
  if (!argnums) return undefined
  const f = (...xs: unknown[]): unknown => (w.f as (...ys: unknown[]) => unknown)(...w.args.map((a, i) => xs[argnums.indexOf(i)] ?? a))
  return show.cost(f as never)(...argnums.map((i) => w.args[i]!)).ratio
}

function bytes(w: Workload): Measured['bytes'] {
  const { bytes: b } = (jit(derived(w) as never) as unknown as { lower: (...xs: unknown[]) => { bytes: { inputs: number; outputs: number; peak: number } } }).lower(...w.args)
  return { peak: b.peak, needed: b.inputs + b.outputs + w.kept }
}

function compare(w: Workload, contenders: readonly Contender[], budget: Budget, faults: Record<string, string> = {}): Record<string, Figures> {
  const want = w.hand.all()
  const hand: Contender = { name: 'hand', ...w.hand, results: () => want, tolerance: 0 }
  const good = [hand, ...contenders].filter((c) => {
    try {
      const off = distance(c.results(c.all()), want)
      if (!(off <= c.tolerance)) faults[c.name] = `other numbers: off by ${off.toExponential(1)}`
    } catch (error) {
      faults[c.name] = String((error as Error).message).split('\n')[0]!
    }
    return faults[c.name] === undefined
  })
  const runs = good.flatMap((c) => (c.value ? [c.all, c.value] : [c.all]))
  const times = compared(runs, budget)
  let at = 0
  return Object.fromEntries(good.map((c) => [c.name, { all: times[at++]!, ...(c.value ? { value: times[at++]! } : {}) }]))
}

/** adjoint by all of its backends. */
function whole(w: Workload): Measured {
  const faults: Record<string, string> = {}
  const auto = ours(w, 'auto')
  const first = spent(auto.all)
  const kernels = w.id === 'W1' || w.name === small ? [rawKernel(w)] : w.flops === undefined ? [] : [fast(w)]
  const others = backendNames.filter((b) => b !== 'auto').map((b) => ours(w, b))
  const times = compare(w, [auto, ...others, eager(w), ...kernels], full, faults)
  return { id: w.id, name: w.name, flops: w.flops, bar: w.bar, times, faults, first, operations: operations(w), bytes: bytes(w) }
}

/** Another library. */
async function other(w: Workload, name: PeerName): Promise<Other> {
  const p = await peer(name, w)
  if (p === undefined) return {}
  if (typeof p === 'string') return { fault: p }
  const faults: Record<string, string> = {}
  let first = 0
  try {
    first = spent(p.all)
  } catch (error) {
    return { fault: String((error as Error).message).split('\n')[0]! }
  }
  const { hand, [name]: figures } = compare(w, [p], half, faults)
  return figures ? { first, hand: hand!, figures } : { fault: faults[name]! }
}

/** By hand and through jit, nothing else; `longer`: how many times longer all warms up. */
function quick(w: Workload, longer: number): number {
  const faults: Record<string, string> = {}
  const times = compare(w, [ours(w, 'auto')], { ...short, warm: longer * short.warm }, faults)
  if (faults['auto'] !== undefined) throw new Error(`${w.name}: ${faults['auto']} (allowed: ${toleranceOf(w)})`)
  return times['auto']!.all.least / times['hand']!.all.least
}

const [what, index, name = ''] = process.argv.slice(2)
const workload = workloads[Number(index)]!()
const result = what === 'quick' ? quick(workload, Number(name)) : name === '' ? whole(workload) : await other(workload, name as PeerName)
process.stdout.write(`${JSON.stringify(result)}\n`)
