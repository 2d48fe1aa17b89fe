/**
 * Sparse Jacobians and Hessians: the pattern is found from the program, coloured, and the entries are read from as many
 * products with the derivative as there are colours.
 *
 * Law: toDense() equals the dense Jacobian (Hessian), arguments and results flattened; pattern and colouring are found
 * once for each structure of the function and each content of the integers that it indexes with, under jit once for all.
 * Source: Coleman & Moré 1983; Gebremedhin, Manne & Pothen 2005.
 */
import type { Kernel } from '../compile/backend'
import { allocate, isFloat, type DType, type TypedArray } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { size } from '../data/shape'
import { identity } from '../ir/fingerprint'
import { aval, type Aval, type Jaxpr } from '../ir/types'
import { defaultBackend, engine, ops } from '../primitives/world'
import { tensorOf } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import { showAval, type Staged } from '../trace/trace'
import { paths } from './arguments'
import { traceFunction, type Traced } from './differentiate'
import { choose } from './grad'
import { interpret } from './interpret'
import { linearizeProgram, stageReverse } from './linearize'
import { known, patternOf, type Pattern } from './pattern'
import { Derivations, simplified } from './program'
import { colourHessian, colourJacobian, symmetric, type Colouring, type HessianColouring, type JacobianColouring } from './sparse-colouring'
import { compress, type Compressed, type Symmetry } from './sparse-compress'
import { SparseMatrix, structureOf, type Structure } from './sparse-matrix'
import { emitRecovery, recover, recovered, type Recovery } from './sparse-recover'
import type { AnyFunction, Argnums, LiftAll } from './types'

/** Positions that the user knows to hold all nonzeros; more than needed do no harm. */
export interface Positions {
  readonly rows: ArrayLike<number>
  readonly cols: ArrayLike<number>
}

interface SparseOptions<N extends Argnums> {
  /** The argument, or arguments, to differentiate by; with several, their elements one after another. Default 0. */
  readonly argnums?: N
  /** The positions of all entries, in any order, instead of those found from the program. */
  readonly pattern?: Positions
}

export interface SparseJacobianOptions<N extends Argnums = Argnums> extends SparseOptions<N> {
  /** By columns (forward mode), rows (reverse mode), or both; 'auto' takes what needs least work. */
  readonly colouring?: JacobianColouring
}

export interface SparseHessianOptions<N extends Argnums = Argnums> extends SparseOptions<N> {
  /**
   * 'star' (and 'auto') uses the symmetry and reads every entry directly; 'acyclic' needs at most as many products, often
   * fewer, and finds entries by substitution, along which rounding errors add up; 'column' does not use the symmetry.
   */
  readonly colouring?: HessianColouring
}

/** An input that was looked at when the pattern was found; `content` is undefined where it had no value. */
interface Seen {
  readonly index: number
  readonly content: TypedArray | number | undefined
}

/** What is computed for a function of this structure, with integers of this content. */
class Plan {
  readonly seen: readonly Seen[]
  readonly #structure: Structure
  readonly #program: Jaxpr
  readonly #bound: readonly Tensor[]
  readonly #recovery: Recovery
  readonly #dtype: DType
  #kernel: Kernel | undefined
  #products: TypedArray
  #pieces: readonly TypedArray[] = []

  constructor(seen: readonly Seen[], structure: Structure, { staged, recovery, dtype }: Compressed) {
    this.seen = seen
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

  serves(inputs: readonly Tensor[]): boolean {
    return this.seen.every(({ index, content }) => sameContent(content, known(inputs[index]!)?.elements('a pattern')))
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
      this.#kernel = defaultBackend.compile(this.#program)
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

/** The plans for functions of one structure. */
class Family {
  readonly closed: true = true
  readonly #derived: Staged
  readonly #varying: readonly boolean[]
  readonly #kind: Kind
  #plans: Plan[] = []

  constructor(program: Jaxpr, varying: readonly boolean[], kind: Kind) {
    this.#derived = kind.derive(program, varying)
    this.#varying = [...this.#derived.captured.map(() => false), ...varying]
    this.#kind = kind
  }

  plan(given: readonly Tensor[]): { plan: Plan; inputs: readonly Tensor[] } {
    const inputs = [...this.#derived.captured, ...given]
    const found = this.#plans.find((p) => p.serves(inputs))
    if (found) return { plan: found, inputs }
    const plan = this.#make(inputs)
    if (plan.closed) this.#plans = [plan, ...this.#plans.slice(0, plansKept - 1)]
    return { plan, inputs }
  }

  #make(inputs: readonly Tensor[]): Plan {
    const { jaxpr } = this.#derived
    const varying = this.#varying
    const linearized = linearizeProgram(jaxpr, varying)
    const values = new Map<number, Tensor | undefined>()
    const look = (i: number): Tensor | undefined => {
      if (varying[i]) return undefined
      if (!values.has(i)) {
        const t = known(inputs[i]!)
        values.set(i, t && tensorOf(t.aval, kept(t), engine.vocabulary))
      }
      return values.get(i)
    }
    const outs = jaxpr.outs.map((o) => o.aval)
    const width = jaxpr.inputs.reduce((n, v, i) => n + (varying[i] ? size(v.aval.shape) : 0), 0)
    const { pattern: given } = this.#kind
    if (given) jaxpr.inputs.forEach((v, i) => !isFloat(v.aval.dtype) && v.aval.shape.length > 0 && look(i))
    const pattern = given
      ? patternFrom(this.#kind.name, given, outs.reduce((n, o) => n + size(o.shape), 0), width)
      : patternOf(linearized, [...linearized.captured.map((t) => () => known(t)), ...inputs.map((_, i) => () => look(i))], outs)
    const full = this.#kind.symmetry === 'none' ? pattern : symmetric(pattern)
    const colouring = this.#kind.colour(full)
    // Integers that are known are constants of the program: what they do to the seeds is done now.
    const baked = inputs.map((_, i) => (isFloat(jaxpr.inputs[i]!.aval.dtype) ? undefined : values.get(i)))
    const compressed = compress({ jaxpr, varying, linearized }, baked, full, colouring, this.#kind.symmetry)
    const seen = [...values].map(([index, t]): Seen => ({ index, content: t?.elements('a pattern') }))
    return new Plan(seen, structureOf(full, { forward: colouring.forward, reverse: colouring.reverse }), compressed)
  }
}

/** The elements, in memory that nobody else writes to. */
const kept = (t: Tensor): TypedArray | number => {
  const e = t.elements('a pattern')
  return typeof e === 'number' ? e : e.slice()
}

interface Kind {
  readonly name: string
  readonly symmetry: Symmetry
  readonly pattern: Positions | undefined
  /** From the staged function to the program whose Jacobian is wanted. */
  readonly derive: (program: Jaxpr, varying: readonly boolean[]) => Staged
  readonly colour: (p: Pattern) => Colouring
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

function derivative(f: AnyFunction, argnums: Argnums, kind: Kind, key: string, check: (t: Traced) => void): (...args: unknown[]) => SparseMatrix {
  if (typeof f !== 'function') raise(fault('tree', `${kind.name}: expected a function, got ${typeof f}`, `Write ${kind.name}(f)(x), not ${kind.name}(f(x)).`))
  return (...args) => {
    const chosen = choose(kind.name, argnums, args)
    const traced = traceFunction(kind.name, chosen.leaves, (tracers) => chosen.call(f, tracers), false)
    check(traced)
    const { jaxpr, captured } = traced.staged
    const varying = jaxpr.inputs.map((_, i) => i >= captured.length)
    const { value: family, literals } = families.of(`${kind.name} ${key}`, jaxpr, (p) => new Family(simplified(p), p.inputs.map((_, i) => varying[i] ?? false), kind))
    const { plan, inputs } = family.plan([...captured, ...chosen.leaves, ...literals])
    return plan.run(inputs)
  }
}

const patternKey = (p: Positions | undefined): string => (p ? `#${identity(p)}` : '')

function demandKnown<K extends string>(name: string, colouring: K, kinds: readonly K[]): void {
  if (!kinds.includes(colouring))
    raise(fault('tree', `${name}: colouring ${JSON.stringify(colouring)} is not known`, `Give ${kinds.slice(0, -1).map((k) => `'${k}'`).join(', ')} or '${kinds[kinds.length - 1]}'.`))
}

const demandFloats = (name: string, { def, staged }: Traced): void =>
  staged.jaxpr.outs.forEach((o, i) => {
    if (!isFloat(o.aval.dtype)) raise(fault('dtype', `${name}: ${paths(def, 'result')[i]} is ${showAval(o.aval)}, and derivatives need floating dtypes`, 'Convert the result with np.astype(y, "float64").'))
  })

/**
 * The Jacobian of f as a sparse matrix: a row for each element of the results, a column for each element of the arguments
 * in argnums, both flattened leaf by leaf. Integer arrays that f indexes with should be known (closed over, or arguments
 * outside of jit): the pattern is then exact in them; where they are traced, it has all that they might address.
 * Throws `CompileError` where the pattern is too large to be called sparse.
 * @example sparseJacobian((x) => np.diff(x))([1, 4, 9]).cols // => [0, 1, 1, 2]
 */
export function sparseJacobian<A extends readonly unknown[], const N extends Argnums = 0>(f: (...args: A) => unknown, options?: SparseJacobianOptions<N>): (...args: LiftAll<A>) => SparseMatrix
export function sparseJacobian(f: AnyFunction, options: SparseJacobianOptions = {}): (...args: never[]) => SparseMatrix {
  const { argnums = 0, pattern, colouring = 'auto' } = options
  demandKnown('sparseJacobian', colouring, ['auto', 'column', 'row', 'bidirectional'])
  const kind: Kind = {
    name: 'sparseJacobian',
    symmetry: 'none',
    pattern,
    derive: (jaxpr) => ({ jaxpr, captured: [] }),
    colour: (p) => colourJacobian(p, colouring),
  }
  return derivative(f, argnums, kind, `${colouring}${patternKey(pattern)}`, (t) => demandFloats('sparseJacobian', t))
}

/**
 * The matrix of second derivatives of a scalar function as a sparse matrix, by the elements of the arguments in argnums,
 * flattened leaf by leaf. Its symmetry saves products.
 * @example sparseHessian((x) => np.sum(np.diff(x).mul(np.diff(x))))([1, 2, 4]).toDense() // => [[2, -2, 0], [-2, 4, -2], [0, -2, 2]]
 */
export function sparseHessian<A extends readonly unknown[], const N extends Argnums = 0>(f: (...args: A) => unknown, options?: SparseHessianOptions<N>): (...args: LiftAll<A>) => SparseMatrix
export function sparseHessian(f: AnyFunction, options: SparseHessianOptions = {}): (...args: never[]) => SparseMatrix {
  const { argnums = 0, pattern, colouring = 'auto' } = options
  demandKnown('sparseHessian', colouring, ['auto', 'column', 'star', 'acyclic'])
  const kind: Kind = {
    name: 'sparseHessian',
    symmetry: colouring === 'acyclic' ? 'substituted' : 'mirrored',
    pattern,
    derive: (jaxpr, varying) => {
      const gradient = stageReverse(jaxpr, varying, 'one', jaxpr.outs.length)
      return { jaxpr: simplified(gradient.jaxpr), captured: gradient.captured }
    },
    colour: (p) => colourHessian(p, colouring),
  }
  return derivative(f, argnums, kind, `${colouring}${patternKey(pattern)}`, (t) => {
    const out = t.staged.jaxpr.outs[0]?.aval as Aval | undefined
    if (t.def._tag !== 'Leaf' || !out || out.shape.length > 0)
      raise(fault('non-scalar-grad', `sparseHessian: the function must return one real number, got ${out ? showAval(out) : 'an empty tree'}`, 'Sum the result to a scalar (np.sum), or use sparseJacobian.'))
    demandFloats('sparseHessian', t)
  })
}
