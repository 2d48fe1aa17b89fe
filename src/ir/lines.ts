/**
 * Where equations come from: the user's source lines, kept only while debugging (a stack costs 5 µs).
 *
 * Law: what a transform emits for an equation has that equation's line. Lines are kept beside the programs, by the
 * variables that equations bind, so that programs are the same with and without them.
 */
import { setKeeper, type Keeper } from './source'
import type { Eqn, Primitive, Var } from './types'

const most = 1 << 17

interface State {
  on: boolean
  inherited: string | undefined
  root: string | undefined
  /** The equation that a transform is at. */
  at: Eqn | undefined
}
const state: State = { on: false, inherited: undefined, root: undefined, at: undefined }
const lines = new Map<number, string>()
/** By variable: the primitive whose rule emitted the equation. Kept when lines are cleared, as programs are cached. */
const rules = new Map<number, Primitive>()

/** Runs with the keeping of lines switched on. */
export function keepingSources<T>(run: () => T): T {
  const before = state.on
  keepSources(true)
  try {
    return run()
  } finally {
    keepSources(before)
  }
}

/** Switches the keeping of lines on or off. */
export function keepSources(on: boolean): void {
  state.on = on
  setKeeper(on ? keeper : undefined)
  if (!on) lines.clear()
}

/** The stack as `file:line:column`, innermost first. */
function frames(): string[] {
  const V8 = Error as { stackTraceLimit?: number }
  const limit = V8.stackTraceLimit
  V8.stackTraceLimit = 60
  const stack = new Error().stack ?? ''
  if (limit !== undefined) V8.stackTraceLimit = limit
  return stack.split('\n').flatMap((l) => /([^\s(@]+:\d+:\d+)\)?$/.exec(l)?.[1] ?? [])
}

/** The folder of the library: that of this file, or of all source folders. */
const rootOf = (frame: string): string => frame.replace(/[^/\\]*$/, '').replace(/ir[/\\]$/, '')

/** The innermost line that is not the library's own. */
export function userLine(): string | undefined {
  const all = frames()
  state.root ??= all[0] === undefined ? '' : rootOf(all[0])
  return all.find((f) => !f.includes(state.root!) && !f.startsWith('node:'))
}

/** Notes the line of an equation that is being recorded. */
function note(prim: Primitive, outs: readonly Var[]): void {
  if (outs.length === 0) return
  const { at } = state
  // What a rule for programs emits are the equations of these.
  if (at) noteRule(outs, rules.get(at.outs[0]?.id ?? -1) ?? (at.prim === prim || at.prim.programs ? undefined : at.prim))
  const line = state.inherited ?? userLine()
  if (line === undefined) return
  if (lines.size >= most) lines.clear()
  for (const o of outs) lines.set(o.id, line)
}

function noteRule(outs: readonly Var[], rule: Primitive | undefined): void {
  if (rule === undefined) return
  if (rules.size >= most) rules.clear()
  for (const o of outs) rules.set(o.id, rule)
}

/** The primitive whose derivative or batching rule emitted an equation; undefined where the user's code did. */
export const ruleOf = (e: Eqn): Primitive | undefined => (e.outs[0] ? rules.get(e.outs[0].id) : undefined)

/** The line of an equation, where one was noted. */
export const sourceOf = (e: Eqn): string | undefined => (e.outs[0] ? lines.get(e.outs[0].id) : undefined)

/** The line, and the rule, go with an equation that stands for another one. */
function copy(from: Eqn, to: Eqn): void {
  const line = sourceOf(from)
  if (line !== undefined) for (const o of to.outs) lines.set(o.id, line)
  noteRule(to.outs, ruleOf(from))
}

/** What is recorded between the equations inherits their lines. */
function* inheriting(eqns: readonly Eqn[]): Iterable<Eqn> {
  const { inherited, at } = state
  try {
    for (const e of eqns) {
      state.inherited = sourceOf(e) ?? inherited
      state.at = e
      yield e
    }
  } finally {
    state.inherited = inherited
    state.at = at
  }
}

const keeper: Keeper = { note, copy, key: (eqns) => eqns.map((e) => sourceOf(e) ?? '').join('|'), each: inheriting }
