/**
 * Functions with rules of their own: customJvp, customVjp, customBatching.
 *
 * Law: a custom rule that states what the built-in rules would say changes nothing. Rules see the user's trees; they are
 * staged when the function is differentiated, without values; what they return is checked leaf by leaf.
 */
import { right } from 'fp-ts/Either'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { range, sameShape } from '../data/shape'
import { holding } from '../ir/held'
import { callOf } from '../ir/kernel'
import { aval, type Aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isLinear, isZero, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps } from '../primitives/core'
import { isTraced, type Tensor } from '../trace/tensor'
import { flatten, leavesOf, paths, resultLeaves, tensorsOf, unflatten, type Leaves, type TreeDef } from '../transforms/arguments'
import { emitBatch } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp, type JvpMode } from '../transforms/jvp'
import { positions } from '../transforms/grad'
import { separated } from '../transforms/separate'
import type { AnyFunction, LiftAll, Tensors, TensorsAll } from '../transforms/types'
import { vmap } from '../transforms/vmap'
import { difference, sameDef } from '../tree/tree'
import type { Staged } from '../trace/trace'
import { bindHeld, bodyOf, demandFunctions, stageBody, whole } from './body'
import { bindLinearCall } from './linear-call'

/** A rule on flat lists. */
type Flat = (inputs: readonly Tensor[]) => readonly Value[]

interface Custom {
  readonly fun: Jaxpr
  /** How many operands the function captured; they have no rule. */
  readonly captured: number
  readonly name: string
  /** primals ++ tangents ↦ results ++ their tangents. */
  readonly jvp?: Flat
  /** primals ↦ results ++ residuals. */
  readonly fwd?: Flat
  /** residuals ++ cotangents ↦ cotangents of the primals. */
  readonly bwd?: Flat
  readonly batch?: (operands: readonly Value[], batched: readonly boolean[], size: number) => readonly Value[]
}

/** A rule staged in a trace of its own: a tracer that it closed over would silently count as constant. */
function stageRule(what: string, rule: Flat, inputs: readonly Value[]): Staged {
  const body = bodyOf(what, inputs.map(whole), rule)
  if (body.captured.some(isTraced))
    raise(fault('custom-rule', `${what} closes over a traced value`, 'Pass the value as an argument, so that the rule can say its derivative; or hold it constant with stopGradient.'))
  return body
}

function emitRule(what: string, rule: Flat, inputs: readonly Value[]): readonly Value[] {
  const { jaxpr, captured } = stageRule(what, rule, inputs)
  return interpret(jaxpr, [...captured, ...inputs.map(coreOps.instantiate)])
}

/**
 * The results and tangents of a forward rule, what is linear in the tangents in equations of its own. A loop or branch in
 * the rule may carry both; such a rule is differentiated by the tangents, in which it is linear: at 0, along them.
 */
function emitSplit(what: string, rule: Flat, primals: readonly Value[], dots: readonly Value[]): readonly Value[] {
  const { jaxpr, captured } = stageRule(what, rule, [...primals, ...dots])
  const known = [...captured, ...primals]
  if (!jaxpr.eqns.some((e) => e.prim.jvpProgram)) return interpret(jaxpr, [...known, ...dots.map(coreOps.instantiate)])
  const zeros = dots.map((d) => coreOps.instantiate(new Zero(whole(d))))
  const duals = emitJvp(jaxpr, [...known, ...zeros], [...known.map((v) => new Zero(whole(v))), ...dots], 'split')
  const n = jaxpr.outs.length / 2
  return duals.map((d, i) => (i < n ? d.primal : d.tangent))
}

const inputTangents = (p: Custom, tangents: readonly Value[]): readonly Value[] => {
  if (!tangents.slice(0, p.captured).every(isZero))
    raise(fault('custom-rule', `${p.name} closes over a value that is being differentiated`, 'Pass the value as an argument, so that the rule can say its derivative.'))
  return tangents.slice(p.captured)
}

const duals =
  (mode: JvpMode) =>
  (primals: readonly Value[], tangents: readonly Value[], p: Custom): readonly Dual[] => {
    const n = p.fun.outs.length
    if (!p.jvp && !p.fwd) return emitJvp(p.fun, primals, tangents, mode)
    const dots = inputTangents(p, tangents)
    const own = primals.slice(p.captured)
    const outAvals = p.fun.outs.map((o) => aval(o.aval.shape, o.aval.dtype))
    const dual = (outs: readonly Value[], moved: readonly Value[]): Dual[] =>
      outAvals.map((a, i) => ({ primal: outs[i]!, tangent: isFloat(a.dtype) ? moved[i]! : new Zero(a) }))
    if (p.fwd && (mode === 'split' || !p.jvp)) {
      // In forward mode too: a loop's reverse mode brings its tangents along, which nobody may ask for.
      const r = emitRule(`the fwd rule of ${p.name}`, p.fwd, own)
      const residuals = r.slice(n)
      const moving = own.map((o) => isFloat(o.aval.dtype))
      const params: Tangent = { name: p.name, outs: outAvals, bwd: p.bwd!, residuals: residuals.length, moving }
      const linear = dots.filter((_, i) => moving[i]).map(coreOps.instantiate)
      if (p.jvp) return dual(r.slice(0, n), bindBoth(p, own, residuals, linear, moving))
      return dual(r.slice(0, n), coreOps.bind(tangentPrimitive, [...residuals, ...linear], { ...params }))
    }
    const what = `the jvp rule of ${p.name}`
    const r = mode === 'split' ? emitSplit(what, p.jvp!, own, dots) : emitRule(what, p.jvp!, [...own, ...dots])
    return dual(r.slice(0, n), r.slice(n))
  }

/** The tangent of a function that has both rules: forward by the one, transposed by the other. */
const bindBoth = (p: Custom, own: readonly Value[], residuals: readonly Value[], linear: readonly Value[], moving: readonly boolean[]): readonly Value[] => {
  const k = residuals.length
  return bindLinearCall(
    p.name,
    [...residuals, ...own],
    linear,
    (res, dots) => {
      let next = 0
      const all = own.map((o, i) => (moving[i] ? dots[next++]! : new Zero(whole(o))))
      return emitRule(`the jvp rule of ${p.name}`, p.jvp!, [...res.slice(k), ...all]).slice(p.fun.outs.length)
    },
    (res, cts) => emitRule(`the bwd rule of ${p.name}`, p.bwd!, [...res.slice(0, k), ...cts]).filter((_, i) => moving[i]),
  )
}

/** All operands with a batch axis, and a rule mapped over it. */
const spread = (v: Value, n: number): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
const mapped = (rule: Flat | undefined, n: number): Flat | undefined =>
  rule && ((inputs) => vmap((xs: readonly Tensor[]) => rule(xs).map(coreOps.instantiate), { axisSize: n })(inputs) as unknown as readonly Tensor[])

/** A call of a function that has rules of its own. */
export const customCall: Primitive = definePrimitive({
  name: 'custom_call',
  shape: (_avals, { fun }: Custom) => right(fun.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ fun }: Custom) => fun),
  jvp: () => [],
  jvpProgram: { forward: duals('forward'), split: duals('split') },
  mixes: () => separated,
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: Custom, n) => {
    if (p.batch) return p.batch(operands, batched, n)
    const all = operands.map((o, i) => (batched[i] ? o : spread(o, n)))
    const fun = bodyOf(p.name, all.map(whole), (t) => emitBatch(p.fun, t.map((value) => ({ value, batched: true })), n).map((l) => (l.batched ? l.value : spread(l.value, n))))
    const params: Custom = { ...p, fun: { ...fun.jaxpr, constCount: 0 }, captured: fun.captured.length + p.captured, jvp: mapped(p.jvp, n), fwd: mapped(p.fwd, n), bwd: mapped(p.bwd, n) }
    return coreOps.bind(customCall, [...fun.captured, ...all], { ...params })
  },
  unroll: ({ run }, operands, { fun }: Custom) => run(fun, operands, ''),
  programs: holding(({ fun }: Custom) => [fun]),
  showParams: ({ name }: Custom) => ({ name }),
  multipleResults: true,
})

interface Tangent {
  readonly name: string
  readonly outs: readonly Aval[]
  readonly bwd: Flat
  readonly residuals: number
  /** Which primals have a cotangent. */
  readonly moving: readonly boolean[]
}

/** What stands for J ẋ where only Jᵀ is known: it can be transposed, but not computed. */
const tangentPrimitive: Primitive = definePrimitive({
  name: 'custom_vjp_tangent',
  shape: (_avals, { outs }: Tangent) => right(outs),
  kernel: {
    _tag: 'Opaque',
    make: (_ins, _outs, { name }: Tangent) =>
      raise(fault('custom-rule', `${name} has a reverse rule only (customVjp), and was differentiated in forward mode`, 'Give a jvp rule too: customVjp(f, {fwd, bwd, jvp}); or use reverse mode (grad, vjp, jacrev).')),
  },
  jvp: (_ops, _x, _y, _t, { name }: Tangent) =>
    raise(fault('custom-rule', `${name} has a reverse rule only (customVjp), and was differentiated in forward mode`, 'Give a jvp rule too: customVjp(f, {fwd, bwd, jvp}).')),
  transpose: (_ops, cts, operands, p: Tangent) => {
    const grads = emitRule(`the bwd rule of ${p.name}`, p.bwd, [...operands.slice(0, p.residuals), ...cts])
    const wanted = grads.filter((_, i) => p.moving[i])
    return operands.map((o, i) => (isLinear(o) ? wanted[i - p.residuals]! : null))
  },
  batch: (_ops, operands, batched, p: Tangent, n) => {
    const all = operands.map((o, i) => (batched[i] ? o : spread(o, n)))
    const params: Tangent = { ...p, bwd: mapped(p.bwd, n)!, outs: p.outs.map((a) => aval([n, ...a.shape], a.dtype)) }
    return coreOps.bind(tangentPrimitive, all, { ...params })
  },
  showParams: ({ name }: Tangent) => ({ name }),
  multipleResults: true,
})

/** Leaves of what a rule returned, checked against the tree, shapes and dtypes that they must have; null leaves are zeros. */
function checked(what: string, tree: unknown, root: string, def: TreeDef, avals: readonly Aval[], nulls: boolean): Value[] {
  const got = nulls ? flatten(filled(tree, def), (x) => x === none) : flatten(tree)
  if (!sameDef(def, got.def)) raise(fault('custom-rule', `${what}: ${difference(def, got.def, root)}`, 'A rule returns trees of the structure of what they are for.'))
  const names = paths(def, root)
  return got.leaves.map((leaf, i) => {
    const want = avals[i]!
    if (leaf === none) return new Zero(want)
    const t = tensorsOf({ leaves: [leaf], def: { _tag: 'Leaf' } }, names[i]!).tensors[0]!
    if (!isFloat(want.dtype)) return new Zero(want)
    if (!sameShape(t.shape, want.shape) || (t.dtype !== want.dtype && !t.aval.weak))
      raise(fault('custom-rule', `${what}: ${names[i]}: expected ${want.dtype}[${want.shape.join(',')}], got ${t.dtype}[${t.shape.join(',')}]`, 'A tangent or cotangent has the shape and dtype of what it is for.'))
    return t.dtype === want.dtype ? t : coreOps.convert(t, want.dtype)
  })
}

const none = Symbol('zero cotangent')

/** A cotangent tree whose nulls (for a leaf, a subtree, or all) are spread over the leaves that they stand for. */
function filled(tree: unknown, def: TreeDef): unknown {
  if (tree === null || tree === undefined) return unflatten(def, leafCount(def).map(() => none))
  if (def._tag === 'List' && Array.isArray(tree) && tree.length === def.children.length) return tree.map((t, i) => filled(t, def.children[i]!))
  if (def._tag === 'Record' && typeof tree === 'object' && def.sorted.every((k) => k in tree))
    return Object.fromEntries(Object.keys(tree).map((k) => [k, def.sorted.includes(k) ? filled((tree as Record<string, unknown>)[k], def.children[def.sorted.indexOf(k)]!) : (tree as Record<string, unknown>)[k]]))
  return tree
}
const leafCount = (d: TreeDef): string[] => paths(d, '')

export interface CustomOptions {
  /** Arguments that are handed to the rules as they are, before the others: functions, flags, sizes. */
  readonly nondiffArgnums?: number | readonly number[]
}

interface Call {
  readonly leaves: Leaves
  readonly fixed: readonly unknown[]
  readonly fun: Jaxpr
  readonly captured: readonly Tensor[]
  readonly outDef: TreeDef
  readonly outAvals: readonly Aval[]
}

/** Flattens a call and stages the function on it. */
function prepare(name: string, f: (...args: never[]) => unknown, args: readonly unknown[], { nondiffArgnums = [] }: CustomOptions): Call {
  const list = typeof nondiffArgnums === 'number' ? [nondiffArgnums] : nondiffArgnums
  const at = positions(name, list, args.length)
  const leaves = leavesOf(args.filter((_, i) => !at.includes(i)), 'args')
  const body = stageBody(name, leaves.def, leaves.tensors.map((t) => aval(t.shape, t.dtype)), (...dynamic) => {
    let next = 0
    return f(...(args.map((a, i) => (at.includes(i) ? a : dynamic[next++])) as never[]))
  })
  return { leaves, fixed: at.map((i) => args[i]), fun: body.jaxpr, captured: body.captured, outDef: body.def, outAvals: body.jaxpr.outs.map((o) => aval(o.aval.shape, o.aval.dtype)) }
}

const bindCall = (c: Call, name: string, rules: Partial<Custom>): unknown => {
  const params: Custom = { fun: { ...c.fun, constCount: 0 }, captured: c.captured.length, name, ...rules }
  return unflatten(c.outDef, bindHeld(customCall, [...c.captured, ...c.leaves.tensors], params))
}

/** [out, tangentOut] of a user's forward rule, checked and flat. */
const forwardRule = (what: string, c: Call, rule: (...args: never[]) => unknown): Flat => (t) => {
  const n = c.leaves.tensors.length
  const r = rule(...([...c.fixed, unflatten(c.leaves.def, t.slice(0, n)), unflatten(c.leaves.def, t.slice(n))] as never[]))
  if (!Array.isArray(r) || r.length !== 2) raise(fault('custom-rule', `${what} must return [out, tangentOut]`, 'Return a pair of trees of one structure.'))
  const outs = resultLeaves(what, r[0])
  return [...checkedOuts(what, outs, c), ...checked(what, r[1], 'tangentOut', c.outDef, c.outAvals, true)]
}

function checkedOuts(what: string, outs: Leaves, c: Call): Value[] {
  if (!sameDef(c.outDef, outs.def)) raise(fault('custom-rule', `${what}: ${difference(c.outDef, outs.def, 'out')}`, 'The rule must return the value that the function returns.'))
  return outs.tensors.map((t, i) => {
    const want = c.outAvals[i]!
    if (!sameShape(t.shape, want.shape)) raise(fault('custom-rule', `${what}: ${paths(c.outDef, 'out')[i]}: expected ${want.dtype}[${want.shape.join(',')}], got ${t.dtype}[${t.shape.join(',')}]`, 'The rule must return the value that the function returns.'))
    return coreOps.convert(t, want.dtype)
  })
}

/**
 * f with a forward rule of its own, `rule(primals, tangents) => [out, tangentOut]`, and the reverse rule that follows by
 * transposition: the rule must be linear in the tangents. `CustomRuleError` names the leaf that does not fit.
 */
export function customJvp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, rule: ForwardRule<A>, options?: { readonly nondiffArgnums?: undefined }): (...args: LiftAll<A>) => Tensors<R>
export function customJvp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, rule: (...args: never[]) => readonly [unknown, unknown], options?: CustomOptions): (...args: LiftAll<A>) => Tensors<R>
export function customJvp(f: AnyFunction, rule: AnyFunction, options: CustomOptions = {}): (...args: readonly unknown[]) => unknown {
  demandFunctions('customJvp', f, rule)
  const name = f.name || 'customJvp'
  demandOptions('customJvp', options, ['nondiffArgnums'])
  return (...args) => {
    const c = prepare(name, f, args, options)
    return bindCall(c, name, { jvp: forwardRule(`the jvp rule of ${name}`, c, rule) })
  }
}

/** A forward rule as the arguments' types say it. */
export type ForwardRule<A extends readonly unknown[]> = (primals: TensorsAll<A>, tangents: TensorsAll<A>) => readonly [unknown, unknown]

/** The rules of customVjp as the function's types say them; S are the residuals. */
export interface TypedVjpRules<A extends readonly unknown[], R, S> {
  readonly fwd: (...args: TensorsAll<A>) => readonly [unknown, S]
  readonly bwd: (residuals: Tensors<S>, ct: Tensors<R>) => readonly unknown[]
  readonly jvp?: ForwardRule<A>
}

export interface VjpRules {
  /** (…args) => [out, residuals]. */
  readonly fwd: (...args: never[]) => readonly [unknown, unknown]
  /** (residuals, ct) => one cotangent tree an argument; null is zero. */
  readonly bwd: (...args: never[]) => readonly unknown[]
  /** (primals, tangents) => [out, tangentOut], for forward mode. */
  readonly jvp?: (...args: never[]) => readonly [unknown, unknown]
}

/** f with a reverse rule of its own. Forward mode raises unless `jvp` is given. */
export function customVjp<A extends readonly unknown[] = readonly Tensor[], R = unknown, S = unknown>(f: (...args: A) => R, rules: TypedVjpRules<A, R, S>, options?: { readonly nondiffArgnums?: undefined }): (...args: LiftAll<A>) => Tensors<R>
export function customVjp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, rules: VjpRules, options?: CustomOptions): (...args: LiftAll<A>) => Tensors<R>
export function customVjp(f: AnyFunction, rules: VjpRules, options: CustomOptions = {}): (...args: readonly unknown[]) => unknown {
  demandFunctions('customVjp', f)
  const name = f.name || 'customVjp'
  demandOptions('customVjp', rules, ['fwd', 'bwd', 'jvp'])
  demandOptions('customVjp', options, ['nondiffArgnums'])
  demandFunctions('customVjp', rules.fwd, rules.bwd)
  return (...args) => {
    const c = prepare(name, f, args, options)
    const { nondiffArgnums = [] } = options
    const at = positions(name, typeof nondiffArgnums === 'number' ? [nondiffArgnums] : nondiffArgnums, args.length)
    let residualDef: TreeDef = c.outDef
    const fwd: Flat = (t) => {
      const dynamic = unflatten(c.leaves.def, t) as unknown[]
      let next = 0
      const r = rules.fwd(...(args.map((a, i) => (at.includes(i) ? a : dynamic[next++])) as never[]))
      if (!Array.isArray(r) || r.length !== 2) raise(fault('custom-rule', `the fwd rule of ${name} must return [out, residuals]`, 'Return a pair; residuals may be any tree, or null.'))
      const residuals = leavesOf(r[1] ?? null, 'residuals')
      residualDef = residuals.def
      return [...checkedOuts(`the fwd rule of ${name}`, resultLeaves(name, r[0]), c), ...residuals.tensors]
    }
    const argAvals = c.leaves.tensors.map((x) => aval(x.shape, x.dtype))
    const bwd: Flat = (t) => {
      const n = t.length - c.outAvals.length
      const r = rules.bwd(...([...c.fixed, unflatten(residualDef, t.slice(0, n)), unflatten(c.outDef, t.slice(n))] as never[]))
      if (!Array.isArray(r)) raise(fault('custom-rule', `the bwd rule of ${name} must return an array, one cotangent an argument`, 'Return [ct0, ct1, …]; null for a zero.'))
      return checked(`the bwd rule of ${name}`, r, 'cts', c.leaves.def, argAvals, true)
    }
    const jvp = rules.jvp && forwardRule(`the jvp rule of ${name}`, c, rules.jvp)
    return bindCall(c, name, { fwd, bwd, jvp })
  }
}

/** Whether each leaf is batched, in the tree of what it says it of. */
export type BatchingRule = (size: number, batched: readonly unknown[], ...args: never[]) => readonly [unknown, unknown]

/**
 * f with a rule of its own under vmap: `rule(size, batched, ...args) => [out, outBatched]`, where `batched` has a boolean
 * for each leaf of the arguments, and batched leaves have the batch as leading axis. Derivatives are those of f.
 */
export function customBatching<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, rule: BatchingRule): (...args: LiftAll<A>) => Tensors<R> {
  demandFunctions('customBatching', f, rule)
  const name = f.name || 'customBatching'
  return (...args) => {
    const c = prepare(name, f as never, args, {})
    const batch: Custom['batch'] = (operands, batched, size) => {
      const own = operands.slice(c.captured.length) as Tensor[]
      const flags = unflatten(c.leaves.def, batched.slice(c.captured.length)) as unknown[]
      const r = rule(size, flags, ...(unflatten(c.leaves.def, own) as never[]))
      if (!Array.isArray(r) || r.length !== 2) raise(fault('custom-rule', `the batching rule of ${name} must return [out, outBatched]`, 'Return the results, and for each leaf whether it has the batch as leading axis.'))
      const outs = resultLeaves(name, r[0])
      if (!sameDef(c.outDef, outs.def)) raise(fault('custom-rule', `the batching rule of ${name}: ${difference(c.outDef, outs.def, 'out')}`, 'Return a tree of the structure that the function returns.'))
      const marks = flatten(r[1]).leaves
      return outs.tensors.map((t, i) => (marks[Math.min(i, marks.length - 1)] ? t : spread(t, size)))
    }
    return bindCall(c, name, { batch }) as Tensors<R>
  }
}
