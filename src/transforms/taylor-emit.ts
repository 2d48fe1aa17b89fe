/**
 * Taylor mode: a program interpreted over jets, values with the coefficients of their path (one array a value).
 *
 * Law: coefficient k of each result is that of the composition. Linear primitives act on all coefficients by their batch
 * rule; bilinear ones by Cauchy products, (d + 1)(d + 2)/2 of them; others by their `taylor` rule, or by their jvp rule.
 * Source: Griewank & Walther 2008, chapter 13; Bettencourt, Johnson & Duvenaud 2019.
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { sameShape } from '../data/shape'
import { identity } from '../ir/fingerprint'
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import { isLit, type Eqn, type Jaxpr, type JetLike, type Params, type Primitive } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import { integral, Jet, part } from '../primitives/taylor/jets'
import { taylorRuleOf } from '../primitives/taylor/table'
import { coreOps } from '../primitives/core'
import { emitBatch } from './batch'
import { Environment, literal } from './interpret'
import { callKey, tangentProgram, type TangentProgram } from './taylor-rule'

/** What has been expanded already: rules that call one another (sin and cos of a user's own) are not expanded twice. */
type Memory = Map<string, readonly Jet[]>

const asJet = (j: JetLike): Jet => (j instanceof Jet ? j : Jet.of(coreOps, j.primal, j.series, j.order))

/** The linear operands, if the primitive is linear in all that move together. */
function isLinearIn(prim: Primitive, moving: readonly number[]): boolean {
  if (prim.transpose === 'nonlinear') return false
  if (!prim.linear) return true
  return 'joint' in prim.linear ? moving.every((i) => prim.linear && 'joint' in prim.linear && prim.linear.joint.includes(i)) : moving.length === 1 && prim.linear.each.includes(moving[0]!)
}

const isBilinearIn = (prim: Primitive, moving: readonly number[]): boolean =>
  moving.length === 2 && prim.linear !== undefined && 'each' in prim.linear && moving.every((i) => prim.linear && 'each' in prim.linear && prim.linear.each.includes(i))

/** One equation over jets. */
function liftEqn(prim: Primitive, params: Params, operands: readonly Jet[], order: number, memory: Memory): readonly Jet[] {
  const moving = operands.flatMap((o, i) => (!o.constant && isFloat(o.primal.aval.dtype) ? [i] : []))
  const primals = operands.map((o) => o.primal)
  if (moving.length === 0 || order === 0) return coreOps.bind(prim, primals, params).map((y) => Jet.constant(coreOps, y, order))
  if (prim.taylorProgram) return prim.taylorProgram(operands, order, params).map(asJet)
  const outs = coreOps.bind(prim, primals, params)
  if (outs.every((y) => !isFloat(y.aval.dtype))) return outs.map((y) => Jet.constant(coreOps, y, order))
  if (!isLinearIn(prim, moving)) {
    const rule = taylorRuleOf(prim)
    if (rule) return rule(coreOps, operands, outs, params).map((c, i) => checked(prim, outs[i]!, c, order))
    if (isBilinearIn(prim, moving)) return [cauchy(prim, params, operands, moving, outs[0]!, order)]
  }
  const mask = operands.map((_, i) => moving.includes(i))
  const j = tangentProgram(prim, primals.map((p) => p.aval), outs.map((y) => y.aval), params, mask)
  if (j.rigid) return rigid(j, operands, outs, moving, order)
  return j.readsResults ? implicit(j, operands, outs, moving, order, memory) : explicit(j, operands, outs, moving, order, memory)
}

/** What a rule returned for a result. */
function checked(prim: Primitive, y: Value, coefficients: Value, order: number): Jet {
  if (isZero(coefficients)) return Jet.constant(coreOps, y, order)
  const want = [order + 1, ...y.aval.shape]
  if (!sameShape(coefficients.aval.shape, want))
    raise(fault('custom-rule', `the taylor rule of ${prim.name} gave shape [${coefficients.aval.shape.join(',')}], expected [${want.join(',')}]`, 'A taylor rule returns all coefficients, 0 to d, along the leading axis.'))
  return Jet.whole(coreOps, coefficients, y)
}

/** Results in their places: those that have coefficients, and those that are constant. */
function placed(j: TangentProgram, outs: readonly Value[], order: number, make: (y: Value, k: number) => Jet): Jet[] {
  let next = 0
  return outs.map((y, i) => (j.varies[i] ? make(y, next++) : Jet.constant(coreOps, y, order)))
}

/** J is constant: each coefficient of the operands goes through it, all in one batch. */
function rigid(j: TangentProgram, operands: readonly Jet[], outs: readonly Value[], moving: readonly number[], order: number): readonly Jet[] {
  const fixed = [...j.captured, ...operands.map((o) => o.primal), ...outs].map((value) => ({ value, batched: false }))
  const tails = moving.map((i) => ({ value: operands[i]!.series, batched: true }))
  const lanes = emitBatch(j.jaxpr, [...fixed, ...tails], order)
  return placed(j, outs, order, (y, k) => {
    const l = lanes[k]!
    const tail = l.batched || isZero(l.value) ? l.value : coreOps.broadcast(l.value, [order, ...y.aval.shape], y.aval.shape.map((_, a) => a + 1))
    return Jet.of(coreOps, y, tail, order)
  })
}

/** Σ B(xⱼ, yₖ₋ⱼ): for each j one batch of products with all coefficients of y that matter. */
function cauchy(prim: Primitive, params: Params, operands: readonly Jet[], [a, b]: readonly number[], z: Value, order: number): Jet {
  if (prim.batch === 'elementwise') raise(fault('custom-rule', `${prim.name} is elementwise and bilinear, and has no taylor rule`, 'Give it one: ops.bind it on spread operands, or write it with np.multiply.'))
  const batch = prim.batch
  const [x, y] = [operands[a!]!, operands[b!]!]
  const { shape } = z.aval
  let sum: Value | undefined
  for (let i = 0; i <= order; i++) {
    const xi = i === 0 ? x.primal : coreOps.reshape(part(coreOps, x.series, i - 1, i), x.primal.aval.shape)
    const n = order + 1 - i
    const values = operands.map((o, k) => (k === a ? xi : k === b ? part(coreOps, y.whole, 0, n) : o.primal))
    const [piece] = batch(coreOps, values, operands.map((_, k) => k === b), params, n)
    sum = sum === undefined ? piece! : coreOps.accumulateAt(sum, piece!, [i, ...shape.map(() => 0)], [1, ...shape.map(() => 1)])
  }
  return Jet.whole(coreOps, sum!, z)
}

const inputsOf = (j: TangentProgram, operands: readonly Jet[], outs: readonly Jet[], moving: readonly number[], order: number): Jet[] => [
  ...j.captured.map((c) => Jet.constant(coreOps, c, order)),
  ...operands.map((o) => o.to(order)),
  ...outs.map((y) => y.to(order)),
  ...moving.map((i) => operands[i]!.to(order + 1).derivative),
]

/** y′ = J(x) x′: J x′ to one order less, integrated. */
function explicit(j: TangentProgram, operands: readonly Jet[], outs: readonly Value[], moving: readonly number[], order: number, memory: Memory): readonly Jet[] {
  const heads = outs.map((y) => Jet.constant(coreOps, y, order))
  const slopes = run(j.jaxpr, inputsOf(j, operands, heads, moving, order - 1), order - 1, memory)
  return placed(j, outs, order, (y, k) => integral(coreOps, y, slopes[k]!))
}

/** y′ = J(x, y) x′: each sweep finds one coefficient more. Quadratic primitives have a rule of their own instead. */
function implicit(j: TangentProgram, operands: readonly Jet[], outs: readonly Value[], moving: readonly number[], order: number, memory: Memory): readonly Jet[] {
  let ys = outs.map((y) => Jet.constant(coreOps, y, 0))
  for (let m = 0; m < order; m++) {
    const slopes = run(j.jaxpr, inputsOf(j, operands, ys, moving, m), m, memory)
    ys = placed(j, outs, m + 1, (y, k) => integral(coreOps, y, slopes[k]!))
  }
  return ys
}

const simple = (prim: Primitive): boolean => taylorRuleOf(prim) !== undefined || prim.taylorProgram !== undefined || prim.transpose !== 'nonlinear'

function run(jaxpr: Jaxpr, inputs: readonly Jet[], order: number, memory: Memory): Jet[] {
  const flat = inlined(jaxpr)
  const env = new Environment<Jet>((value, a) => Jet.constant(coreOps, literal(value, a), order), flat)
  flat.inputs.forEach((v, i) => env.write(v, inputs[i]!))
  for (const e of located(flat.eqns)) {
    const outs = lifted(e, env, order, memory)
    e.outs.forEach((o, i) => env.write(o, outs[i]!))
  }
  return flat.outs.map((a) => env.read(a))
}

function lifted(e: Eqn, env: Environment<Jet>, order: number, memory: Memory): readonly Jet[] {
  const operands = e.inputs.map((a) => env.read(a))
  if (simple(e.prim)) return liftEqn(e.prim, e.params, operands, order, memory)
  const key = callKey(e.prim, e.params, operands.map((o, i) => (isLit(e.inputs[i]!) ? `$${(e.inputs[i] as { value: number }).value}` : String(identity(o)))), order)
  const before = memory.get(key)
  if (before) return before
  const outs = liftEqn(e.prim, e.params, operands, order, memory)
  memory.set(key, outs)
  return outs
}

/** Emits the Taylor expansion of a program into the open trace: jets of its results, from those of its inputs. */
export const emitTaylor = (jaxpr: Jaxpr, inputs: readonly JetLike[], order: number): Jet[] => run(jaxpr, inputs.map(asJet), order, new Map())
