/**
 * From a list of small numbers to well-typed steps: every list of choices is some program, so programs shrink as lists do.
 *
 * A recipe asks for operands (`some` variable of a kind, or `exactly` an aval) and for parameters. It gets variables that
 * exist, or what is made of them, or new inputs; so one recipe serves a primitive on its own and inside random programs.
 * Domains keep functions smooth: where a variable's value leaves the wanted interval it is squashed into it.
 */
import { primitives, type Aval, type DType, type Eqn, type Primitive, type Tensor } from '../../src/index'
import { elements, isFloat, largest, sameShape, sizeOf, tensorOf } from '../elements'
import { runStep, type Name, type Step } from './program'

/** A closed interval of numbers. */
export type Interval = readonly [low: number, high: number]

export interface Variable {
  readonly name: Name
  readonly aval: Aval
}

/** What a recipe chooses: operands and parameters that the shape rule accepts. */
export interface Application {
  readonly operands: readonly Variable[]
  readonly params?: Eqn['params']
}

export type Recipe = (choose: Choices) => Application

export interface Wish {
  /** One of these; default float64, sometimes float32. */
  readonly dtypes?: readonly DType[]
  readonly minRank?: number
  readonly maxRank?: number
  /** Where the elements must lie; by default new ones lie in [−2, 2]. */
  readonly within?: Interval
  readonly fits?: (shape: readonly number[]) => boolean
}

/** What variables may be without being squashed, where a recipe does not care. */
const wide: Interval = [-16, 16]

const named = (name: string): Primitive => primitives.find((p) => p.name === name)!

/** An input that a program turned out to need, with its elements. */
interface Input {
  readonly aval: Aval
  readonly within: Interval
  readonly salt: number
  /** Of a matrix: what is added along a diagonal. */
  readonly diagonal: Diagonal | undefined
}

/** gap, 2·gap, 3·gap … from the first corner, or from the last one of the first row. */
export interface Diagonal {
  readonly gap: number
  readonly anti: boolean
}

/** What stands on the diagonal of the matrices of a shape. */
function alongDiagonal(shape: readonly number[], { gap, anti }: Diagonal): number[] {
  const [m, n] = shape.slice(-2) as [number, number]
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [row, column] = [Math.floor(i / n) % m, i % n]
    return column === (anti ? n - 1 - row : row) ? gap * (1 + row) : 0
  })
}

const floats: readonly DType[] = ['float64', 'float64', 'float64', 'float64', 'float64', 'float64', 'float64', 'float32']
const extents = [1, 2, 3, 2, 3, 4, 2, 3, 1, 2, 3, 5, 2, 3, 4, 0]
const specials = [NaN, Infinity, -Infinity, -0, 0, 1e300, -1e-300, 5e-324]
const ranks = [1, 2, 1, 2, 0, 3, 1, 2]

/** Which of the variables that fit is taken, counted from the newest; −1 for a new input. */
const places = [0, 1, 0, 2, 0, 1, 3, -1]

/** A program under construction, with the values of its variables where they could be computed. */
export class Draft {
  readonly inputs: Input[] = []
  readonly avals: Aval[] = []
  readonly values: (Tensor | undefined)[] = []
  /** The variables that may be used now. */
  visible: Variable[] = []
  steps: Step[] = []
  readonly pool: readonly number[]
  readonly wild: boolean
  /** Inputs are numbered before all else, once the program is done. */
  readonly inputNames: Name[] = []

  /** `pool` are integers in [−64, 64] that elements are made of; `wild` ones include NaN and infinities. */
  constructor(pool: readonly number[], wild: boolean) {
    this.pool = pool.length > 0 ? pool : [0]
    this.wild = wild
  }

  declare(aval: Aval, value?: Tensor): Variable {
    const v = { name: this.avals.length, aval }
    this.avals.push(aval)
    this.values.push(value)
    return v
  }

  /** A new input of the program, visible everywhere. */
  input(aval: Aval, within: Interval, diagonal?: Diagonal): Variable {
    const input = { aval, within, salt: this.inputs.length, diagonal }
    this.inputs.push(input)
    const v = this.declare(aval, this.elementsOf(input, 0))
    this.inputNames.push(v.name)
    return v
  }

  /** The elements of an input in a lane: spread over its interval by the pool. */
  elementsOf({ aval: { shape, dtype }, within: [low, high], salt, diagonal }: Input, lane: number): Tensor {
    const { pool } = this
    const added = diagonal && alongDiagonal(shape, diagonal)
    const at = (i: number): number => {
      const n = pool[(i + 5 * salt + 7 * lane) % pool.length]!
      if (dtype === 'bool') return ((n % 2) + 2 + lane) % 2
      if (!isFloat(dtype)) return low + ((((n + lane) % (high - low + 1)) + (high - low + 1)) % (high - low + 1))
      if (this.wild && Math.abs(n) > 52) return specials[Math.abs(n + lane) % specials.length]!
      // Lanes and inputs differ a little even where the pool is short.
      const t = Math.max(-1, Math.min(1, n / 64 + (lane + 3 * salt) / 256))
      return (low + high) / 2 + (t * (high - low)) / 2
    }
    return tensorOf(Array.from({ length: sizeOf(shape) }, (_, i) => at(i) + (added?.[i] ?? 0)), shape, dtype)
  }

  /** Adds a step; its results become visible. */
  push(step: Step, results: readonly Variable[], hidden = false): readonly Variable[] {
    this.steps.push(step)
    try {
      runStep(step, this.values as Tensor[]).forEach((t, i) => (this.values[results[i]!.name] = t))
    } catch {
      // The law that runs the program will see it; here the values just stay unknown.
    }
    if (!hidden) this.visible.push(...results)
    return results
  }

  apply(prim: Primitive, operands: readonly Variable[], params: Eqn['params'] = {}, hidden = false): readonly Variable[] {
    const ruled = prim.shape(operands.map((o) => o.aval), params)
    if (ruled._tag === 'Left') throw new Error(`the recipe of ${prim.name} chose what its shape rule refuses: ${ruled.left.what}`)
    const results = ruled.right.map((a) => this.declare(a))
    return this.push({ _tag: 'Apply', prim, operands: operands.map((o) => o.name), params, results: results.map((r) => r.name) }, results, hidden)
  }

  one(name: string, operands: readonly Variable[], params: Eqn['params'] = {}): Variable {
    return this.apply(named(name), operands, params, true)[0]!
  }

  constant(value: number, aval: Aval): Variable {
    const v = this.declare(aval)
    return this.push({ _tag: 'Constant', value, aval, results: [v.name] }, [v], true)[0]!
  }

  /** Whether a variable's elements are known to lie in an interval, well inside of what it stands for. */
  lies(v: Variable, [low, high]: Interval): boolean {
    const t = this.values[v.name]
    return t !== undefined && elements(t).every((x) => x >= low && x <= high)
  }

  /** The variable itself, or what a smooth step makes of it inside the interval. */
  squashed(v: Variable, within: Interval): Variable {
    const [low, high] = within
    if (!isFloat(v.aval.dtype) || this.lies(v, within)) return v
    const scalar = { shape: [], dtype: v.aval.dtype, weak: false }
    const unit = this.one('logistic', [v])
    return this.one('add', [this.one('mul', [unit, this.constant(high - low, scalar)]), this.constant(low, scalar)])
  }

  /** A variable brought to another shape: reshaped, or summed and spread. */
  shaped(v: Variable, shape: readonly number[]): Variable {
    if (sameShape(v.aval.shape, shape)) return v
    if (sizeOf(v.aval.shape) === sizeOf(shape)) return this.one('reshape', [v], { shape })
    const total = v.aval.shape.length === 0 ? v : this.one('reduce_sum', [v], { axes: v.aval.shape.map((_, i) => i) })
    return shape.length === 0 ? total : this.one('broadcast_in_dim', [total], { shape, dims: [] })
  }

  /** The largest element met in any variable. */
  get magnitude(): number {
    return this.values.reduce((m, t) => (t === undefined ? m : Math.max(m, largest(elements(t)))), 1)
  }
}

/** The choices of one step: numbers are taken from a list, 0 where it has ended. */
export class Choices {
  readonly draft: Draft
  readonly #picks: readonly number[]
  readonly #reuse: boolean
  #at = 0

  /** With `reuse` operands are variables that exist, else new inputs. */
  constructor(draft: Draft, picks: readonly number[], reuse: boolean) {
    this.draft = draft
    this.#picks = picks
    this.#reuse = reuse
  }

  /** A whole number from low to high. */
  int(low: number, high: number): number {
    return low + ((this.#picks[this.#at++] ?? 0) % (high - low + 1))
  }

  of<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!
  }

  flag(): boolean {
    return this.int(0, 1) === 1
  }

  /** Each item or not. */
  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.flag())
  }

  permutation(n: number): number[] {
    const left = Array.from({ length: n }, (_, i) => i)
    return Array.from({ length: n }, () => left.splice(this.int(0, left.length - 1), 1)[0]!)
  }

  extent(): number {
    return this.of(extents)
  }

  shape(minRank = 0, maxRank = 3): number[] {
    const rank = Math.min(maxRank, Math.max(minRank, this.of(ranks)))
    return Array.from({ length: rank }, () => this.extent())
  }

  axis(v: Variable): number {
    return this.int(0, v.aval.shape.length - 1)
  }

  /** Any variable of a kind. */
  variable({ dtypes = floats, minRank = 0, maxRank = 3, within, fits = () => true }: Wish = {}): Variable {
    const { draft } = this
    const good = ({ aval: { shape, dtype } }: Variable): boolean =>
      dtypes.includes(dtype) && shape.length >= minRank && shape.length <= maxRank && fits(shape) && sizeOf(shape) <= 64
    // Newer variables come first, so that programs grow deep.
    const candidates = this.#reuse ? draft.visible.filter(good).reverse() : []
    const place = this.of(places)
    const found = place < 0 ? undefined : (candidates[place] ?? candidates[0])
    if (found) return draft.squashed(found, within ?? wide)
    let shape = this.shape(minRank, maxRank)
    if (!fits(shape)) shape = shape.map((e) => Math.max(1, e))
    return this.#fresh({ shape, dtype: this.of(dtypes), weak: false }, within)
  }

  /** A variable of this shape and dtype. */
  exactly(shape: readonly number[], dtype: DType, interval?: Interval): Variable {
    const { draft } = this
    const within = interval ?? wide
    const aval = { shape, dtype, weak: false }
    if (!this.#reuse) return this.#fresh(aval, interval)
    const candidates = draft.visible.filter((v) => v.aval.dtype === dtype && sameShape(v.aval.shape, shape)).reverse()
    const pick = this.int(0, 7)
    const found = candidates[pick % 4]
    if (found && (isFloat(dtype) || draft.lies(found, within))) return draft.squashed(found, within)
    const near = isFloat(dtype) && pick > 2 ? draft.visible.filter((v) => v.aval.dtype === dtype && sizeOf(v.aval.shape) > 0).reverse()[0] : undefined
    if (near) return draft.squashed(draft.shaped(near, shape), within)
    if (pick === 2 && dtype !== 'bool') return draft.constant(isFloat(dtype) ? (within[0] + within[1]) / 2 + 0.125 : Math.max(0, within[0]), aval)
    return this.#fresh(aval, interval)
  }

  /**
   * Matrices of this shape whose eigenvalues and singular values are apart from one another and from 0: small elements, and
   * a diagonal that outweighs their rows.
   */
  matrices(shape: readonly number[], dtype: DType, anti = false, within: Interval = [-0.5, 0.5]): Variable {
    const diagonal: Diagonal = { gap: 5, anti }
    if (!this.#reuse) return this.draft.input({ shape, dtype, weak: false }, within, diagonal)
    const { draft } = this
    const added = alongDiagonal(shape, diagonal)
    const places = shape.length
    const number = (x: number): Variable => draft.constant(x, { shape: [], dtype, weak: false })
    const place = (axis: number): Variable => draft.one('iota', [], { shape, dtype, axis })
    const row = place(places - 2)
    const column = anti ? draft.one('sub', [number(shape[places - 1]! - 1), place(places - 1)]) : place(places - 1)
    const weights = draft.one('mul', [draft.one('add', [row, number(1)]), number(diagonal.gap)])
    const on = draft.one('select', [draft.one('eq', [row, column]), weights, number(0)])
    const small = this.exactly(shape, dtype, within)
    return added.length === 0 ? small : draft.one('add', [small, on])
  }

  /** A variable that goes with another in an elementwise operation: of its shape, or a scalar. */
  beside(v: Variable, within?: Interval, dtype: DType = v.aval.dtype): Variable {
    return this.exactly(this.int(0, 5) === 5 ? [] : v.aval.shape, dtype, within)
  }

  #fresh(aval: Aval, within: Interval = [-2, 2]): Variable {
    const v = this.draft.input(aval, within)
    if (this.#reuse) this.draft.visible.push(v)
    return v
  }
}
