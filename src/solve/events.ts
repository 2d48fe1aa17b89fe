/**
 * Events: the times at which functions of state and time change their sign along a solution.
 *
 * Law: at a time that is found the function, along the continuous solution between steps, is 0 to the last digits of the
 * time; a sign that changes an odd number of times within an eighth of a step is noticed. What is found is constant to
 * derivatives: those come from the implicit function theorem, dt/dθ = −(∂g/∂θ)/ġ, in `odeint.ts`.
 * Source: Shampine, Gladwell & Brankin 1991, "Reliable solution of special event location problems for ODEs"; Dowell &
 * Jarratt 1971 (the Illinois rule), with a bisection every third time.
 */
import { cond } from '../control/cond'
import { whileLoop } from '../control/loops'
import { abs, add, any, concatenate, cumsum, equal, full, greater, less, lessEqual, linspace, logicalAnd, logicalNot, logicalOr, min, multiply, notEqual, stack, subtract, sum, where, zeros } from '../numpy/index'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor } from '../trace/tensor'
import { jvp } from '../transforms/differentiate'
import { vmap } from '../transforms/vmap'
import { no, zeroSteps } from './carry'
import { alongStep, stepper, type Dynamics, type Position, type StepOptions } from './dormand-prince'

/** A function of state and time, and which of its zeros count. */
export interface Watched {
  readonly value: Dynamics
  /** With which the integration ends; Infinity for none. */
  readonly terminal: number
  /** 1: from negative to positive, −1: from positive to negative, 0: both. */
  readonly direction: -1 | 0 | 1
}

/** What was found; [E, n] for E functions and room for n events of each. */
export interface Found {
  readonly times: Tensor
  /** ġ there, along the solution. */
  readonly slopes: Tensor
  /** Whether there is such an event. */
  readonly used: Tensor
  /** [E]: how many there are, also where there is no room for them. */
  readonly counts: Tensor
  /** Where the integration ended. */
  readonly end: Tensor
  /** 0: at the last of the times, 1: at a terminal event, −1: it failed. */
  readonly status: Tensor
}

/** The parts of a step at whose ends signs are compared. */
const parts = 8

/** Where the values change their sign between `a` and `b`, elementwise; `wanted` are those that do. */
function zerosBetween(g: (theta: Tensor) => Tensor, wanted: Tensor, a: Tensor, b: Tensor, fa: Tensor, fb: Tensor, tiny: number): Tensor {
  const open = (s: { a: Tensor; b: Tensor; fb: Tensor }): Tensor => logicalAnd(wanted, logicalAnd(notEqual(s.fb, 0), abs(subtract(s.b, s.a)).gt(tiny)))
  return whileLoop(
    (s) => logicalAnd(less(s.k, 200), any(open(s))),
    (s) => {
      const going = open(s)
      const [rise, width] = [subtract(s.fb, s.fa), subtract(s.b, s.a)]
      const halved = logicalOr(equal(words.rem(s.k, 3), 2), equal(rise, 0))
      const c = where(halved, add(s.a, multiply(0.5, width)), subtract(s.b, multiply(s.fb, width).div(where(equal(rise, 0), 1, rise))))
      const fc = g(where(going, c, s.b))
      const same = logicalNot(logicalOr(logicalAnd(less(fc, 0), greater(s.fb, 0)), logicalAnd(greater(fc, 0), less(s.fb, 0))))
      const keep = (next: Tensor, now: Tensor): Tensor => where(going, next, now)
      return {
        k: add(s.k, 1),
        a: keep(where(same, s.a, s.b), s.a), fa: keep(where(same, multiply(0.5, s.fa), s.fb), s.fa),
        b: keep(c, s.b), fb: keep(fc, s.fb),
      }
    },
    { k: zeroSteps(), a, b, fa, fb },
  ).b
}

/** The events between begin and end, the first `room` of each function. None of the arguments may have a tangent. */
export function findEvents(f: Dynamics, watched: readonly Watched[], y0: Tensor, begin: Tensor, end: Tensor, options: StepOptions, room: number): Found {
  const { start, advance, ahead, direction } = stepper(f, y0, begin, end, options)
  const { dtype } = y0
  const count = watched.length
  const row = (xs: readonly number[]): Tensor => concatenate(xs.map((x) => full([1], x, { dtype })))
  const [limits, directions] = [row(watched.map((w) => w.terminal)), row(watched.map((w) => w.direction))]
  const marks = linspace(0, 1, parts + 1).astype(dtype)
  /** A value of each function where each of the parts of the step is done: [parts, E] to [parts, E]. */
  const along = (s: Position, value: (w: Watched, y: Tensor, t: Tensor) => Tensor) => (theta: Tensor): Tensor =>
    stack(watched.map((w, e) => vmap((x: Tensor) => {
      const { t, y } = alongStep(s, x)
      return value(w, y, t)
    })(ops.reshape(ops.slice(theta, [0, e], [parts, e + 1]), [parts]))), 1)
  const everywhere = (x: Tensor): Tensor => ops.broadcast(x, [parts, count], [0])
  const slope = (w: Watched, y: Tensor, t: Tensor): Tensor => jvp((state: Tensor, time: Tensor) => w.value(state, time), [y, t], [f(y, t), full([], 1, { dtype })])[1] as Tensor

  const book = { times: zeros([count, room], { dtype }), slopes: zeros([count, room], { dtype }), counts: zeros([count], { dtype: 'int32' }), last: end, over: no() }
  type Book = typeof book
  /** The events of one step entered into the book, in the order of time, up to the first that ends the integration. */
  const enter = (now: Book, s: Position, crossed: Tensor, values: Tensor, before: Tensor): Book => {
    const value = along(s, (w, y, t) => w.value(y, t))
    const theta = zerosBetween(value, crossed, everywhere(marks.slice([0, parts])), everywhere(marks.slice([1])), before, values, dtype === 'float32' ? 2e-7 : 4e-16)
    const at = add(s.from, multiply(theta, subtract(s.t, s.from)))
    const nth = add(now.counts, cumsum(crossed.astype('int32'), 0))
    const ending = logicalAnd(crossed, equal(nth, limits))
    const over = any(ending)
    const key = multiply(direction, at)
    const until = min(where(ending, key, Infinity))
    const kept = logicalAnd(crossed, lessEqual(key, until))
    // [parts, E, n]: which event goes where.
    const places = logicalAnd(equal(ops.reshape(subtract(nth, 1), [parts, count, 1]), ops.iota([room], 'int32', 0)), ops.reshape(kept, [parts, count, 1]))
    const entered = (old: Tensor, x: Tensor): Tensor => where(any(places, 0), sum(where(places, ops.reshape(x, [parts, count, 1]), 0), 0), old)
    return {
      times: entered(now.times, at),
      slopes: entered(now.slopes, along(s, slope)(theta)),
      counts: add(now.counts, sum(kept.astype('int32'), 0)),
      last: where(over, multiply(direction, until), now.last),
      over,
    }
  }

  const done = whileLoop(
    (c) => logicalAnd(logicalAnd(less(c.n, options.maxSteps), ahead(end, c.s.t).gt(0)), logicalNot(logicalOr(c.s.failed, c.book.over))),
    (c) => {
      const s = advance(c.s)
      const values = along(s, (w, y, t) => w.value(y, t))(everywhere(marks.slice([1])))
      const before = concatenate([c.before.reshape([1, count]), values.slice([0, parts - 1])])
      const rises = logicalAnd(less(before, 0), values.ge(0))
      const falls = logicalAnd(greater(before, 0), values.le(0))
      const taken = notEqual(s.t, c.s.t)
      const crossed = logicalAnd(taken, logicalOr(logicalAnd(rises, directions.ge(0)), logicalAnd(falls, directions.le(0))))
      const next = cond(any(crossed), enter, (now: Book) => now, c.book, s, crossed, values, before) as Book
      return { n: add(c.n, 1), s, before: where(taken, values.at(parts - 1), c.before), book: next }
    },
    { n: zeroSteps(), s: start, before: stack(watched.map((w) => w.value(y0, begin))), book },
  )
  const { times, slopes, counts, last, over } = done.book
  const short = ahead(end, done.s.t).gt(0)
  return {
    times, slopes, counts,
    used: less(ops.iota([count, room], 'int32', 1), counts.reshape([count, 1])),
    end: where(over, last, end),
    status: where(over, ops.full([], 1, 'int32'), where(short, ops.full([], -1, 'int32'), ops.full([], 0, 'int32'))),
  }
}
