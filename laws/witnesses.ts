/**
 * Equations of control flow, and of Taylor series, as they stand in real programs, each as a function of its floating operands.
 *
 * Recipes choose operands and parameters freely; parameters that hold programs cannot be chosen so: they are taken from programs that
 * transforms made. Left out are series whose heads are no arguments (their laws are those of `jet`).
 * Example: witnesses().flatMap((w) => rule(w.by(w.prim), w.args)).forEach((law) => check(law))
 */
import { checkpoint, cond, customJvp, customLinearSolve, customRoot, customVjp, foriLoop, grad, jet, linearize, makeJaxpr, np, ops, scan, type Eqn, type Jaxpr, type Primitive, type Tensor } from '../src/index'
import { tensor } from './arbitraries/tensor'
import type { Arguments } from './case'

type Atom = Eqn['inputs'][number]
type Params = Eqn['params']

/** An equation that holds programs, as a function of its floating operands. */
export interface Witness {
  /** The primitive's name, with what tells its equations apart. */
  readonly name: string
  readonly prim: Primitive
  /** One application of a primitive (the equation's own, or one in its place) to what varies; the numbers of recorded runs are left out. */
  readonly by: (prim: Primitive) => (...xs: readonly Tensor[]) => readonly Tensor[]
  readonly args: Arguments
}

interface Applied {
  readonly prim: Primitive
  readonly params: Params
  readonly operands: readonly Tensor[]
}

/** Runs a program equation by equation; calls and linear calls are gone into. */
function applications(p: Jaxpr, inputs: readonly Tensor[], found: Applied[]): readonly Tensor[] {
  const env = new Map<number, Tensor>(p.inputs.map((v, i) => [v.id, inputs[i]!]))
  const read = (a: Atom): Tensor => (a._tag === 'Lit' ? np.array(a.value, { dtype: a.aval.dtype }) : env.get(a.id)!)
  for (const e of p.eqns) {
    const operands = e.inputs.map(read)
    found.push({ prim: e.prim, params: e.params, operands })
    const inner = e.prim.inline?.(e.params) ?? (e.prim.name === 'linear_call' ? e.prim.programs!(e.params)[0] : undefined)
    const outs = inner ? applications(inner, operands, found) : (ops.bind(e.prim, operands, e.params) as readonly Tensor[])
    e.outs.forEach((o, i) => env.set(o.id, outs[i]!))
  }
  return p.outs.map(read)
}

type F = (x: Tensor) => Tensor
const count = (): Tensor => np.array(3, { dtype: 'int32' })
const step = (c: Tensor, y: Tensor | number): Tensor => np.add(np.sin(np.multiply(c, y)), np.multiply(0.5, c))
const loops: Readonly<Record<string, F>> = {
  while: (x) => foriLoop(0, count(), (_i, c: Tensor) => step(c, 0.5), x),
  'checkpointed while': (x) => foriLoop(0, count(), (_i, c: Tensor) => step(c, x), x, { checkpoint: 2 }),
  scan: (x) => np.sum(scan((c: Tensor, y: Tensor) => [step(c, y), np.square(c)] as const, x, np.multiply(x, np.array([0.5, 1, 2])))[1]),
  'checkpointed scan': (x) => np.sum(scan((c: Tensor, y: Tensor) => [step(c, y), np.square(c)] as const, x, np.multiply(x, np.array([0.5, 1, 2])), { checkpoint: 2 })[1]),
  cond: (x) => cond(np.greater(x, -9), (v: Tensor) => np.multiply(v, np.exp(v)), (v: Tensor) => v, x),
  checkpoint: (x) => checkpoint((v: Tensor) => np.sin(np.exp(v)))(x),
  customJvp: (x) => customJvp((v: Tensor) => np.exp(v), ([v], [t]) => [np.exp(v), np.multiply(np.exp(v), t)] as never)(x),
  customVjp: (x) => customVjp((v: Tensor) => np.exp(v), { fwd: (v: Tensor) => [np.exp(v), np.exp(v)] as const, bwd: (y: Tensor, ct: Tensor) => [np.multiply(y, ct)] as never, jvp: ([v]: [Tensor], [t]: [Tensor]) => [np.exp(v), np.multiply(np.exp(v), t)] as never } as never)(x),
  customRoot: (x) => customRoot((y: Tensor) => np.subtract(np.add(y, np.multiply(0.25, np.sin(y))), x), x, (f, y0: Tensor) => foriLoop(0, 40, (_i, y: Tensor) => np.subtract(y, f(y) as Tensor), y0), (g, y: Tensor) => np.divide(y, g(np.array(1) as never) as Tensor)) as Tensor,
  customLinearSolve: (x) => customLinearSolve((y: Tensor) => np.multiply(np.add(3, x), y), np.multiply(x, x), (a, b: Tensor) => np.divide(b, (a as (v: Tensor) => Tensor)(np.array(1)))) as Tensor,
}
const jets: Readonly<Record<string, F>> = {
  product: (x) => np.multiply(np.multiply(x, x), x), quotient: (x) => np.divide(np.sin(x), np.add(3, x)), reciprocal: (x) => np.divide(1, np.add(3, x)),
  tanh: (x) => np.tanh(x), sin: (x) => np.sin(x), log: (x) => np.log(np.add(3, x)), power: (x) => np.power(np.add(3, x), 1.5),
}

/** Where the number of a recorded run stands among the operands, or −1. */
function numberAt({ prim, params: p }: Applied): number {
  const { body, condConsts, bodyConsts, fixed, advanceCaptured, turnCaptured } = p as unknown as { body: Jaxpr } & Record<string, number>
  if (prim.name === 'while_grad') return condConsts! + bodyConsts! + body.outs.length + fixed!
  return prim.name === 'scan_grad' ? body.inputs.length + advanceCaptured! + turnCaptured! : -1
}

/** Which operands the equation of a root depends on: what only the solver closes over (here the 1 of g(1)) is held. */
function parameters(f: Jaxpr): readonly boolean[] {
  const used = new Set(f.eqns.flatMap((e) => e.inputs).flatMap((v) => (v._tag === 'Var' ? [v.id] : [])))
  return f.inputs.map((v) => used.has(v.id))
}

function witness(a: Applied): Witness | undefined {
  const fixed = numberAt(a)
  const moves = a.prim.name === 'custom_root' ? parameters((a.params as unknown as { f: Jaxpr }).f) : undefined
  // Residuals of what is linear, and constants of a system, are computed from one another: they are held.
  const { residuals = 0, consts = 0 } = a.params as { residuals?: number; consts?: number }
  const held = a.prim.name === 'linear_solve' ? consts : residuals
  const free = [...new Set(a.operands.filter((x, i) => x.dtype === 'float64' && i !== fixed && i >= held && moves?.[i] !== false))]
  if (free.length === 0) return undefined
  const by = (prim: Primitive) => (...xs: readonly Tensor[]): readonly Tensor[] => {
    // One value may stand in several places: as an operand, and as what a program captured.
    const operands = a.operands.map((x, i) => (i === fixed ? np.array(0) : i >= held && free.includes(x) ? xs[free.indexOf(x)]! : x))
    const outs = ops.bind(prim, operands, a.params) as readonly Tensor[]
    return prim.name.endsWith('_record') ? outs.slice(0, -1) : outs
  }
  return { name: a.prim.name, prim: a.prim, by, args: free.map((x) => tensor({ shape: x.shape, min: -0.75, max: 0.75 })) }
}

/**
 * For each primitive that holds programs (cond, while, scan, those of their backward sweeps, checkpoint, custom rules, implicit solvers) and of
 * Taylor series one application to what varies, for `rule`: by the primitive itself, or by one of yours in its place.
 * @example check(rule(witnesses()[0].by(witnesses()[0].prim), witnesses()[0].args)[0], { numRuns: 5 }).failed // => false
 */
export function witnesses(): readonly Witness[] {
  const found: Applied[] = []
  const run = (f: (...xs: Tensor[]) => unknown, ...args: Tensor[]): unknown => {
    const { jaxpr, consts } = makeJaxpr(f as F)(...(args as [Tensor]))
    return applications(jaxpr, [...consts, ...args], found)
  }
  const x = np.array(0.5)
  for (const f of Object.values(loops)) {
    run(f as never, x)
    run((v) => np.square(grad(f)(v!) as Tensor), x)
    run((v, t) => linearize(f, [v!])[1](t as never), x, np.array(1))
    run((v) => { const g = grad((w: Tensor) => np.square(f(w))); return [g(v!), f(v!)] }, x)
  }
  for (const f of Object.values(jets)) run((v, a, b) => jet(f, [v!], [[a!, b!]]), x, np.array(1), np.array(-0.5))
  const kept = new Map<string, Applied>()
  for (const a of found) {
    const { name } = a.prim
    if (!a.prim.programs && !/^(series_(mul|div|reciprocal)|stack|unstack|prepend)$/.test(name)) continue
    const p = a.params as { checkpoint?: number; linear?: boolean }
    const kind = `${name}${p.linear === true ? ', linear' : ''}${p.checkpoint === undefined ? '' : ', checkpointed'}`
    if (!kept.has(kind)) kept.set(kind, a)
  }
  return [...kept].flatMap(([name, a]) => {
    const w = witness(a)
    return w ? [{ ...w, name }] : []
  })
}
