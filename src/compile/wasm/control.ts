/**
 * Loops and choices over programs: bodies are functions of the same module, over memory of their own behind the program's.
 *
 * Law: equals what the primitive's own kernel does with its bodies.
 */
import { size } from '../../data/shape'
import type { Span } from '../loop/types'
import type { Code } from './assembler'
import { move, type Place } from './copies'
import { addressOf, type Body, type StepCode } from './opaque'
import { emitShort } from './short'
import { base, functionOf, type Site } from './site'

interface Spot extends Place {
  readonly bytes: number
}

/** A run of elements of a span. */
const spotOf = (x: Span, site: Site, code: Code): Spot => ({ bytes: 8 * x.size, address: addressOf(x, site, code) })

export const emitControl: StepCode = (s, site, bodyOf, kept) => {
  const { control } = s
  if (!control) return emitShort(s, site, kept)
  const { code } = functionOf(site)
  const inputs = s.inputs.map((x) => spotOf(x, site, code))
  const outputs = s.outputs.map((x) => spotOf(x, site, code))
  /** The body's address, its inputs and its results. */
  const opened = (program: object): { readonly body: Body; readonly at: number; readonly given: (i: number) => Spot | undefined; readonly result: (i: number, to: Spot) => void; readonly direct: (i: number) => Spot | undefined } => {
    const body = bodyOf(program)
    const at = code.local('i32')
    code.get(base).slotOffset(body.slot).op('i32.add').set(at)
    const { entries, results, outs } = body.site.program
    const within = (bytes: () => void, count: number): Spot => ({
      bytes: 8 * count,
      address: () => {
        code.get(at)
        bytes()
        code.op('i32.add')
      },
    })
    const inner = body.site.layout
    const place = (slot: number, bytes: number): (() => void) => () => void code.i32(8 * inner.places()[slot]! + bytes)
    const direct = (i: number): Spot | undefined => {
      const r = results[i]!
      const n = size(outs[i]!.shape)
      if (n === 0) return undefined
      if (r._tag === 'Register') return within(place(0, 8 * r.register), 1)
      return within(place(inner.bufferSlot(r.buffer), r._tag === 'Copy' ? 8 * r.offset : 0), n)
    }
    return {
      body, at, direct,
      given: (i) => {
        const e = entries[i]
        if (e === undefined) return undefined
        return e._tag === 'Register' ? within(place(0, 8 * e.register), 1) : within(place(inner.bufferSlot(e.buffer), 0), size(body.site.program.inputs[i]!.shape))
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
  const call = (o: ReturnType<typeof opened>): void => void code.get(o.at).call(o.body.run)

  if (control._tag === 'Cond') {
    control.branches.forEach((program, k) => {
      inputs[0]!.address()
      code.memory('f64.load', 0).f64(k).op('f64.eq').if(() => {
        const b = opened(program)
        s.inputs.slice(1).forEach((_, i) => give(b.given(i), inputs[i + 1]))
        call(b)
        outputs.forEach((o, i) => b.result(i, o))
      })
    })
    return code
  }
  const body = opened(control.body)
  const { outs } = body.body.site.program
  const scan = control._tag === 'Scan'
  const test = control._tag === 'While' ? opened(control.cond) : undefined
  const condConsts = control._tag === 'While' ? control.condConsts : 0
  const consts = control._tag === 'While' ? control.bodyConsts : control.consts
  const carries = control._tag === 'While' ? outs.length : control.carries
  for (let i = 0; i < consts; i++) give(body.given(i), inputs[condConsts + i])
  for (let i = 0; i < condConsts; i++) give(test!.given(i), inputs[i])
  // The carry lives in the results' places.
  for (let i = 0; i < carries; i++) move(code, outputs[i]!, inputs[condConsts + consts + i]!, outputs[i]!.bytes)
  const step = (): void => {
    for (let i = 0; i < carries; i++) give(body.given(consts + i), outputs[i])
    call(body)
    for (let i = 0; i < carries; i++) body.result(i, outputs[i]!)
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
      step()
      for (let i = carries; i < outs.length; i++) if (bytesOf(i) > 0) body.result(i, at(outputs[i]!, bytesOf(i)))
    },
    () => void code.get(turn).i32(1).op('i32.add').tee(turn).i32(control.length).op('i32.lt_u'),
  )
  return code
}
