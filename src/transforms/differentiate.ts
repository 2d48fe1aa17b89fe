/**
 * Differentiation on users' trees: jvp, vjp, linearize, linearTranspose.
 *
 * Law: ⟨v, J w⟩ = ⟨Jᵀ v, w⟩ with J w by `jvp` and Jᵀ v by `vjp`. The function is run once; its value, the residuals and
 * the pullback come from programs derived from that one trace.
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { aval, type Aval, type Jaxpr } from '../ir/types'
import { isZero, Linear, Zero } from '../ir/value'
import { engine, ops, coreOps } from '../primitives/core'
import { stage } from '../trace/bind'
import { demandKept } from '../trace/donation'
import { detach, type Tensor } from '../trace/tensor'
import { withSpreads, type Staged } from '../trace/trace'
import { flatten, leavesOf, listDef, matching, resultLeaves, tensorsOf, unflatten, type Leaves, type TreeDef } from './arguments'
import { emitPullback, linearizeProgram, residualsOf, residualVars, stageJvp, stageReverse, type Linearized } from './linearize'
import { Executable, memory } from './program'
import { emitTranspose } from './transpose'
import type { AnyFunction, LiftAll, Tensors } from './types'

/** A function staged on trees: its program in the argument leaves, and the structure of what it returned. */
export interface Traced {
  readonly staged: Staged
  readonly def: TreeDef
  readonly aux: { readonly def: TreeDef; readonly count: number } | undefined
}

/** What aux may hold besides arrays: it is handed through. */
const isFixed = (x: unknown): boolean => typeof x === 'string' || typeof x === 'function' || typeof x === 'symbol' || typeof x === 'bigint'

/** Splits [out, aux] where the function has one. */
export function withAux(name: string, result: unknown, hasAux: boolean): { out: Leaves; aux: Leaves | undefined } {
  if (!hasAux) return { out: resultLeaves(name, result), aux: undefined }
  if (!Array.isArray(result) || result.length !== 2)
    raise(fault('tree', `${name}: with hasAux the function must return [value, aux]`, 'Return a pair: [loss, extra].'))
  return { out: resultLeaves(name, result[0]), aux: tensorsOf(flatten(result[1] ?? null, undefined, isFixed), 'aux') }
}

/** Runs `f` once on tracers for `leaves`, put into trees by `call`. Results are followed by the aux leaves. */
export function traceFunction(name: string, leaves: readonly Tensor[], call: (tracers: readonly Tensor[]) => unknown, hasAux: boolean): Traced {
  let def: TreeDef = listDef([])
  let aux: Traced['aux']
  const staged = stage(engine, name, leaves.map((l) => l.aval), leaves, (tracers) => {
    const r = withAux(name, call(tracers), hasAux)
    def = r.out.def
    aux = r.aux && { def: r.aux.def, count: r.aux.tensors.length }
    return [...r.out.tensors, ...(r.aux?.tensors ?? [])]
  })
  return { staged, def, aux }
}

const executables = memory<Executable>()
interface Linear2 {
  readonly linearized: Linearized
  readonly known: Executable
  readonly closed: boolean
}
const linearizations = memory<Linear2>()
const pullbacks = new WeakMap<Jaxpr, Executable>()

/** Which inputs of a staged program vary: of the arguments, those asked for; never what was captured, nor integers. */
const varyingInputs = (s: Staged, asked: (i: number) => boolean): boolean[] =>
  s.jaxpr.inputs.map((v, i) => i >= s.captured.length && isFloat(v.aval.dtype) && asked(i - s.captured.length))

const trailing = (varying: readonly boolean[], jaxpr: Jaxpr): boolean[] => jaxpr.inputs.map((_, i) => varying[i] ?? false)

/**
 * Results and gradients of a program whose first result is a scalar, as one compiled program; without that value unless
 * it is wanted. Auxiliary results have no cotangent: only the first is differentiated.
 */
export function runReverse(s: Staged, args: readonly Tensor[], wantValue: boolean): readonly Tensor[] {
  // Which inputs vary, the program tells.
  const { value, literals } = executables.of(wantValue ? 'value' : 'grad', s.jaxpr, (p) =>
    new Executable(stageReverse(p, trailing(varyingInputs(s, () => true), p), 'one', wantValue ? 0 : 1)),
  )
  return value.run([...s.captured, ...args, ...literals])
}

/** The tangents of a staged program, with its value. Tangents are for the arguments, null where one does not vary. */
export function runForward(s: Staged, args: readonly Tensor[], tangents: readonly (Tensor | null)[]): readonly Tensor[] {
  const varying = varyingInputs(s, (i) => tangents[i] !== null)
  const moving = tangents.filter((t, i): t is Tensor => t !== null && isFloat(args[i]!.dtype))
  const { value, literals } = executables.of(`jvp ${varying.map(Number).join('')}`, s.jaxpr, (p) => new Executable(stageJvp(p, trailing(varying, p)).staged))
  return value.run([...s.captured, ...args, ...literals, ...moving])
}

function linearized(s: Staged, asked: (i: number) => boolean): { it: Linear2; literals: readonly Tensor[] } {
  const varying = varyingInputs(s, asked)
  const { value, literals } = linearizations.of(varying.map(Number).join(''), s.jaxpr, (p) => {
    const l = linearizeProgram(p, trailing(varying, p))
    const known = new Executable({ jaxpr: l.known, captured: l.captured })
    return { linearized: l, known, closed: known.closed }
  })
  return { it: value, literals }
}

/** Raises `CompileError` where what a function of cotangents or tangents holds was donated since it was made. */
const demandHeld = (holder: string, held: readonly Tensor[]): void => demandKept(held, `${holder} holds it`, 'Make that function after the donation, from what the call returned')

/** The transposed linear program of a linearisation: residuals and cotangents to cotangents. */
function pullbackOf(l: Linearized): Executable {
  const made = pullbacks.get(l.linear)
  if (made) return made
  const residualAvals = residualVars(l).map((v) => v.aval)
  const n = residualAvals.length
  const ctAvals = l.known.outs.slice(0, l.outCount).map((o) => o.aval)
  const staged = stage(engine, 'vjp', [...residualAvals, ...ctAvals], null, (t) =>
    emitPullback(l, t.slice(0, n), t.slice(n)).map(coreOps.instantiate) as Tensor[],
  )
  const e = new Executable(staged)
  if (e.closed) pullbacks.set(l.linear, e)
  return e
}

/** The results of a staged program, and its pullback on flat lists: one cotangent an argument. */
export function runVjp(s: Staged, args: readonly Tensor[]): { outs: readonly Tensor[]; pull: (cts: readonly Tensor[]) => readonly Tensor[] } {
  const { it, literals } = linearized(s, () => true)
  const inputs = [...s.captured, ...args, ...literals]
  const outs = it.known.run(inputs)
  const residuals = residualsOf(it.linearized, [...it.linearized.captured, ...inputs], outs)
  detach(residuals)
  return {
    outs: outs.slice(0, it.linearized.outCount),
    pull: (cts) => {
      demandHeld('the pullback of vjp', residuals)
      const grads = pullbackOf(it.linearized).run([...residuals, ...cts])
      let next = 0
      return args.map((x) => (isFloat(x.dtype) ? grads[next++]! : unitZero(x.aval)))
    },
  }
}

export interface AuxOption {
  readonly hasAux?: boolean
}

const primalLeaves = (name: string, primals: readonly unknown[]): Leaves & { readonly defs: readonly TreeDef[] } => {
  if (!Array.isArray(primals)) raise(fault('tree', `${name}: the primals must be an array, one entry an argument`, `Write ${name}(f, [x]).`))
  const flat = flatten(primals)
  const def = flat.def as Extract<TreeDef, { _tag: 'List' }>
  return { ...tensorsOf(flat, 'primals'), defs: def.children }
}

/** A zero cotangent or tangent for what is not differentiable. */
const unitZero = (a: Aval): Tensor => ops.full(a.shape, 0, isFloat(a.dtype) ? a.dtype : 'float64')

/**
 * The value of f, its derivative in a direction: `[out, tangentOut]`, and aux with `hasAux`.
 * Tangents have the trees, shapes and dtypes of the primals.
 * @example jvp(np.sin, [0], [1])[1] // => 1
 */
export function jvp<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown>(f: (...args: A) => readonly [R, X], primals: LiftAll<A>, tangents: LiftAll<A>, options: { readonly hasAux: true }): [Tensors<R>, Tensors<R>, Tensors<X>]
export function jvp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>, tangents: LiftAll<A>, options?: { readonly hasAux?: false }): [Tensors<R>, Tensors<R>]
export function jvp(f: AnyFunction, primals: readonly unknown[], tangents: readonly unknown[], options: AuxOption = {}): unknown {
  demandOptions('jvp', options, ['hasAux'])
  demandFunction('jvp', f, itself)
  const p = primalLeaves('jvp', primals)
  const t = tangentLeaves('jvp', tangents, p)
  const traced = traceFunction('jvp', p.tensors, (x) => (f as (...a: unknown[]) => unknown)(...(unflatten(p.def, x) as unknown[])), options.hasAux ?? false)
  const outs = runForward(traced.staged, p.tensors, t)
  const total = traced.staged.jaxpr.outs.length
  const n = total - (traced.aux?.count ?? 0)
  const pair = [unflatten(traced.def, outs.slice(0, n)), unflatten(traced.def, outs.slice(total, total + n))]
  return traced.aux ? [...pair, unflatten(traced.aux.def, outs.slice(n, total))] : pair
}

/** Tangent leaves: of the primals' shapes; what has no floating dtype gets none. */
function tangentLeaves(name: string, tangents: readonly unknown[], p: Leaves): (Tensor | null)[] {
  const want = p.tensors.map((t) => (isFloat(t.dtype) ? t.aval : aval(t.shape, t.dtype)))
  const flat = leavesOf(tangents, 'tangents')
  if (flat.tensors.length === want.length && p.tensors.some((x) => !isFloat(x.dtype))) {
    // A tangent for an integer primal is ignored, whatever its dtype.
    const swapped = flat.tensors.map((t, i) => (isFloat(p.tensors[i]!.dtype) ? t : p.tensors[i]!))
    return matching(name, unflatten(flat.def, swapped), 'tangents', p.def, want).map((t, i) => (isFloat(p.tensors[i]!.dtype) ? t : null))
  }
  return matching(name, tangents, 'tangents', p.def, want).slice()
}

/** Cotangent leaves, of the shapes and dtypes of the results; those of integer results are ignored, whatever they are. */
function cotangentLeaves(ct: unknown, def: TreeDef, avals: readonly Aval[]): readonly Tensor[] {
  if (avals.every((a) => isFloat(a.dtype))) return matching('vjp: cotangent', ct, 'ct', def, avals)
  const flat = leavesOf(ct, 'ct')
  const swapped = flat.tensors.map((t, i) => (avals[i] && !isFloat(avals[i].dtype) ? ops.full(avals[i].shape, 0, avals[i].dtype) : t))
  return matching('vjp: cotangent', unflatten(flat.def, swapped), 'ct', def, avals)
}

/**
 * The value of f and its pullback: `pullback(ct)` gives one cotangent tree a primal, by the adjoint of the derivative.
 * The pullback holds residuals, read-only: it may be called again, and differentiated. Typed arrays that it needs are copied.
 */
export function vjp<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown>(f: (...args: A) => readonly [R, X], primals: LiftAll<A>, options: { readonly hasAux: true }): [Tensors<R>, (ct: unknown) => { -readonly [K in keyof A]: Tensors<A[K]> }, Tensors<X>]
export function vjp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>, options?: { readonly hasAux?: false }): [Tensors<R>, (ct: unknown) => { -readonly [K in keyof A]: Tensors<A[K]> }]
export function vjp(f: AnyFunction, primals: readonly unknown[], options: AuxOption = {}): unknown {
  demandOptions('vjp', options, ['hasAux'])
  demandFunction('vjp', f, itself)
  const p = primalLeaves('vjp', primals)
  const [traced, spreads] = withSpreads(() => traceFunction('vjp', p.tensors, (x) => (f as (...a: unknown[]) => unknown)(...(unflatten(p.def, x) as unknown[])), options.hasAux ?? false))
  const { outs, pull } = runVjp(traced.staged, p.tensors)
  const n = outs.length - (traced.aux?.count ?? 0)
  const avals = traced.staged.jaxpr.outs.map((o) => o.aval)
  const pullback = (ct: unknown): unknown => {
    demandHeld('the pullback of vjp', spreads)
    const given = cotangentLeaves(ct, traced.def, avals.slice(0, n))
    return unflatten(p.def, pull([...given, ...avals.slice(n).map((a) => ops.full(a.shape, 0, a.dtype))]))
  }
  const pair = [unflatten(traced.def, outs.slice(0, n)), pullback]
  return traced.aux ? [...pair, unflatten(traced.aux.def, outs.slice(n))] : pair
}

/**
 * The value of f and its derivative as a linear function of tangents: `[out, lin]`, `lin(...tangents)`.
 * The primal work is done once.
 */
export function linearize<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>): [Tensors<R>, (...tangents: LiftAll<A>) => Tensors<R>] {
  demandFunction('linearize', f, itself)
  const p = primalLeaves('linearize', primals as readonly unknown[])
  const [traced, spreads] = withSpreads(() => traceFunction('linearize', p.tensors, (x) => f(...(unflatten(p.def, x) as unknown as A)), false))
  const { it, literals } = linearized(traced.staged, () => true)
  const inputs = [...traced.staged.captured, ...p.tensors, ...literals]
  const outs = it.known.run(inputs)
  const residuals = residualsOf(it.linearized, [...it.linearized.captured, ...inputs], outs)
  detach(residuals)
  const linear = new Executable({ jaxpr: it.linearized.linear, captured: [] })
  const lin = (...tangents: readonly unknown[]): unknown => {
    const moving = tangentLeaves('linearize', tangents, p).filter((t): t is Tensor => t !== null)
    demandHeld('the linear map of linearize', [...residuals, ...spreads])
    const given = linear.run([...residuals, ...moving])
    let next = 0
    return unflatten(traced.def, it.linearized.varies.map((v, i) => (v ? given[next++]! : unitZero(traced.staged.jaxpr.outs[i]!.aval))))
  }
  return [unflatten(traced.def, outs.slice(0, it.linearized.outCount)) as Tensors<R>, lin as never]
}

/**
 * The transpose of a function that is linear in all its arguments: cotangents of the results to one cotangent tree a
 * primal. `primals` give shapes and dtypes only. `NonlinearError` names the first operation that is not linear.
 */
export function linearTranspose<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>): (ct: unknown) => { -readonly [K in keyof A]: Tensors<A[K]> } {
  demandFunction('linearTranspose', f, itself)
  const p = primalLeaves('linearTranspose', primals as readonly unknown[])
  let def: TreeDef = listDef([])
  const [staged, spreads] = withSpreads(() => stage(engine, 'linearTranspose', p.tensors.map((t) => t.aval), null, (tracers) => {
    const r = resultLeaves('linearTranspose', f(...(unflatten(p.def, tracers) as unknown as A)))
    def = r.def
    return r.tensors
  }))
  const outAvals = staged.jaxpr.outs.map((o) => o.aval)
  const n = staged.captured.length
  const transposed = stage(engine, 'linearTranspose', [...staged.captured.map((c) => c.aval), ...outAvals], null, (t) => {
    const inputs = staged.jaxpr.inputs.map((v, i) => (i < n ? t[i]! : new Linear(v.aval)))
    return emitTranspose(staged.jaxpr, inputs, t.slice(n)).map((c) => (isZero(c) ? coreOps.instantiate(new Zero(c.aval)) : c)) as Tensor[]
  })
  const program = new Executable(transposed)
  detach(staged.captured)
  return (ct) => {
    demandHeld('the map of linearTranspose', [...staged.captured, ...spreads])
    return unflatten(p.def, program.run([...staged.captured, ...matching('linearTranspose', ct, 'ct', def, outAvals)])) as never
  }
}

