/**
 * Opaque steps as functions of the module: kernels that bring code of their own, and loops and choices over programs.
 */
import type { Written } from '../../ir/kernel'
import type { LoopProgram, Opaque, Span } from '../loop/types'
import type { Callee, Code } from './assembler'
import { base, functionOf, type Site } from './site'

/** A program that another one holds. */
export interface Body {
  readonly site: Site
  readonly run: Callee
  /** Where its memory begins in the holder's, known when the module is made. */
  readonly slot: number
}

/** Arrays that a program reads where its holder has them: where they begin in the kernel's memory, in doubles, by its buffers. */
export type Lent = ReadonlyMap<number, () => number>

/** Makes a program that the step at hand holds part of the module. */
export type BodyOf = (program: object, lend: (lowered: LoopProgram) => Lent) => Body

/**
 * Writes what an opaque kernel does, given what leaves the addresses of its arrays, and of memory of its own for so many doubles;
 * `kept`: whether what the result starts as is in its place; `site`: where functions are that it shares with others.
 */
export type ModuleCode = (
  code: Code, inputs: readonly (() => void)[], outputs: readonly (() => void)[], own: (doubles: number) => () => void, kept: boolean, site: Pick<Site, 'library'>,
) => void

/**
 * Writes what loops bring: control flow over programs (control.ts), and what moves, joins or adds a few elements (short.ts), if the
 * step is that; `kept`: whether what the result starts as is in its place.
 */
export type StepCode = (s: Opaque, site: Site, bodyOf: BodyOf, kept: boolean) => Code | undefined

/** Leaves the address of a span. */
export const addressOf = (x: Span, site: Site, code: Code) => (): void => {
  code.get(base)
  if (x.from._tag === 'Register') code.slotOffset(0, 8 * x.from.register)
  else code.slotOffset(site.layout.bufferSlot(x.from.buffer), 8 * x.offset)
  code.op('i32.add')
}

export function emitOpaque(s: Opaque, site: Site, bodyOf: BodyOf, brought: Written | undefined, kept: boolean): Code | undefined {
  const { inputs, outputs } = s
  const own = s.code as ModuleCode | undefined
  if ([...inputs, ...outputs].some((x) => x.size > 0 && x.from._tag === 'Buffer' && !site.isResident(x.from.buffer))) return undefined
  if (!own) return (brought?.module as StepCode | undefined)?.(s, site, bodyOf, kept)
  const { code } = functionOf(site)
  const addresses = (list: readonly Span[]): (() => void)[] => list.map((x) => addressOf(x, site, code))
  own(code, addresses(inputs), addresses(outputs), (doubles) => {
    const slot = site.layout.state(doubles)
    return () => void code.get(base).slotOffset(slot).op('i32.add')
  }, kept, site)
  return code
}
