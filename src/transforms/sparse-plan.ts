/**
 * Plans of sparse derivatives: pattern, colouring and the compressed program, found once and kept.
 *
 * Law: a plan serves a call exactly when the integers that were looked at have the same content; one that was made in an
 * open trace serves that trace alone.
 * Decision: what asked for a plan may decline it by its colouring (jacobian does, where sparsity would not pay); that is
 * kept like a plan, so that the question is asked once.
 */
import type { Kernel } from '../compile/backend'
import { generated } from '../compile/compilers'
import { hotOr } from '../compile/heat'
import { allocate, isFloat, type DType, type TypedArray } from '../data/dtype'
import { AdjointError, fault, raise } from '../data/errors'
import { size } from '../data/shape'
import { aval, type Jaxpr } from '../ir/types'
import { engine, ops } from '../primitives/core'
import { tensorOf } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { interpret } from './interpret'
import { linearizeProgram, stageReverse, type Linearized } from './linearize'
import { known, patternOf, type Pattern } from './pattern'
import { Derivations } from './derivations'
import { simplified } from './program'
import { symmetric, type Colouring } from './sparse-colouring'
import { compress, type Compressed, type Symmetry } from './sparse-compress'
import { SparseMatrix, structureOf, type Structure } from './sparse-matrix'
import { emitRecovery, recover, recovered, type Recovery } from './sparse-recover'

/** Positions that the user knows to hold all nonzeros; more than needed do no harm. */
export interface Positions {
  readonly rows: ArrayLike<number>
  readonly cols: ArrayLike<number>
}

/** An input that was looked at when the pattern was found; `content` is undefined where it had no value. */
interface Seen {
  readonly index: number
  readonly content: TypedArray | number | undefined
}

/** What is computed for a function of this structure, with integers of this content. */
class Plan {
  readonly #structure: Structure
  readonly #program: Jaxpr
  readonly #bound: readonly Tensor[]
  readonly #recovery: Recovery
  readonly #dtype: DType
  #kernel: Kernel | undefined
  #products: TypedArray
  #pieces: readonly TypedArray[] = []

  constructor(structure: Structure, { staged, recovery, dtype = 'float64' }: Compressed) {
    this.#structure = structure
    this.#program = simplified(staged.jaxpr)
    this.#bound = staged.captured
    this.#recovery = recovery
    this.#dtype = dtype
    this.#products = allocate(dtype, 0)
  }

  get closed(): boolean {
    return !this.#bound.some(isTraced)
  }

  run(given: readonly Tensor[]): SparseMatrix {
    const inputs = [...this.#bound, ...given]
    const values = inputs.some(isTraced) ? this.#emitted(inputs) : tensorOf(aval([recovered(this.#recovery)], this.#dtype), this.#computed(inputs), engine.vocabulary)
    return new SparseMatrix(this.#structure, values)
  }

  /** In an open trace: an ordinary program, which can be transformed further. */
  #emitted(inputs: readonly Tensor[]): Tensor {
    const pieces = [ops.full([1], 0, this.#dtype), ...(interpret(this.#program, inputs) as Tensor[])]
    return emitRecovery(this.#recovery, ops.concatenate(pieces, 0))
  }

  /** On numbers: the pieces are computed into one array, and the entries recovered from there. */
  #computed(inputs: readonly Tensor[]): TypedArray {
    if (!this.#kernel) {
      const sizes = this.#program.outs.map((o) => size(o.aval.shape))
      // A plan costs more than the best code for it, and is made to be run again: it is never compiled in haste.
      this.#kernel = hotOr(generated).compile(this.#program)
      this.#products = allocate(this.#dtype, 1 + sizes.reduce((n, s) => n + s, 0))
      let end = 1
      this.#pieces = sizes.map((s) => this.#products.subarray(end, (end += s)))
    }
    this.#kernel.run(inputs.map((t) => t.elements('a sparse derivative')), this.#pieces)
    return recover(this.#recovery, this.#products, allocate(this.#dtype, recovered(this.#recovery)))
  }
}

const sameContent = (a: TypedArray | number | undefined, b: TypedArray | number | undefined): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b)
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const plansKept = 8

/** A plan, or null where it was declined, and the inputs' content that this holds for. */
interface Entry {
  readonly plan: Plan | null
  readonly seen: readonly Seen[]
}

const serves = ({ seen }: Entry, inputs: readonly Tensor[]): boolean =>
  seen.every(({ index, content }) => sameContent(content, known(inputs[index]!)?.elements('a pattern')))

/** The plans for functions of one structure. */
class Family {
  readonly closed: true = true
  readonly #derived: Staged
  readonly #varying: readonly boolean[]
  readonly #kind: Kind
  #entries: Entry[] = []

  constructor(program: Jaxpr, varying: readonly boolean[], kind: Kind) {
    this.#derived = kind.derive(program, varying)
    this.#varying = [...this.#derived.captured.map(() => false), ...varying]
    this.#kind = kind
  }

  run(given: readonly Tensor[]): SparseMatrix | undefined {
    const inputs = [...this.#derived.captured, ...given]
    const found = this.#entries.find((e) => serves(e, inputs))
    if (found) return found.plan?.run(inputs)
    const made = this.#make(inputs)
    if (made.plan?.closed ?? true) this.#entries = [made, ...this.#entries.slice(0, plansKept - 1)]
    return made.plan?.run(inputs)
  }

  #make(inputs: readonly Tensor[]): Entry {
    const values = new Map<number, Tensor | undefined>()
    const look = (i: number): Tensor | undefined => {
      if (this.#varying[i]) return undefined
      if (!values.has(i)) {
        const t = known(inputs[i]!)
        values.set(i, t && tensorOf(t.aval, kept(t), engine.vocabulary))
      }
      return values.get(i)
    }
    const [structure, compressed] = this.#compressed(inputs, look, values) ?? []
    const seen = [...values].map(([index, t]): Seen => ({ index, content: t?.elements('a pattern') }))
    return { plan: structure && compressed ? new Plan(structure, compressed) : null, seen }
  }

  #compressed(inputs: readonly Tensor[], look: (i: number) => Tensor | undefined, values: ReadonlyMap<number, Tensor | undefined>): readonly [Structure, Compressed] | undefined {
    const { jaxpr } = this.#derived
    const { symmetry, accepts } = this.#kind
    const varying = this.#varying
    try {
      const linearized = linearizeProgram(jaxpr, varying)
      if (accepts && !accepts.program(linearized.linear)) return undefined
      const pattern = this.#pattern(linearized, inputs, look)
      const full = symmetry === 'none' ? pattern : symmetric(pattern)
      const colouring = this.#kind.colour(full)
      if (accepts && !accepts.colouring(colouring, full)) return undefined
      // Integers that are known are constants of the program: what they do to the seeds is done now.
      const baked = inputs.map((_, i) => (isFloat(jaxpr.inputs[i]!.aval.dtype) ? undefined : values.get(i)))
      const compressed = compress({ jaxpr, varying, linearized }, baked, full, colouring, symmetry)
      return [structureOf(full, { forward: colouring.forward, reverse: colouring.reverse }), compressed]
    } catch (e) {
      // A pattern that is too large, a rule that has no forward mode: what may be declined is then declined.
      if (accepts && e instanceof AdjointError) return undefined
      throw e
    }
  }

  #pattern(linearized: Linearized, inputs: readonly Tensor[], look: (i: number) => Tensor | undefined): Pattern {
    const { jaxpr } = this.#derived
    const outs = jaxpr.outs.map((o) => o.aval)
    const height = outs.reduce((n, o) => n + size(o.shape), 0)
    const width = jaxpr.inputs.reduce((n, v, i) => n + (this.#varying[i] ? size(v.aval.shape) : 0), 0)
    const { name, pattern: given, accepts } = this.#kind
    if (!given)
      return patternOf(linearized, [...linearized.captured.map((t) => () => known(t)), ...inputs.map((_, i) => () => look(i))], outs, accepts?.entries(height, width))
    jaxpr.inputs.forEach((v, i) => !isFloat(v.aval.dtype) && v.aval.shape.length > 0 && look(i))
    return patternFrom(name, given, height, width)
  }
}

/** The elements, in memory that nobody else writes to. */
const kept = (t: Tensor): TypedArray | number => {
  const e = t.elements('a pattern')
  return typeof e === 'number' ? e : e.slice()
}

export interface Kind {
  readonly name: string
  readonly symmetry: Symmetry
  readonly pattern: Positions | undefined
  /** From the staged function to the program whose Jacobian is wanted. */
  readonly derive: (program: Jaxpr, varying: readonly boolean[]) => Staged
  readonly colour: (p: Pattern) => Colouring
  /** For those who may do without sparsity: whether it may pay for a linear program, how large intermediate patterns may grow, and whether it pays. */
  readonly accepts?: {
    readonly program: (linear: Jaxpr) => boolean
    readonly entries: (height: number, width: number) => number
    readonly colouring: (c: Colouring, p: Pattern) => boolean
  }
}

/** The gradient of a program with a scalar result, in the inputs that vary. */
export function gradientOf(jaxpr: Jaxpr, varying: readonly boolean[]): Staged {
  const gradient = stageReverse(jaxpr, varying, 'one', jaxpr.outs.length)
  return { jaxpr: simplified(gradient.jaxpr), captured: gradient.captured }
}

/** Rows and columns in any order, with repetitions, as a pattern. */
function patternFrom(name: string, { rows, cols }: Positions, height: number, width: number): Pattern {
  if (rows.length !== cols.length) raise(fault('shape', `${name}: the pattern has ${rows.length} rows and ${cols.length} columns`, 'Give one row and one column for each entry.'))
  const start = new Int32Array(height + 1)
  for (let k = 0; k < rows.length; k++) {
    const [i, j] = [rows[k]!, cols[k]!]
    if (!(Number.isInteger(i) && i >= 0 && i < height && Number.isInteger(j) && j >= 0 && j < width))
      raise(fault('index', `${name}: the pattern has an entry at (${i}, ${j}), outside [${height}, ${width}]`, 'Rows count the elements of the results, columns those of the arguments in argnums, one after another.'))
    start[i + 1]!++
  }
  for (let i = 0; i < height; i++) start[i + 1]! += start[i]!
  const next = start.slice(0, height)
  const all = new Int32Array(rows.length)
  for (let k = 0; k < rows.length; k++) all[next[rows[k]!]!++] = cols[k]!
  const ends = new Int32Array(height + 1)
  let end = 0
  for (let i = 0; i < height; i++) {
    const row = all.slice(start[i]!, start[i + 1]!).sort()
    for (const [k, j] of row.entries()) if (k === 0 || j !== row[k - 1]) all[end++] = j
    ends[i + 1] = end
  }
  return { height, width, start: ends, cols: all.slice(0, end) }
}


const families = new Derivations<Family>()

/** The sparse derivative of a staged function in its arguments; undefined where the kind declines it. `key` tells kinds apart. */
export function sparseBy(kind: Kind, key: string, { jaxpr, captured }: Staged, args: readonly Tensor[]): SparseMatrix | undefined {
  const varying = jaxpr.inputs.map((_, i) => i >= captured.length)
  const { value: family, literals } = families.of(`${kind.name} ${key}`, jaxpr, (p) => new Family(simplified(p), p.inputs.map((_, i) => varying[i] ?? false), kind))
  return family.run([...captured, ...args, ...literals])
}
