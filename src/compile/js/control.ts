/**
 * Loops and choices over programs, as text: bodies of numbers stand within, unless they are long; others are functions over
 * registers and arrays of their own, called in place.
 *
 * Law: equals what the primitive's own kernel does with its bodies. Carries that are numbers stay in local variables; those
 * that are arrays change places between two arrays.
 */
import { copy, type DType } from '../../data/dtype'
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Written } from '../../ir/kernel'
import type { Emission } from '../closure/kernel'
import type { Span } from '../loop/types'
import { movedText } from './moves'
import { spanText } from './opaque'
import { arrayOf, namesOf, type Helpers, type StepText } from './text'

/** A number as what it is, so that engines keep integers as integers around a loop. */
const kept = (x: string, d: DType): string => (d === 'float64' || d === 'float32' ? x : `${x}${d === 'uint32' ? '>>>' : '|'}0`)

/** A body in the text: where it is called its registers are R‹name›, its arrays M‹name›, else its registers begin with the name. */
interface Body {
  readonly start: string
  readonly run: string
  readonly inputs: readonly Aval[]
  /** Gives input i a number, or an array. */
  readonly give: (i: number, x: string) => string
  /** Result i: its register, or the table entry that is to hold the array of its own, or what fills an array with it, or is it. */
  readonly register: (i: number) => string
  readonly own: (i: number) => string
  readonly fill: (i: number, to: string, at: string) => string
  readonly outputs: readonly number[]
}

/** Characters of the bodies that stand within one step: their registers are local variables, of which the engine's stack holds so many. */
const most = 200_000

function bodyOf(held: object, control: Written, name: string, e: Emission, helpers: Helpers, room = most): Body {
  const { program, inline: within, table, run } = e.body(held, control)
  const text = within?.(name, helpers)
  const inline = (text?.length as number) < room
  const { entries, results, inputs, outs } = program
  const outputs = outs.map((a) => size(a.shape))
  const [R, M] = [`R${name}`, `M${name}`]
  const nameOf = inline ? namesOf(program, name) : (k: number): string => `${R}[${k}]`
  const array = (buffer: number): string => (inline ? arrayOf(name, buffer) : `${M}[${buffer + 1}]`)
  const register = (i: number): string => nameOf((results[i] as { readonly register: number }).register)
  return {
    start: inline ? '' : `const ${M}=${helpers.name(table)}(),${R}=${M}[0];`,
    run: inline ? text! : `${helpers.name(run)}(${R},${M});`,
    inputs,
    give: (i, x) => {
      const e = entries[i]
      return !e ? '' : e._tag === 'Buffer' ? `${inline ? 'const ' : ''}${array(e.buffer)}=${x};` : `${inline ? 'const ' : ''}${nameOf(e.register)}=${x};`
    },
    register,
    own: (i) => {
      const r = results[i]!
      return r._tag === 'Own' ? array(r.buffer) : ''
    },
    fill: (i, to, at) => {
      const r = results[i]!
      const n = outputs[i]!
      if (n === 0) return ''
      if (r._tag === 'Register') return n === 1 ? `${to}${at && `[${at}]`}=${register(i)};` : `${to}.fill(${register(i)},${at},${at}+${n});`
      return `${helpers.name(copy)}(${array(r.buffer)},${r._tag === 'Copy' ? r.offset : 0},${to},${at},${n});`
    },
    outputs,
  }
}

export const controlText: StepText = (s, index, e, helpers, name, nameOf, inside) => {
  const { control } = s
  if (!control) return movedText(s, index, e, helpers, name, nameOf, inside)
  const isNumber = (x: Span): boolean => x.from._tag === 'Register'
  let arrays = ''
  let declared = ''
  const found = (spans: readonly Span[], letter: string): string[] =>
    spans.map((p, i) => {
      if (p.from._tag === 'Register') return nameOf(p.from.register)
      arrays += `const ${letter}${i}=${spanText(p, e, helpers, inside)};`
      return `${letter}${i}`
    })
  const [xs, ys] = [found(s.inputs, 'x'), found(s.outputs, 'y')]
  const declare = (i: number, x = '0'): void => {
    if (isNumber(s.outputs[i]!)) declared += `let ${ys[i]}=${x};`
  }
  /** Where result i of the step has what the body's has: itself, or its element. */
  const element = (i: number, at: string): string => (isNumber(s.outputs[i]!) ? '' : at)
  if (control._tag === 'Cond') {
    ys.forEach((_, i) => declare(i))
    let room = most
    const branches = control.branches.map((program, k) => {
      const b = bodyOf(program, control, `${name}b`, e, helpers, room)
      room -= b.run.length
      const given = xs.slice(1).map((x, i) => b.give(i, x))
      const owned = ys.map((y, i) => b.own(i) && `${b.own(i)}=${y};`)
      return `case ${k}:{${b.start}${given.join('')}${owned.join('')}${b.run}${ys.map((y, i) => (b.own(i) ? '' : b.fill(i, y, element(i, '0')))).join('')}break}`
    })
    return `${declared}{${arrays}switch(${xs[0]}){${branches.join('')}}}`
  }
  const body = bodyOf(control.body, control, `${name}b`, e, helpers)
  const scan = control._tag === 'Scan'
  const test = control._tag === 'While' ? bodyOf(control.cond, control, `${name}t`, e, helpers) : undefined
  const condConsts = control._tag === 'While' ? control.condConsts : 0
  const consts = control._tag === 'While' ? control.bodyConsts : control.consts
  const carries = control._tag === 'While' ? body.outputs.length : control.carries
  // Operand k of the body is operand k + condConsts of the equation; the condition takes its own constants, then the carries.
  let before = body.start + (test?.start ?? '')
  for (let i = 0; i < consts; i++) before += body.give(i, xs[i + condConsts]!)
  for (let i = 0; i < condConsts; i++) before += test!.give(i, xs[i]!)
  let give = ''
  let look = ''
  let collect = ''
  let swap = ''
  let after = ''
  for (let i = 0; i < carries; i++) {
    const x = xs[condConsts + consts + i]!
    const n = body.outputs[i]!
    let c = ys[i]!
    if (n > 1) {
      const d = `d${i}`
      c = `c${i}`
      before += `let ${c}=${helpers.name(new Float64Array(n))},${d}=${helpers.name(new Float64Array(n))};${c}.set(${x}.length===${n}?${x}:${x}.subarray(0,${n}));`
      if (body.own(i)) give += `${body.own(i)}=${d};`
      else collect += body.fill(i, d, '0')
      swap += `{const d=${c};${c}=${d};${d}=d}`
      after += `${ys[i]}.set(${c});`
    } else {
      declare(i, kept(x, body.inputs[consts + i]!.dtype))
      swap += body.fill(i, c, '')
    }
    give += body.give(consts + i, c)
    if (test) look += test.give(condConsts + i, c)
  }
  if (scan) {
    for (let i = consts + carries; i < body.inputs.length; i++) {
      const n = size(body.inputs[i]!.shape)
      if (n > 1) {
        before += `const s${i}=${helpers.name(new Float64Array(n))};${body.give(i, `s${i}`)}`
        give += `${helpers.name(copy)}(${xs[i]},t*${n},s${i},0,${n});`
      } else give += body.give(i, xs[i] + (isNumber(s.inputs[i]!) ? '' : '[t]'))
    }
    for (let i = carries; i < ys.length; i++) {
      const n = body.outputs[i]!
      declare(i)
      if (body.own(i)) before += `${body.own(i)}=${helpers.name(new Float64Array(n))};`
      if (s.outputs[i]!.size > 0) collect += body.fill(i, ys[i]!, element(i, n === 1 ? 't' : `t*${n}`))
    }
  }
  const head = scan
    ? control.reverse ? `for(let t=${control.length - 1};t>=0;t--){` : `for(let t=0;t<${control.length};t++){`
    : `for(;;){${look}${test!.run}if(${test!.register(0)}===0)break;`
  return `${declared}{${arrays}${before}${head}${give}${body.run}${collect}${swap}}${after}}`
}
