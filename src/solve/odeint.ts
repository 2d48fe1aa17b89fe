/**
 * odeint: initial value problems of ordinary differential equations, their events, and the solution between the times.
 *
 * Law: derivatives are those of the solution, up to the tolerance, by the adjoint equation or by the steps; an event's time is
 * a root of g(y(t), t), and so dt/dθ = −(∂g/∂θ)/ġ.
 * Example: odeint((y) => np.negative(y), 1, [0, 1]) // => [1, 0.36787944]
 * Source: see `dormand-prince.ts`, `ode.ts`, `events.ts`; the names are those of JAX's odeint and of SciPy's solve_ivp.
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { bodyOf, whole } from '../control/body'
import { customRoot } from '../control/custom-root'
import { any, argsort, clip, concatenate, isnan, less, lessEqual, logicalOr, minimum, multiply, notEqual, searchsorted, stack, subtract, sum, take, where } from '../numpy/index'
import type { Jaxpr } from '../ir/types'
import { asTensor } from '../primitives/vocabulary/context'
import { coreContext as context, ops } from '../primitives/core'
import { isKnown, detach, type Tensor, type TensorLike } from '../trace/tensor'
import { leavesOf, unflatten } from '../transforms/arguments'
import { interpret } from '../transforms/interpret'
import { stopGradient } from '../transforms/stop-gradient'
import { vmap } from '../transforms/vmap'
import type { Lift, LiftAll, Tensors } from '../transforms/types'
import { integrate, type StepOptions } from './dormand-prince'
import { findEvents, type Watched } from './events'
import { bindOde } from './ode'
import { demandLimits, ravelFloats, vectorLike } from './ravel'

/** A function of the state, the time and the arguments of f whose zeros are events: one real number. */
export type EventFunction<Y, A extends readonly unknown[]> = (y: Tensors<Y>, t: Tensor, ...args: { [K in keyof A]: Tensors<A[K]> }) => unknown

type Field<Y, A extends readonly unknown[]> = EventFunction<Y, A>

/** Such a function, and which of its zeros count. */
export interface OdeEvent<Y, A extends readonly unknown[]> {
  readonly event: EventFunction<Y, A>
  /** The integration ends with this event; a number n: with the n-th. Default false. */
  readonly terminal?: boolean | number
  /** 1: from negative to positive along the integration, −1: from positive to negative, 0 (the default): both. */
  readonly direction?: -1 | 0 | 1
}

type Events<Y, A extends readonly unknown[]> = EventFunction<Y, A> | OdeEvent<Y, A> | readonly (EventFunction<Y, A> | OdeEvent<Y, A>)[]

export interface OdeOptions {
  /** Local errors are kept below atol + rtol·|y|. Defaults 1.4e-8 both. */
  readonly rtol?: number
  readonly atol?: number
  /** 'adjoint' (the default) solves the adjoint equation backwards; 'direct' records the steps and differentiates them. */
  readonly gradient?: 'adjoint' | 'direct'
  /** At most this many steps from one time to the next, 100 000; where they do not suffice, results are NaN. */
  readonly maxSteps?: number
}

export interface OdeSolutionOptions<Y, A extends readonly unknown[]> extends OdeOptions {
  /** A function g(y, t, ...args), {event: g, terminal, direction}, or a list of these: their zeros are reported. */
  readonly events?: Events<Y, A>
  /** How many events of each function are reported at most, 16. All are counted. */
  readonly maxEvents?: number
  /** Asks for an `OdeSolution` where there are no events. */
  readonly denseOutput?: boolean
}

/** A solution with its events, under SciPy's names. Events have the order of the list, also where one function was given. */
export interface OdeSolution<Y> {
  /** The states at the times; NaN after a terminal event. */
  readonly y: Tensors<Y>
  /** Of each event function the times, [maxEvents]; NaN where there are no more. */
  readonly tEvents: readonly Tensor[]
  /** And the states there, with a leading axis of maxEvents. */
  readonly yEvents: readonly Tensors<Y>[]
  /** How many events there are of each function, [events]; int32, without derivatives. */
  readonly eventCounts: Tensor
  /** 0: the last of the times was reached, 1: a terminal event, −1: the steps became too small, or did not suffice. */
  readonly status: Tensor
  /** The state at any times between the first and the last: integrated from the nearest before. NaN after a terminal event. */
  readonly sol: (t: TensorLike) => Tensors<Y>
}

/** A function of vector, time and arguments as a program of its constants, a vector and the time. */
type Staged = { readonly program: Jaxpr; readonly consts: readonly Tensor[] }

/** Stages functions of the state's tree as functions of its vector. */
function staging(y: Tensor, ts: Tensor, unravel: (v: Tensor) => unknown, args: readonly unknown[]): (f: (...args: never[]) => unknown, result: (r: unknown) => Tensor) => Staged {
  const leaves = leavesOf(args, 'args')
  const n = leaves.tensors.length
  return (f, result) => {
    const body = bodyOf('odeint', [...leaves.tensors.map((t) => t.aval), whole(y), whole(ts.at(0))], (t) => [
      result(f(...([unravel(t[n]!), t[n + 1]!, ...(unflatten(leaves.def, t.slice(0, n)) as unknown[])] as never[]))),
    ])
    return { program: { ...body.jaxpr, constCount: 0 }, consts: [...body.captured, ...leaves.tensors] }
  }
}

const apply = ({ program, consts }: Staged) => (y: Tensor, t: Tensor): Tensor => interpret(program, [...consts, y, t])[0] as Tensor
/** The same, as a constant to derivatives. */
const fixed = (field: Staged): ((y: Tensor, t: Tensor) => Tensor) => apply({ ...field, consts: field.consts.map((c) => stopGradient(c) as Tensor) })

interface Problem {
  readonly field: Staged
  readonly y0: Tensor
  readonly ts: Tensor
  readonly options: StepOptions
  readonly gradient: 'adjoint' | 'direct'
}

/** The states at times that increase, or decrease, from the problem's first state. */
const statesAt = ({ field, y0, options, gradient }: Problem, ts: Tensor, from = y0): Tensor =>
  gradient === 'adjoint' ? bindOde(field.program, field.consts, from, ts, options) : integrate(apply(field), from, ts, options)

/** The states at times in any order from ts[0] on, whose first is ts[0]. */
function statesInOrder(p: Problem, times: Tensor, direction: Tensor): Tensor {
  const order = argsort(multiply(direction, stopGradient(times) as Tensor))
  return take(statesAt(p, take(times, order, 0)), argsort(order), 0)
}

interface EventField extends Staged {
  readonly watched: Omit<Watched, 'value'>
}

function solutionOf(p: Problem, events: readonly EventField[], room: number, unravel: (v: Tensor) => unknown): OdeSolution<unknown> {
  const { ts, y0, options } = p
  const n = ts.size
  // `sol` reads them later.
  detach([ts, y0, ...p.field.consts])
  const still = stopGradient(ts) as Tensor
  const direction = where(less(still.at(-1), still.at(0)), -1, 1).astype(y0.dtype)
  const watched = events.map((e): Watched => ({ ...e.watched, value: fixed(e) }))
  const found = events.length === 0 ? undefined : findEvents(fixed(p.field), watched, stopGradient(y0) as Tensor, still.at(0), still.at(-1), { ...options, maxSteps: options.maxSteps * Math.max(1, n - 1) }, room)
  const end = found?.end ?? still.at(-1)
  const ahead = (t: Tensor): Tensor => multiply(direction, subtract(stopGradient(t) as Tensor, end))
  const reached = lessEqual(ahead(ts), 0)
  const clipped = where(reached, ts, end)
  const trees = (v: Tensor): unknown => vmap((x: Tensor) => unravel(x))(v)
  const masked = (keep: Tensor, v: Tensor): Tensor => where(ops.broadcast(keep, [...keep.shape, y0.size], keep.shape.map((_, i) => i)), v, NaN)

  let times: Tensor | undefined
  if (found) {
    const { used, slopes } = found
    const [guess, slope, is] = [where(used, found.times, end), where(used, slopes, 1), used].map((x) => x.reshape([events.length * room])) as [Tensor, Tensor, Tensor]
    // What vanishes at the events; where there is none, t − guess.
    const residual = (t: Tensor): Tensor => {
      const states = statesInOrder(p, concatenate([ts.slice([0, 1]), t]), direction).slice([1])
      const values = events.map((e, i) => vmap(apply(e))(states.slice([i * room, (i + 1) * room]), t.slice([i * room, (i + 1) * room])) as Tensor)
      return where(is, concatenate(values), subtract(t, guess))
    }
    times = customRoot(residual as never, guess, (() => guess) as never, ((_g: unknown, v: Tensor) => v.div(slope)) as never) as unknown as Tensor
  }
  const states = times ? statesInOrder(p, concatenate([clipped, times]), direction) : statesAt(p, ts)
  const rows = masked(reached, states.slice([0, n]))
  const status = found?.status ?? where(any(isnan(rows.at(-1))), ops.full([], -1, 'int32'), ops.full([], 0, 'int32'))
  const each = <T>(make: (used: Tensor, from: number) => T): T[] => events.map((_, i) => make(found!.used.at(i), i * room))
  const sol = (given: TensorLike): unknown => {
    const t = ops.convert(asTensor(context, given), y0.dtype)
    const flat = t.reshape([t.size])
    const last = subtract(sum(reached.astype('int32')), 1)
    const before = subtract(searchsorted(multiply(direction, still), multiply(direction, stopGradient(flat) as Tensor), 'right'), 1)
    const at = minimum(clip(before, 0, n - 1), last)
    const y = vmap((time: Tensor, i: Tensor) => statesAt(p, stack([take(ts, i), time]), take(states.slice([0, n]), i, 0)).at(1))(flat, at) as Tensor
    const live = logicalOr(notEqual(status, 1), lessEqual(ahead(flat), 0))
    const vectors = trees(masked(live, y))
    const { tensors, def } = leavesOf(vectors, 'sol')
    return unflatten(def, tensors.map((x) => x.reshape([...t.shape, ...x.shape.slice(1)])))
  }
  return {
    y: trees(rows),
    tEvents: each((used, from) => where(used, times!.slice([from, from + room]), NaN)),
    yEvents: each((used, from) => trees(masked(used, states.slice([n + from, n + from + room])))),
    eventCounts: found?.counts ?? ops.full([0], 0, 'int32'),
    status,
    sol,
  } as OdeSolution<unknown>
}

/** What an event function returns: one real number, in the dtype of the state. */
function oneNumber(at: string, result: unknown, y: Tensor): Tensor {
  const g = asTensor(context, result as TensorLike)
  if (g.ndim > 0) raise(fault('shape', `odeint: ${at} returned shape [${g.shape.join(',')}]`, 'An event function returns one number, whose zeros are the events.'))
  return ops.convert(g, y.dtype)
}

const wholeNumber = (name: string, n: number): number =>
  Number.isInteger(n) && n > 0 ? n : raise(fault('shape', `odeint: ${name} is ${shown(n)}`, 'Give a positive integer.'))

type AnyEvents = Events<unknown, readonly unknown[]>

function watchedFields(events: AnyEvents, stage: ReturnType<typeof staging>, y: Tensor): readonly EventField[] {
  const list = (Array.isArray(events) ? events : [events]) as readonly (EventFunction<unknown, readonly unknown[]> | OdeEvent<unknown, readonly unknown[]>)[]
  return list.map((given, i) => {
    const at = Array.isArray(events) ? `events[${i}]` : 'events'
    if (typeof given !== 'function') demandOptions(`odeint: ${at}`, given, ['event', 'terminal', 'direction'])
    const { event, terminal = false, direction = 0 } = typeof given === 'function' ? { event: given } : given
    if (typeof event !== 'function') raise(fault('tree', `odeint: ${at} has no function`, 'Give g(y, t, ...args), or {event: g, terminal, direction}.'))
    if (![-1, 0, 1].includes(direction)) raise(fault('shape', `odeint: ${at}.direction is ${shown(direction)}`, 'Give 1 for zeros from negative to positive, -1 for those from positive to negative, 0 for both.'))
    const limit = terminal === false ? Infinity : terminal === true ? 1 : wholeNumber(`${at}.terminal`, terminal)
    return { ...stage(event as never, (r) => oneNumber(at, r, y)), watched: { terminal: limit, direction } }
  })
}

/** Raises where known times go back and forth. */
function demandOrder(ts: Tensor): void {
  if (!isKnown(ts)) return
  const t = [...ts.data()]
  const way = (t.find((x) => x !== t[0]) ?? 0) - t[0]!
  const turn = t.findIndex((x, i) => i > 0 && (x - t[i - 1]!) * way < 0)
  if (turn > 0) raise(fault('shape', `odeint: ts goes from ${t[turn - 1]} to ${t[turn]}, the other way than before`, 'Give times that increase, or decrease, from that of y0 on: sort them first.'))
}

/**
 * The states y(ts[i]) of y' = f(y, t, ...args), y(ts[0]) = y0: the tree of y0, its leaves with a leading time axis. Times
 * increase, or decrease; traced ones are not checked. Differentiable in y0, ts, args and what f closes over, in both modes, to any order.
 *
 * With `events` or `denseOutput` an `OdeSolution`. An event is a time at which g(y, t, ...args) reaches or crosses 0 from a value that
 * is not 0, in the given direction; it is found on the continuous solution, each step of which is looked at in eight parts. Times and
 * states of events are differentiable like the solution, by what g closes over too; which events there are is not.
 * Throws `ShapeError` where f's result does not fit y0, ts is no vector of ordered times, or an event function returns more than one number.
 * @example odeint((y) => np.negative(y), 1, [0, 1]) // => [1, 0.36787944]
 * @example odeint((y) => np.negative(y), 1, [0, 2], [], { events: (y) => np.subtract(y, 0.5) }).tEvents[0].at(0) // => 0.69314718
 */
export function odeint<Y, A extends readonly unknown[] = []>(f: Field<Y, A>, y0: Y | Lift<Y>, ts: TensorLike, args?: LiftAll<A>, options?: OdeOptions): Tensors<Y>
export function odeint<Y, A extends readonly unknown[] = []>(f: Field<Y, A>, y0: Y | Lift<Y>, ts: TensorLike, args: LiftAll<A>, options: OdeSolutionOptions<Y, A>): OdeSolution<Y>
export function odeint(f: (...args: never[]) => unknown, y0: unknown, ts: TensorLike, args: readonly unknown[] = [], options: OdeSolutionOptions<unknown, readonly unknown[]> = {}): unknown {
  demandOptions('odeint', options, ['rtol', 'atol', 'gradient', 'maxSteps', 'events', 'maxEvents', 'denseOutput'])
  demandFunction('odeint', f, itself)
  if (!Array.isArray(args)) raise(fault('tree', `odeint: the arguments are ${shown(args)}`, 'Give a list: odeint(f, y0, ts, [a, b]).'))
  const [y, unravel] = ravelFloats(y0)
  const times = ops.convert(asTensor(context, ts), y.dtype)
  if (times.ndim !== 1 || times.size === 0) raise(fault('shape', `odeint: ts has shape [${times.shape.join(',')}]`, 'Give a vector of times, the first of them that of y0.'))
  demandOrder(times)
  const { gradient = 'adjoint', maxSteps = 100_000, events = [], denseOutput = false, maxEvents = 16 } = options
  const { rtol = 1.4e-8, atol = 1.4e-8 } = options
  demandLimits('odeint', { rtol, atol }, { maxSteps })
  if (gradient !== 'adjoint' && gradient !== 'direct') raise(fault('tree', `odeint: gradient is ${shown(gradient)}`, "Give 'adjoint' or 'direct'."))
  const least = y.dtype === 'float32' ? 1e-6 : 0
  const steps = { rtol: Math.max(rtol, least), atol: Math.max(atol, least), maxSteps }
  const stage = staging(y, times, unravel, args)
  const field = stage(f, (r) => vectorLike('odeint: f', r, y))
  const problem = { field, y0: y, ts: times, options: steps, gradient }
  if (options.events === undefined && !denseOutput) return vmap((v: Tensor) => unravel(v))(statesAt(problem, times))
  return solutionOf(problem, watchedFields(events, stage, y), wholeNumber('maxEvents', maxEvents), unravel)
}
