/**
 * roundoff: a bound of a result's rounding error, and the equations that lose the digits.
 *
 * Law: |computed − exact| ≤ Σ |v̄ v| u to first order, over all intermediate values v, where v̄ is the derivative of the
 * result by an error of v, and u half the spacing of the floats at 1 (as rounding errors are half a unit in the last place,
 * |v| counts as the power of two below it). Arguments and constants count as exact; operations
 * that do not round (views, choices, extrema, −x, |x|) contribute nothing; sums and products count their partial sums.
 * Decision: loops are unrolled along the way that the values take, so every step has its own adjoint, and what
 * stopGradient or a custom rule hides from the transforms is seen. Elementary functions count as correctly rounded.
 * Factorizations and solutions count by their backward errors, which are errors of their operands (`primitives/linalg/backward.ts`,
 * `orthogonal.ts`, `running.ts`); vectors of eigenvalues or singular values that no digit tells apart have no bound, and the result's is infinite.
 * Source: Iri 1991, "History of automatic differentiation and rounding error estimation"; Griewank & Walther 2008, 2.3.
 */
import { isFloat, type DType } from '../data/dtype'
import { scientific } from '../data/decimal'
import { toNested } from '../data/nested'
import { printed } from '../data/print'
import { size } from '../data/shape'
import { elementwise, type Expr } from '../ir/kernel'
import { aval, freshVar, isLit, type Atom, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { expressionOf } from '../compile/scalar'
import { definePrimitive, pointwise } from '../primitives/define'
import { coreOps, engine, ops } from '../primitives/core'
import { ruleOps } from '../primitives/world'
import { textTable } from '../show/table'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { emitPullback, linearizeProgram, residualsOf } from '../transforms/linearize'
import { Executable } from '../transforms/program'
import type { AnyFunction } from '../transforms/types'
import { unflatten } from '../tree/tree'
import { committed } from './committed'
import { summation } from './summation'
import { unroll, type Origin, type Unrolled } from './unroll'

/** What one equation adds to the bound, over all its runs. */
export interface Rounding {
  /** The equation as `makeJaxpr` prints it. */
  readonly equation: string
  /** The primitive's name. */
  readonly primitive: string
  /** The runs of loop bodies and branches in which it loses most; empty in the function itself. */
  readonly place: string
  /** Its part of the bound, in the result's units: of a result with several elements, the sum of its parts of their bounds. */
  readonly contribution: number
  /** How often it was run. */
  readonly runs: number
}

/** The error analysis of one evaluation. */
export class Roundoff {
  /** The result: numbers and nested arrays in the tree that f returned. */
  readonly value: unknown
  /** Of each element of the result, a bound of its absolute rounding error, in the same tree. */
  readonly bound: unknown
  /**
   * Of each element, a bound of the error of this very evaluation, to first order: where roundings are known (`committed.ts`)
   * they count with their signs and sizes, others as in `bound`. Where only few errors matter it is the error itself.
   */
  readonly committed: unknown
  /** Those that add to the bound, the largest first. */
  readonly equations: readonly Rounding[]
  readonly #total: number

  constructor(value: unknown, bound: unknown, committed: unknown, equations: readonly Rounding[], total: number) {
    this.value = value
    this.bound = bound
    this.committed = committed
    this.equations = equations
    this.#total = total
    printed(this)
  }

  /** A table for a terminal. */
  toString(): string {
    const short = (x: number): string => (Number.isFinite(x) && x !== 0 ? scientific(x, 2, 0, 2, 'float64') : String(x))
    const rows = this.equations.slice(0, longest).map((e) => [e.equation, short(e.contribution), `${((100 * e.contribution) / this.#total).toFixed(1)}%`, e.place])
    const more = this.equations.length - rows.length
    const table = textTable({ titles: ['equation', 'contribution', 'share', 'place'], rows, between: ['  ', '  ', '  '], numeric: [1, 2] })
    return `rounding error ≤ ${short(this.#total)}\n${table}${more > 0 ? `\n… ${more} more` : ''}`
  }
}

const longest = 50

/** Half the spacing of floats at 1: the largest relative error of one rounding. */
const unit = (d: DType): number => (d === 'float32' ? 2 ** -24 : 2 ** -53)

const exactOps: ReadonlySet<string> = new Set([
  'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'min', 'max', 'rem', 'nextafter', 'not', 'bitNot', 'isFinite', 'isNaN', 'popcount', 'clz',
  'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor', 'bitAnd', 'bitOr', 'bitXor', 'shiftLeft', 'shiftRight', 'shiftRightLogical',
])

/** How many roundings lie on the longest way through a scalar expression. */
function roundings(e: Expr): number {
  switch (e._tag) {
    case 'Arg':
    case 'Const':
      return 0
    case 'Unary':
      return roundings(e.x) + (exactOps.has(e.op) || !isFloat(e.dtype) ? 0 : 1)
    case 'Binary':
      return Math.max(roundings(e.x), roundings(e.y)) + (exactOps.has(e.op) || !isFloat(e.dtype) ? 0 : 1)
    case 'Select':
      return Math.max(roundings(e.x), roundings(e.y))
    case 'Convert':
      return roundings(e.x) + (e.dtype === 'float32' && e.x.dtype !== 'float32' && e.x.dtype !== 'bool' ? 1 : 0)
    case 'Call':
      return Math.max(0, ...e.args.map(roundings)) + 1
  }
}

/** The scalar expression of an elementwise equation. */
function expression(e: Eqn): Expr | undefined {
  const { kernel } = e.prim
  if (kernel._tag !== 'Elementwise') return undefined
  return expressionOf(kernel, e.inputs.map((a) => a.aval), e.params, e.outs[0]!.aval)
}

/** The magnitudes that an equation rounds, one a result; undefined where it is exact. */
function magnitudes(e: Eqn, run: Unrolled): readonly ArrayLike<number>[] | undefined {
  const rule = e.prim.rounding ?? summation(e.prim.kernel)
  if (rule === 'exact' || e.prim.pattern === 'moves' || !e.outs.some((o) => isFloat(o.aval.dtype))) return undefined
  if (rule === 'unknown') return e.outs.map((o) => new Float64Array(size(o.aval.shape)).fill(Infinity))
  if (rule) return rule(ruleOps, e.inputs.map(run.value), e.outs.map(run.value), e.params).map((m) => numbers(m as Tensor))
  const { kernel } = e.prim
  if (kernel._tag === 'View' || kernel._tag === 'Reduce') return undefined
  const expr = expression(e)
  const count = expr ? roundings(expr) : 1
  if (count === 0) return undefined
  return e.outs.map((o) => {
    const y = numbers(run.value(o))
    // One rounding is off by half a unit in the last place: u times the power of two at or below |y|.
    return count === 1 ? Array.from(y, powerBelow) : Array.from(y, (x) => count * Math.abs(x))
  })
}

const view = new DataView(new ArrayBuffer(8))
/** The power of two at or below |x|; below the normal numbers as large as at their edge, where spacing is constant. */
function powerBelow(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return Math.abs(x)
  view.setFloat64(0, x)
  view.setUint32(0, view.getUint32(0) & 0x7ff00000)
  view.setUint32(4, 0)
  return Math.max(view.getFloat64(0), 2 ** -1022)
}

/** x, with a derivative by an error that is added to it. */
const perturbed = definePrimitive({
  name: 'perturbed',
  shape: pointwise('perturbed', isFloat, 'a floating dtype'),
  kernel: elementwise((_s, x) => x),
  jvp: (o, _x, _y, [dx, error]) => o.add(dx!, error!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** A value that is rounded, with what is known of it. */
interface Rounded {
  readonly origin: Origin | undefined
  readonly eqn: Eqn
  readonly error: Var
  /** u times the magnitude that is rounded, element by element. */
  readonly size: ArrayLike<number>
  /** The error that was committed, element by element; NaN where that is not known. */
  readonly committed: ArrayLike<number> | undefined
}

const numbers = (t: Tensor): ArrayLike<number> => {
  const e = t.elements('debug.roundoff')
  return typeof e === 'number' ? [e] : e
}

/** The straight program with an error added to every value that is rounded; the errors are its last inputs. */
function withErrors(run: Unrolled): { readonly jaxpr: Jaxpr; readonly rounded: readonly Rounded[] } {
  const rounded: Rounded[] = []
  const names = new Map<number, Atom>()
  const renamed = (a: Atom): Atom => (isLit(a) ? a : (names.get(a.id) ?? a))
  const eqns: Eqn[] = []
  for (const e of run.jaxpr.eqns) {
    const inputs = e.inputs.map(renamed)
    const same = expression(e)
    // The identity under another name: a derivative that stopGradient stops is wanted here.
    if (same?._tag === 'Arg' && same.dtype === e.outs[0]!.aval.dtype && e.inputs[same.index]!.aval.shape.length === e.outs[0]!.aval.shape.length) {
      names.set(e.outs[0]!.id, inputs[same.index]!)
      continue
    }
    // Adds an error of at most `magnitude` units to a value.
    const withError = (x: Atom, value: Tensor, magnitude: ArrayLike<number>, committedError?: ArrayLike<number>): Var => {
      const u = unit(value.dtype)
      const error = freshVar(aval(value.shape, value.dtype))
      const moved = freshVar(error.aval)
      rounded.push({ origin: run.origin(e), eqn: e, error, size: Array.from(magnitude, (m) => u * m), committed: committedError })
      eqns.push({ prim: perturbed, inputs: [x, error], params: {}, outs: [moved] })
      return moved
    }
    const ins = e.inputs.map(run.value)
    const backward = e.prim.backwardError?.(ruleOps, ins, e.outs.map(run.value), e.params) ?? []
    const operands = inputs.map((x, i) => (backward[i] ? withError(x, ins[i]!, numbers(backward[i] as Tensor)) : x))
    eqns.push({ ...e, inputs: operands })
    magnitudes(e, run)?.forEach((magnitude, i) => {
      const out = e.outs[i]!
      if (!isFloat(out.aval.dtype)) return
      const value = run.value(out)
      names.set(out.id, withError(out, value, magnitude, committed(e, ins.map(numbers), numbers(value))))
    })
  }
  return { jaxpr: { inputs: [...run.jaxpr.inputs, ...rounded.map((r) => r.error)], constCount: 0, eqns, outs: run.jaxpr.outs.map(renamed) }, rounded }
}

/** For one element of a result after the other: the derivatives by all errors. */
function* sweeps(jaxpr: Jaxpr, inputs: readonly Tensor[], errors: number): Generator<{ readonly out: number; readonly at: number; readonly adjoints: readonly ArrayLike<number>[] }> {
  const from = jaxpr.inputs.length - errors
  const l = linearizeProgram(jaxpr, jaxpr.inputs.map((_, i) => i >= from))
  const all = [...l.captured, ...inputs]
  const outs = new Executable({ jaxpr: l.known, captured: [] }).run(all)
  const residuals = residualsOf(l, all, outs)
  const n = residuals.length
  const back = new Executable(stage(engine, 'debug.roundoff', [...residuals.map((r) => r.aval), ...jaxpr.outs.map((o) => o.aval)], null, (t) =>
    emitPullback(l, t.slice(0, n), t.slice(n)).map(coreOps.instantiate) as Tensor[],
  ))
  for (const [out, { aval: a }] of jaxpr.outs.entries()) {
    if (!isFloat(a.dtype)) continue
    const zeros = jaxpr.outs.map((o) => ops.full(o.aval.shape, 0, o.aval.dtype))
    const length = size(a.shape)
    for (let at = 0; at < length; at++) {
      const seed = ops.reshape(ops.convert(ops.eq(ops.iota([length], 'int32', 0), at), a.dtype), a.shape)
      const cts = zeros.map((z, i) => (i === out ? seed : z))
      yield { out, at, adjoints: l.varies[out] ? back.run([...residuals, ...cts]).map(numbers) : [] }
    }
  }
}

/** Numbers are added up by equation. */
interface Sum {
  readonly origin: Origin
  total: number
  largest: number
  place: string
  readonly runs: Set<Eqn>
}

/**
 * Bounds the rounding errors of f at the arguments, to first order: `{value, bound, equations}`. Takes one backward sweep for
 * each element of the result. An adjoint that is infinite (a root at 0), or vectors of eigenvalues that are equal to rounding, give an
 * infinite bound. That of orthogonal transformations (`linalg.qr`, `eigh`, `svd` …) is of the worst case: a hundred or a thousand times the usual error.
 * @example debug.roundoff((x) => np.subtract(np.add(1e8, x), 1e8))(0.1).equations[0].primitive // => 'add'
 */
export function roundoff(f: AnyFunction): (...args: unknown[]) => Roundoff {
  return (...args) => {
    const run = unroll('debug.roundoff', f, args)
    const { jaxpr, rounded } = withErrors(run)
    const values = run.jaxpr.outs.map(run.value)
    const bounds = values.map((v) => new Float64Array(v.size))
    const [known, others] = [values.map((v) => new Float64Array(v.size)), values.map((v) => new Float64Array(v.size))] as const
    const sums = new Map<Eqn, Sum>()
    const inputs = [...run.inputs, ...rounded.map((r) => ops.full(r.error.aval.shape, 0, r.error.aval.dtype))]
    for (const { out, at, adjoints } of sweeps(jaxpr, inputs, rounded.length))
      rounded.forEach(({ origin, eqn, size: sizes, committed: errors }, k) => {
        const adjoint = adjoints[k]
        if (!adjoint) return
        let [part, signed, unknown] = [0, 0, 0]
        for (let i = 0; i < sizes.length; i++) {
          if (adjoint[i] === 0) continue
          const most = sizes[i] === 0 ? 0 : Math.abs(adjoint[i]! * sizes[i]!)
          part += most
          const error = errors?.[i] ?? NaN
          if (Number.isNaN(error)) unknown += most
          else if (error !== 0) signed += adjoint[i]! * error
        }
        if (Number.isNaN(part)) part = Infinity
        bounds[out]![at]! += part
        known[out]![at]! += signed
        others[out]![at]! += Number.isNaN(unknown) ? Infinity : unknown
        if (!origin) return
        const sum = sums.get(origin.eqn) ?? { origin, total: 0, largest: -1, place: '', runs: new Set() }
        sum.total += part
        sum.runs.add(eqn)
        if (part > sum.largest) [sum.largest, sum.place] = [part, origin.place]
        sums.set(origin.eqn, sum)
      })
    const equations = [...sums.values()]
      .filter((s) => s.total > 0)
      .sort((a, b) => (a.total === b.total ? 0 : b.total - a.total))
      .map((s): Rounding => ({ equation: s.origin.text, primitive: s.origin.eqn.prim.name, place: s.place, contribution: s.total, runs: s.runs.size }))
    const total = bounds.reduce((t, b) => b.reduce((x, y) => x + y, t), 0)
    const tree = (leaves: readonly unknown[]): unknown => unflatten(run.outDef, leaves)
    const nested = (xs: readonly Float64Array[]): unknown => tree(xs.map((x, i) => toNested(x, values[i]!.shape, false)))
    const sum = (k: Float64Array, o: Float64Array): Float64Array => k.map((x, i) => (Number.isNaN(x) ? Infinity : Math.abs(x)) + o[i]!)
    return new Roundoff(tree(values.map((v) => v.toArray())), nested(bounds), nested(known.map((k, i) => sum(k, others[i]!))), equations, total)
  }
}
