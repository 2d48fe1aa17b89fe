/**
 * Loops and choices over programs, as text: bodies are functions over registers and arrays of their own, called in place.
 *
 * Law: equals what the primitive's own kernel does with its bodies. Carries that are numbers stay in local variables; those
 * that are arrays change places between two arrays.
 */
import { size } from '../../data/shape'
import type { Emission, Machine } from '../closure/kernel'
import type { Opaque, Span } from '../loop/types'
import { spanText } from './opaque'
import type { Helpers } from './text'

/** Elements from one array to another: a call of `set` with a view costs more than a short loop. */
function copy(to: Float64Array, at: number, from: Float64Array, start: number, n: number): void {
  if (n > 64) to.set(from.subarray(start, start + n), at)
  else for (let i = 0; i < n; i++) to[at + i] = from[start + i]!
}

/** A body in the text: its registers are R‹name›, its arrays M‹name›. */
interface Body {
  readonly start: string
  readonly run: string
  /** Gives input i what the text says: a number, or an array. */
  readonly number: (i: number) => string | undefined
  readonly array: (i: number) => string | undefined
  /** Result i: its register, or the table entry that is to hold the array of its own, or the copy that fills it. */
  readonly register: (i: number) => string | undefined
  readonly own: (i: number) => string | undefined
  readonly fill: (i: number, to: string, at: string) => string
  readonly inputs: number
  readonly outputs: readonly number[]
}

function bodyOf(machine: Machine, name: string, helpers: Helpers): Body {
  const { entries, results, outs } = machine.program
  const sizes = outs.map((a) => size(a.shape))
  const [R, M] = [`R${name}`, `M${name}`]
  const copies = helpers.name(copy)
  return {
    start: `const ${M}=${helpers.name(machine.table)}(),${R}=${M}[0];`,
    run: `${helpers.name(machine.run)}(${R},${M});`,
    number: (i) => {
      const e = entries[i]
      return e?._tag === 'Register' ? `${R}[${e.register}]` : undefined
    },
    array: (i) => {
      const e = entries[i]
      return e?._tag === 'Buffer' ? `${M}[${e.buffer + 1}]` : undefined
    },
    register: (i) => {
      const r = results[i]!
      return r._tag === 'Register' && sizes[i] === 1 ? `${R}[${r.register}]` : undefined
    },
    own: (i) => {
      const r = results[i]!
      return r._tag === 'Own' ? `${M}[${r.buffer + 1}]` : undefined
    },
    fill: (i, to, at) => {
      const r = results[i]!
      if (sizes[i] === 0) return ''
      if (r._tag === 'Register') return sizes[i] === 1 ? `${to}[${at}]=${R}[${r.register}];` : `${to}.fill(${R}[${r.register}],${at},${at}+${sizes[i]});`
      return `${copies}(${to},${at},${M}[${r.buffer + 1}],${r._tag === 'Copy' ? r.offset : 0},${sizes[i]});`
    },
    inputs: entries.length,
    outputs: sizes,
  }
}

export function controlStatement(s: Opaque, e: Emission, helpers: Helpers): string | undefined {
  const { control } = s
  if (!control) return undefined
  const found = (spans: readonly Span[], letter: string): string =>
    spans.map((p, i) => `const ${letter}${i}=${spanText(p, e, helpers)};`).join('')
  const arrays = found(s.inputs, 'x') + found(s.outputs, 'y')
  const sizes = s.inputs.map((x) => x.size)
  if (control._tag === 'Cond') {
    const branches = control.branches.map((program, k) => {
      const b = bodyOf(e.body(program), '', helpers)
      const given = Array.from({ length: b.inputs }, (_, i) => (b.number(i) ? `${b.number(i)}=x${i + 1}[0];` : b.array(i) ? `${b.array(i)}=x${i + 1};` : ''))
      const owned = b.outputs.map((_, i) => (b.own(i) ? `${b.own(i)}=y${i};` : ''))
      return `case ${k}:{${b.start}${given.join('')}${owned.join('')}${b.run}${b.outputs.map((_, i) => (b.own(i) ? '' : b.fill(i, `y${i}`, '0'))).join('')}break}`
    })
    return `{${arrays}switch(x0[0]){${branches.join('')}}}`
  }
  const body = bodyOf(e.body(control.body), 'b', helpers)
  const scan = control._tag === 'Scan'
  const test = control._tag === 'While' ? bodyOf(e.body(control.cond), 't', helpers) : undefined
  const condConsts = control._tag === 'While' ? control.condConsts : 0
  const consts = control._tag === 'While' ? control.bodyConsts : control.consts
  const carries = control._tag === 'While' ? body.outputs.length : control.carries
  // Operand k of the body is operand k + condConsts of the equation; the condition takes its own constants, then the carries.
  const fixed = (b: Body, i: number, x: string): string => (b.number(i) ? `${b.number(i)}=${x}[0];` : b.array(i) ? `${b.array(i)}=${x};` : '')
  let before = body.start + (test?.start ?? '')
  for (let i = 0; i < consts; i++) before += fixed(body, i, `x${i + condConsts}`)
  for (let i = 0; i < condConsts; i++) before += fixed(test!, i, `x${i}`)
  let give = ''
  let look = ''
  let collect = ''
  let swap = ''
  let after = ''
  for (let i = 0; i < carries; i++) {
    const at = condConsts + consts + i
    const n = sizes[at]!
    if (n === 0) continue
    const [number, array] = [body.number(consts + i), body.array(consts + i)]
    if (number !== undefined) {
      before += `let c${i}=x${at}[0];`
      give += `${number}=c${i};`
      if (test) look += `${test.number(condConsts + i)}=c${i};`
      swap += `c${i}=${body.register(i)};`
      after += `y${i}[0]=c${i};`
    } else {
      before += `let c${i}=${helpers.name(new Float64Array(n))},d${i}=${helpers.name(new Float64Array(n))};c${i}.set(x${at}.length===${n}?x${at}:x${at}.subarray(0,${n}));`
      give += `${array}=c${i};`
      if (test) look += `${test.array(condConsts + i)}=c${i};`
      if (body.own(i)) give += `${body.own(i)}=d${i};`
      else collect += body.fill(i, `d${i}`, '0')
      swap += `{const d=c${i};c${i}=d${i};d${i}=d}`
      after += `y${i}.set(c${i});`
    }
  }
  if (scan) {
    for (let i = consts + carries; i < body.inputs; i++) {
      const n = sizes[i]! / Math.max(1, control.length)
      if (body.number(i)) give += `${body.number(i)}=x${i}[t];`
      else if (body.array(i)) {
        before += `const s${i}=${helpers.name(new Float64Array(n))};${body.array(i)}=s${i};`
        give += `${helpers.name(copy)}(s${i},0,x${i},t*${n},${n});`
      }
    }
    for (let i = carries; i < body.outputs.length; i++) {
      const n = body.outputs[i]!
      if (body.own(i)) before += `${body.own(i)}=${helpers.name(new Float64Array(n))};`
      collect += body.fill(i, `y${i}`, n === 1 ? 't' : `t*${n}`)
    }
  }
  const head = scan
    ? control.reverse ? `for(let t=${control.length - 1};t>=0;t--){` : `for(let t=0;t<${control.length};t++){`
    : `for(;;){${look}${test!.run}if(${test!.register(0)}===0)break;`
  return `{${arrays}${before}${head}${give}${body.run}${collect}${swap}}${after}}`
}
