/**
 * The checker: holds a program to the rules of the IR.
 *
 * Law: every variable is bound once, before its use; a use has the aval of its binding; literals are scalars that their
 * dtype holds exactly; every shape rule, run again, gives the avals of the results (weakness aside). The same holds of
 * the programs that equations hold. Linear time; nested programs are queued, not recursed into.
 * Source: JAX's `check_jaxpr`; the fault is shown among its ten nearest equations.
 */
import { tryCatch, chain, left, right, isLeft, type Either } from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import { coerce } from '../data/dtype'
import { AdjointError, fault, shown, type Fault } from '../data/errors'
import { explain, printAval, printJaxpr } from './print'
import { isLit, sameAval, type Atom, type Aval, type Eqn, type Jaxpr, type Var } from './types'

/** What is wrong in one place, in words. */
type Checked = Either<string, void>

const ok: Checked = right(undefined)
const unless = (holds: boolean, wrong: () => string): Checked => (holds ? ok : left(wrong()))

/** The first thing that is wrong with any of the items. */
function all<A>(items: readonly A[], check: (item: A, i: number) => Checked): Checked {
  for (let i = 0; i < items.length; i++) {
    const r = check(items[i]!, i)
    if (isLeft(r)) return r
  }
  return ok
}

/** What is bound so far. */
type Scope = Map<number, Aval>

/** The place of a variable: `operand 1`. */
type Role = 'input' | 'operand' | 'result' | 'output'

const checkBinder = (scope: Scope, v: Var, role: Role, i: number): Checked => {
  if (scope.has(v.id)) return left(`${role} ${i} is bound a second time`)
  scope.set(v.id, v.aval)
  return ok
}

function checkUse(scope: Scope, a: Atom, role: Role, i: number): Checked {
  if (isLit(a)) {
    if (a.aval.shape.length > 0) return left(`${role} ${i} is a literal of type ${printAval(a.aval)}; literals have rank 0`)
    return unless(Object.is(coerce(a.aval.dtype, a.value), a.value), () => `${role} ${i} is the literal ${String(a.value)}, which no ${a.aval.dtype} is`)
  }
  const bound = scope.get(a.id)
  if (!bound) return left(`${role} ${i} is used before it is bound`)
  return unless(sameAval(bound, a.aval), () => `${role} ${i} is used as ${printAval(a.aval)}, but was bound as ${printAval(bound)}`)
}

const reason = (e: unknown): string => (e instanceof AdjointError ? e.what : e instanceof Error ? e.message : String(e))

/** The shape rule's results; a rule that throws (too few operands, say) is a fault like any other. */
const reshaped = (e: Eqn): Either<string, readonly Aval[]> =>
  pipe(
    tryCatch(() => e.prim.shape(e.inputs.map((a) => a.aval), e.params), (thrown) => `its shape rule throws: ${reason(thrown)}`),
    chain((r) => (isLeft(r) ? left(`its shape rule refuses the operands: ${r.left.what}`) : right(r.right))),
  )

const checkShapes = (e: Eqn): Checked =>
  pipe(
    reshaped(e),
    chain((avals) =>
      pipe(
        unless(avals.length === e.outs.length, () => `its shape rule gives ${avals.length} results, the equation has ${e.outs.length}`),
        chain(() => all(e.outs, (o, i) => unless(sameAval(o.aval, avals[i]!), () => `result ${i} is ${printAval(o.aval)}, its shape rule says ${printAval(avals[i]!)}`))),
      ),
    ),
  )

/** A call's operands and results must be those of the program that it stands for. */
function checkCall(e: Eqn, callee: Jaxpr): Checked {
  const show = (atoms: readonly Atom[]): string => atoms.map((a) => printAval(a.aval)).join(' ')
  const fit = (mine: readonly Atom[], theirs: readonly Atom[]): boolean => mine.length === theirs.length && mine.every((a, i) => sameAval(a.aval, theirs[i]!.aval))
  return pipe(
    unless(fit(e.inputs, callee.inputs), () => `its operands are ${show(e.inputs)}, the program that it calls takes ${show(callee.inputs)}`),
    chain(() => unless(fit(e.outs, callee.outs), () => `its results are ${show(e.outs)}, the program that it calls gives ${show(callee.outs)}`)),
  )
}

/** One equation; the programs that it holds are added to the queue. */
const checkEqn = (scope: Scope, e: Eqn, enqueue: (p: Jaxpr) => void): Checked =>
  pipe(
    all(e.inputs, (a, i) => checkUse(scope, a, 'operand', i)),
    chain(() => checkShapes(e)),
    chain(() => {
      e.prim.programs?.(e.params).forEach(enqueue)
      const callee = e.prim.inline?.(e.params)
      if (!callee) return ok
      enqueue(callee)
      return checkCall(e, callee)
    }),
    chain(() => all(e.outs, (o, i) => checkBinder(scope, o, 'result', i))),
  )

const advice = 'Programs that adjoint builds obey these rules: look at the pass, rule or code that made this one.'

/** A program by itself, without those that it holds. */
function checkOne(jaxpr: Jaxpr, enqueue: (p: Jaxpr) => void): Either<Fault, Jaxpr> {
  const scope: Scope = new Map()
  const whole = (wrong: string): Either<Fault, never> => left(fault('compile', `invalid program: ${wrong}`, `${advice}\n${printJaxpr(jaxpr)}`))
  const { constCount, inputs } = jaxpr
  if (!Number.isInteger(constCount) || constCount < 0 || constCount > inputs.length) return whole(`${constCount} of its ${inputs.length} inputs are captured values`)
  const inputsChecked = all(inputs, (v, i) => checkBinder(scope, v, 'input', i))
  if (isLeft(inputsChecked)) return whole(inputsChecked.left)
  for (let i = 0; i < jaxpr.eqns.length; i++) {
    const e = jaxpr.eqns[i]!
    const r = checkEqn(scope, e, enqueue)
    if (isLeft(r)) return left(fault('compile', `invalid program: equation ${i} (${e.prim.name}): ${r.left}`, `${advice}\n${explain(jaxpr, i, r.left)}`))
  }
  const outs = all(jaxpr.outs, (a, i) => checkUse(scope, a, 'output', i))
  return isLeft(outs) ? whole(outs.left) : right(jaxpr)
}

/** The program itself if it and all programs inside it obey the rules; otherwise the first fault. */
export function checkJaxpr(jaxpr: Jaxpr): Either<Fault, Jaxpr> {
  const { inputs, eqns, outs } = Object(jaxpr) as Partial<Jaxpr>
  if (![inputs, eqns, outs].every(Array.isArray)) return left(fault('compile', `invalid program: ${shown(jaxpr)} has no inputs, eqns and outs`, 'Give the jaxpr of what makeJaxpr returns.'))
  const queue = new Set<Jaxpr>([jaxpr])
  for (const p of queue) {
    const r = checkOne(p, (inner) => void queue.add(inner))
    if (isLeft(r)) return r
  }
  return right(jaxpr)
}
