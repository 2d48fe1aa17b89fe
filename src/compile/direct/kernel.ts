/**
 * A program run directly: each equation by its own primitive's kernel, on whole arrays, without a plan.
 *
 * Law: the bits of the compiled program. Arrays are given back after their last reader, or written over by it; between
 * calls a kernel keeps its registers. While it runs, another run of it gets a kernel of its own.
 */
import { allocateNear, type TypedArray } from '../../data/dtype'
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import { keeping, type OpaqueRun } from '../../ir/kernel'
import { inlined } from '../../ir/inline'
import { VarTable } from '../../ir/table'
import { isLit, type Atom, type Eqn, type Jaxpr } from '../../ir/types'
import type { Buffer, Kernel } from '../backend'
import type { Strided } from '../loop/views'
import { expressionOf } from '../scalar'
import { Builder, inArray, inRegister, type Place } from './builder'
import { product } from './dot'
import { pointwise } from './elementwise'
import { reduced } from './reduce'

/** A view of a value. */
function seen(b: Builder, p: Place, x: Aval, out: Aval, map: (strides: readonly number[]) => 'reshape' | { readonly offset: number; readonly strides: readonly number[] }): Place {
  if (p._tag === 'Number') return p
  const view = b.strided(p, x.shape)
  const seenBy = map(view.strides)
  if (seenBy === 'reshape') return inArray(b.strided(p, out.shape))
  const { buffer, offset } = view
  const at = offset + seenBy.offset
  if (size(out.shape) > 1) return inArray({ buffer, offset: at, shape: out.shape, strides: seenBy.strides })
  const to = b.register()
  b.step((m) => { m[0]![to] = m[buffer]![at]! }, [buffer], [])
  return inRegister(to)
}

/** Code over whole arrays. */
function opaque(b: Builder, run: OpaqueRun, inputs: readonly Place[], ins: readonly Aval[], outs: readonly Aval[], inPlace: number | undefined): Place[] {
  if (run.bytes) b.kept.push(run.bytes)
  b.callsOut = true
  type From = { readonly slot: number; readonly at: number; readonly n: number }
  const from = inputs.map((p, i): From => {
    const n = size(ins[i]!.shape)
    if (p._tag === 'Number' && n <= 1) return { slot: 0, at: p.at, n }
    const v = b.contiguous(p, n)
    return { slot: v.buffer, at: v.offset, n }
  })
  const places = outs.map((a) => b.fresh(a.shape))
  const slots = places.map((p) => (p._tag === 'Array' ? p.view.buffer : 0))
  const part = (m: readonly Float64Array[], { slot, at, n }: From): Float64Array => (slot > 0 && at === 0 && m[slot]!.length === n ? m[slot]! : m[slot]!.subarray(at, at + n))
  const taken = inPlace === undefined ? undefined : from[inPlace]!
  const over = taken && taken.slot > 0 && from.filter((f) => f.slot === taken.slot).length === 1 ? [taken.slot] : []
  b.step((m, take) => {
    const xs = from.map((f) => part(m, f))
    const os = places.map((p, i) => (p._tag === 'Array' ? take(slots[i]!) : m[0]!.subarray(p.at, p.at + size(outs[i]!.shape))))
    if (inPlace !== undefined && os[0] !== xs[inPlace]) os[0]!.set(xs[inPlace]!)
    run(xs, os)
  }, from.map((f) => f.slot), slots, over)
  return places
}

/** Where the results of an equation are, for operands that are there. */
function apply(b: Builder, eqn: Eqn, given: readonly Place[]): readonly Place[] {
  const { kernel } = eqn.prim
  const inAvals = eqn.inputs.map((a) => a.aval)
  const outAvals = eqn.outs.map((o) => o.aval)
  const out = outAvals[0]!
  if (kernel._tag === 'Opaque' || kernel._tag === 'Programs') {
    const run = kernel._tag === 'Opaque' ? kernel.make(inAvals, outAvals, eqn.params) : kernel.make((inner) => makeBody(inner as Jaxpr), inAvals, outAvals, eqn.params)
    return opaque(b, run, given, inAvals, outAvals, kernel._tag === 'Opaque' ? kernel.inPlace : undefined)
  }
  const one = (): Place => {
    switch (kernel._tag) {
      case 'Elementwise':
        return pointwise(b, expressionOf(kernel, inAvals, eqn.params, out), given, out.shape)
      case 'View':
        return seen(b, given[0]!, inAvals[0]!, out, (strides) => kernel.map(strides, inAvals[0]!, out, eqn.params))
      case 'Reduce':
        return reduced(b, given[0]!, inAvals[0]!, out, kernel.op, kernel.axes(eqn.params))
      case 'Dot':
        return product(b, given, inAvals, out, kernel.dims(eqn.params))
    }
  }
  return [size(out.shape) === 0 ? b.constant(0) : one()]
}

interface Program {
  /** For each input its register or its array. */
  readonly entries: readonly Place[]
  /** For each result its register, or the array in which its elements lie one after another. */
  readonly results: readonly (Place & { readonly _tag: 'Number' } | Strided)[]
  /** What it was built with. */
  readonly b: Builder
  readonly registers: Float64Array
  readonly run: (m: Float64Array[]) => void
  readonly bytes: () => number
}

function build(jaxpr: Jaxpr): Program {
  const program = inlined(jaxpr)
  const b = new Builder()
  const places = new VarTable<Place>(program)
  const read = (a: Atom): Place => (isLit(a) ? b.constant(a.value) : places.get(a.id)!)
  const entries = program.inputs.map((v) => {
    const p = b.fresh(v.aval.shape)
    places.set(v.id, p)
    return p
  })
  const own = b.sizes.length
  for (const e of program.eqns) {
    const results = apply(b, e, e.inputs.map(read))
    e.outs.forEach((o, i) => places.set(o.id, results[i]!))
  }
  const results = program.outs.map((a) => {
    const p = read(a)
    return p._tag === 'Number' ? p : b.contiguous(p, size(a.aval.shape))
  })
  for (const r of results) if (!('_tag' in r)) b.last[r.buffer] = Infinity
  return {
    entries,
    results,
    b,
    registers: Float64Array.from(b.registers),
    run: runner(b, own),
    bytes: () => b.kept.reduce((n, f) => n + f(), 8 * b.registers.length),
  }
}

/** All steps in order. Arrays below `own` are the caller's. */
function runner({ steps, sizes, last }: Builder, own: number): Program['run'] {
  const from = new Int32Array(sizes.length)
  const dead = steps.map((): number[] => [])
  last.forEach((at, slot) => { if (slot >= own && at < Infinity) dead[at]?.push(slot) })
  steps.forEach(({ over, writes }, i) => {
    const slot = over.find((s) => dead[i]!.includes(s))
    if (slot === undefined) return
    from[writes[0]!] = slot
    dead[i] = dead[i]!.filter((s) => s !== slot)
  })
  return (m) => {
    const free = new Map<number, Float64Array[]>()
    const take = (slot: number): Float64Array => (m[slot] = from[slot]! > 0 ? m[from[slot]!]! : (free.get(sizes[slot]!)?.pop() ?? (allocateNear('float64', sizes[slot]!) as Float64Array)))
    for (let i = 0; i < steps.length; i++) {
      steps[i]!.run(m, take)
      for (const slot of dead[i]!) {
        const list = free.get(sizes[slot]!)
        if (list) list.push(m[slot]!)
        else free.set(sizes[slot]!, [m[slot]!])
      }
    }
  }
}

const table = ({ b, registers }: Program): Float64Array[] => {
  const m = new Array<Float64Array>(b.sizes.length)
  m[0] = registers
  return m
}

/** A program inside another kernel: reads and fills Float64Arrays. */
function makeBody(jaxpr: Jaxpr): OpaqueRun {
  const program = build(jaxpr)
  const run: OpaqueRun = (inputs, outputs) => {
    const m = table(program)
    program.entries.forEach((e, i) => {
      if (e._tag === 'Array') m[e.view.buffer] = inputs[i]!
      else if (inputs[i]!.length > 0) m[0]![e.at] = inputs[i]![0]!
    })
    program.run(m)
    program.results.forEach((r, i) => deliver(r, m, outputs[i]!))
  }
  return keeping(run, program.bytes)
}

function deliver(r: Program['results'][number], m: readonly Float64Array[], o: TypedArray): void {
  if ('_tag' in r) o.fill(m[0]![r.at]!)
  else o.set(m[r.buffer]!.subarray(r.offset, r.offset + size(r.shape)))
}

export function makeKernel(jaxpr: Jaxpr): Kernel {
  const program = build(jaxpr)
  const { entries, results } = program
  const outs = jaxpr.outs.map((a) => a.aval)
  const own = 1 + entries.filter((e) => e._tag === 'Array').length
  // An array that the kernel has made, and no other result is in, is the caller's from then on.
  const handed = results.map((s, i) => !('_tag' in s) && s.buffer >= own && outs[i]!.dtype === 'float64' && s.offset === 0 && program.b.sizes[s.buffer] === size(s.shape) && results.findIndex((t) => !('_tag' in t) && t.buffer === s.buffer) === i)
  const call: Kernel['run'] = (inputs, outputs) => {
    const m = table(program)
    const r = program.registers
    for (let i = 0; i < entries.length; i++) {
      const e = entries[i]!
      const x = inputs[i]!
      if (e._tag === 'Array') m[e.view.buffer] = x instanceof Float64Array && jaxpr.inputs[i]!.aval.dtype === 'float64' ? x : new Float64Array(x as TypedArray)
      else if (typeof x === 'number') r[e.at] = x
      else if (x.length > 0) r[e.at] = x[0]!
    }
    program.run(m)
    // What is filled may be what a result was only a view of.
    if (outputs) for (const s of results) if (!('_tag' in s) && s.buffer < own) m[s.buffer] = m[s.buffer]!.slice()
    return results.map((s, i): Buffer => {
      const o = outputs?.[i]
      const { shape, dtype } = outs[i]!
      if (o === undefined && '_tag' in s && shape.length === 0) return r[s.at]!
      if (o === undefined && handed[i]) return m[(s as Strided).buffer]!
      const to = o ?? allocateNear(dtype, size(shape))
      deliver(s, m, to)
      return to
    })
  }
  let busy = false
  let spare: Kernel | undefined
  return {
    run: !program.b.callsOut ? call : (inputs, outputs) => {
      if (busy) return (spare ??= makeKernel(jaxpr)).run(inputs, outputs)
      busy = true
      try {
        return call(inputs, outputs)
      } finally {
        busy = false
      }
    },
    get bytes() {
      return program.bytes() + (spare?.bytes ?? 0)
    },
    describe: () => `${program.b.steps.length} steps, equation after equation`,
  }
}
