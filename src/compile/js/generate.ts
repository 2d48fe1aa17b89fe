/**
 * A loop program as generated JavaScript: scalar operations in straight lines, nests as loops, control flow as control flow;
 * products and opaque kernels are the closures of the closure backend.
 */
import type { Kernel } from '../backend'
import { emitStep, type Emission, type Emitted } from '../closure/kernel'
import { controlStatement } from './control'
import { nestStatement } from './nest'
import { filledText, opaqueText } from './opaque'
import { asFunction, declared, evaluated, makeHelpers, program as assembled, type Helpers, type Statement } from './text'
import { literal } from './words'
import { operandsOf } from '../loop/touched'
import type { LoopProgram, ScalarStep, Target } from '../loop/types'

/** The text of a register: a literal, or its name. */
export type NameOf = (register: number) => string

/** Registers among targets. */
const registersIn = (targets: readonly Target[]): number[] => targets.flatMap((t) => (t._tag === 'Register' ? [t.register] : []))

export function generate(e: Emission): Emitted {
  const { program } = e
  const constants = new Map(program.constants)
  const nameOf: NameOf = (k) => (constants.has(k) ? literal(constants.get(k)!) : `a${k}`)
  const varying = (ks: readonly number[]): number[] => ks.filter((k) => !constants.has(k))
  const helpers = makeHelpers()
  const scalar = (s: ScalarStep): Statement =>
    s._tag === 'Compute'
      ? { text: declared(s.operation, nameOf(s.out), s.args.map(nameOf), helpers), reads: varying(s.args), writes: [s.out] }
      : { text: `const ${nameOf(s.out)}=m[${e.layout.bufferSlot(s.buffer)}][${s.at}];`, reads: [], writes: [s.out] }
  let done = 0
  const step = (i: number): Statement[] => {
    if (i < done) return []
    const filled = filledText(i, e, helpers, nameOf)
    if (!filled) return [oneStep(i)]
    done = i + 1 + filled.steps
    return [{ text: filled.text, reads: varying([filled.register]), writes: [], alone: true }]
  }
  const oneStep = (i: number): Statement => {
    const s = program.steps[i]!
    if (s._tag === 'Nest') {
      e.layout.nextStep(i)
      const made = nestStatement(s, e.layout, helpers, nameOf, varying)
      if (made) return made
      const read = s.values.flatMap((v) => (v._tag === 'Spread' ? [v.register] : v._tag === 'Compute' ? v.args.filter((a) => a < 0).map((a) => ~a) : []))
      return { text: `${helpers.name(emitStep(e, i))}(r,m);`, reads: [], writes: [], shown: read }
    }
    const made = s._tag === 'Opaque' ? controlStatement(s, e, helpers) : undefined
    const shown = registersIn(operandsOf(s))
    const text = made ?? (s._tag === 'Opaque' ? opaqueText(s, i, e, helpers) : `${helpers.name(emitStep(e, i))}(r,m);`)
    return { text, reads: [], writes: [], shown, alone: made !== undefined || (s._tag === 'Opaque' && s.window !== undefined) }
  }
  const list = program.scalars.flatMap((before, i) => [...before.map(scalar), ...(i < program.steps.length ? step(i) : [])])
  const results = program.results.flatMap((r) => (r._tag === 'Register' ? [r.register] : []))
  const length = list.reduce((n, s) => n + s.text.length, 0)
  if (!program.raw && program.steps.length === 0 && length < straight && [...program.inputs, ...program.outs].every((a) => a.shape.length === 0)) {
    const numbers = ofNumbers(program, list, nameOf, helpers)
    return { run: () => {}, numbers }
  }
  return { run: assembled(list, results, helpers) }
}

/** Characters of a function that takes and returns numbers. */
const straight = 20_000

/** A program of numbers, its registers local variables throughout. */
function ofNumbers(program: LoopProgram, list: readonly Statement[], nameOf: NameOf, helpers: Helpers): Kernel['run'] {
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
  return evaluated(asFunction('x,o', `${into.join('')}${list.map((s) => s.text).join('')}const y=[${results.join()}];return o===undefined?y:${fill}(y,o)`, false), helpers) as Kernel['run']
}
