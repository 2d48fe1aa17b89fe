/**
 * Sparsity patterns: a linearised program interpreted over sets of the inputs' elements instead of over numbers.
 *
 * Law: the pattern is a superset of the derivative's nonzeros, for all values of the differentiated inputs. Movements are
 * routed by running their own kernels on labels, so what is known of a gather's indices is exact by construction.
 * Decision: the linear part is interpreted, not the program itself: what has no derivative (floor, comparisons, what
 * stopGradient holds) is gone from it, and all that is left is linear.
 * Source: Griewank & Walther 2008, chapter 7; index domains as in Walther & Griewank's ADOL-C.
 */
import { allocate, isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { range, rowMajor, size, type Shape } from '../data/shape'
import { inlined } from '../ir/inline'
import type { Dependence, PatternOperand, PatternRoute, PatternSets } from '../ir/pattern'
import { aval, isLit, type Atom, type Aval, type Eqn, type Jaxpr } from '../ir/types'
import { isZero, Linear, type Value } from '../ir/value'
import { patternRuleOf } from '../primitives/pattern-table'
import { bind, coreOps, engine } from '../primitives/core'
import { tensorOf } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import { literal } from './interpret'
import type { Linearized } from './linearize'
import { IndexSets } from './pattern-sets'

/** The entries of a matrix that may differ from zero: those of row i are cols[start[i]] … cols[start[i + 1] − 1], increasing. */
export interface Pattern {
  readonly height: number
  readonly width: number
  readonly start: Int32Array
  readonly cols: Int32Array
}

const tooMany = 1 << 27

/** A tensor of given elements; typed arrays of the dtype are taken over. */
const tensorFrom = (a: Aval, elements: ArrayLike<number>): Tensor => {
  const buffer = allocate(a.dtype, size(a.shape))
  buffer.set(elements)
  return tensorOf(a, buffer, engine.vocabulary)
}

const elementsOf = (t: Tensor): ArrayLike<number> => {
  const e = t.elements('a pattern')
  return typeof e === 'number' ? [e] : e
}

/** The flat positions of an array's elements, its axes walked in the given order, the last fastest. */
function ordered(shape: Shape, axes: readonly number[]): Int32Array {
  const steps = rowMajor(shape)
  let out = Int32Array.of(0)
  for (const a of axes) {
    const next = new Int32Array(out.length * shape[a]!)
    for (let i = 0, at = 0; i < out.length; i++) for (let k = 0; k < shape[a]!; k++) next[at++] = out[i]! + k * steps[a]!
    out = next
  }
  return out
}

interface Operand extends PatternOperand {
  readonly tensor: () => Tensor | undefined
}

/** One sweep over a program. */
class Sweep {
  readonly #sets: IndexSets
  readonly #dependences = new Map<number, Dependence>()
  readonly #producers = new Map<number, Eqn>()
  readonly #values = new Map<number, Tensor | undefined>()
  readonly #given = new Map<number, () => Tensor | undefined>()

  constructor(sets: IndexSets) {
    this.#sets = sets
  }

  give(id: number, sets: Dependence, value: () => Tensor | undefined): void {
    this.#dependences.set(id, sets)
    if (!sets) this.#given.set(id, value)
  }

  dependence(a: Atom): Dependence {
    return isLit(a) ? null : (this.#dependences.get(a.id) ?? null)
  }

  run(eqns: readonly Eqn[]): void {
    for (const e of eqns) {
      if (e.inputs.every((a) => !this.dependence(a))) {
        for (const o of e.outs) this.#producers.set(o.id, e)
        continue
      }
      const outs = this.#through(e)
      e.outs.forEach((o, i) => this.#dependences.set(o.id, isFloat(o.aval.dtype) ? outs[i]! : null))
    }
  }

  /** The value of what does not depend on the differentiated inputs, where it is known; computed when first asked for. */
  value(atom: Atom): Tensor | undefined {
    if (isLit(atom)) return literal(atom.value, atom.aval) as Tensor
    const stack = [atom.id]
    while (stack.length > 0) {
      const id = stack[stack.length - 1]!
      const eqn = this.#producers.get(id)
      if (this.#values.has(id)) stack.pop()
      else if (!eqn) this.#values.set(id, this.#given.get(id)?.())
      else {
        const missing = eqn.inputs.flatMap((a) => (isLit(a) || this.#values.has(a.id) ? [] : [a.id]))
        if (missing.length > 0) {
          stack.push(...missing)
          continue
        }
        const operands = eqn.inputs.map((a) => (isLit(a) ? (literal(a.value, a.aval) as Tensor) : this.#values.get(a.id)))
        const outs = operands.includes(undefined) ? this.#partly(eqn) : bind(eqn.prim, operands as Tensor[], eqn.params)
        eqn.outs.forEach((o, i) => this.#values.set(o.id, outs[i]))
      }
    }
    return this.#values.get(atom.id)
  }

  /** What is known of the results although some operand is not: a loop's counter, say. */
  #partly(e: Eqn): readonly (Tensor | undefined)[] {
    const { programs } = e.prim
    const pattern = patternRuleOf(e.prim)
    if (!programs || typeof pattern !== 'function') return []
    const outs = pattern(this.#words(() => undefined), e.inputs.map((a) => this.operand(a)), e.params as never, e.outs.map((o) => o.aval)) ?? []
    return outs.map((o, i) => (o && 'aval' in o ? map(o.elements(), (x) => tensorFrom(e.outs[i]!.aval, x)) : undefined))
  }

  #words(routed: PatternSets['routed']): PatternSets {
    return {
      union: (a, b) => this.#sets.union(a, b),
      unionAll: (all) => this.#sets.unionAll(all),
      routed,
      program: (jaxpr, given) => sweepProgram(this.#sets, jaxpr as Jaxpr, given),
    }
  }

  operand(a: Atom): Operand {
    const sets = this.dependence(a)
    const tensor = (): Tensor | undefined => (sets ? undefined : this.value(a))
    return { aval: a.aval, sets, tensor, elements: () => map(tensor(), elementsOf) }
  }

  /** What the results of an equation depend on. */
  #through(e: Eqn): readonly Dependence[] {
    const operands = e.inputs.map((a) => this.operand(a))
    const avals = e.outs.map((o) => o.aval)
    const { kernel, batch } = e.prim
    const pattern = patternRuleOf(e.prim)
    const routed = (kind: PatternRoute): readonly Dependence[] | undefined => (kind === 'moves' ? this.#moved(e, operands) : this.#summed(e, operands))
    if (typeof pattern === 'string') return routed(pattern) ?? this.#dense(operands, avals)
    if (pattern) {
      const outs = pattern(this.#words(routed), operands, e.params as never, avals)
      return outs?.map((o, i) => (o && 'aval' in o ? o.sets : o) ?? new Int32Array(size(avals[i]!.shape))) ?? this.#dense(operands, avals)
    }
    if (batch === 'elementwise') return [this.#joined(operands, size(avals[0]!.shape))]
    if (kernel._tag === 'View') return this.#moved(e, operands)!
    if (kernel._tag === 'Reduce') return [this.#reduced(operands[0]!, kernel.axes(e.params))]
    if (kernel._tag === 'Dot') {
      const d = kernel.dims(e.params)
      return [this.#product(operands as [Operand, Operand], [d.lhsBatch, d.rhsBatch], [d.lhsContract, d.rhsContract])]
    }
    return this.#dense(operands, avals)
  }

  /** Element by element; operands of rank 0 serve all elements. */
  #joined(operands: readonly Operand[], n: number): Int32Array {
    let out: Int32Array | undefined
    for (const { sets } of operands) {
      if (!sets) continue
      const all = sets.length === n ? sets : new Int32Array(n).fill(sets[0]!)
      if (!out) out = all
      else {
        const before: Int32Array = out
        out = new Int32Array(n)
        for (let i = 0; i < n; i++) out[i] = before[i] === all[i] ? before[i]! : this.#sets.union(before[i]!, all[i]!)
      }
    }
    return out!
  }

  /** The equation run on labels: each element of the result says where it came from. */
  #moved(e: Eqn, operands: readonly Operand[]): readonly Dependence[] | undefined {
    const moving = operands.filter((o) => o.sets)
    const sources = moving.length === 1 ? moving[0]!.sets! : concatenated(moving.map((o) => o.sets!))
    let from = 0
    const labels = labelled(operands, (o) => {
      const out = numbered(size(o.aval.shape), from)
      from += out.length
      return out
    })
    if (!labels) return undefined
    return bind(e.prim, labels, e.params).map((t, k): Dependence => {
      if (!isFloat(e.outs[k]!.aval.dtype)) return null
      const at = elementsOf(t)
      const out = new Int32Array(at.length)
      for (let i = 0; i < out.length; i++) out[i] = at[i]! > 0 ? sources[at[i]! - 1]! : 0
      return out
    })
  }

  /** The transpose run on labels: each element of an operand is told into which element of the result it is added. */
  #summed(e: Eqn, operands: readonly Operand[]): readonly Dependence[] | undefined {
    if (e.prim.transpose === 'nonlinear') return undefined
    const out = e.outs[0]!.aval
    const n = size(out.shape)
    const known = labelled(operands.map((o): Operand => ({ ...o, sets: null })), () => new Float64Array(0))
    if (!known) return undefined
    const labels = tensorOf(aval(out.shape, 'float64'), numbered(n), engine.vocabulary)
    const given: readonly Value[] = operands.map((o, i) => (o.sets ? new Linear(known[i]!.aval) : known[i]!))
    const contributions = e.prim.transpose(coreOps, [labels], given, e.params)
    const parts = operands.flatMap((o, i): { sets: Int32Array; to: ArrayLike<number> }[] => {
      const c = contributions[i] ?? null
      if (!o.sets || c === null || typeof c === 'function' || isZero(c)) return []
      return [{ sets: o.sets, to: elementsOf(c as Tensor) }]
    })
    if (parts.length < operands.filter((o) => o.sets).length) return undefined
    return [this.#collected(parts, n)]
  }

  /** Element `to` − 1 of the result joins the elements that go there. */
  #collected(parts: readonly { readonly sets: Int32Array; readonly to: ArrayLike<number> }[], n: number): Int32Array {
    const start = new Int32Array(n + 1)
    for (const { to } of parts) for (let i = 0; i < to.length; i++) if (to[i]! > 0) start[to[i]!]!++
    for (let i = 0; i < n; i++) start[i + 1]! += start[i]!
    const all = new Int32Array(start[n]!)
    const next = start.slice(0, n)
    for (const { sets, to } of parts) for (let i = 0; i < to.length; i++) if (to[i]! > 0) all[next[to[i]! - 1]!++] = sets[i]!
    const out = new Int32Array(n)
    for (let i = 0; i < n; i++) out[i] = this.#sets.unionAll(all.subarray(start[i]!, start[i + 1]!))
    return out
  }

  #reduced({ sets, aval: a }: Operand, axes: readonly number[]): Int32Array {
    const kept = range(a.shape.length).filter((i) => !axes.includes(i))
    return this.#rows(sets!, ordered(a.shape, [...kept, ...axes]), size(kept.map((i) => a.shape[i]!)))
  }

  /** The unions of equal runs of elements, listed by position. */
  #rows(sets: Int32Array, at: Int32Array, n: number): Int32Array {
    const run = n === 0 ? 0 : at.length / n
    const scratch = new Int32Array(run)
    const out = new Int32Array(n)
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < run; k++) scratch[k] = sets[at[i * run + k]!]!
      out[i] = this.#sets.unionAll(scratch)
    }
    return out
  }

  /** Every result depends on its row of one operand and its row of the other. */
  #product(operands: readonly [Operand, Operand], batches: readonly (readonly number[])[], contracted: readonly (readonly number[])[]): Int32Array {
    const [x, y] = operands.map(({ sets, aval: { shape } }, k) => {
      const free = range(shape.length).filter((a) => !batches[k]!.includes(a) && !contracted[k]!.includes(a))
      const n = size([...batches[k]!, ...free].map((a) => shape[a]!))
      return { free: size(free.map((a) => shape[a]!)), rows: sets ? this.#rows(sets, ordered(shape, [...batches[k]!, ...free, ...contracted[k]!]), n) : new Int32Array(n) }
    }) as [{ free: number; rows: Int32Array }, { free: number; rows: Int32Array }]
    const batch = size(batches[0]!.map((a) => operands[0].aval.shape[a]!))
    const out = new Int32Array(batch * x.free * y.free)
    for (let b = 0, at = 0; b < batch; b++)
      for (let i = 0; i < x.free; i++)
        for (let j = 0; j < y.free; j++) out[at++] = this.#sets.union(x.rows[b * x.free + i]!, y.rows[b * y.free + j]!)
    return out
  }

  /** Of a primitive that says nothing: everything depends on everything. */
  #dense(operands: readonly Operand[], avals: readonly Aval[]): readonly Dependence[] {
    const all = this.#sets.unionAll(concatenated(operands.flatMap((o) => (o.sets ? [o.sets] : []))))
    return avals.map((a) => (isFloat(a.dtype) ? new Int32Array(size(a.shape)).fill(all) : null))
  }
}

const map = <A, B>(x: A | undefined, f: (a: A) => B): B | undefined => (x === undefined ? undefined : f(x))

/** The n numbers after `from`. */
function numbered(n: number, from = 0): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) out[i] = from + i + 1
  return out
}

function concatenated(parts: readonly Int32Array[]): Int32Array {
  const out = new Int32Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}

/** Operands to route by: labels in place of what moves, zeros in place of other floats, integers as they are; undefined where these are not known. */
function labelled(operands: readonly Operand[], label: (o: Operand) => Float64Array): Tensor[] | undefined {
  const out: Tensor[] = []
  for (const o of operands) {
    const floats = isFloat(o.aval.dtype)
    const t = floats ? tensorFrom(aval(o.aval.shape, 'float64'), o.sets ? label(o) : new Float64Array(0)) : o.tensor()
    if (!t) return undefined
    out.push(t)
  }
  return out
}

/** A program held by an equation, on the operands that the equation's rule gives it. */
function sweepProgram(sets: IndexSets, jaxpr: Jaxpr, operands: readonly PatternOperand[]): readonly PatternOperand[] {
  const flat = inlined(jaxpr)
  const sweep = new Sweep(sets)
  flat.inputs.forEach((v, i) => sweep.give(v.id, operands[i]!.sets, () => map(operands[i]!.elements(), (e) => tensorFrom(v.aval, e))))
  sweep.run(flat.eqns)
  return flat.outs.map((a) => sweep.operand(a))
}

/** The value of an input, where it has one: also of a tracer of an outer transform that knows its value. */
export function known(t: Tensor): Tensor | undefined {
  if (!isTraced(t)) return t
  try {
    const elements = t.elements('a pattern')
    return typeof elements === 'number' ? (literal(elements, t.aval) as Tensor) : tensorOf(t.aval, elements, engine.vocabulary)
  } catch {
    return undefined
  }
}

/**
 * The pattern of the Jacobian of a linearised program's first `count` results. `inputs` are the values of the inputs of
 * its known part, undefined where they are not known or are differentiated by; each is asked for at most once. Intermediate sets
 * may hold so many `entries` in all.
 */
export function patternOf(l: Linearized, inputs: readonly (() => Tensor | undefined)[], outs: readonly Aval[], entries?: number): Pattern {
  const tangents = l.linear.inputs.slice(l.linear.constCount)
  const width = tangents.reduce((n, v) => n + size(v.aval.shape), 0)
  const sets = new IndexSets(width, entries)
  const sweep = new Sweep(sets)
  l.known.inputs.forEach((v, i) => sweep.give(v.id, null, inputs[i]!))
  sweep.run(l.known.eqns)
  let at = 0
  for (const v of tangents) {
    const own = Int32Array.from(numbered(size(v.aval.shape), at))
    sweep.give(v.id, own, () => undefined)
    at += own.length
  }
  sweep.run(l.linear.eqns)
  let next = 0
  const rows = outs.map((a, i) => (l.varies[i] ? sweep.dependence(l.linear.outs[next++]!) : null) ?? new Int32Array(size(a.shape)))
  return gathered(sets, concatenated(rows))
}

function gathered(sets: IndexSets, rows: Int32Array): Pattern {
  const start = new Int32Array(rows.length + 1)
  let total = 0
  for (let i = 0; i < rows.length; i++) {
    total += sets.size(rows[i]!)
    if (total > tooMany)
      raise(fault('compile', `the Jacobian [${rows.length}, ${sets.width}] has more than ${tooMany} entries that may differ from zero`, 'Indices that are traced make it dense: close over index arrays, or pass them as concrete arguments outside jit; or give `pattern`.'))
    start[i + 1] = total
  }
  const cols = new Int32Array(total)
  for (let i = 0; i < rows.length; i++) cols.set(sets.indices(rows[i]!), start[i]!)
  return { height: rows.length, width: sets.width, start, cols }
}
