/**
 * cond and switchCase: one of several programs, chosen by a value.
 *
 * Law: equals the branch that is taken, in value and derivatives; nothing of the others is computed, nor can a NaN leak
 * from them. With a predicate for each lane (under vmap) a branch runs if any lane takes it; the lanes that do not are
 * fed the operands of one that does, and their results are dropped.
 */
import { right } from 'fp-ts/Either'
import { written } from '../compile/control'
import { fault, raise } from '../data/errors'
import { range, sameShape, size } from '../data/shape'
import { holding } from '../ir/held'
import { aval, freshVar, type Aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isLinear, isZero, Linear, Zero, type Contribution, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { asTensor, converted, numeric } from '../primitives/vocabulary/context'
import { coreContext as context, coreOps, ops } from '../primitives/core'
import { isKnown, type Tensor, type TensorLike } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { leavesOf, paths, unflatten, type TreeDef } from '../transforms/arguments'
import { emitBatch, refuseMeeting, withLive } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp } from '../transforms/jvp'
import { linearizeProgram, residualsOf } from '../transforms/linearize'
import { separated } from '../transforms/separate'
import { emitTranspose } from '../transforms/transpose'
import type { Tensors, TensorsAll } from '../transforms/types'
import { difference, sameDef } from '../tree/tree'
import { along, bindHeld, bodyOf, demandFunctions, dependents, livened, present, stageBody, whole } from './body'
import { stageUnrun } from './deferral'
import { condTaylor } from './taylor'

/** Every branch takes the operands after the index. */
export interface Cond {
  readonly branches: readonly Jaxpr[]
  /** The branches are linear in whatever may be transposed. */
  readonly linear?: boolean
}

/** Binds staged branches of equal operands: what any of them captured becomes an operand of all. */
function bindCond(index: Value, branches: readonly Staged[], operands: readonly Value[], linear = false): readonly Value[] {
  const captured = branches.flatMap((b) => b.captured)
  let before = 0
  const wide = branches.map((b): Jaxpr => {
    const own = b.captured.length
    const lead = captured.map((c, i) => (i >= before && i < before + own ? b.jaxpr.inputs[i - before]! : freshVar(whole(c))))
    before += own
    return { ...b.jaxpr, constCount: 0, inputs: [...lead, ...b.jaxpr.inputs.slice(own)] }
  })
  return bindHeld(condPrimitive, [index, ...captured, ...operands.map(coreOps.instantiate)], { branches: wide, ...(linear ? { linear } : {}) })
}

/** Which results vary in any branch, when the marked operands do. */
const union = (branches: readonly Jaxpr[], mask: readonly boolean[]): boolean[] => {
  const each = branches.map((b) => dependents(b, mask, true))
  return branches[0]!.outs.map((_, i) => each.some((d) => d[i]))
}

const placed = (mask: readonly boolean[], given: readonly Value[], like: readonly { readonly aval: Aval }[]): Value[] => {
  let next = 0
  return mask.map((m, i) => (m ? given[next++]! : new Zero(like[i]!.aval)))
}

function duals(outs: readonly Value[], moved: readonly Value[], varies: readonly boolean[]): Dual[] {
  let next = 0
  return outs.map((primal, i) => ({ primal, tangent: varies[i] ? moved[next++]! : new Zero(primal.aval) }))
}

function forward([index, ...primals]: readonly Value[], [, ...tangents]: readonly Value[], { branches }: Cond): readonly Dual[] {
  const mask = tangents.map((t) => !isZero(t))
  const varies = union(branches, mask)
  const moving = present(tangents)
  const both = branches.map((b) =>
    bodyOf('cond', [...primals, ...moving].map(whole), (t) => {
      const r = emitJvp(b, t.slice(0, primals.length), placed(mask, t.slice(primals.length), b.inputs))
      return [...r.map((d) => d.primal), ...r.flatMap((d, i) => (varies[i] ? [d.tangent] : []))]
    }),
  )
  const outs = bindCond(index!, both, [...primals, ...moving])
  const n = branches[0]!.outs.length
  return duals(outs.slice(0, n), outs.slice(n), varies)
}

/** The branch that yields its residuals (zeros where it has fewer than others), and the linear branch that reads its own. */
function split([index, ...primals]: readonly Value[], [, ...tangents]: readonly Value[], { branches }: Cond): readonly Dual[] {
  const mask = tangents.map((t) => !isZero(t))
  const varies = union(branches, mask)
  const moving = present(tangents)
  const n = branches[0]!.outs.length
  const parts = branches.map((b) => linearizeProgram(b, mask))
  /** Of the residuals: as one branch alone runs, those of all branches that have one shape and dtype share a slot. */
  const slots: Aval[] = []
  const alike = new Map<string, number[]>()
  const places = parts.map(({ known, outCount }) => {
    const met = new Map<string, number>()
    return known.outs.slice(outCount).map(({ aval: { shape, dtype } }) => {
      const kind = `${dtype} ${shape.join()}`
      const k = met.get(kind) ?? 0
      met.set(kind, k + 1)
      const list = alike.get(kind) ?? []
      alike.set(kind, list)
      return (list[k] ??= slots.push(aval(shape, dtype)) - 1)
    })
  })
  const known = parts.map((l, k) =>
    bodyOf('cond', primals.map(whole), (t) => {
      const outs = interpret(l.known, [...l.captured, ...t])
      const kept: Value[] = slots.map((a) => new Zero(a))
      places[k]!.forEach((s, i) => (kept[s] = outs[n + i]!))
      return [...outs.slice(0, n), ...kept]
    }),
  )
  const outs = bindCond(index!, known, primals)
  const residuals = outs.slice(n)
  const linear = parts.map((l, k) =>
    bodyOf('cond', [...primals.map(whole), ...slots, ...moving.map(whole)], (t) => {
      const inputs = [...l.captured, ...t.slice(0, primals.length)]
      const own = residualsOf(l, inputs, [...outs.slice(0, n), ...places[k]!.map((s) => t[primals.length + s]!)])
      const moved = interpret(l.linear, [...own, ...t.slice(primals.length + slots.length)])
      const spread = placed(l.varies, moved, branches[k]!.outs)
      return spread.filter((_, i) => varies[i])
    }),
  )
  return duals(outs.slice(0, n), bindCond(index!, linear, [...primals, ...residuals, ...moving], true), varies)
}

function transposeCond(cts: readonly Value[], [index, ...operands]: readonly Value[], { branches }: Cond): readonly Contribution[] {
  const given = present(cts)
  const alive = cts.map((c) => !isZero(c))
  const known = operands.filter((o) => !isLinear(o))
  const back = branches.map((b) =>
    bodyOf('cond', [...known, ...given].map(whole), (t) => {
      let next = 0
      const inputs = operands.map((o, i) => (isLinear(o) ? new Linear(b.inputs[i]!.aval) : t[next++]!))
      return emitTranspose(b, inputs, placed(alive, t.slice(known.length), b.outs))
    }),
  )
  const outs = bindCond(index!, back, [...known, ...given], true)
  let next = 0
  return [null, ...operands.map((o) => (isLinear(o) ? outs[next++]! : null))]
}

function batchCond([index, ...operands]: readonly Value[], [perLane, ...batched]: readonly boolean[], { branches, linear }: Cond, n: number): readonly Value[] {
  const spread = (v: Value): Value => coreOps.broadcast(coreOps.instantiate(v), [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const lanes = (b: Jaxpr, flags: readonly boolean[]): Staged & { outs?: never } =>
    bodyOf('cond', operandsOf(flags).map(whole), (t) =>
      emitBatch(b, t.map((value, i) => ({ value, batched: flags[i]! })), n).map((l) => (l.batched ? l.value : spread(l.value))),
    )
  const operandsOf = (flags: readonly boolean[]): Value[] => operands.map((o, i) => (flags[i] && !batched[i] ? spread(o) : o))
  if (!perLane) return bindCond(index!, branches.map((b) => lanes(b, batched)), operands, linear)
  refuseMeeting('cond', branches)
  const every = operands.map(() => true)
  const full = operandsOf(every)
  let chosen: readonly Value[] | undefined
  branches.forEach((b, k) => {
    const mask = coreOps.eq(index!, k)
    const taken = coreOps.convert(coreOps.reduceOr(mask, [0]), 'int32')
    const safe = full.map((v) => livened(mask, v))
    const nothing = bodyOf('cond', safe.map(whole), () => b.outs.map((o) => new Zero(aval([n, ...o.aval.shape], o.aval.dtype))))
    const outs = withLive(mask, () => bindCond(taken, [nothing, lanes(b, every)], safe, linear))
    chosen = chosen ? outs.map((o, i) => coreOps.select(along(mask, o), o, chosen![i]!)) : outs
  })
  return chosen!
}

/** The choice as an equation: operands are the branch's index (int32, in range), then what all branches take. */
export const condPrimitive: Primitive = definePrimitive({
  name: 'cond',
  shape: (_avals, { branches }: Cond) => right(branches[0]!.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: {
    _tag: 'Programs',
    control: ({ branches }: Cond) => ({ ...written, _tag: 'Cond', branches }),
    make: (compile, _ins, _outs, { branches }: Cond) => {
      const runs = branches.map((b) => compile(b))
      return (inputs, outputs) => runs[inputs[0]![0]!]!(inputs.slice(1), outputs)
    },
  },
  jvp: () => [],
  jvpProgram: { forward, split },
  mixes: ({ linear }: Cond) => !linear && separated,
  taylorProgram: condTaylor(bindCond),
  transpose: (_ops, cts, operands, params: Cond) => transposeCond(cts, operands, params),
  batch: (_ops, operands, batched, params: Cond, n) => batchCond(operands, batched, params, n),
  dce: (e, used) => {
    const branches = (e.params as unknown as Cond).branches.map((b): Jaxpr => ({ ...b, outs: b.outs.filter((_, i) => used[i]) }))
    return { ...e, params: { ...e.params, branches }, outs: e.outs.filter((_, i) => used[i]) }
  },
  pattern: (sets, [index, ...operands], { branches }: Cond) => {
    const taken = index!.elements()?.[0]
    if (taken !== undefined) return sets.program(branches[taken]!, operands)
    const all = branches.map((b) => sets.program(b, operands))
    return all[0]!.map(({ aval: a }, i) => Int32Array.from({ length: size(a.shape) }, (_, k) => all.reduce((u, outs) => sets.union(u, outs[i]!.sets?.[k] ?? 0), 0)))
  },
  unroll: ({ run, number }, [index, ...operands], { branches }: Cond) => {
    const k = number(index!)
    return run(branches[k]!, operands, `branch ${k}`)
  },
  programs: holding(({ branches }: Cond) => branches),
  multipleResults: true,
})

/** Results of all branches as arrays of one tree, shape and dtype; JS numbers take the dtype of the others. */
function agree(name: string, branches: readonly { readonly jaxpr: Jaxpr; readonly def: TreeDef }[]): Aval[] {
  const [first, ...rest] = branches
  for (const [k, b] of rest.entries()) {
    if (!sameDef(first!.def, b.def)) raise(fault('tree', `${name}: ${difference(first!.def, b.def, `branch ${k + 1}`)}`, 'All branches must return trees of one structure.'))
  }
  return first!.jaxpr.outs.map((_, i) => {
    const avals = branches.map((b) => b.jaxpr.outs[i]!.aval)
    const lead = avals.find((a) => !a.weak) ?? avals[0]!
    avals.forEach((a, k) => {
      if (!sameShape(a.shape, lead.shape) || (a.dtype !== lead.dtype && !a.weak))
        raise(fault(sameShape(a.shape, lead.shape) ? 'dtype' : 'shape', `${name}: ${paths(first!.def, `branch ${k}`)[i]}: expected ${lead.dtype}[${lead.shape.join(',')}], got ${a.dtype}[${a.shape.join(',')}]`, 'All branches must return arrays of one shape and dtype: convert or reshape.'))
    })
    return aval(lead.shape, lead.dtype)
  })
}

/**
 * branches[index](...operands), for an index that may be traced: truncated towards zero and clamped to the range.
 * All branches are traced, one is run. Branches return trees of one structure, shapes and dtypes.
 * @example switchCase(1, [(x) => x, (x) => np.multiply(x, 10)], 3) // => 30
 */
export function switchCase<A extends readonly unknown[] = readonly Tensor[], R = unknown>(index: TensorLike, branches: readonly ((...operands: TensorsAll<A>) => R)[], ...operands: A): Tensors<R> {
  const at = asTensor(context, index)
  if (at.ndim > 0) raise(fault('shape', `switchCase: the index has shape [${at.shape.join(',')}]`, 'Give a scalar; use vmap or np.select for arrays of choices.'))
  if (!Array.isArray(branches) || branches.length === 0) raise(fault('tree', 'switchCase: no branches', 'Give at least one function.'))
  return choose('switchCase', converted(context, ops.min(ops.max(numeric(context, at), 0), branches.length - 1), 'int32'), branches as never, operands) as Tensors<R>
}

function choose(name: string, index: Tensor, branches: readonly ((...operands: unknown[]) => unknown)[], operands: readonly unknown[]): unknown {
  demandFunctions(name, ...branches)
  const leaves = leavesOf(operands, 'operands')
  const avals = leaves.tensors.map((t) => t.aval)
  // Where the choice is known, the branch that is taken does what it can at once.
  const taken = isKnown(index) ? Number(index.item()) : -1
  const staged = branches.map((b, k) => (k === taken ? stageBody : stageUnrun)(name, leaves.def, avals, b))
  const outs = agree(name, staged)
  const settled = staged.map((b): Staged => {
    const same = b.jaxpr.outs.every((o, i) => o.aval.dtype === outs[i]!.dtype)
    if (same) return b
    const again = bodyOf(name, b.jaxpr.inputs.map((v) => v.aval), (t) => interpret(b.jaxpr, t).map((v, i) => coreOps.convert(v, outs[i]!.dtype)))
    return { jaxpr: again.jaxpr, captured: [...again.captured, ...b.captured] }
  })
  return unflatten(staged[0]!.def, bindCond(index, settled, leaves.tensors))
}

/**
 * pred ? onTrue(...operands) : onFalse(...operands), for a predicate that may be traced. Both are traced, one is run.
 * @example cond(np.less(1, 2), (x) => np.exp(x), (x) => x, 0) // => 1
 */
export function cond<A extends readonly unknown[] = readonly Tensor[], R = unknown>(pred: TensorLike, onTrue: (...operands: TensorsAll<A>) => R, onFalse: (...operands: TensorsAll<A>) => R, ...operands: A): Tensors<R> {
  const p = asTensor(context, pred)
  if (p.ndim > 0) raise(fault('shape', `cond: the predicate has shape [${p.shape.join(',')}]`, 'Give a scalar; use np.where for arrays of choices, or vmap.'))
  const test = p.dtype === 'bool' ? p : ops.ne(p, 0)
  return choose('cond', converted(context, test, 'int32'), [onFalse, onTrue] as never, operands) as Tensors<R>
}
