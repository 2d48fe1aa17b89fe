/**
 * Loops and choices over programs: bodies are functions of the same module, over memory of their own behind the program's.
 *
 * Law: equals what the primitive's own kernel does with its bodies.
 */
import { size } from '../../data/shape'
import type { LoopProgram, Result, Span, Target } from '../loop/types'
import type { Code } from './assembler'
import { move, type Place } from './copies'
import { replacements } from './lending'
import { addressOf, type Body, type StepCode } from './opaque'
import { emitShort } from './short'
import { base, functionOf, type Site } from './site'

interface Spot extends Place {
  readonly bytes: number
}

/** A body: what copies what it is given, and what it gives. */
interface Opened {
  readonly body: Body
  /** Where input i is to be copied, if it is. */
  readonly given: (i: number) => Spot | undefined
  readonly result: (i: number, to: Spot) => void
  /** Whether result i is where it is to be. */
  readonly stays: (i: number) => boolean
  /** Where result i is. */
  readonly direct: (i: number) => Spot | undefined
}

/** A run of elements of a span. */
const spotOf = (x: Span, site: Site, code: Code): Spot => ({ bytes: 8 * x.size, address: addressOf(x, site, code) })

export const emitControl: StepCode = (s, site, bodyOf, kept) => {
  const { control } = s
  if (!control) return emitShort(s, site, kept)
  const { code } = functionOf(site)
  const inputs = s.inputs.map((x) => spotOf(x, site, code))
  const outputs = s.outputs.map((x) => spotOf(x, site, code))
  /**
   * The body's inputs and its results. `lend`: what inputs are in this program, where the body may read them there; from input
   * `first` on, where it may write the results that replace them, too.
   */
  const opened = (program: object, lend: (p: LoopProgram) => readonly (Span | undefined)[], first = Infinity): Opened => {
    const spans = new Map<number, Span>()
    const body = bodyOf(program, (p) => {
      const replaces = first < Infinity ? replacements(p) : undefined
      lend(p).forEach((x, i) => {
        const e = p.entries[i]
        if (e?._tag !== 'Buffer' || x?.from._tag !== 'Buffer' || x.size === 0) return
        spans.set(e.buffer, x)
        // A pair may reach over the end of what is written: there is room behind whole buffers.
        if (i >= first && site.program.buffers[x.from.buffer]!.size === x.size && replaces?.(i - first, i)) spans.set((p.results[i - first] as Result & { _tag: 'Own' }).buffer, x)
      })
      return new Map([...spans].map(([b, { from, offset }]) => [b, () => site.places()[site.layout.bufferSlot((from as Target & { _tag: 'Buffer' }).buffer)]! + offset]))
    })
    const { entries, results, outs } = body.site.program
    const inner = body.site.layout
    const within = (slot: number, elements: number, count: number): Spot => ({
      bytes: 8 * count,
      address: () => void code.get(base).slotOffset(body.slot).i32(8 * (inner.places()[slot]! + elements)).op('i32.add', 'i32.add'),
    })
    const direct = (i: number): Spot | undefined => {
      const r = results[i]!
      const n = size(outs[i]!.shape)
      if (n === 0) return undefined
      if (r._tag === 'Register') return within(0, r.register, 1)
      const [x, offset] = [spans.get(r.buffer), r._tag === 'Copy' ? r.offset : 0]
      return x ? spotOf({ ...x, offset: x.offset + offset, size: n }, site, code) : within(inner.bufferSlot(r.buffer), offset, n)
    }
    return {
      body, direct,
      stays: (i) => {
        const r = results[i]!
        return r._tag !== 'Register' && spans.get(r.buffer) === s.outputs[i]
      },
      given: (i) => {
        const e = entries[i]
        if (e === undefined || (e._tag === 'Buffer' && spans.has(e.buffer))) return undefined
        return e._tag === 'Register' ? within(0, e.register, 1) : within(inner.bufferSlot(e.buffer), 0, size(body.site.program.inputs[i]!.shape))
      },
      result: (i, to) => {
        const n = size(outs[i]!.shape)
        const from = direct(i)
        if (!from) return
        if (results[i]!._tag !== 'Register' || n === 1) move(code, to, from, 8 * n)
        else {
          // One number throughout.
          const [p, end] = [code.local('i32'), code.local('i32')]
          to.address()
          code.tee(p).i32(8 * n).op('i32.add').set(end)
          code.repeat(
            () => {
              code.get(p)
              from.address()
              code.memory('f64.load', 0).memory('f64.store', 0).get(p).i32(8).op('i32.add').set(p)
            },
            () => void code.get(p).get(end).op('i32.lt_u'),
          )
          code.release(p)
          code.release(end)
        }
      },
    }
  }
  const give = (to: Spot | undefined, from: Spot | undefined): void => {
    if (to && from) move(code, to, from, to.bytes)
  }
  const call = (o: Opened): void => void code.get(base).call(o.body.run)

  if (control._tag === 'Cond') {
    control.branches.forEach((program, k) => {
      inputs[0]!.address()
      code.memory('f64.load', 0).f64(k).op('f64.eq').if(() => {
        const b = opened(program, () => s.inputs.slice(1))
        s.inputs.slice(1).forEach((_, i) => give(b.given(i), inputs[i + 1]))
        call(b)
        outputs.forEach((o, i) => b.result(i, o))
      })
    })
    return code
  }
  const scan = control._tag === 'Scan'
  const condConsts = control._tag === 'While' ? control.condConsts : 0
  const consts = control._tag === 'While' ? control.bodyConsts : control.consts
  const held = s.inputs.slice(condConsts, condConsts + consts)
  const body = opened(control.body, ({ entries, results }) => {
    const carries = scan ? control.carries : results.length
    const inputOf = new Map(entries.flatMap((e, i) => (e?._tag === 'Buffer' ? [[e.buffer, i] as const] : [])))
    /** The carry whose place a result is. */
    const from = (i: number): number => {
      const r = results[i]!
      return r._tag === 'Register' ? -1 : (inputOf.get(r.buffer) ?? -1) - consts
    }
    // A carry that is to be another one at the next turn is written before that one is read.
    const moved = new Set(results.slice(0, carries).flatMap((_, i) => (from(i) === i ? [] : [from(i)])))
    return [...held, ...s.outputs.slice(0, carries).map((x, i) => (moved.has(i) ? undefined : x))]
  }, consts)
  const { outs } = body.body.site.program
  const carries = scan ? control.carries : outs.length
  const test = scan ? undefined : opened(control.cond, () => [...s.inputs.slice(0, condConsts), ...s.outputs])
  for (let i = 0; i < consts; i++) give(body.given(i), inputs[condConsts + i])
  for (let i = 0; i < condConsts; i++) give(test!.given(i), inputs[i])
  // The carry lives in the results' places.
  const slotOf = ({ from }: Span): number => (from._tag === 'Buffer' ? site.layout.bufferSlot(from.buffer) : -1)
  for (let i = 0; i < carries; i++) {
    const k = condConsts + consts + i
    const [x, y] = [slotOf(s.inputs[k]!), slotOf(s.outputs[i]!)]
    if (x < 0 || x !== y) move(code, outputs[i]!, inputs[k]!, outputs[i]!.bytes)
  }
  const step = (stacked = (): void => {}): void => {
    for (let i = 0; i < carries; i++) give(body.given(consts + i), outputs[i])
    call(body)
    // What is stacked may be carries as they were.
    stacked()
    for (let i = 0; i < carries; i++) if (!body.stays(i)) body.result(i, outputs[i]!)
  }
  if (!scan) {
    const checked = (): void => {
      for (let i = 0; i < carries; i++) give(test!.given(condConsts + i), outputs[i])
      call(test!)
      test!.direct(0)!.address()
      code.memory('f64.load', 0).f64(0).op('f64.ne')
    }
    code.while(checked, step)
    return code
  }
  if (control.length === 0) return code
  const turn = code.local('i32')
  const at = (x: Spot, bytes: number): Spot => ({
    bytes,
    address: () => {
      x.address()
      code.get(turn)
      if (control.reverse) {
        code.i32(-1).op('i32.mul').i32(control.length - 1).op('i32.add')
      }
      code.i32(bytes).op('i32.mul', 'i32.add')
    },
  })
  const bytesOf = (i: number): number => 8 * size(outs[i]!.shape)
  code.i32(0).set(turn)
  code.repeat(
    () => {
      for (let i = consts + carries; i < body.body.site.program.entries.length; i++) {
        const to = body.given(i)
        if (to) move(code, to, at(inputs[i]!, to.bytes), to.bytes)
      }
      step(() => {
        for (let i = carries; i < outs.length; i++) if (bytesOf(i) > 0) body.result(i, at(outputs[i]!, bytesOf(i)))
      })
    },
    () => void code.get(turn).i32(1).op('i32.add').tee(turn).i32(control.length).op('i32.lt_u'),
  )
  return code
}
