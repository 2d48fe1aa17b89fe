/**
 * Compressed evaluation: a few products with the derivative, from which all its entries are read.
 *
 * Law: the emitted program computes exactly the listed entries; it is an ordinary program, so it can be differentiated,
 * batched and compiled. Where the products are few, each is emitted by itself: seeds are constants, and what they make
 * zero or one is left out, as it would be by hand. Where they are many, one batched sweep serves them all.
 * Source: Curtis, Powell & Reid 1974; Griewank & Walther 2008, chapter 8.
 */
import { range, size } from '../data/shape'
import { aval, type Aval, type Dual, type Eqn, type Jaxpr } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { engine, ruleOps } from '../primitives/world'
import { stage } from '../trace/bind'
import { tensorOf } from '../trace/evaluate'
import { isTraced, Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { emitBatch } from './batch'
import { Environment, inlined, interpret, literal, rebind } from './interpret'
import { emitJvp } from './jvp'
import { emitPullback, residualsOf, type Linearized } from './linearize'
import type { Pattern } from './pattern'
import type { Colouring } from './sparse-colouring'

/** A program whose derivative is wanted, with what its linearisation found. */
export interface Problem {
  readonly jaxpr: Jaxpr
  readonly varying: readonly boolean[]
  readonly linearized: Linearized
}

/** The products one after another, and where each entry stands among them. */
export interface Compressed {
  readonly staged: Staged
  readonly read: Int32Array
}

/** Up to this many equations the products are emitted one by one. */
const unrolled = 4000

const numbersOf = (t: Tensor): ArrayLike<number> => {
  const e = t.elements('a seed')
  return typeof e === 'number' ? [e] : e
}

/** A constant that is all one number, as that number spread; a symbolic zero where it is 0. */
function settled(v: Value): Value {
  if (isZero(v) || isTraced(v as Tensor)) return v
  const e = numbersOf(v as Tensor)
  const first = e[0]
  for (let i = 1; i < e.length; i++) if (e[i] !== first) return v
  if (first === 0 || first === undefined) return new Zero(v.aval)
  const one = literal(first, aval([], v.aval.dtype))
  return v.aval.shape.length === 0 ? one : ruleOps.broadcast(one, v.aval.shape, [])
}

/** Ones where the positions, counted over all arrays together, have the colour. */
function seeds(avals: readonly Aval[], colours: Int32Array, colour: number): Value[] {
  let at = 0
  return avals.map((a) => {
    const n = size(a.shape)
    const ones = new Float64Array(n)
    for (let i = 0; i < n; i++) ones[i] = colours[at + i] === colour ? 1 : 0
    at += n
    return settled(constant(a, ones))
  })
}

/** The seeds of all colours, stacked. */
function stackedSeeds(avals: readonly Aval[], colours: Int32Array, count: number): Tensor[] {
  let at = 0
  return avals.map((a) => {
    const n = size(a.shape)
    const ones = new Float64Array(count * n)
    for (let i = 0; i < n; i++) if (colours[at + i]! >= 0) ones[colours[at + i]! * n + i] = 1
    at += n
    return constant(aval([count, ...a.shape], a.dtype), ones)
  })
}

const constant = (a: Aval, elements: Float64Array): Tensor =>
  tensorOf(aval(a.shape, a.dtype), a.dtype === 'float64' ? elements : Float32Array.from(elements), engine.vocabulary)

interface Cell {
  readonly primal: Value
  /** One for each product. */
  readonly tangents: readonly Value[]
}

/** One equation with its derivative in one direction. */
function dual(e: Eqn, cells: readonly Cell[], k: number): Dual[] {
  const vars = e.inputs.flatMap((a, i) => (a._tag === 'Var' ? [{ a, cell: cells[i]! }] : []))
  const one: Jaxpr = { inputs: vars.map((v) => v.a), constCount: 0, eqns: [e], outs: e.outs }
  return emitJvp(one, vars.map((v) => v.cell.primal), vars.map((v) => v.cell.tangents[k]!))
}

/** All products with the derivative, equation by equation; for each product, the tangents of all results. */
function forwardOneByOne({ jaxpr, varying }: Problem, inputs: readonly Value[], { columns, forward }: Colouring): Value[][] {
  const flat = inlined(jaxpr)
  const none = (a: Aval): Value[] => Array.from({ length: forward }, () => new Zero(a))
  const env = new Environment<Cell>((value, a) => ({ primal: literal(value, a), tangents: none(a) }))
  const given = flat.inputs.filter((_, i) => varying[i]).map((v) => v.aval)
  const directions = range(forward).map((c) => seeds(given, columns, c))
  let next = 0
  flat.inputs.forEach((v, i) => {
    const k = varying[i] ? next++ : -1
    env.write(v, { primal: inputs[i]!, tangents: k < 0 ? none(v.aval) : directions.map((d) => d[k]!) })
  })
  for (const e of flat.eqns) {
    const cells = e.inputs.map((a) => env.read(a))
    const moving = range(forward).filter((k) => cells.some((c) => !isZero(c.tangents[k]!)))
    const duals = new Map(moving.map((k) => [k, dual(e, cells, k)]))
    const outs = duals.get(moving[0]!)?.map((d) => d.primal) ?? rebind(e.prim, cells.map((c) => c.primal), e.params)
    e.outs.forEach((o, i) => env.write(o, { primal: outs[i]!, tangents: range(forward).map((k) => (duals.has(k) ? settled(duals.get(k)![i]!.tangent) : new Zero(o.aval))) }))
  }
  const cells = flat.outs.map((a) => env.read(a))
  return range(forward).map((k) => cells.map((c) => c.tangents[k]!))
}

/** All products with the transpose; for each, the cotangents of the inputs that vary. */
function reverseOneByOne({ linearized: l, jaxpr }: Problem, residuals: readonly Value[], { rows, reverse }: Colouring): Value[][] {
  const outs = jaxpr.outs.map((o) => o.aval)
  return range(reverse).map((c) => emitPullback(l, residuals, seeds(outs, rows, c)).map(settled))
}

/** One piece of the compressed products: `count` of them, for one array of `size` elements; null where all is zero. */
interface Piece {
  readonly value: Value | null
  readonly size: number
}

/** Every product of a batched sweep, array by array. */
function swept(program: Jaxpr, shared: readonly Value[], batched: readonly Value[], count: number): Value[] {
  const lanes = [...shared.map((value) => ({ value, batched: false })), ...batched.map((value) => ({ value, batched: true }))]
  return emitBatch(program, lanes, count).map(({ value, batched: b }) =>
    b ? value : ruleOps.broadcast(ruleOps.instantiate(value), [count, ...value.aval.shape], range(value.aval.shape.length, 1)),
  )
}

function forwardTogether({ jaxpr, varying, linearized: l }: Problem, residuals: readonly Value[], { columns, forward }: Colouring): Piece[] {
  const given = jaxpr.inputs.filter((_, i) => varying[i]).map((v) => v.aval)
  const moved = swept(l.linear, residuals, stackedSeeds(given, columns, forward), forward)
  let next = 0
  return jaxpr.outs.map((o, i) => ({ value: l.varies[i] ? moved[next++]! : null, size: size(o.aval.shape) }))
}

function reverseTogether({ jaxpr, linearized: l }: Problem, residuals: readonly Value[], { rows, reverse }: Colouring): Piece[] {
  const outs = jaxpr.outs.map((o) => o.aval)
  const n = residuals.length
  const back = stage(engine, 'vjp', [...residuals.map((r) => r.aval), ...outs], null, (t) =>
    emitPullback(l, t.slice(0, n), t.slice(n)).map(ruleOps.instantiate) as Tensor[],
  )
  return swept(back.jaxpr, [...back.captured, ...residuals], stackedSeeds(outs, rows, reverse), reverse).map((value) => ({ value, size: size(value.aval.shape.slice(1)) }))
}

/** Pieces laid out end to end: where element e of array i in product c stands; 0 is the place of what is zero. */
class Layout {
  readonly #parts: Value[] = []
  readonly #dtype: Aval['dtype']
  #end = 1

  constructor(dtype: Aval['dtype']) {
    this.#dtype = dtype
    this.#parts.push(ruleOps.full([1], 0, dtype))
  }

  add(value: Value | null): number {
    if (value === null || isZero(value)) return -1
    const n = size(value.aval.shape)
    this.#parts.push(ruleOps.reshape(ruleOps.convert(value, this.#dtype), [n]))
    const at = this.#end
    this.#end += n
    return at
  }

  get whole(): Value {
    return ruleOps.concatenate(this.#parts, 0)
  }
}

/** Where each position of several arrays, counted over all of them, starts in each product. */
interface Places {
  readonly at: (product: number, position: number) => number
}

/** Places of products given one by one. */
function placesOneByOne(layout: Layout, products: readonly (readonly Value[])[], sizes: readonly number[]): Places {
  const bases = products.map((arrays) => Int32Array.from(arrays, (v) => layout.add(v)))
  const { array, offset } = positions(sizes)
  return {
    at: (product, position) => {
      const i = array[position]!
      const base = bases[product]![i]!
      return base < 0 ? 0 : base + position - offset[i]!
    },
  }
}

/** Places of products that stand side by side in one array each. */
function placesTogether(layout: Layout, pieces: readonly Piece[]): Places {
  const bases = pieces.map((p) => layout.add(p.value))
  const { array, offset } = positions(pieces.map((p) => p.size))
  return {
    at: (product, position) => {
      const i = array[position]!
      return bases[i]! < 0 ? 0 : bases[i]! + product * pieces[i]!.size + position - offset[i]!
    },
  }
}

/** For each position, in which array it lies; for each array, its first position. */
function positions(sizes: readonly number[]): { array: Int32Array; offset: Int32Array } {
  const array = new Int32Array(sizes.reduce((n, s) => n + s, 0))
  const offset = new Int32Array(sizes.length)
  let at = 0
  sizes.forEach((n, i) => {
    offset[i] = at
    array.fill(i, at, (at += n))
  })
  return { array, offset }
}

/** The products of a colouring, as a program of the problem's inputs, and where each entry of the pattern is read. */
export function compress(problem: Problem, baked: readonly (Tensor | undefined)[], pattern: Pattern, colouring: Colouring, mirror: boolean): Compressed {
  const { jaxpr, varying, linearized: l } = problem
  const { forward, reverse } = colouring
  const oneByOne = (forward + reverse) * jaxpr.eqns.length <= unrolled && !jaxpr.eqns.some((e) => e.prim.programs)
  const floats = jaxpr.outs.map((o) => o.aval.dtype)
  const dtype = floats.every((d) => d === floats[0]) ? floats[0]! : 'float64'
  let read: Int32Array = new Int32Array(0)
  const staged = stage(engine, 'a sparse derivative', jaxpr.inputs.map((v) => v.aval), null, (tracers) => {
    const inputs = tracers.map((t, i) => baked[i] ?? t)
    const layout = new Layout(dtype)
    const all = [...l.captured, ...inputs]
    const residuals = oneByOne && reverse === 0 ? [] : residualsOf<Value>(l, all, interpret(l.known, all))
    const outSizes = jaxpr.outs.map((o) => size(o.aval.shape))
    const inSizes = jaxpr.inputs.filter((_, i) => varying[i]).map((v) => size(v.aval.shape))
    const ahead = forward === 0 ? undefined : oneByOne ? placesOneByOne(layout, forwardOneByOne(problem, inputs, colouring), outSizes) : placesTogether(layout, forwardTogether(problem, residuals, colouring))
    const back = reverse === 0 ? undefined : oneByOne ? placesOneByOne(layout, reverseOneByOne(problem, residuals, colouring), inSizes) : placesTogether(layout, reverseTogether(problem, residuals, colouring))
    read = mirror ? readSymmetric(pattern, colouring, ahead) : readEntries(pattern, colouring, ahead, back)
    return [layout.whole as Tensor]
  })
  return { staged, read }
}

function readEntries({ height, start, cols }: Pattern, { columns, rows, from }: Colouring, ahead: Places | undefined, back: Places | undefined): Int32Array {
  const read = new Int32Array(cols.length)
  for (let i = 0; i < height; i++)
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const c = columns[cols[k]!]!
      const forwards = rows[i]! < 0 || (c >= 0 && from === 'forward')
      read[k] = forwards ? ahead!.at(c, i) : back!.at(rows[i]!, cols[k]!)
    }
  return read
}

/** Of a symmetric matrix: where a row has several columns of one colour, the entry's mirror image is read. */
function readSymmetric({ height, start, cols }: Pattern, { columns, forward }: Colouring, ahead: Places | undefined): Int32Array {
  const read = new Int32Array(cols.length)
  const count = new Int32Array(forward)
  for (let i = 0; i < height; i++) {
    for (let k = start[i]!; k < start[i + 1]!; k++) count[columns[cols[k]!]!]!++
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const j = cols[k]!
      read[k] = count[columns[j]!] === 1 ? ahead!.at(columns[j]!, i) : ahead!.at(columns[i]!, j)
    }
    for (let k = start[i]!; k < start[i + 1]!; k++) count[columns[cols[k]!]!] = 0
  }
  return read
}
