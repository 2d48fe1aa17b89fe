/** The benches' own laws: what is timed computes what the hand computes, and the comparison would notice if not. */
import { describe, expect, it } from 'vitest'
import { svg } from './chart'
import { backendNames, distance, eager, ours, rawKernel } from './contenders'
import { perceptron, recurrent } from './networks'
import { compared } from './rounds'
import { banana, bodies, hessians, logistic, logsumexp, mapReduce, product, scalar, sparseHessians } from './workloads'

const small = [() => scalar(), () => banana(7), () => mapReduce(33), () => logistic(20, 3), () => logsumexp(9), () => bodies(5), () => hessians(6), () => sparseHessians(6), () => product(10), () => recurrent(false, 5, 3), () => recurrent(true, 5, 3), () => perceptron(true)]

describe('workloads', () => {
  it.each(small.map((make) => ({ make, name: make().name })))('$name: every contender computes what the hand computes', ({ make }) => {
    const w = make()
    const want = w.hand.all()
    for (const c of [...backendNames.map((b) => ours(make(), b)), rawKernel(make()), eager(make())]) {
      expect({ [c.name]: distance(c.results(c.all()), want) <= c.tolerance }).toEqual({ [c.name]: true })
      if (c.value && w.id !== 'W1') expect(Math.abs(Number(c.results(c.value()).map((x) => (typeof x === 'number' ? x : x[0]!))[0]) - w.hand.value!())).toBeLessThanOrEqual(c.tolerance * Math.abs(w.hand.value!()))
    }
  })
  it('other numbers, lengths and NaN are seen', () => {
    expect(distance([1, [1, 2]], [1, [1, 2]])).toBe(0)
    expect(distance([1, [1, 2.5]], [1, [1, 2]])).toBe(0.25)
    expect(distance([1], [1, [1, 2]])).toBe(Infinity)
    expect(distance([1, [1]], [1, [1, 2]])).toBe(Infinity)
    expect(distance([NaN, [1, 2]], [1, [1, 2]])).toBe(NaN)
    expect(distance([1, [NaN, 2]], [1, [1, 2]])).toBe(NaN)
  })
})

describe('report', () => {
  it('all candidates are run, the least time is not above the median', () => {
    const ran = [0, 0]
    const times = compared([() => ran[0]!++, () => ran[1]!++], { warm: 1, turn: 1, all: 10 })
    expect(times.every((t) => t.least >= 0 && t.least <= t.median) && ran.every((n) => n > 10)).toBe(true)
  })
  it('a chart has a bar for each value', () => {
    const text = svg({ title: 'a < b', series: ['x', 'y'], rows: [{ name: 'one', values: [1, undefined] }, { name: 'two', values: [0.1, 1000] }], shown: String })
    expect(text.match(/<rect x="330"/g)).toHaveLength(3 + 1)
    expect(text).toContain('a &lt; b')
  })
})
