/**
 * A loop program as generated JavaScript: scalar operations in straight lines, nests as loops, control flow as control flow;
 * products and opaque kernels are the closures of the closure backend.
 */
import type { Control } from '../../ir/kernel'
import type { Kernel } from '../backend'
import { emitStep, type Emission, type Emitted } from '../closure/kernel'
import { nestStatement } from './nest'
import { opaqueText } from './opaque'
import { arrayOf, asFunction, declared, evaluated, makeHelpers, namesOf, program as assembled, type Helpers, type NameOf, type Statement, type StepText } from './text'
import { operandsOf } from '../loop/touched'
import type { LoopProgram, Opaque, ScalarStep, Span, Step, Target } from '../loop/types'

/** The programs that a loop or a choice holds. */
const heldBy = (c: Control): readonly object[] => (c._tag === 'Cond' ? c.branches : c._tag === 'While' ? [c.body, c.cond] : [c.body])

/** Registers among targets. */
const registersIn = (targets: readonly Target[]): number[] => targets.flatMap((t) => (t._tag === 'Register' ? [t.register] : []))

/** The text of a step that somebody brings: control flow, and moved elements. */
const brought = (s: Step, i: number, e: Emission, helpers: Helpers, name: string, nameOf: NameOf, inside?: string): string | undefined =>
  s._tag === 'Opaque' ? ((s.control ?? e.brought)?.text as StepText | undefined)?.(s, i, e, helpers, name, nameOf, inside) : undefined

/** The statements of a program, the names of its registers beginning with `name`; `inside`: those of a text within another one. */
function statements(e: Emission, helpers: Helpers, name: string, inside = false): readonly Statement[] {
  const { program } = e
  const constants = new Map(program.constants)
  const nameOf = namesOf(program, name)
  const varying = (ks: readonly number[]): number[] => ks.filter((k) => !constants.has(k))
  const scalar = (s: ScalarStep): Statement =>
    s._tag === 'Compute'
      ? { text: declared(s.operation, nameOf(s.out), s.args.map(nameOf), helpers), reads: varying(s.args), writes: [s.out] }
      : { text: `const ${nameOf(s.out)}=${inside ? arrayOf(name, s.buffer) : `m[${e.layout.bufferSlot(s.buffer)}]`}[${s.at}];`, reads: [], writes: [s.out] }
  const step = (i: number): Statement => {
    const s = program.steps[i]!
    const shown = registersIn(operandsOf(s))
    if (s._tag === 'Nest') {
      e.layout.nextStep(i)
      const made = nestStatement(s, e.layout, helpers, nameOf, varying)
      if (made) return { ...made, shown }
      const read = s.values.flatMap((v) => (v._tag === 'Spread' ? [v.register] : v._tag === 'Compute' ? v.args.filter((a) => a < 0).map((a) => ~a) : []))
      return { text: `${helpers.name(emitStep(e, i))}(r,m);`, reads: [], writes: [], shown: [...shown, ...read] }
    }
    const written = brought(s, i, e, helpers, name, nameOf, inside ? name : undefined)
    const text = written ?? (s._tag === 'Opaque' ? opaqueText(s, i, e, helpers) : `${helpers.name(emitStep(e, i))}(r,m);`)
    if (written === undefined) return { text, reads: [], writes: [], shown }
    const of = (spans: readonly Span[]): number[] => registersIn(spans.map((x) => x.from))
    return { text, reads: varying(of((s as Opaque).inputs)), writes: of((s as Opaque).outputs) }
  }
  return program.scalars.flatMap((before, i) => [...before.map(scalar), ...(i < program.steps.length ? [step(i)] : [])])
}

/** Whether a program computes nothing but numbers: its arrays are given, and its steps loops and choices over such programs, or moved elements. */
const isStraight = (e: Emission): boolean =>
  e.program.buffers.every((b) => b.owner._tag === 'Input') &&
  e.program.steps.every((s, i) =>
    s._tag === 'Opaque' && s.control
      ? heldBy(s.control).every((p) => e.body(p, s.control!).inline)
      : brought(s, i, e, makeHelpers(), '', String) !== undefined)

export function generate(e: Emission): Emitted {
  const { program } = e
  const helpers = makeHelpers()
  const straight = isStraight(e)
  const results = program.results.flatMap((r) => (r._tag === 'Register' ? [r.register] : []))
  const whole = (): Emitted['run'] => assembled(statements(e, helpers, 'a'), results, helpers)
  if (program.raw && straight) {
    let made: Emitted['run'] | undefined
    return { run: (r, m) => (made ??= whole())(r, m), inline: (name, helpers) => statements(e, helpers as Helpers, name, true).map((s) => s.text).join('') }
  }
  if (straight && [...program.inputs, ...program.outs].every((a) => a.shape.length === 0)) {
    const list = statements(e, helpers, 'a')
    if (list.reduce((n, s) => n + s.text.length, 0) < most) return { run: () => {}, numbers: ofNumbers(program, list, helpers) }
  }
  return { run: whole() }
}

/** Characters of a function that takes and returns numbers. */
const most = 20_000

/** A program of numbers, its registers local variables throughout. */
function ofNumbers(program: LoopProgram, list: readonly Statement[], helpers: Helpers): Kernel['run'] {
  const nameOf = namesOf(program, 'a')
  const read = new Set(list.flatMap((s) => s.reads))
  const into = program.entries.map((e, i) => {
    const k = (e as Target & { _tag: 'Register' }).register
    return read.has(k) || program.results.some((r) => r._tag === 'Register' && r.register === k) ? `let a${k}=x[${i}];if(typeof a${k}!=='number')a${k}=a${k}[0];` : ''
  })
  const results = program.results.map((r) => nameOf((r as { readonly register: number }).register))
  const fill = helpers.name((values: number[], outputs: readonly (Float64Array | undefined)[]) =>
    values.map((v, i) => {
      const o = outputs[i]
      if (o === undefined) return v
      o[0] = v
      return o
    }),
  )
  return evaluated(asFunction('x,o', `${into.join('')}${list.map((s) => s.text).join('')}const y=[${results.join()}];return o===undefined?y:${fill}(y,o)`), helpers) as Kernel['run']
}
