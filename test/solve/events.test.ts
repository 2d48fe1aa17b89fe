/** Events of initial value problems against closed forms: times, states, derivatives in both modes; the solution in between. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, np, scan, vmap, type Tensor } from '../../src/index'
import { odeint, root, type OdeEvent } from '../../src/solve/index'
import { check, rule, tensor } from '../../laws/index'
import { close } from './close'

interface Ball {
  h: Tensor
  v: Tensor
}
const g = 9.81
const fall = (s: Ball): Ball => ({ h: s.v, v: np.array(-g) })
const ground: OdeEvent<Ball, []> = { event: (s) => s.h, terminal: true, direction: -1 }

interface Spring {
  x: Tensor
  v: Tensor
}
const spring = (s: Spring, _t: Tensor, k: Tensor): Spring => ({ x: s.v, v: np.multiply(k, s.x).neg() })
const present = (t: Tensor): number[] => (t.toArray() as number[]).filter((x) => !Number.isNaN(x))

describe('events', () => {
  it('are crossings of a spring through rest and through its turning points', () => {
    const events = [(s: Spring) => s.x, { event: (s: Spring) => s.x, direction: 1 }, { event: (s: Spring) => s.x, direction: -1 }, (s: Spring) => s.v, (_s: Spring, t: Tensor) => np.subtract(t, 2.5)] as const
    const r = odeint(spring, { x: 1, v: 0 }, [0, 4, 10], [1], { events })
    const pi = Math.PI
    close(present(r.tEvents[0]!), [pi / 2, (3 * pi) / 2, (5 * pi) / 2], 6)
    close(present(r.tEvents[1]!), [(3 * pi) / 2], 6)
    close(present(r.tEvents[2]!), [pi / 2, (5 * pi) / 2], 6)
    // v = 0 at the beginning is no event.
    close(present(r.tEvents[3]!), [pi, 2 * pi, 3 * pi], 6)
    close(present(r.tEvents[4]!), [2.5], 12)
    expect(r.eventCounts.toArray()).toEqual([3, 1, 2, 3, 1])
    expect(r.status.item()).toBe(0)
    close((r.yEvents[3] as unknown as Spring).x.slice([0, 3]), [-1, 1, -1], 6)
    close(r.y.x, [1, Math.cos(4), Math.cos(10)], 6)
  })

  it('end the integration where they are terminal, and what comes after is NaN', () => {
    const r = odeint(fall, { h: 10, v: 0 }, [0, 1, 2, 3], [], { events: [ground, { event: (s) => np.subtract(s.h, 1) }, (_s, t) => np.subtract(t, 2)] })
    const landing = Math.sqrt(20 / g)
    expect(r.status.item()).toBe(1)
    expect(r.eventCounts.toArray()).toEqual([1, 1, 0])
    close(r.tEvents[0]!.at(0), landing, 12)
    close(r.tEvents[1]!.at(0), Math.sqrt(18 / g), 12)
    close(r.yEvents[0]!.v.at(0), -g * landing, 12)
    expect(r.y.h.toArray()).toEqual([10, expect.closeTo(10 - g / 2, 10), NaN, NaN])
    close(r.sol(0.7).h, 10 - (g * 0.49) / 2, 12)
    expect(r.sol([1.4, 1.5]).h.toArray()).toEqual([expect.closeTo(10 - g * 0.98, 10), NaN])
    // With the second of three.
    const second = odeint(spring, { x: 1, v: 0 }, [0, 10], [4], { events: { event: (s) => s.x, terminal: 2 } })
    close(present(second.tEvents[0]!), [Math.PI / 4, (3 * Math.PI) / 4], 6)
    expect(second.y.x.toArray()).toEqual([1, NaN])
  })

  it('follow time where it decreases', () => {
    const r = odeint((y: Tensor) => y.neg(), 1, [0, -1, -3], [], { events: [{ event: (y) => np.subtract(y, 4), direction: 1, terminal: true }, { event: (y) => np.subtract(y, 2), direction: -1 }] })
    close(present(r.tEvents[0]!), [-Math.log(4)], 7)
    expect(present(r.tEvents[1]!)).toEqual([])
    expect(r.y.toArray()).toEqual([1, expect.closeTo(Math.E, 6), NaN])
    close(r.sol([-0.5, -1]), [Math.exp(0.5), Math.E], 6)
  })

  it('are counted beyond the room that they have', () => {
    const r = odeint((_y: Tensor, t: Tensor) => np.cos(t), 0, [0, 20], [], { events: (y) => np.subtract(y, 0.5), maxEvents: 2 })
    close(r.tEvents[0], [Math.PI / 6, (5 * Math.PI) / 6], 6)
    expect(r.eventCounts.toArray()).toEqual([7])
  })

  it('are seen where a long step crosses twice', () => {
    // The method is exact for a parabola, so that the step is as long as the whole flight.
    const r = odeint(fall, { h: 0, v: 10 }, [0, 2], [], { events: (s) => np.subtract(s.h, 4) })
    close(present(r.tEvents[0]!), [-1, 1].map((s) => (10 + s * Math.sqrt(100 - 8 * g)) / g), 10)
  })

  it('say that an integration failed, and give the events before', () => {
    const r = odeint((y: Tensor) => np.square(y), 1, [0, 2], [], { events: (y) => np.subtract(y, 10) })
    expect(r.status.item()).toBe(-1)
    close(present(r.tEvents[0]!), [0.9], 6)
    expect(odeint((y: Tensor) => np.square(y), 1, [0, 2], [], { denseOutput: true }).status.item()).toBe(-1)
  })

  it('are the zeros of any function', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { minLength: 1, maxLength: 4 }), (at) => {
        const roots = [...new Set(at.map((x) => Math.round(x * 20) / 20 + 1e-3))].sort((a, b) => a - b)
        const r = odeint((y: Tensor) => np.cos(y), 0.3, np.linspace(0, 4, 41), [], { events: (_y, t) => roots.map((x) => np.subtract(t, x)).reduce((p, q) => np.multiply(p, q)) })
        close(present(r.tEvents[0]!), roots, 9)
      }),
      { numRuns: 20 },
    )
  })

  it('in float32', () => {
    const r = odeint((y: Tensor) => y.neg(), np.array(1, { dtype: 'float32' }), [0, 2], [], { events: (y) => np.subtract(y, 0.5) })
    expect(r.tEvents[0]!.dtype).toBe('float32')
    close(present(r.tEvents[0]!), [Math.LN2], 5)
  })

  it('say what does not fit', () => {
    const ask = (events: unknown, more: object = {}) => () => odeint((y: Tensor) => y, np.ones(2), [0, 1], [], { events: events as never, ...more })
    expect(ask((y: Tensor) => y)).toThrow(/odeint: events returned shape \[2\]/)
    expect(ask([(y: Tensor) => y.at(0), { terminal: true }])).toThrow(/odeint: events\[1\] has no function/)
    expect(ask({ event: (y: Tensor) => y.at(0), direction: 2 })).toThrow(/odeint: events.direction is 2/)
    expect(ask({ event: (y: Tensor) => y.at(0), terminal: 0 })).toThrow(/odeint: events.terminal is 0/)
    expect(ask((y: Tensor) => y.at(0), { maxEvents: 1.5 })).toThrow(/odeint: maxEvents is 1.5/)
  })
})

describe.each(['adjoint', 'direct'] as const)('derivatives of events, by the %s gradient', (gradient) => {
  /** Time and velocity of a landing from height h under gravity a; the ground is at b. */
  const landing = (h: Tensor, a: Tensor, b: Tensor): Tensor => {
    const r = odeint((s: Ball) => ({ h: s.v, v: a.neg() }), { h, v: 0 }, [0, 1, 3], [], { gradient, events: { event: (s: Ball) => np.subtract(s.h, b), terminal: true } })
    return np.stack([r.tEvents[0]!.at(0), r.yEvents[0]!.v.at(0)])
  }
  const exact = (h: Tensor, a: Tensor, b: Tensor): Tensor => np.stack([np.sqrt(np.multiply(2, h.sub(b)).div(a)), np.sqrt(np.multiply(2, h.sub(b)).mul(a)).neg()])
  const at = [10, g, 0.5].map((x) => np.array(x)) as [Tensor, Tensor, Tensor]
  const all = { argnums: [0, 1, 2] } as const

  it('are those of the closed form, in both modes, compiled and mapped', () => {
    const want = jacrev(exact, all)(...at)
    for (const got of [jacrev(landing, all)(...at), jacfwd(landing, all)(...at), jit(jacrev(landing, all))(...at)]) got.forEach((j, i) => close(j, want[i], 9))
    const heights = np.array([10, 3, 20])
    close(vmap((h: Tensor) => landing(h, at[1], at[2]))(heights), vmap((h: Tensor) => exact(h, at[1], at[2]))(heights), 9)
    close(vmap(grad((h: Tensor) => landing(h, at[1], at[2]).at(0)))(heights), vmap(grad((h: Tensor) => exact(h, at[1], at[2]).at(0)))(heights), 9)
    close(jit(vmap(jacfwd((h: Tensor) => landing(h, at[1], at[2]))))(heights), vmap(jacfwd((h: Tensor) => exact(h, at[1], at[2])))(heights), 9)
  })

  it('have derivatives of their own', () => {
    const second = (f: typeof landing) => hessian((x: Tensor) => np.sum(f(x.at(0), x.at(1), x.at(2))))(np.array([10, g, 0.5]))
    close(second(landing), second(exact), 8)
  })

  it('go by arguments, the first state and the first time, through all events of all functions', () => {
    // x = cos(w (t − t₀)): crossings of c at t₀ + (2πk ± arccos c)/w.
    const crossings = (w: Tensor, t0: Tensor, c: Tensor): Tensor => {
      const r = odeint(spring, { x: 1, v: 0 }, np.stack([t0, t0.add(3), t0.add(8)]), [np.square(w)], { gradient, maxEvents: 8, events: [(s: Spring) => np.subtract(s.x, c), (s: Spring) => s.v] })
      return np.concatenate([r.tEvents[0]!.slice([0, 4]), r.tEvents[1]!.slice([0, 3]), r.y.x.slice([1])])
    }
    const closed = (w: Tensor, t0: Tensor, c: Tensor): Tensor => {
      const a = np.arccos(c)
      const turn = 2 * Math.PI
      const phases = [a, np.subtract(turn, a), np.add(turn, a), np.subtract(2 * turn, a), ...[turn / 2, turn, 1.5 * turn].map((x) => np.array(x))]
      return np.concatenate([np.add(t0, np.stack(phases).div(w)), np.cos(np.multiply(w, np.array([3, 8])))])
    }
    const point = [1.4, 0.3, 0.2].map((x) => np.array(x)) as [Tensor, Tensor, Tensor]
    close(crossings(...point), closed(...point), 6)
    const want = jacrev(closed, all)(...point)
    for (const got of [jacrev(crossings, all)(...point), jacfwd(crossings, all)(...point)]) got.forEach((j, i) => close(j, want[i], 5.5))
  })

  it('pass the solution between the times', () => {
    const f = (t: Tensor, k: Tensor): Tensor => odeint((y: Tensor) => y.mul(k), 1, [0, 1, 2], [], { gradient, denseOutput: true }).sol(t)
    const [t, k] = [np.array([0.4, 1, 1.7]), np.array(0.5)]
    close(f(t, k), np.exp(t.mul(k)), 7)
    close(jacrev(f, { argnums: 1 })(t, k), t.mul(np.exp(t.mul(k))), 7)
    close(np.diag(jacfwd(f)(t, k) as Tensor), k.mul(np.exp(t.mul(k))), 7)
  })
})

describe('laws of an event’s time, by its steps', () => {
  // y = y₀ exp(k t) reaches 3.
  const time = (y0: Tensor, k: Tensor): Tensor =>
    odeint((y: Tensor) => y.mul(k), y0, [0, 9], [], { gradient: 'direct', maxEvents: 1, events: { event: (y: Tensor) => np.subtract(y, 3), terminal: true } }).tEvents[0]!.at(0)
  it.each(rule(time, [tensor({ shape: [], min: 0.5, max: 2 }), tensor({ shape: [], min: 0.5, max: 2 })], { order: 1 }).map((law) => [law.name, law] as const))('%s', (_name, law) => {
    expect(check(law, { numRuns: 3 })).toMatchObject({ failed: false })
  })
})

it('a ball bounces: times of all bounces, and their gradients', () => {
  // With the speed times e at each bounce, the n-th is at √(2h/g) (1 + 2e + … + 2eⁿ⁻¹).
  const bounces = (h: Tensor, e: Tensor): Tensor =>
    scan(
      (s: { t: Tensor; h: Tensor; v: Tensor }) => {
        const r = odeint(fall, { h: s.h, v: s.v }, [0, 10], [], { events: ground, maxEvents: 1 })
        const t = np.add(s.t, r.tEvents[0]!.at(0))
        return [{ t, h: np.array(0), v: np.multiply(e, r.yEvents[0]!.v.at(0)).neg() }, t] as const
      },
      { t: np.array(0), h, v: np.array(0) },
      null,
      { length: 5 },
    )[1]
  const exact = (h: Tensor, e: Tensor): Tensor =>
    np.stack([0, 1, 2, 3, 4].map((n) => np.multiply(np.sqrt(np.multiply(2 / g, h)), Array.from({ length: n }, (_, k) => np.multiply(2, np.power(e, k + 1))).reduce((a, b) => np.add(a, b), np.array(1)))))
  const at = [np.array(2), np.array(0.8)] as const
  close(bounces(...at), exact(...at), 9)
  for (const argnums of [0, 1]) {
    close(jacrev(bounces, { argnums })(...at), jacrev(exact, { argnums })(...at), 8)
    close(jacfwd(bounces, { argnums })(...at), jacfwd(exact, { argnums })(...at), 8)
  }
})

it('an event is the root along the solution', () => {
  const by = (find: (h: Tensor) => Tensor) => [find(np.array(10)), grad(find)(10)]
  const event = by((h) => odeint(fall, { h, v: 0 }, [0, 2], [], { events: ground }).tEvents[0]!.at(0))
  const rooted = by((h) => root((t: Tensor) => odeint(fall, { h, v: 0 }, np.stack([np.array(0), t])).h.at(1), 1))
  event.forEach((x, i) => close(x, rooted[i], 9))
})
