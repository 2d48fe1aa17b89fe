/**
 * Which backend is worth its compilation: a module in SIMD for programs with work on arrays, generated JavaScript for the rest.
 *
 * Law: both give the same bits, so nothing but time depends on the choice.
 * Decision: elements and multiplications are counted on the program itself, before it is lowered: what a loop does once is
 * counted for one turn, against a lower bar.
 */
import { size } from '../data/shape'
import type { Jaxpr } from '../ir/types'
import type { Backend } from './backend'

/** Elements computed from which a module pays for itself, and in a turn of a loop. */
const many = 2000
const manyInLoop = 16

const work = (p: Jaxpr): number =>
  p.eqns.reduce((n, e) => {
    const elements = e.outs.reduce((k, o) => k + size(o.aval.shape), 0)
    const { kernel } = e.prim
    // What a loop stacks is no work of its own: its bodies count by themselves.
    if (kernel._tag === 'Programs') return n
    if (kernel._tag === 'Reduce') return n + size(e.inputs[0]!.aval.shape)
    if (kernel._tag !== 'Dot') return n + (elements > 1 ? elements : 0)
    const { lhsContract } = kernel.dims(e.params)
    return n + elements * Math.max(1, size(lhsContract.map((a) => e.inputs[0]!.aval.shape[a]!)) / 2)
  }, 0)

const isWorth = (p: Jaxpr, bar: number): boolean => work(p) >= bar || p.eqns.some((e) => e.prim.programs?.(e.params).some((inner) => isWorth(inner, manyInLoop)))

/** Work of a single operation from which on compiling it pays, though its shapes may not come again. */
const heavy = 2 ** 16

/** Whether a single operation gains from a module: products and functions do, as much else is but a pass over memory. */
export const isHeavy = (p: Jaxpr): boolean =>
  p.eqns.every(({ prim: { kernel } }) => kernel._tag === 'Dot' || (kernel._tag === 'Elementwise' && kernel.functions)) && work(p) >= heavy

/** Compiles by `arrays` what works on arrays, all else by `numbers`. */
export const chosen = (numbers: Backend, arrays: Backend): Backend => ({
  name: 'auto',
  compile: (jaxpr) => (isWorth(jaxpr, many) ? arrays : numbers).compile(jaxpr),
})
