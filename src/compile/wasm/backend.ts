/**
 * The wasm backend: a module for each program, its loops and products in SIMD, its loops over programs within it.
 *
 * Law: the same bits as the closure backend, whose orders and plans it shares. What has no instructions here (most opaque
 * kernels, very large nests) runs as closures on the same memory.
 * Decision: whether WebAssembly may be used is found out at the first compilation, not at import, and silently.
 */
import type { Jaxpr } from '../../ir/types'
import type { CompileBody, Written } from '../../ir/kernel'
import type { Backend, Kernel } from '../backend'
import { broughtToAll } from '../brought'
import { caller, directInputs, emitStep, type Machine, type Steps } from '../closure/kernel'
import { choose } from '../closure/choose'
import { empty, makeLayout } from '../closure/layout'
import { had, isWide } from '../loop/builder'
import { lower } from '../loop/lower'
import { isOwn, plan } from '../loop/plan'
import { show } from '../loop/show'
import { operandsOf } from '../loop/touched'
import type { LoopProgram, ScalarStep, Step } from '../loop/types'
import { Assembly, words, type Callee, type Code } from './assembler'
import type { Crew } from './crew'
import { emitFours } from './fours'
import { fuses } from './fused'
import { keeping, type Keeper } from './keeping'
import { end, lease, use } from './lease'
import { wasmSpace, type Instance, type Space } from './memory'
import { emitNest } from './nest'
import type { Held } from './held'
import { emitOpaque, type BodyOf, type Lent } from './opaque'
import { onNumbers } from './operations'
import { numbersToNumber, type Imports } from './pairs'
import { emitDot } from './products'
import { residents, singleBuffers, withResults } from './residence'
import { base, calling, functionOf, readRegister, type Site } from './site'
import { survey } from './survey'
import { emitWide } from './wide'

/** Room behind each buffer, in doubles: a pair may reach over its end. */
const slack = 2
/** Scalar operations of one function. */
const together = 1500

/** A program's site, and those of the programs that it holds. */
interface Open extends Site {
  /** Of the programs that its steps hold. */
  readonly bodies: Open[]
  readonly describe: (bytes?: number) => string
}

interface Shared {
  readonly assembly: Assembly
  readonly imports: Imports
  readonly library: Site['library']
  readonly calls: Map<string, unknown>
  readonly sites: Open[]
  /** Of the bytes that JavaScript keeps. */
  readonly kept: (() => number)[]
  readonly compile: CompileBody
  /** Whether nests sum into windows. */
  readonly folding: boolean
  readonly crew: Crew | undefined
  exports: Instance['exports']
  /** Brought by loops, or there already. */
  brought: Written | undefined
}

/** A nest sums into windows and cannot be run over pairs: the program is lowered again without such sums. */
class Unfoldable extends Error {}

function sharedOf(space: Space, compile: CompileBody, folding: boolean, fused: boolean, crew: Crew | undefined): Shared {
  const assembly = new Assembly()
  const calls = new Map<string, unknown>()
  const scalars = new Map<(...xs: number[]) => number, Callee>()
  const written = new Map<string, Callee>()
  return {
    assembly, calls, compile, folding, crew,
    brought: broughtToAll,
    exports: {},
    sites: [], kept: [],
    imports: {
      fused,
      table: space.table,
      scalar: (fn, arity) =>
        had(scalars, fn, () => {
          const name = `s${scalars.size}`
          calls.set(name, fn)
          return assembly.import(name, numbersToNumber(arity))
        }),
    },
    library: (name, write) => had(written, name, () => assembly.add(write())),
  }
}

/** `lent`: what it has elsewhere in the memory of the kernel; `start`: where its own begins there, in doubles. */
function siteOf(whole: LoopProgram, shared: Shared, kept: ReadonlySet<number>, lent: Lent, start?: () => number): Open {
  const strips = !shared.crew
  const resident = residents(whole, kept, strips, shared.brought?.isMoved as never)
  const singles = singleBuffers(whole, resident, strips)
  const program = withResults(whole, resident, singles)
  const isInside = (b: number): boolean => !lent.has(b) && (resident.has(b) || (isOwn(program, b) && !(singles.has(b) && program.buffers[b]!.owner._tag === 'Input')))
  const p = plan(program, { isInside, kept, singles, slack })
  const layout = makeLayout(program, p, true)
  let places: Float64Array | undefined
  const site: Open = {
    program, plan: p, layout,
    assembly: shared.assembly, imports: shared.imports, library: shared.library,
    isResident: (b) => lent.has(b) || p.parts[b] !== undefined,
    isSingle: (b) => singles.has(b),
    constants: new Map(program.constants),
    places: () => {
      if (!places) {
        places = layout.places(start?.())
        for (const [b, at] of lent) places[layout.bufferSlot(b)] = at()
      }
      return places
    },
    m: [], bodies: [],
    describe: (bytes = 8 * layout.size()) => show(program, p, bytes, site.bodies),
    entry: (callee) => {
      const name = `e${callee}`
      shared.assembly.export(name, callee)
      return () => shared.exports[name]!
    },
    outside: (run) => {
      const name = `o${shared.calls.size}`
      shared.calls.set(name, (i: number, n: number) => run(site.m[0]!, site.m, i, n))
      return shared.assembly.import(name, words(2))
    },
  }
  shared.sites.push(site)
  return site
}

/** The program's function, which runs all of its steps. */
function emitProgram(site: Open, shared: Shared): Callee {
  const { program, plan: p, layout } = site
  const parts: Callee[] = []
  const kept: CompileBody = (held, written) => {
    const run = ((shared.brought ??= written)?.held as Held | undefined)?.(bodyOf, held) ?? shared.compile(held)
    if (run.bytes) shared.kept.push(run.bytes)
    return run
  }
  const steps: Steps = { program, plan: p, layout, compile: kept, kept: shared.kept }
  const bodyOf: BodyOf = (inner, lend) => {
    const lowered = lower(inner as Jaxpr, true, shared.folding, shared.brought?.moverIn?.(true) as never)
    const own = siteOf(lowered, shared, new Set(), lend(lowered), () => site.places()[slot]!)
    site.bodies.push(own)
    const run = emitProgram(own, shared)
    const slot = layout.state(own.layout.size() + slack)
    return { site: own, run, slot }
  }
  const whole = (s: Step, i: number): Code | undefined => {
    if (s._tag === 'Dot') return emitDot(s, site)
    if (s._tag === 'Opaque') {
      shared.brought ??= s.control
      return emitOpaque(s, site, bodyOf, shared.brought, p.taken.has(i))
    }
    const surveyed = survey(s, site)
    return surveyed && (s.reductions.some((r) => isWide(r) && r.inner === surveyed.inner) ? emitWide : emitNest)(s, site, surveyed)
  }
  let closures = false
  const step = (i: number): Callee => {
    const s = program.steps[i]!
    layout.nextStep(i)
    // Closures do not sum into windows.
    const folded = s._tag === 'Nest' && s.windows.length > 0
    const code = (s._tag === 'Nest' && emitFours(s, site)) || (shared.crew?.emit(s, site) ?? whole(s, i))
    if (code) return site.assembly.add(code)
    if (folded) throw new Unfoldable()
    closures = true
    return site.assembly.add(calling(site, emitStep(steps, i)))
  }
  program.scalars.forEach((list, i) => {
    for (let k = 0; k < list.length; k += together) parts.push(scalars(list.slice(k, k + together), site))
    if (i < program.steps.length) parts.push(step(i))
  })
  const { code } = functionOf(site)
  // Registers that are read from memory also where they are constants.
  const shown = new Set([...program.results, ...program.steps.flatMap(operandsOf)].flatMap((t) => (t._tag === 'Register' ? [t.register] : [])))
  for (const [k, value] of site.constants) if (closures || shown.has(k)) code.get(base).f64(value).inSlot('f64.store', 0, 8 * k)
  for (const part of parts) code.get(base).call(part)
  return site.assembly.add(code)
}

/** Operations on registers: one function. */
function scalars(list: readonly ScalarStep[], site: Site): Callee {
  const { code, pairs: w } = functionOf(site)
  const known = new Map<number, number>()
  for (const s of list) {
    const out = code.local('f64')
    if (s._tag === 'Peek') code.get(base).inSlot('f64.load', site.layout.bufferSlot(s.buffer), 8 * s.at)
    else
      onNumbers(w, choose(s.operation), s.args.map((k) => () => {
        const at = known.get(k)
        if (at === undefined) readRegister(site, code, k)
        else code.get(at)
      }))
    code.set(out).get(base).get(out).inSlot('f64.store', 0, 8 * s.out)
    known.set(s.out, out)
  }
  return site.assembly.add(code)
}

/** What makes a kernel of a machine: in which memory, how many bytes it needs there, and how it moves to an address. */
type Finish<K> = (space: Space, machine: Machine, needs: number, moveTo: (address: number) => void) => K

/** The machine of a program, made into a kernel; undefined where the engine refuses it. */
function made<K>(jaxpr: Jaxpr, compile: CompileBody, folding: boolean, fused: boolean, usual: Space, crew: Crew | undefined, finish: Finish<K>, kept?: ReadonlySet<number>): K | undefined {
  const space = crew?.space ?? usual
  const shared = sharedOf(space, compile, folding, fused, crew)
  const lowered = lower(jaxpr, false, folding, shared.brought?.moverIn?.(false) as never)
  const stays = [...(kept ?? [])].flatMap((i) => {
    const e = lowered.entries[i]
    return e?._tag === 'Buffer' ? [e.buffer] : []
  })
  const site = siteOf(lowered, shared, new Set(stays), new Map())
  const { program } = site
  shared.assembly.export('run', emitProgram(site, shared))
  if (crew?.isIdle()) return made(jaxpr, compile, folding, fused, usual, undefined, finish, kept)
  const module = shared.assembly.bytes(space.pages)
  const instance = space.instantiate(module, Object.fromEntries(shared.calls))
  if (!instance) return undefined
  crew?.ready(module, instance)
  const { run } = (shared.exports = instance.exports)
  const size = site.layout.size()
  let at = -1
  let buffer: ArrayBuffer | undefined
  const moveTo = (address: number): void => {
    if (at === address && buffer === space.memory.buffer) return
    at = address
    buffer = space.memory.buffer
    const memory = new Float64Array(buffer, address, size)
    for (const s of shared.sites) s.m = s.layout.allocate(memory, s.places())
  }
  const foreign = site.plan.parts.flatMap((part, b) => (part ? [] : [b + 1]))
  const bytes = (): number => 8 * size + shared.kept.reduce((n, b) => n + b(), 0)
  const machine: Machine = {
    program,
    run: () => run!(at),
    ofNumbers: false,
    callsOut: true,
    table: () => site.m,
    direct: directInputs(program, site.plan),
    owned: Int32Array.from(program.results, (r) => (r._tag === 'Own' && !site.isResident(r.buffer) ? r.buffer + 1 : -1)),
    release: () => { for (const slot of foreign) site.m[slot] = empty },
    bytes,
    describe: () => site.describe(bytes()) + (crew?.describe() ?? ''),
  }
  return finish(space, machine, 8 * size, moveTo)
}

/** A kernel in memory that it takes for each call; where there is none, or while it runs, another runs. */
function passingKernel(space: Space, machine: Machine, needs: number, moveTo: (address: number) => void, other: () => Kernel): Kernel {
  const call = caller(machine)
  let spare: Kernel | undefined
  let busy = false
  return {
    run: (inputs, outputs) => {
      const address = busy ? -1 : space.take(needs)
      if (address < 0) return (spare ??= other()).run(inputs, outputs)
      busy = true
      try {
        moveTo(address)
        return call(inputs, outputs)
      } finally {
        machine.release()
        space.giveBack(address)
        busy = false
      }
    },
    get bytes() {
      return machine.bytes() + (spare?.bytes ?? 0)
    },
    describe: machine.describe,
  }
}

/** A kernel in memory of its own, into which the inputs that are kept are copied once; undefined where there is none. */
function keepingKernel(space: Space, machine: Machine, needs: number, moveTo: (address: number) => void, kept: ReadonlySet<number>): Keeper | undefined {
  let filled = false
  const call = caller({ ...machine, present: (i) => filled && kept.has(i) })
  let busy = false
  const kernel: Kernel = {
    run: (inputs, outputs) => {
      use(own!)
      space.enter()
      busy = true
      try {
        moveTo(own!.address)
        const results = call(inputs, outputs)
        filled = true
        return results
      } finally {
        machine.release()
        space.leave()
        busy = false
      }
    },
    get bytes() {
      return machine.bytes()
    },
    describe: machine.describe,
  }
  const own = lease(space, needs + 64, kernel)
  return own && { kernel, isFree: () => !busy, isValid: () => own.valid, end: () => end(own) }
}

function compiled(jaxpr: Jaxpr, otherwise: Backend, compile: CompileBody, fused: boolean, usual: Space, crewOf: () => Crew | undefined): Kernel {
  /** With window sums in nests, or without where a nest that has them cannot be run over pairs. */
  const making = <K>(finish: Finish<K>, kept?: ReadonlySet<number>, folding = true): K | undefined => {
    try {
      return made(jaxpr, compile, folding, fused, usual, crewOf(), finish, kept)
    } catch (e) {
      if (e instanceof Unfoldable) return making(finish, kept, false)
      throw e
    }
  }
  const plain = making((space, m, needs, moveTo) => passingKernel(space, m, needs, moveTo, () => otherwise.compile(jaxpr)))
  if (!plain) return otherwise.compile(jaxpr)
  return keeping(jaxpr, plain, (kept) => making((space, m, needs, moveTo) => keepingKernel(space, m, needs, moveTo, kept), kept))
}

/**
 * A backend that gives what it cannot run to another one; `compile` makes the bodies that opaque kernels run, `crewOf` those
 * who run a kernel's steps in parts, if any. `fast`: products may be rounded with the sums that they are added to.
 */
export const wasmBackend = (otherwise: Backend, compile: CompileBody, fast: boolean, crewOf: () => Crew | undefined = () => undefined): Backend => ({
  name: 'wasm',
  compile: (jaxpr) => {
    const space = wasmSpace()
    return space ? compiled(jaxpr, otherwise, compile, fast && fuses(), space, crewOf) : otherwise.compile(jaxpr)
  },
})
