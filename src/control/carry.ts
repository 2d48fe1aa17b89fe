/**
 * The carry of a loop: its dtypes, where the initial one holds JS numbers.
 *
 * Law: the carry's dtypes are those that the body returns for it; whole JS numbers beside integers are integers, as literals are.
 */
import { AdjointError } from '../data/errors'
import { holds, isFloat, isInteger, type DType } from '../data/dtype'
import { aval, isLit, type Atom, type Aval, type Var } from '../ir/types'
import { converted } from '../primitives/vocabulary/context'
import { coreContext as context, engine } from '../primitives/core'
import { isTraced, type Tensor } from '../trace/tensor'
import type { Leaves, TreeDef } from '../transforms/arguments'
import { settleCarry, type Body } from './body'

export const avalsOf = (ts: readonly Tensor[]): Aval[] => ts.map((t) => aval(t.shape, t.dtype))

/** The loop that the user wrote, and where its carry stands in that of the loop it is made of. */
export interface Caller {
  readonly name: string
  readonly at?: number
}

interface StagedLoop {
  readonly body: Body
  readonly carryDef: TreeDef
  readonly carry: readonly Aval[]
}

/** The variables of a body that depend on some, or through the carry on their later values. */
function reached({ body: { jaxpr, captured }, carry }: StagedLoop, from: ReadonlySet<number>): ReadonlySet<number> {
  const ids = new Set(from)
  for (let size = -1; size !== ids.size; ) {
    size = ids.size
    for (const e of jaxpr.eqns) if (e.inputs.some((a) => !isLit(a) && ids.has(a.id))) e.outs.forEach((o) => ids.add(o.id))
    jaxpr.outs.slice(0, carry.length).forEach((o, i) => !isLit(o) && ids.has(o.id) && ids.add(jaxpr.inputs[captured.length + i]!.id))
  }
  return ids
}

/** Which of the chosen carries meet integers that do not come from these. */
function meeting(loop: StagedLoop, chosen: readonly boolean[]): readonly boolean[] {
  const { jaxpr, captured } = loop.body
  const own = (i: number): number => jaxpr.inputs[captured.length + i]!.id
  const ours = reached(loop, new Set(chosen.flatMap((c, i) => (c ? [own(i)] : []))))
  const meets = jaxpr.eqns.filter((e) => {
    const integers = e.inputs.filter((a): a is Var => !isLit(a) && isInteger(a.aval.dtype))
    return integers.some((a) => ours.has(a.id)) && integers.some((a) => !ours.has(a.id))
  })
  const met = reached(loop, new Set(meets.flatMap((e) => e.outs.map((o) => o.id))))
  return chosen.map((c, i) => c && met.has(own(i)))
}

/** The dtypes of known integers that `f` makes floats of. */
function notingIntegers<T>(f: () => T): readonly [T, ReadonlySet<DType>] {
  const { evaluate } = engine
  const noted = new Set<DType>()
  engine.evaluate = (prim, operands, params, outs) => {
    if (operands.length === 1 && isInteger(operands[0]!.dtype) && outs.some((a) => isFloat(a.dtype))) noted.add(operands[0]!.dtype)
    return evaluate(prim, operands, params, outs)
  }
  try {
    return [f(), noted]
  } finally {
    engine.evaluate = evaluate
  }
}

/** The dtypes of integers that the chosen carries, floats as yet, meet: as they are, or what was made of nothing but integers. */
function integersMet(loop: StagedLoop, chosen: readonly boolean[]): ReadonlySet<DType> {
  const { jaxpr, captured } = loop.body
  const ours = reached(loop, new Set(chosen.flatMap((c, i) => (c ? [jaxpr.inputs[captured.length + i]!.id] : []))))
  const made = new Map<number, DType>()
  const met = new Set<DType>()
  const madeOf = (a: Atom): DType | undefined => (isLit(a) ? undefined : isInteger(a.aval.dtype) ? a.aval.dtype : made.get(a.id))
  for (const e of jaxpr.eqns) {
    const [own, others] = [e.inputs.some((a) => !isLit(a) && ours.has(a.id)), e.inputs.filter((a) => !isLit(a) && !ours.has(a.id))]
    const dtypes = others.map(madeOf)
    if (own) dtypes.forEach((d) => d && met.add(d))
    else if (dtypes.length > 0 && dtypes.every(Boolean)) for (const o of e.outs) made.set(o.id, dtypes[0]!)
  }
  return met
}

/** Whole JS numbers that meet integers in the body are such integers, as a literal is beside an integer. */
function asIntegers(init: Leaves, first: StagedLoop, noted: ReadonlySet<DType>, stageWith: (carry: readonly Aval[]) => StagedLoop): { init: Leaves; loop: StagedLoop | undefined } {
  const whole = init.tensors.map((t, i) => t.aval.weak && t.ndim === 0 && !isTraced(t) && first.carry[i]?.dtype === 'float64' && Number.isSafeInteger(t.item()))
  const met = new Set([...noted, ...integersMet(first, whole)])
  const attempt = (avals: readonly Aval[]): StagedLoop | undefined => {
    try {
      return stageWith(avals)
    } catch (e) {
      // A body that cannot do with integers has its floats.
      if (e instanceof AdjointError) return undefined
      throw e
    }
  }
  for (const dtype of ['int32', 'uint32'] as const) {
    if (!met.has(dtype)) continue
    let chosen = whole.map((w, i) => w && holds(dtype, Number(init.tensors[i]!.item())))
    while (chosen.includes(true)) {
      const ready = init.tensors.map((t, i) => (chosen[i] ? converted(context, t, dtype) : t))
      const loop = attempt(ready.map((t) => t.aval))
      if (!loop) return { init, loop: first }
      const meets = meeting(loop, chosen)
      const stays = chosen.map((c, i) => c && meets[i]! && loop.carry[i]?.dtype === dtype)
      if (stays.every((s, i) => s === chosen[i])) return { init: { def: init.def, tensors: ready }, loop: ready.some((t) => t.aval.weak) ? undefined : loop }
      chosen = stays
    }
  }
  return { init, loop: first }
}

/**
 * Stages a body until the carry's dtypes are those that it returns: a JS number as initial carry is weak. Mostly once:
 * bodies that hold loops in loops would be traced again at every level.
 */
export function settled({ name, at }: Caller, given: Leaves, stageWith: (carry: readonly Aval[]) => StagedLoop): { body: Body; init: readonly Tensor[] } {
  const [weak, noted] = notingIntegers(() => stageWith(given.tensors.map((t) => t.aval)))
  const { init, loop } = asIntegers(given, weak, noted, stageWith)
  const first = loop ?? stageWith(avalsOf(init.tensors))
  const ready = settleCarry(name, init, first.carryDef, first.carry, at)
  if (ready.every((t, i) => t.dtype === init.tensors[i]!.dtype)) return { body: first.body, init: ready }
  const again = stageWith(avalsOf(ready))
  settleCarry(name, { tensors: ready, def: init.def }, again.carryDef, again.carry, at)
  return { body: again.body, init: ready }
}
