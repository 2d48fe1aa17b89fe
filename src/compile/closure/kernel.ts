/**
 * A loop program as a kernel: the closures, the table of arrays they run on, and the calls between the two.
 *
 * Law: a kernel allocates its memory at its first run, later its outputs and nothing else; it holds no array of the caller's
 * between calls. While it runs, another run of it (from within an opaque kernel) gets a kernel of its own.
 */
import { allocateNear, copy, type TypedArray } from '../../data/dtype'
import { size } from '../../data/shape'
import type { CompileBody, OpaqueRun, Written } from '../../ir/kernel'
import type { Jaxpr } from '../../ir/types'
import type { Buffer, Kernel } from '../backend'
import { broughtToAll } from '../brought'
import { lower } from '../loop/lower'
import { plan, type Plan } from '../loop/plan'
import { show } from '../loop/show'
import type { LoopProgram, ScalarStep } from '../loop/types'
import { bindRegisters } from './bind'
import { choose } from './choose'
import { sequence } from './compose'
import { emitDot } from './dot/emit'
import { empty, makeLayout, type Layout } from './layout'
import { emitNest } from './nest'
import { emitOpaque } from './opaque'
import type { Run } from './registers.table'

/** Everything of a program but how arrays come in and go out. */
export interface Machine extends Emitted {
  readonly program: LoopProgram
  readonly table: () => Float64Array[]
  /** Inputs that are read where they are; others are copied into the kernel's memory. */
  readonly direct: readonly boolean[]
  /** Inputs whose elements are in the kernel's memory already. */
  readonly present?: (input: number) => boolean
  /** Where program results end in arrays of their own. */
  readonly owned: Int32Array
  /** Whether all that goes in and out are numbers. */
  readonly ofNumbers: boolean
  /** Whether code that is not the kernel's runs within: opaque kernels, scalar functions. */
  readonly callsOut: boolean
  /** Lets go of the caller's arrays. */
  readonly release: () => void
  readonly bytes: () => number
  readonly describe: () => string
}

/** What steps are made code of. */
export interface Steps {
  readonly program: LoopProgram
  readonly plan: Plan
  readonly layout: Layout
  readonly compile: CompileBody
  /** Where opaque kernels say what they keep, in bytes. */
  readonly kept: (() => number)[]
}

/** What an emitter makes code of. */
export interface Emission extends Steps {
  /** A program that the kernel holds, to run within it; the same machine each time. */
  readonly body: (inner: object, brought: Written) => Machine
  /** What the loop brings in which the program is, or is there already. */
  readonly brought: Written | undefined
}

/** The code of a program; where that is nothing but operations on numbers it may bring its own way in and out. */
export interface Emitted {
  readonly run: Run
  readonly numbers?: Kernel['run']
  /** The same as text within another program's, where it is nothing but numbers: the names of registers begin with `name`. */
  readonly inline?: (name: string, helpers: unknown) => string
}

export type Emit = (e: Emission) => Emitted

/** Step i as a closure. */
export function emitStep({ program, plan: p, layout, compile, kept }: Steps, i: number): Run {
  const step = program.steps[i]!
  layout.nextStep(i)
  return step._tag === 'Nest' ? emitNest(step, layout) : step._tag === 'Dot' ? emitDot(step, layout) : emitOpaque(step, i, p, program, layout, compile, kept)
}

export const emitClosures: Emit = (e) => {
  const runs: Run[] = []
  e.program.scalars.forEach((list, i) => {
    for (const s of list) runs.push(scalarRun(s, e.layout))
    if (i < e.program.steps.length) runs.push(emitStep(e, i))
  })
  return { run: sequence(runs) }
}

export function assemble(jaxpr: Jaxpr, raw: boolean, emit: Emit, folding: boolean, brought = broughtToAll): Machine {
  const program = lower(jaxpr, raw, folding)
  const p = plan(program)
  const layout = makeLayout(program, p)
  const bodies: Machine[] = []
  const made = (inner: object, brought?: Written): Machine => {
    const m = assemble(inner as Jaxpr, true, emit, folding, brought)
    bodies.push(m)
    return m
  }
  const held = new Map<object, Machine>()
  const body: Emission['body'] = (inner, loop) => {
    const m = held.get(inner) ?? made(inner, loop)
    held.set(inner, m)
    return m
  }
  const kept: (() => number)[] = []
  const emitted = emit({ program, plan: p, layout, compile: (inner) => bodyRun(made(inner)), body, brought, kept })
  const bytes = (): number => (emitted.numbers ? 0 : 8 * layout.size()) + [...bodies.map((b) => b.bytes), ...kept].reduce((n, b) => n + b(), 0)
  let memory: Float64Array[] | undefined
  const foreign = p.parts.flatMap((part, b) => (part ? [] : [p.home[b]! + 1]))
  return {
    program,
    ...emitted,
    ofNumbers: [...program.inputs, ...program.outs].every((a) => a.shape.length === 0),
    callsOut: program.steps.some((s) => s._tag !== 'Dot') || program.scalars.some((list) => list.some((s) => s._tag === 'Compute' && s.operation._tag === 'Call')),
    release: () => {
      if (memory) for (const slot of foreign) memory[slot] = empty
      for (const b of bodies) b.release()
    },
    table: () => {
      if (memory) return memory
      memory = layout.allocate()
      for (const [register, value] of program.constants) memory[0]![register] = value
      return memory
    },
    direct: directInputs(program, p),
    owned: Int32Array.from(program.results, (r) => (r._tag === 'Own' ? r.buffer + 1 : -1)),
    bytes,
    describe: () => show(program, p, bytes(), bodies),
  }
}

/** Inputs that stay the caller's arrays. */
export const directInputs = (program: LoopProgram, p: Plan): boolean[] =>
  program.entries.map((e) => e?._tag === 'Buffer' && !p.parts[e.buffer])

const scalarRun = (s: ScalarStep, layout: Layout): Run => {
  if (s._tag === 'Compute') return bindRegisters(choose(s.operation), s.out, s.args)
  const slot = layout.bufferSlot(s.buffer)
  const { at, out } = s
  return (r, m) => { r[out] = m[slot]![at]! }
}

/** Where inputs go: to a register, or (its complement) into the table. */
const placesOf = (program: LoopProgram): (number | undefined)[] =>
  program.entries.map((e) => (e === undefined ? undefined : e._tag === 'Register' ? e.register : ~(e.buffer + 1)))

/** A program inside another kernel: reads and fills Float64Arrays, allocates nothing. */
export function bodyRun({ program, run, table, owned }: Machine): OpaqueRun {
  const { results, outs } = program
  const sizes = outs.map((a) => size(a.shape))
  const into = placesOf(program)
  let m: Float64Array[] | undefined
  return (inputs, outputs) => {
    m ??= table()
    const r = m[0]!
    for (let i = 0; i < into.length; i++) {
      const k = into[i]
      if (k === undefined) continue
      if (k >= 0) r[k] = inputs[i]![0]!
      else m[~k] = inputs[i]!
    }
    for (let i = 0; i < owned.length; i++) if (owned[i]! >= 0) m[owned[i]!] = outputs[i]!
    run(r, m)
    for (let i = 0; i < results.length; i++) {
      const s = results[i]!
      const n = sizes[i]!
      // Calls of the engine's cost more than short loops.
      if (s._tag === 'Register') {
        if (n === 1) outputs[i]![0] = r[s.register]!
        else outputs[i]!.fill(r[s.register]!)
      } else if (s._tag === 'Copy') copy(m[s.buffer + 1]!, s.offset, outputs[i]!, 0, n)
    }
  }
}

/** The kernel of a program; `folding`: for an emitter whose nests sum into windows. */
export function makeKernel(jaxpr: Jaxpr, emit: Emit = emitClosures, folding = false): Kernel {
  const machine = assemble(jaxpr, false, emit, folding)
  const call = caller(machine)
  const { bytes, describe } = machine
  // Where nobody else's code runs there is no call within a call, and of numbers nothing is kept.
  if (machine.ofNumbers && !machine.callsOut) return { run: call, get bytes() { return bytes() }, describe }
  let busy = false
  let spare: Kernel | undefined
  return {
    run: (inputs, outputs) => {
      if (busy) return (spare ??= makeKernel(jaxpr, emit, folding)).run(inputs, outputs)
      busy = true
      try {
        return call(inputs, outputs)
      } finally {
        busy = false
        machine.release()
      }
    },
    get bytes() {
      return bytes() + (spare?.bytes ?? 0)
    },
    describe,
  }
}

/** A program of numbers: nothing but registers. */
function callerOfNumbers({ program, run, table }: Machine): Kernel['run'] {
  const into = program.entries.map((e) => (e as { readonly register: number }).register)
  const from = program.results.map((r) => (r as { readonly register: number }).register)
  const count = into.length
  const first = from[0]!
  const single = from.length === 1
  let m: Float64Array[] | undefined
  return (inputs, outputs) => {
    m ??= table()
    const r = m[0]!
    for (let i = 0; i < count; i++) {
      const x = inputs[i]!
      r[into[i]!] = typeof x === 'number' ? x : x[0]!
    }
    run(r, m)
    if (outputs === undefined) return single ? [r[first]!] : from.map((k) => r[k]!)
    return from.map((k, i) => {
      const o = outputs[i]
      if (o === undefined) return r[k]!
      o[0] = r[k]!
      return o
    })
  }
}

/** Arrays in, the program, arrays out. */
export function caller(machine: Machine): Kernel['run'] {
  if (machine.ofNumbers) return machine.numbers ?? callerOfNumbers(machine)
  const { program, run, table, direct, present, owned } = machine
  const { results, outs } = program
  const sizes = outs.map((a) => size(a.shape))
  const isNumber = outs.map((a) => a.shape.length === 0)
  const into = placesOf(program)
  return (inputs, outputs) => {
    const m = table()
    const r = m[0]!
    const list = new Array<Buffer>(sizes.length)
    for (let i = 0; i < into.length; i++) {
      const k = into[i]
      if (k === undefined) continue
      const x = inputs[i]!
      if (k >= 0) r[k] = typeof x === 'number' ? x : x[0]!
      else if (direct[i]) m[~k] = x as Float64Array
      else if (present === undefined || !present(i)) m[~k]!.set(x as TypedArray)
    }
    for (let i = 0; i < sizes.length; i++) {
      const given = outputs?.[i]
      const o = (list[i] = given ?? (isNumber[i] ? 0 : allocateNear(outs[i]!.dtype, sizes[i]!)))
      // An output given by the caller that is also an input is filled at the end.
      if (owned[i]! >= 0) m[owned[i]!] = given !== undefined && (!(given instanceof Float64Array) || shares(given, inputs)) ? new Float64Array(sizes[i]!) : (o as Float64Array)
    }
    run(r, m)
    for (let i = 0; i < sizes.length; i++) {
      const s = results[i]!
      const o = list[i]!
      if (s._tag === 'Register') {
        if (isNumber[i] && typeof o === 'number') list[i] = r[s.register]!
        else (o as TypedArray).fill(r[s.register]!)
      } else {
        const from = m[s.buffer + 1]!
        const offset = s._tag === 'Copy' ? s.offset : 0
        if (from !== o) copy(from, offset, o as TypedArray, 0, sizes[i]!)
      }
    }
    return list
  }
}

const shares = (a: TypedArray, inputs: readonly Buffer[]): boolean => inputs.some((x) => typeof x !== 'number' && x.buffer === a.buffer)
