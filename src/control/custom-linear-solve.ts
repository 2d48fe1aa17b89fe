/**
 * customLinearSolve: a solver of A x = b, for an A that is known by what it does, with derivatives by the system itself.
 *
 * Law: x = A⁻¹ b, ẋ = A⁻¹ (ḃ − Ȧ x), b̄ = A⁻ᵀ x̄, Ā = −b̄ xᵀ: however the solver finds x, nothing goes through its steps.
 * Source: `lax.custom_linear_solve` of JAX; Giles 2008, section 2.2.
 * Decision: without `transposeSolve` the solver's program is transposed, which is right whatever the solver looks at; where
 * it is not linear in form (loops that divide by norms), it is handed the transposed system instead.
 */
import { right } from 'fp-ts/Either'
import { isFloat } from '../data/dtype'
import { fault, NonlinearError, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { range } from '../data/shape'
import { silent } from '../ir/effects'
import { holding } from '../ir/held'
import { callOf } from '../ir/kernel'
import { aval, freshVar, type Aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isLinear, isZero, Linear, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { asTensor } from '../primitives/vocabulary/context'
import { coreContext as context, coreOps, ops } from '../primitives/core'
import { isTraced, type Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { leavesOf, listDef, matching, unflatten, type Leaves, type TreeDef } from '../transforms/arguments'
import { emitBatch } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp, type JvpMode } from '../transforms/jvp'
import { simplified } from '../transforms/program'
import { emitTranspose } from '../transforms/transpose'
import type { Tensors } from '../transforms/types'
import { bindHeld, bodyOf, demandFunctions, stageBody, whole } from './body'

/** A linear system and its solver: programs from constants and a vector. */
export interface LinearSystem {
  readonly matvec: Jaxpr
  /**
   * Its first results are the unknowns; where the system is `checked`, the unknowns follow once more, as derivatives take them;
   * others are auxiliary, and have no derivatives.
   */
  readonly solve: Jaxpr
}

/** The equation's operands are the constants, then b. */
export interface LinearSolve extends LinearSystem {
  /** The system with Aᵀ; null where nobody can ask for derivatives. */
  readonly transposed: LinearSystem | null
  readonly consts: number
  readonly unknowns: number
  /** Whether the solver judges its solutions: those that it does not accept are NaN in derivatives. */
  readonly checked?: boolean
}

/** A list of values to a list of values. */
export type FlatMap = (x: readonly Value[]) => readonly Value[]
export type FlatSolve = (matvec: FlatMap, b: readonly Value[]) => readonly Value[]

/** Staged programs as programs over one list of constants: what any of them captured stands before their inputs. */
export function joined(parts: readonly Staged[]): { readonly captured: readonly Tensor[]; readonly programs: readonly Jaxpr[] } {
  const captured = [...new Set(parts.flatMap((p) => p.captured))]
  const programs = parts.map(({ jaxpr, captured: own }): Jaxpr => {
    const lead = captured.map((c) => jaxpr.inputs[own.indexOf(c)] ?? freshVar(whole(c)))
    return { ...jaxpr, constCount: 0, inputs: [...lead, ...jaxpr.inputs.slice(own.length)] }
  })
  return { captured, programs }
}

/** A body whose inputs come in two groups. */
const bodyOfTwo = (name: string, first: readonly Aval[], second: readonly Aval[], f: (x: readonly Tensor[], y: readonly Tensor[]) => readonly Value[]): Staged =>
  bodyOf(name, [...first, ...second], (t) => f(t.slice(0, first.length), t.slice(first.length)))

/** A solver as derivatives take it: the unknowns only, after they were judged. */
const bare = (p: Jaxpr, n: number, checked: boolean | undefined): Jaxpr => {
  const from = checked && p.outs.length > n ? n : 0
  return p.outs.length === n ? p : simplified({ ...p, outs: p.outs.slice(from, from + n) })
}

/** How a system is to be solved when it is transposed. */
export interface TransposeChoice {
  readonly transposeSolve?: FlatSolve | undefined
  readonly symmetric?: boolean | undefined
  /** Whether `solve` and `transposeSolve` give the unknowns twice. */
  readonly checked?: boolean
}

/** The transposed system of staged programs whose inputs are `shared`, then a vector of the `unknowns`' avals. */
function transposedSystem(name: string, shared: readonly Aval[], unknowns: readonly Aval[], matvec: Staged, solve: Staged, userSolve: FlatSolve, { transposeSolve, checked }: TransposeChoice): [Staged, Staged] {
  const backward = (p: Staged, s: readonly Value[], cts: readonly Value[]): readonly Value[] =>
    emitTranspose(bare(p.jaxpr, unknowns.length, checked), [...p.captured, ...s, ...unknowns.map((a) => new Linear(a))], cts)
  const vecmat = bodyOfTwo(name, shared, unknowns, (s, ct) => backward(matvec, s, ct))
  const solveWith = (f: FlatSolve): Staged =>
    bodyOfTwo(name, shared, unknowns, (s, ct) => f((v) => interpret(vecmat.jaxpr, [...vecmat.captured, ...s, ...v]), ct))
  if (transposeSolve) return [vecmat, solveWith(transposeSolve)]
  try {
    return [vecmat, bodyOfTwo(name, shared, unknowns, (s, ct) => backward(solve, s, ct))]
  } catch (e) {
    if (!(e instanceof NonlinearError)) throw e
    return [vecmat, solveWith(userSolve)]
  }
}

/**
 * Stages a system over shared constants. What its parts capture comes before these: the equation's operands are
 * `captured`, the shared constants, then b.
 */
export function stageSystem(
  name: string,
  shared: readonly Aval[],
  unknowns: readonly Aval[],
  matvec: (shared: readonly Value[], x: readonly Value[]) => readonly Value[],
  solve: FlatSolve,
  transposes: boolean,
  choice: TransposeChoice = {},
): { readonly params: LinearSolve; readonly captured: readonly Tensor[] } {
  const forward = bodyOfTwo(name, shared, unknowns, matvec)
  const solved = bodyOfTwo(name, shared, unknowns, (s, b) => solve((x) => interpret(forward.jaxpr, [...forward.captured, ...s, ...x]), b))
  const back = !transposes ? [] : choice.symmetric ? [forward, solved] : transposedSystem(name, shared, unknowns, forward, solved, solve, choice)
  const { captured, programs: [m, s, mt, st] } = joined([forward, solved, ...back])
  const { checked } = choice
  const transposed = mt && st ? { matvec: mt, solve: bare(st, unknowns.length, checked) } : null
  return { captured, params: { matvec: m!, solve: s!, transposed, consts: captured.length + shared.length, unknowns: unknowns.length, ...(checked && { checked }) } }
}

const plain = (p: LinearSolve): LinearSolve => ({ ...p, solve: bare(p.solve, p.unknowns, p.checked) })

/** The unknowns of a system for another right-hand side. */
export const bindSolve = (p: LinearSolve, consts: readonly Value[], b: readonly Value[]): readonly Value[] =>
  b.every(isZero) ? b : coreOps.bind(linearSolvePrimitive, [...consts, ...b.map(coreOps.instantiate)], { ...plain(p) })

const duals =
  (mode: JvpMode) =>
  (primals: readonly Value[], tangents: readonly Value[], p: LinearSolve): readonly Dual[] => {
    const consts = primals.slice(0, p.consts)
    const outs = coreOps.bind(linearSolvePrimitive, primals, { ...p })
    const x = outs.slice(0, p.unknowns)
    const moved = emitJvp(silent(p.matvec), [...consts, ...x], [...tangents.slice(0, p.consts), ...x.map((v) => new Zero(whole(v)))], mode)
    const right = tangents.slice(p.consts).map((t, i) => {
      const dot = moved[i]!.tangent
      return isZero(dot) ? t : coreOps.sub(t, dot)
    })
    const dx = bindSolve(p, consts, right)
    return outs.map((primal, i) => ({ primal, tangent: dx[i] ?? new Zero(whole(primal)) }))
  }

/** A program over lanes; every result has the batch as its leading axis, or those that are marked. */
export const laned = (name: string, p: Jaxpr, inputs: readonly Aval[], batched: readonly boolean[], n: number, marked?: readonly boolean[]): Staged =>
  bodyOf(name, inputs, (t) =>
    emitBatch(p, t.map((value, i) => ({ value, batched: batched[i]! })), n).map((l, i) => (l.batched || marked?.[i] === false ? l.value : spread(l.value, n))),
  )

/** A value repeated along a new leading axis. */
export const spread = (v: Value, n: number): Value => coreOps.broadcast(coreOps.instantiate(v), [n, ...v.aval.shape], range(v.aval.shape.length, 1))

/** The programs of a system, in the order in which `relaned` puts them together again. */
export const systemParts = ({ matvec, solve, transposed }: LinearSolve): readonly Jaxpr[] => [matvec, solve, ...(transposed ? [transposed.matvec, transposed.solve] : [])]

/** The programs of a system over lanes. */
export const lanedSystem = (p: LinearSolve, operands: readonly Aval[], batched: readonly boolean[], n: number): Staged[] =>
  systemParts(p).map((q) => laned('customLinearSolve', q, operands, batched, n))

/** A system of programs as `systemParts` lists them, with `added` constants more. */
export const relaned = (p: LinearSolve, [matvec, solve, mt, st]: readonly Jaxpr[], added: number): LinearSolve => ({
  ...p,
  matvec: matvec!,
  solve: solve!,
  transposed: mt && st ? { matvec: mt, solve: st } : null,
  consts: p.consts + added,
})

/** The system as an equation: linear in b. */
export const linearSolvePrimitive: Primitive = definePrimitive({
  name: 'linear_solve',
  shape: (_avals, { solve }: LinearSolve) => right(solve.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ solve }: LinearSolve) => solve),
  jvp: () => [],
  jvpProgram: { forward: duals('forward'), split: duals('split') },
  transpose: (_ops, cts, operands, p: LinearSolve) => {
    const consts = operands.slice(0, p.consts)
    if (consts.some(isLinear)) raise(fault('nonlinear', 'linear_solve is linear in b, not in what the matrix is made of', 'linearTranspose needs a linear function: use vjp for others.'))
    const { matvec, solve } = p
    if (!p.transposed) return raise(fault('compile', 'linear_solve has no transposed system', 'This is a bug in adjoint: a system that takes part in a transform is staged with its transpose.'))
    const back = bindSolve({ ...p, ...p.transposed, transposed: { matvec, solve: bare(solve, p.unknowns, p.checked) } }, consts, cts.slice(0, p.unknowns))
    return operands.map((o, i) => (isLinear(o) ? back[i - p.consts]! : null))
  },
  batch: (_ops, operands, batched, p: LinearSolve, n) => {
    const ready = operands.map((o, i) => (i >= p.consts && !batched[i] ? spread(o, n) : o))
    const flags = batched.map((b, i) => b || i >= p.consts)
    const { captured, programs } = joined(lanedSystem(p, ready.map(whole), flags, n))
    return coreOps.bind(linearSolvePrimitive, [...captured, ...ready], { ...relaned(p, programs, captured.length) })
  },
  unroll: ({ run }, operands, { solve }: LinearSolve) => run(solve, operands, 'solve'),
  programs: holding(systemParts),
  multipleResults: true,
})

/** The leaves of an unknown or a right-hand side: strong floating tensors. */
export function floatingLeaves(tree: unknown, root: string): Leaves {
  const { tensors, def } = leavesOf(tree, root)
  return { def, tensors: tensors.map((t) => ops.convert(t, isFloat(t.dtype) ? t.dtype : 'float64')) }
}

export const avalsOf = (tensors: readonly Tensor[]): Aval[] => tensors.map((t) => aval(t.shape, t.dtype))

/** [x, aux] of what a solver returned, flat. */
export function solution(name: string, result: unknown, hasAux: boolean, def: TreeDef, avals: readonly Aval[]): { readonly x: readonly Tensor[]; readonly aux: Leaves } {
  if (hasAux && (!Array.isArray(result) || result.length !== 2)) raise(fault('tree', `${name}: with hasAux the solver must return [x, aux]`, 'Return a pair; aux may be any tree of arrays.'))
  const [x, aux] = hasAux ? (result as readonly [unknown, unknown]) : [result, null]
  return { x: matching(name, x, 'x', def, avals), aux: leavesOf(aux ?? null, 'aux') }
}

type Operator<B> = (x: Tensors<B>) => Tensors<B>

export interface LinearSolveOptions<B> {
  /** The solver for the transposed system: (Aᵀ as a function, ct) => Aᵀ⁻¹ ct. */
  readonly transposeSolve?: (vecmat: Operator<B>, ct: Tensors<B>) => unknown
  /** A = Aᵀ: `solve` serves both. */
  readonly symmetric?: boolean
  /** The solvers return [x, aux]; aux has no derivatives, and comes back beside x. */
  readonly hasAux?: boolean
  /**
   * Of aux, whether x is a solution: one boolean. Derivatives solve the system again, and have no aux to look at: what such a
   * solve finds is NaN where it is not accepted. The x that is returned is what the solver found. Needs hasAux.
   */
  readonly accepts?: (aux: never) => Tensor | boolean
}

/**
 * x with matvec(x) = b, found by `solve(matvec, b)`; b and x are trees of one structure. Differentiable in b and in what
 * `matvec` closes over, in both modes and to any order, by solving the system again. Without `transposeSolve` the solver is
 * transposed where its program is linear in b, else it is handed the transposed matvec.
 * @example customLinearSolve((x) => np.multiply(2, x), 6, (_, b) => np.divide(b, 2)) // => 3
 */
export function customLinearSolve<B, A>(matvec: (x: Tensors<B>) => unknown, b: B, solve: (matvec: Operator<B>, b: Tensors<B>) => readonly [unknown, A], options: LinearSolveOptions<B> & { readonly hasAux: true }): [Tensors<B>, Tensors<A>]
export function customLinearSolve<B>(matvec: (x: Tensors<B>) => unknown, b: B, solve: (matvec: Operator<B>, b: Tensors<B>) => unknown, options?: LinearSolveOptions<B> & { readonly hasAux?: false }): Tensors<B>
export function customLinearSolve(matvec: (x: never) => unknown, b: unknown, solve: (matvec: never, b: never) => unknown, options: LinearSolveOptions<any> = {}): unknown {
  const name = 'customLinearSolve'
  demandFunctions(name, matvec, solve)
  demandOptions('customLinearSolve', options, ['transposeSolve', 'symmetric', 'hasAux', 'accepts'])
  const { transposeSolve, symmetric, hasAux = false, accepts } = options
  if (accepts && !hasAux) raise(fault('tree', `${name}: accepts without hasAux`, 'Give hasAux: true, and solvers that return [x, aux]: accepts looks at aux.'))
  const given = floatingLeaves(b, 'b')
  const avals = avalsOf(given.tensors)
  const tree = (x: readonly Value[]): never => unflatten(given.def, x as Tensor[]) as never
  const operator = stageBody(name, listDef([given.def]), avals, (x) => unflatten(given.def, matching(`${name}: matvec`, matvec(x as never), 'result', given.def, avals) as Tensor[]))
  let auxDef: TreeDef = listDef([])
  const flat = (f: (matvec: never, b: never) => unknown): FlatSolve => (apply, right) => {
    const r = solution(name, f(((x: unknown) => tree(apply(matching(name, x, 'x', given.def, avals)))) as never, tree(right)), hasAux, given.def, avals)
    auxDef = r.aux.def
    const sound = accepts && ops.select(ops.convert(asTensor(context, accepts(unflatten(r.aux.def, r.aux.tensors) as never)), 'bool'), ops.full([], 1, 'float64'), ops.full([], NaN, 'float64'))
    return [...r.x, ...(sound ? r.x.map((x) => ops.mul(x, ops.convert(sound, x.dtype))) : []), ...r.aux.tensors]
  }
  const shared = operator.captured
  const stage = (transposes: boolean): ReturnType<typeof stageSystem> =>
    stageSystem(name, avalsOf(shared), avals, (s, x) => interpret(operator.jaxpr, [...s, ...x]), flat(solve), transposes, {
      symmetric,
      checked: accepts !== undefined,
      transposeSolve: transposeSolve && flat(transposeSolve as never),
    })
  let system = stage([...shared, ...given.tensors].some(isTraced))
  // A solver that closes over a traced value is traced itself, and may be asked for derivatives.
  if (!system.params.transposed && system.captured.some(isTraced)) system = stage(true)
  const outs = bindHeld(linearSolvePrimitive, [...system.captured, ...shared, ...given.tensors], system.params)
  const x = tree(outs.slice(0, avals.length))
  return hasAux ? [x, unflatten(auxDef, outs.slice((accepts ? 2 : 1) * avals.length))] : x
}
