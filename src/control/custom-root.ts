/**
 * customRoot: x with f(x) = 0, found by any solver, with derivatives by the implicit function theorem.
 *
 * Law: f(θ, x(θ)) = 0 ⇒ ẋ = −(∂f/∂x)⁻¹ ∂f/∂θ θ̇, for whatever θ `f` closes over. Nothing goes through the solver's steps, and
 * the guess has no derivative.
 * Example: customRoot((x) => np.sub(np.square(x), a), 1, newton, (g, y) => np.divide(y, g(1))) is √a, with its derivatives.
 * Source: `lax.custom_root` of JAX; Griewank & Walther 2008, section 15.1.
 */
import { demandOptions } from '../data/options'
import { right } from 'fp-ts/Either'
import { silent } from '../ir/effects'
import { holding } from '../ir/held'
import { callOf } from '../ir/kernel'
import { aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps } from '../primitives/core'
import { isTraced, type Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { listDef, matching, unflatten, type TreeDef } from '../transforms/arguments'
import { interpret } from '../transforms/interpret'
import { emitJvp, type JvpMode } from '../transforms/jvp'
import { linearizeProgram, residualsOf } from '../transforms/linearize'
import type { Tensors } from '../transforms/types'
import { bindHeld, bodyOf, demandFunctions, dependents, stageBody, whole } from './body'
import { avalsOf, bindSolve, floatingLeaves, joined, laned, lanedSystem, relaned, solution, spread, stageSystem, systemParts, type FlatMap, type LinearSolve } from './custom-linear-solve'

/** Operands: constants, then the guess. */
interface Root {
  /** From constants and x to what must vanish. */
  readonly f: Jaxpr
  /** From constants and the guess to x, and auxiliary results. */
  readonly solve: Jaxpr
  /** From constants and x to the residuals that ∂f/∂x needs: computed once, however often it is multiplied by. */
  readonly prepare: Jaxpr
  /** The system of ∂f/∂x: its constants are the root's, then the residuals. Null where nobody can ask for derivatives. */
  readonly tangent: LinearSolve | null
  readonly consts: number
}

const duals =
  (mode: JvpMode) =>
  (primals: readonly Value[], tangents: readonly Value[], p: Root): readonly Dual[] => {
    const consts = primals.slice(0, p.consts)
    const outs = coreOps.bind(rootPrimitive, primals, { ...p })
    const x = outs.slice(0, primals.length - p.consts)
    const moved = emitJvp(silent(p.f), [...consts, ...x], [...tangents.slice(0, p.consts), ...x.map((v) => new Zero(whole(v)))], mode)
    const residuals = interpret(silent(p.prepare), [...consts, ...x])
    const dx = bindSolve(p.tangent!, [...consts, ...residuals], moved.map((d) => coreOps.neg(d.tangent)))
    return outs.map((primal, i) => ({ primal, tangent: dx[i] ?? new Zero(whole(primal)) }))
  }

/** The root as an equation. */
export const rootPrimitive: Primitive = definePrimitive({
  name: 'custom_root',
  shape: (_avals, { solve }: Root) => right(solve.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ solve }: Root) => solve),
  jvp: () => [],
  jvpProgram: { forward: duals('forward'), split: duals('split') },
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: Root, n) => {
    const ready = operands.map((o, i) => (i >= p.consts && !batched[i] ? spread(o, n) : o))
    const flags = batched.map((b, i) => b || i >= p.consts)
    const avals = ready.map(whole)
    const marked = dependents(p.prepare, flags, false)
    const prepared = laned('customRoot', p.prepare, avals, flags, n, marked)
    const own = [...[p.f, p.solve].map((q) => laned('customRoot', q, avals, flags, n)), prepared]
    const unknowns = avals.slice(p.consts)
    const system = p.tangent
      ? lanedSystem(p.tangent, [...avals.slice(0, p.consts), ...prepared.jaxpr.outs.map((o) => o.aval), ...unknowns], [...flags.slice(0, p.consts), ...marked, ...unknowns.map(() => true)], n)
      : []
    const { captured, programs: [f, solve, prepare, ...rest] } = joined([...own, ...system])
    const tangent = p.tangent && relaned(p.tangent, rest, captured.length)
    return coreOps.bind(rootPrimitive, [...captured, ...ready], { f, solve, prepare, tangent, consts: p.consts + captured.length })
  },
  unroll: ({ run }, operands, { solve }: Root) => run(solve, operands, 'solve'),
  programs: holding(({ f, solve, prepare, tangent }: Root) => [f, solve, prepare, ...(tangent ? systemParts(tangent) : [])]),
  multipleResults: true,
})

/** ∂f/∂x of a program of constants and x, in two parts: residuals, and what is linear in the tangent. */
function linearized(f: Jaxpr, consts: number): { readonly prepare: Staged; readonly apply: (residuals: readonly Value[], v: readonly Value[]) => readonly Value[] } {
  const l = linearizeProgram(f, f.inputs.map((_, i) => i >= consts))
  const prepare = bodyOf('customRoot', f.inputs.map((v) => v.aval), (t) => {
    const inputs = [...l.captured, ...t]
    return residualsOf<Value>(l, inputs, interpret(l.known, inputs))
  })
  const apply = (residuals: readonly Value[], v: readonly Value[]): readonly Value[] => {
    const moved = interpret(l.linear, [...residuals, ...v])
    let next = 0
    return l.varies.map((m, i) => (m ? moved[next++]! : new Zero(f.outs[i]!.aval)))
  }
  return { prepare, apply }
}

/** A program of the same inputs that computes nothing. */
const nothing = (f: Jaxpr): Staged => ({ jaxpr: { ...f, eqns: [], outs: [] }, captured: [] })

type Map<X> = (x: Tensors<X>) => Tensors<X>

export interface RootOptions {
  /** The solver returns [x, aux]; aux has no derivatives, and comes back beside x. */
  readonly hasAux?: boolean
}

/**
 * x with f(x) = 0, found by `solve(f, guess)`. Derivatives by what `f` closes over, in both modes and to any order, come from
 * `tangentSolve(g, y)`, which returns v with g(v) = y for the linear g = ∂f/∂x: for scalars y / g(1). Guess, x and f(x) are
 * trees of one structure, shapes and dtypes. The solver may use whileLoop, or anything else that can be traced.
 * @example customRoot((x) => np.sub(np.square(x), 4), 1, (f, x0) => foriLoop(0, 9, (_, x) => np.sub(x, np.divide(f(x), np.multiply(2, x))), x0), (g, y) => np.divide(y, g(1))) // => 2
 */
export function customRoot<X, A>(f: (x: Tensors<X>) => unknown, guess: X, solve: (f: Map<X>, guess: Tensors<X>) => readonly [unknown, A], tangentSolve: (g: Map<X>, y: Tensors<X>) => unknown, options: RootOptions & { readonly hasAux: true }): [Tensors<X>, Tensors<A>]
export function customRoot<X>(f: (x: Tensors<X>) => unknown, guess: X, solve: (f: Map<X>, guess: Tensors<X>) => unknown, tangentSolve: (g: Map<X>, y: Tensors<X>) => unknown, options?: RootOptions & { readonly hasAux?: false }): Tensors<X>
export function customRoot(f: (x: never) => unknown, guess: unknown, solve: (f: never, guess: never) => unknown, tangentSolve: (g: never, y: never) => unknown, options: RootOptions = {}): unknown {
  demandFunctions('customRoot', f, solve, tangentSolve)
  demandOptions('customRoot', options, ['hasAux'])
  const { hasAux = false } = options
  const name = 'customRoot'
  const start = floatingLeaves(guess, 'guess')
  const avals = avalsOf(start.tensors)
  const tree = (x: readonly Value[]): never => unflatten(start.def, x as Tensor[]) as never
  const onTrees = (apply: (x: readonly Value[]) => readonly Value[]): never => ((x: unknown) => tree(apply(matching(name, x, 'x', start.def, avals)))) as never
  const body = stageBody(name, listDef([start.def]), avals, (x) => tree(matching(`${name}: f`, f(x as never), 'result', start.def, avals)))
  const shared = body.captured
  let auxDef: TreeDef = listDef([])
  const call = bodyOf(name, [...avalsOf(shared), ...avals], (t) => {
    const [s, x0] = [t.slice(0, shared.length), t.slice(shared.length)]
    const r = solution(name, solve(onTrees((x) => interpret(body.jaxpr, [...s, ...x])), tree(x0)), hasAux, start.def, avals)
    auxDef = r.aux.def
    return [...r.x, ...r.aux.tensors]
  })
  const transposes = [...shared, ...call.captured, ...start.tensors].some(isTraced)
  const tangent = (g: FlatMap, y: readonly Value[]): readonly Value[] =>
    matching(`${name}: tangentSolve`, tangentSolve(onTrees(g), tree(y)), 'result', start.def, avals)
  const slope = transposes ? linearized(body.jaxpr, shared.length) : { prepare: nothing(body.jaxpr), apply: (): readonly Value[] => [] }
  const residuals = slope.prepare.jaxpr.outs.map((o) => aval(o.aval.shape, o.aval.dtype))
  const system = transposes
    ? stageSystem(name, [...avalsOf(shared), ...residuals], avals, (at, v) => slope.apply(at.slice(shared.length), v), tangent, true)
    : null
  const parts = system ? systemParts(system.params).map((jaxpr) => ({ jaxpr, captured: system.captured })) : []
  const { captured, programs: [f0, solve0, prepare, ...rest] } = joined([{ jaxpr: body.jaxpr, captured: [] }, call, slope.prepare, ...parts])
  const consts = captured.length + shared.length
  const params: Root = { f: f0!, solve: solve0!, prepare: prepare!, tangent: system && { ...relaned(system.params, rest, 0), consts: consts + residuals.length }, consts }
  const outs = bindHeld(rootPrimitive, [...captured, ...shared, ...start.tensors], params)
  const x = tree(outs.slice(0, avals.length))
  return hasAux ? [x, unflatten(auxDef, outs.slice(avals.length))] : x
}
