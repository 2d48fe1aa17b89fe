/**
 * Which backend is worth its compilation, and when: a module in SIMD for programs with work on arrays, generated JavaScript for
 * the rest; closures, which are made in a fraction of the time, until a program has worked enough to be worth more.
 *
 * Law: all give the same bits, so nothing but time depends on the choice.
 * Decision: elements and multiplications are counted on the program itself, before it is lowered: what a loop does once is
 * counted for one turn, against a lower bar.
 */
import { size } from '../data/shape'
import { putsBy } from '../ir/kernel'
import type { Jaxpr } from '../ir/types'
import { running, type Backend, type Kernel } from './backend'
import { elementsOf } from './heat'
import { prepared } from './prepared'

/** Elements computed from which a module pays for itself, and in a turn of a loop. */
const many = 2000
const manyInLoop = 16

/** Elements that are computed while a module calls what is none of its own, and what works on them more slowly without a module. */
const call = 100

const work = (p: Jaxpr): number =>
  p.eqns.reduce((n, e) => {
    const elements = elementsOf(e)
    const { kernel } = e.prim
    // What a loop stacks is no work of its own: its bodies count by themselves.
    if (kernel._tag === 'Programs') return n
    // What is moved is less work than what is computed.
    if (kernel._tag === 'Opaque' && !(kernel.code ?? putsBy(kernel))) return n + (kernel.moves ? size(e.inputs.at(-1)!.aval.shape) / 8 : -call)
    if (kernel._tag === 'Reduce') return n + size(e.inputs[0]!.aval.shape)
    if (kernel._tag !== 'Dot') return n + (elements > 1 ? elements : 0)
    const { lhsContract } = kernel.dims(e.params)
    return n + elements * Math.max(1, size(lhsContract.map((a) => e.inputs[0]!.aval.shape[a]!)) / 2)
  }, 0)

export const isWorth = (p: Jaxpr, bar: number): boolean => work(p) >= bar || p.eqns.some((e) => e.prim.programs?.(e.params).some((inner) => isWorth(inner, manyInLoop)))

/** Work of a single operation from which on compiling it pays, though its shapes may not come again; and of anything before it has run at all. */
const heavy = 65_536
const huge = 2_097_152

/**
 * Whether what is not jitted is worth a module: 2 at once, 1 when it has run a few times, else 0. `again`: a program; of single
 * operations products and functions gain, much else is but a pass over memory, unless it is huge: then its operands may well be spread.
 */
export function weight(p: Jaxpr, again: boolean): number {
  const n = work(p)
  return n >= heavy && (again || p.eqns.every(({ prim: { kernel } }) => kernel._tag === 'Dot' || (kernel._tag === 'Elementwise' && (kernel.functions || n >= huge)))) ? (n >= huge ? 2 : 1) : 0
}

/** Compiles by `arrays` what works on arrays, all else by `numbers`. */
export const chosen = (numbers: Backend, arrays: Backend): Backend => ({
  name: 'auto',
  compile: (jaxpr) => (isWorth(prepared(jaxpr), many) ? arrays : numbers).compile(jaxpr),
})

/** Elements for each equation that are computed as quickly as the equation is compiled. */
const perEquation = 3000

/**
 * Compiles by `first` what has little work for its length, and by `later` once it has run so often that this would have paid
 * from the start, so that all in all it takes at most twice the time of the better one; or once only. Programs with loops, whose work is not
 * known, are not made to wait.
 */
export const tiered = (first: Backend, later: Backend, once = false): Backend => ({
  name: later.name,
  compile: (jaxpr) => {
    const each = Math.max(0, work(jaxpr)) + jaxpr.eqns.length
    let left = once ? each : perEquation * jaxpr.eqns.length
    if (each > left || jaxpr.eqns.some((e) => e.prim.kernel._tag === 'Programs')) return later.compile(jaxpr)
    let cold: Kernel | undefined
    let last: Kernel | undefined
    const hot = (): Kernel => {
      cold = undefined
      return (last ??= later.compile(jaxpr))
    }
    const run: Kernel['run'] = (inputs, outputs) => (last ?? ((left -= each) < 0 ? hot() : (cold ??= first.compile(jaxpr)))).run(inputs, outputs)
    return Object.assign(running(hot, run), { hot })
  },
})
