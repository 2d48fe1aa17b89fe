/**
 * Which values of a step are kept for the backward sweep, and which are computed again from them.
 *
 * Law: from what is kept and what is there anyway (slices, constants) every residual follows by cheap operations, and no
 * other such choice keeps fewer elements. It is a least vertex cut between what is not cheap to compute and the residuals.
 * What a turn leaves of a carry the next one finds: of choices that keep as few, those whose stacks can share rows are taken.
 * Cheap are views and elementwise arithmetic, no more than `few` operations in a row: then one read is saved by work that
 * costs no more. Where two cuts are equal, what is nearest to the residuals is kept.
 * Source: least cut = greatest flow (Ford & Fulkerson 1956); `compile/loop/cut`.
 */
import { sinkSide, type Edge } from '../compile/loop/cut'
import { expressionOf } from '../compile/scalar'
import { size } from '../data/shape'
import type { Expr } from '../ir/kernel'
import { isLit, type Atom, type Eqn, type Jaxpr, type Var } from '../ir/types'
import type { Value } from '../ir/value'
import { literal, rebind } from '../transforms/interpret'

/** Operations in a row that are computed again rather than read. */
const few = 8
/** Bodies with more values keep their residuals as they are: a cut would take longer than it saves. */
const most = 4000

const cheap: ReadonlySet<string> = new Set([
  'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'not', 'bitNot', 'isFinite', 'isNaN', 'add', 'sub', 'mul', 'div', 'min', 'max',
  'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor', 'bitAnd', 'bitOr', 'bitXor', 'shiftLeft', 'shiftRight', 'shiftRightLogical',
])

/** The operations of a scalar expression; infinite where one of them is not cheap. */
function operations(e: Expr): number {
  switch (e._tag) {
    case 'Arg':
    case 'Const':
      return 0
    case 'Unary':
      return cheap.has(e.op) ? 1 + operations(e.x) : Infinity
    case 'Binary':
      return cheap.has(e.op) ? 1 + operations(e.x) + operations(e.y) : Infinity
    case 'Select':
      return 1 + operations(e.test) + operations(e.x) + operations(e.y)
    case 'Convert':
      return 1 + operations(e.x)
    case 'Call':
      return Infinity
  }
}

/** What it takes to run an equation again. */
function effort(e: Eqn): number {
  const { kernel } = e.prim
  if (kernel._tag === 'View') return 0
  if (kernel._tag !== 'Elementwise') return Infinity
  return operations(expressionOf(kernel, e.inputs.map((a) => a.aval), e.params, e.outs[0]!.aval))
}

/** What is kept, and the equations that compute the residuals from it, in order. */
export interface Plan {
  readonly kept: readonly Var[]
  readonly again: readonly Eqn[]
}

/** A carry as a step finds it, and as it leaves it: what one turn leaves the next one finds, so both are kept for little more than one. */
export type Turned = readonly [before: Var, after: Var]

/** Pairs that are tried one after another, each by a cut; more of them are tried all at once. */
const single = 8

/**
 * The residuals of a step's program. Values in `free` are there anyway; those in `results` are likely to be kept by the user: of
 * equal choices they are the better ones. The pairs of `turned` are tried, and kept where that leaves fewer elements.
 */
export function planResiduals(p: Jaxpr, residuals: readonly Atom[], free: ReadonlySet<number>, results: ReadonlySet<number>, turned: readonly Turned[] = []): Plan {
  const elements = (vs: readonly Var[]): number => vs.reduce((n, v) => n + size(v.aval.shape), 0)
  let best = leastPlan(p, residuals, free, results)
  let least = elements(best.kept)
  let taken: readonly Turned[] = []
  for (const some of turned.length > single ? [turned] : turned.map((pair) => [pair])) {
    const pairs = [...taken, ...some]
    const vars = [...new Set(pairs.flat())]
    const plan = leastPlan(p, residuals, new Set([...free, ...vars.map((v) => v.id)]), results)
    const read = needs(plan, residuals, vars)
    const added = vars.filter((_, i) => read[i])
    const n = elements(plan.kept) + elements(pairs.filter((pair) => pair.some((v) => added.includes(v))).map(([v]) => v))
    const kept = [...plan.kept, ...added]
    // Where they are two stacks all the same it must be no loss.
    if (n < least && elements(kept) <= elements(best.kept)) [best, least, taken] = [{ ...plan, kept }, n, pairs]
  }
  return best
}

/** The plan of one cut. */
function leastPlan(p: Jaxpr, residuals: readonly Atom[], free: ReadonlySet<number>, results: ReadonlySet<number>): Plan {
  const wanted = new Map<number, Var>()
  for (const a of residuals) if (!isLit(a) && !free.has(a.id)) wanted.set(a.id, a)
  const plain: Plan = { kept: [...wanted.values()], again: [] }
  const makers = new Map<number, Eqn>()
  const depth = new Map<number, number>()
  for (const e of p.eqns) {
    const before = e.inputs.reduce((n, a) => (isLit(a) || free.has(a.id) ? n : Math.max(n, depth.get(a.id) ?? 0)), 0)
    const work = before + effort(e)
    if (work > few || e.outs.length !== 1) continue
    depth.set(e.outs[0]!.id, work)
    makers.set(e.outs[0]!.id, e)
  }
  // What the residuals can be computed from, without the rest of the program.
  const nodes = new Map<number, Var>()
  const stack = [...wanted.values()]
  for (let v = stack.pop(); v !== undefined; v = stack.pop()) {
    if (nodes.has(v.id)) continue
    nodes.set(v.id, v)
    for (const a of makers.get(v.id)?.inputs ?? []) if (!isLit(a) && !free.has(a.id)) stack.push(a)
  }
  if (nodes.size > most) return plain
  const ids = leastCut(nodes, makers, wanted, free, (v) => 2 * size(v.aval.shape) * nodes.size + (results.has(v.id) ? 0 : 1))
  const kept = [...nodes.values()].filter((v) => ids.has(v.id))
  const needed = new Set<number>()
  const visit = [...wanted.keys()]
  for (let id = visit.pop(); id !== undefined; id = visit.pop()) {
    if (ids.has(id) || needed.has(id) || free.has(id)) continue
    needed.add(id)
    for (const a of makers.get(id)!.inputs) if (!isLit(a)) visit.push(a.id)
  }
  return { kept, again: p.eqns.filter((e) => e.outs.length === 1 && needed.has(e.outs[0]!.id)) }
}

/** The vertices of a least cut, the nearest to the residuals. */
function leastCut(nodes: ReadonlyMap<number, Var>, makers: ReadonlyMap<number, Eqn>, wanted: ReadonlyMap<number, Var>, free: ReadonlySet<number>, weight: (v: Var) => number): Set<number> {
  const [source, sink] = [0, 1]
  const index = new Map([...nodes.keys()].map((id, i) => [id, 2 + 2 * i]))
  const edges: Edge[] = []
  for (const [id, v] of nodes) {
    const at = index.get(id)!
    edges.push([at, at + 1, weight(v)])
    if (wanted.has(id)) edges.push([at + 1, sink, Infinity])
    const maker = makers.get(id)
    if (!maker) edges.push([source, at, Infinity])
    else for (const a of maker.inputs) if (!isLit(a) && !free.has(a.id)) edges.push([index.get(a.id)! + 1, at, Infinity])
  }
  const near = sinkSide(2 + 2 * nodes.size, source, sink, edges)
  return new Set([...nodes.keys()].filter((id) => !near[index.get(id)!] && near[index.get(id)! + 1]))
}

/** The residuals' values, from those that are there. */
export function recompute(plan: Plan, residuals: readonly Atom[], values: ReadonlyMap<number, Value>): Value[] {
  const known = new Map(values)
  const read = (a: Atom): Value => (isLit(a) ? literal(a.value, a.aval) : known.get(a.id)!)
  for (const e of plan.again) known.set(e.outs[0]!.id, rebind(e.prim, e.inputs.map(read), e.params)[0]!)
  return residuals.map(read)
}

/** Which of the variables are read when residuals are computed again, or are residuals. */
export function needs(plan: Plan, residuals: readonly Atom[], vars: readonly Var[]): boolean[] {
  const ids = new Set([...plan.again.flatMap((e) => e.inputs), ...residuals].flatMap((a) => (isLit(a) ? [] : [a.id])))
  return vars.map((v) => ids.has(v.id))
}
