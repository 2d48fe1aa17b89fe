/**
 * Where the code of one program is written: the module that it shares with the programs it holds, and its own memory.
 *
 * Every function takes one argument, the address of the kernel's memory; slots of all tables are at fixed distances from it.
 */
import type { Layout } from '../closure/layout'
import type { LoopProgram, NestValue, Target } from '../loop/types'
import type { Plan } from '../loop/plan'
import { Code, words, type Assembly, type Callee } from './assembler'
import { makePairs, type Imports, type Pair, type Pairs } from './pairs'

/** JavaScript that runs on the program's arrays: `i` and `n` are the elements of a block. */
export type Outside = (r: Float64Array, m: readonly Float64Array[], i: number, n: number) => void

/** Code that several programs of a module call, by name; written when it is first asked for. */
export type Library = (name: string, write: () => Code) => Callee

export interface Site {
  readonly program: LoopProgram
  readonly plan: Plan
  readonly layout: Layout
  readonly assembly: Assembly
  readonly imports: Imports
  readonly library: Library
  /** Whether a buffer is in the wasm memory, and not an array of the caller's. */
  readonly isResident: (buffer: number) => boolean
  /** Whether a buffer holds singles, and not doubles. */
  readonly isSingle: (buffer: number) => boolean
  /** The function that calls the JavaScript with a block's start and length. */
  readonly outside: (run: Outside) => Callee
  /** The function of the module, to be called from JavaScript once there is an instance. */
  readonly entry: (callee: Callee) => () => (...xs: number[]) => void
  readonly constants: ReadonlyMap<number, number>
  /** The table: its arrays where the kernel runs now. */
  m: Float64Array[]
  /** Where slots are in the kernel's memory, in doubles, once all code is written. */
  readonly places: () => Float64Array
}

/** The parameter that holds the address of the kernel's memory. */
export const base = 0

/** A function over the kernel's memory; parts of a step have more parameters, all i32. */
export const functionOf = (site: Site, parameters = 1): { readonly code: Code; readonly pairs: Pairs } => {
  const code = new Code(words(parameters), (slot) => 8 * site.places()[slot]!)
  return { code, pairs: makePairs(code, site.imports) }
}

/** A function that calls JavaScript. */
export function calling(site: Site, run: Outside): Code {
  const { code } = functionOf(site)
  return code.i32(0).i32(0).call(site.outside(run))
}

/** Leaves a register's number on the stack. */
export const readRegister = (site: Site, code: Code, register: number): void => {
  const value = site.constants.get(register)
  if (value === undefined) code.get(base).inSlot('f64.load', 0, 8 * register)
  else code.f64(value)
}

/** Stores what `value` leaves on the stack as a result: in a register of the memory at the address, or at the address in a buffer. */
export function storeResult(site: Site, code: Code, target: Target, address: number, value: () => void): void {
  code.get(address)
  value()
  if (target._tag === 'Register') code.inSlot('f64.store', 0, 8 * target.register)
  else code.inSlot('f64.store', site.layout.bufferSlot(target.buffer), 0)
}

/** The registers that values read, each in both lanes, read once. */
export function registerPairs(site: Site, code: Code, w: Pairs, values: readonly NestValue[]): ReadonlyMap<number, Pair> {
  const registers = new Map<number, Pair>()
  for (const v of values) {
    const read = v._tag === 'Spread' ? [v.register] : v._tag === 'Compute' ? v.args.filter((a) => a < 0).map((a) => ~a) : []
    for (const k of read) {
      if (registers.has(k)) continue
      const value = site.constants.get(k)
      registers.set(k, value !== undefined ? w.number(value) : w.let(() => {
        readRegister(site, code, k)
        code.op('f64x2.splat')
      }))
    }
  }
  return registers
}
