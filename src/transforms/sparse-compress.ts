/**
 * Compressed evaluation: a few products with the derivative, from which all its entries are read.
 *
 * Law: the emitted program computes exactly the listed entries; it is an ordinary program, so it can be differentiated,
 * batched and compiled. Where the products are few, each is emitted by itself: seeds are constants, and what they make
 * zero or one is left out, and directions that come to the same are followed once, as by hand. Where they are many, one batched sweep serves them all.
 * Source: Curtis, Powell & Reid 1974; Griewank & Walther 2008, chapter 8.
 */
import { range, size } from '../data/shape'
import { inlined } from '../ir/inline'
import { aval, freshVar, type Aval, type Dual, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { coreOps, engine } from '../primitives/core'
import { stage } from '../trace/bind'
import { tensorOf } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { emitBatch } from './batch'
import { Environment, interpret, literal, rebind } from './interpret'
import { emitJvp } from './jvp'
import { emitPullback, residualsOf, type Linearized } from './linearize'
import type { Pattern } from './pattern'
import { substitution } from './sparse-acyclic'
import type { Colouring } from './sparse-colouring'
import { peeled, unpeeled, type Peeled } from './sparse-peel'
import type { Recovery } from './sparse-recover'

/** A program whose derivative is wanted, with what its linearisation found. */
export interface Problem {
  readonly jaxpr: Jaxpr
  readonly varying: readonly boolean[]
  readonly linearized: Linearized
}

/** Products in pieces, and how each entry is found when they are laid end to end after one zero. */
export interface Compressed {
  readonly staged: Staged
  readonly recovery: Recovery
  readonly dtype: Aval['dtype']
}

/** Whether entries are those of a symmetric matrix: then read directly, or by substitution (of an acyclic colouring). */
export type Symmetry = 'none' | 'mirrored' | 'substituted'

/** Up to this many equations the products are emitted one by one. */
const unrolled = 4000

const numbersOf = (t: Tensor): ArrayLike<number> => {
  const e = t.elements('a seed')
  return typeof e === 'number' ? [e] : e
}

/** A tangent, up to its sign. Constants that are all one number are that number's size, one value for all of them. */
interface Signed {
  readonly value: Value
  readonly negative: boolean
}

const plain = (value: Value): Signed => ({ value, negative: false })
const unsigned = ({ value, negative }: Signed): Value => (negative ? coreOps.neg(value) : value)

/** Spread numbers, each made once: equal tangents are then the same value. */
class Constants {
  readonly #made = new Map<string, Value>()

  /** A constant that is all one number as that number spread, symbolic where it is 0; other values as they are. */
  settled(v: Value): Signed {
    if (isZero(v) || isTraced(v as Tensor)) return plain(v)
    const e = numbersOf(v as Tensor)
    const first = e[0]
    for (let i = 1; i < e.length; i++) if (e[i] !== first) return plain(v)
    return first === 0 || first === undefined ? plain(new Zero(v.aval)) : { value: this.#spread(Math.abs(first), v.aval), negative: first < 0 }
  }

  #spread(x: number, { shape, dtype }: Aval): Value {
    const key = `${x} ${dtype} ${shape.join(' ')}`
    const made = this.#made.get(key)
    if (made) return made
    const one = literal(x, aval([], dtype))
    const all = shape.length === 0 ? one : coreOps.broadcast(one, shape, [])
    this.#made.set(key, all)
    return all
  }
}

/** Ones where the positions, counted over all arrays together, have the colour. */
function seeds(constants: Constants, avals: readonly Aval[], colours: Int32Array, colour: number): Value[] {
  let at = 0
  return avals.map((a) => {
    const n = size(a.shape)
    const ones = new Float64Array(n)
    for (let i = 0; i < n; i++) ones[i] = colours[at + i] === colour ? 1 : 0
    at += n
    return constants.settled(constant(a, ones)).value
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
  readonly tangents: readonly Signed[]
}

/** One equation with its derivative in one direction. */
function dual(e: Eqn, cells: readonly Cell[], tangents: readonly Value[]): Dual[] {
  const vars = e.inputs.flatMap((a, i) => (a._tag === 'Var' ? [{ a, primal: cells[i]!.primal, tangent: tangents[i]! }] : []))
  const one: Jaxpr = { inputs: vars.map((v) => v.a), constCount: 0, eqns: [e], outs: e.outs }
  return emitJvp(one, vars.map((v) => v.primal), vars.map((v) => v.tangent))
}

/** The derivative of one equation in all directions: those that are equal, or opposite, are computed once. */
function along(e: Eqn, cells: readonly Cell[], count: number, constants: Constants): Cell[] {
  const done: { readonly tangents: readonly Value[]; readonly flips: readonly boolean[]; readonly outs: readonly Signed[] }[] = []
  let primals: readonly Value[] | undefined
  const each = range(count).map((k): readonly Signed[] | undefined => {
    const given = cells.map((c) => c.tangents[k]!)
    const lead = given.find((t) => !isZero(t.value))
    if (!lead) return undefined
    const tangents = given.map((t) => t.value)
    const flips = given.map((t) => !isZero(t.value) && t.negative !== lead.negative)
    const turned = (outs: readonly Signed[]): readonly Signed[] => outs.map((o) => ({ value: o.value, negative: o.negative !== lead.negative }))
    const twin = done.find((d) => d.tangents.every((t, i) => t === tangents[i] || (isZero(t) && isZero(tangents[i]!))) && d.flips.every((f, i) => f === flips[i]))
    if (twin) return turned(twin.outs)
    const duals = dual(e, cells, tangents.map((t, i) => (flips[i] ? coreOps.neg(t) : t)))
    primals ??= duals.map((d) => d.primal)
    const outs = duals.map((d) => constants.settled(d.tangent))
    done.push({ tangents, flips, outs })
    return turned(outs)
  })
  const values = primals ?? rebind(e.prim, cells.map((c) => c.primal), e.params)
  return e.outs.map((o, i) => ({ primal: values[i]!, tangents: each.map((t) => t?.[i] ?? plain(new Zero(o.aval))) }))
}

/** All products with the derivative, equation by equation; for each product, the tangents of the atoms. */
function forwardOneByOne(flat: Jaxpr, varying: readonly boolean[], inputs: readonly Value[], { columns, forward }: Colouring, atoms: readonly Var[]): Value[][] {
  const constants = new Constants()
  const none = (a: Aval): Signed[] => Array.from({ length: forward }, () => plain(new Zero(a)))
  const env = new Environment<Cell>((value, a) => ({ primal: literal(value, a), tangents: none(a) }), flat)
  const given = flat.inputs.filter((_, i) => varying[i]).map((v) => v.aval)
  const directions = range(forward).map((c) => seeds(constants, given, columns, c))
  let next = 0
  flat.inputs.forEach((v, i) => {
    const k = varying[i] ? next++ : -1
    env.write(v, { primal: inputs[i]!, tangents: k < 0 ? none(v.aval) : directions.map((d) => plain(d[k]!)) })
  })
  for (const e of flat.eqns) {
    const results = along(e, e.inputs.map((a) => env.read(a)), forward, constants)
    e.outs.forEach((o, i) => env.write(o, results[i]!))
  }
  const cells = atoms.map((a) => env.read(a))
  return range(forward).map((k) => cells.map((c) => unsigned(c.tangents[k]!)))
}

/** All products with the transpose; for each, the cotangents of the inputs that vary. */
function reverseOneByOne({ linearized: l, jaxpr }: Problem, residuals: readonly Value[], { rows, reverse }: Colouring): Value[][] {
  const constants = new Constants()
  const outs = jaxpr.outs.map((o) => o.aval)
  return range(reverse).map((c) => emitPullback(l, residuals, seeds(constants, outs, rows, c)).map((v) => unsigned(constants.settled(v))))
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
    b ? value : coreOps.broadcast(coreOps.instantiate(value), [count, ...value.aval.shape], range(value.aval.shape.length, 1)),
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
    emitPullback(l, t.slice(0, n), t.slice(n)).map(coreOps.instantiate) as Tensor[],
  )
  return swept(back.jaxpr, [...back.captured, ...residuals], stackedSeeds(outs, rows, reverse), reverse).map((value) => ({ value, size: size(value.aval.shape.slice(1)) }))
}

/** Pieces laid out end to end: where each begins. Place 0 is that of what is zero. */
class Layout {
  readonly pieces: Value[] = []
  readonly #dtype: Aval['dtype']
  #end = 1

  constructor(dtype: Aval['dtype']) {
    this.#dtype = dtype
  }

  /** Where the piece begins; −1 where it is zero. */
  add(value: Value | null): number {
    if (value === null || isZero(value)) return -1
    const n = size(value.aval.shape)
    this.pieces.push(coreOps.reshape(coreOps.convert(value, this.#dtype), [n]))
    const at = this.#end
    this.#end += n
    return at
  }
}

/** Where an element of the results (of the inputs), counted over all of them, stands in each product. */
type Places = (product: number, position: number) => number

/** Places of products given one by one. */
function placesOneByOne(layout: Layout, products: readonly (readonly Value[])[], { atom, element }: Peeled): Places {
  const bases = products.map((arrays) => Int32Array.from(arrays, (v) => layout.add(v)))
  return (product, position) => {
    const base = atom[position]! < 0 ? -1 : bases[product]![atom[position]!]!
    return base < 0 ? 0 : base + element[position]!
  }
}

/** Places of products that stand side by side in one array each. */
function placesTogether(layout: Layout, pieces: readonly Piece[], { atom, element }: Peeled): Places {
  const bases = pieces.map((p) => layout.add(p.value))
  return (product, position) => {
    const i = atom[position]!
    return i < 0 || bases[i]! < 0 ? 0 : bases[i]! + product * pieces[i]!.size + element[position]!
  }
}

/** The products of a colouring, as a program of the problem's inputs, and where each entry of the pattern is read. */
export function compress(problem: Problem, baked: readonly (Tensor | undefined)[], pattern: Pattern, colouring: Colouring, symmetry: Symmetry): Compressed {
  const { jaxpr, varying, linearized: l } = problem
  const { forward, reverse } = colouring
  const oneByOne = (forward + reverse) * jaxpr.eqns.length <= unrolled && !jaxpr.eqns.some((e) => e.prim.programs)
  const floats = jaxpr.outs.map((o) => o.aval.dtype)
  const dtype = floats.every((d) => d === floats[0]) ? floats[0]! : 'float64'
  let recovery: Recovery = { _tag: 'Read', places: new Int32Array(0) }
  const staged = stage(engine, 'a sparse derivative', jaxpr.inputs.map((v) => v.aval), null, (tracers) => {
    const inputs = tracers.map((t, i) => baked[i] ?? t)
    const layout = new Layout(dtype)
    const all = [...l.captured, ...inputs]
    const residuals = oneByOne && reverse === 0 ? [] : residualsOf<Value>(l, all, interpret(l.known, all))
    const outs = l.known.outs.slice(0, l.outCount).map((o) => freshVar(o.aval))
    const moving = unpeeled(jaxpr.inputs.filter((_, i) => varying[i]))
    let ahead: Places | undefined
    if (forward > 0 && oneByOne) {
      const flat = inlined(jaxpr)
      const ends = peeled(flat)
      ahead = placesOneByOne(layout, forwardOneByOne(flat, varying, inputs, colouring, ends.atoms), ends)
    } else if (forward > 0) ahead = placesTogether(layout, forwardTogether(problem, residuals, colouring), unpeeled(outs))
    let back: Places | undefined
    if (reverse > 0 && oneByOne) back = placesOneByOne(layout, reverseOneByOne(problem, residuals, colouring), moving)
    else if (reverse > 0) back = placesTogether(layout, reverseTogether(problem, residuals, colouring), moving)
    if (symmetry === 'substituted') recovery = { _tag: 'Substitute', order: substitution(pattern, colouring.columns, ahead ?? (() => 0)) }
    else recovery = { _tag: 'Read', places: symmetry === 'mirrored' ? readSymmetric(pattern, colouring, ahead) : readEntries(pattern, colouring, ahead, back) }
    return layout.pieces as Tensor[]
  })
  return { staged, recovery, dtype }
}

function readEntries({ height, start, cols }: Pattern, { columns, rows, from }: Colouring, ahead: Places | undefined, back: Places | undefined): Int32Array {
  const read = new Int32Array(cols.length)
  for (let i = 0; i < height; i++)
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const c = columns[cols[k]!]!
      const forwards = rows[i]! < 0 || (c >= 0 && from === 'forward')
      read[k] = forwards ? ahead!(c, i) : back!(rows[i]!, cols[k]!)
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
      read[k] = count[columns[j]!] === 1 ? ahead!(columns[j]!, i) : ahead!(columns[i]!, j)
    }
    for (let k = start[i]!; k < start[i + 1]!; k++) count[columns[cols[k]!]!] = 0
  }
  return read
}
