/**
 * The wasm backend with threads: large steps of a program are cut into parts, which threads run over one shared memory.
 *
 * Law: the bits of the backend without threads, whatever their number, and whether there are any.
 */
import type { CompileBody } from '../../ir/kernel'
import type { Backend } from '../backend'
import { wasmBackend } from '../wasm/backend'
import type { Crew } from '../wasm/crew'
import type { Step } from '../loop/types'
import { base, functionOf, type Site } from '../wasm/site'
import { cutDot } from './dots'
import { cutNest } from './nests'
import { sharedSpace, type Kernel } from './pool'
import { regionOf, type Cut, type Measure, type Part } from './region'

const usual: Measure = { least: 200_000, elements: 8192 }

let kernels = 0

/** A step in parts; undefined where it is not worth them, or cannot be cut. */
export const cutStep = (step: Step, site: Site, threads: number, measure: Measure): Cut | undefined => (step._tag === 'Nest' ? cutNest(step, site, threads, measure) : step._tag === 'Dot' ? cutDot(step, site, threads, measure) : undefined)

/** The threads of one kernel. */
function makeCrew(threads: number, measure: Measure): Crew | undefined {
  const space = sharedSpace()
  if (!space) return undefined
  let parts = 0
  let kernel: Kernel | undefined
  let exported: { readonly [name: string]: Part } = {}
  return {
    space,
    emit: (step, site) => {
      const cut = cutStep(step, site, threads, measure)
      if (!cut) return undefined
      const number = parts++
      const name = `p${number}`
      site.assembly.export(name, site.assembly.add(cut.code))
      const { code } = functionOf(site)
      code.get(base).i32(0).call(site.outside(regionOf(cut.parts, threads, number, () => kernel!, () => exported[name]!)))
      return code
    },
    isIdle: () => parts === 0,
    describe: () => `\n${threads} threads: ${parts} of these steps in parts`,
    ready: (bytes, instance) => {
      kernel = { id: ++kernels, bytes }
      exported = instance.exports as typeof exported
    },
  }
}

/** The wasm backend with so many threads, the caller's included; see `wasmBackend`. */
export const threadedBackend = (threads: number, otherwise: Backend, compile: CompileBody, fast = false, measure: Measure = usual): Backend =>
  wasmBackend(otherwise, compile, fast, () => makeCrew(threads, measure))
