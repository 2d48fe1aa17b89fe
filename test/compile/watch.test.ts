import { afterEach, describe, expect, it } from 'vitest'
import { closure } from '../../src/compile/closure/backend'
import { setWatch, watched } from '../../src/compile/watch'
import { stepwise } from '../../src/debug/stepwise'
import { aval, freshVar, lit, type Jaxpr } from '../../src/ir/types'
import { add, mul } from '../../src/primitives/elementwise/arithmetic'

const vector = aval([2], 'float64')
const [x, y, z] = [freshVar(vector), freshVar(vector), freshVar(vector)]
/** (x·x + 0.5, x, 7) */
const program: Jaxpr = {
  inputs: [x],
  constCount: 0,
  eqns: [
    { prim: mul, inputs: [x, x], params: {}, outs: [y] },
    { prim: add, inputs: [y, lit(0.5, aval([], 'float64'))], params: {}, outs: [z] },
  ],
  outs: [z, x, lit(7, aval([], 'float64'))],
}

describe('a watched backend', () => {
  afterEach(() => void setWatch(undefined))
  const kernel = watched(closure).compile(program)
  const input = Float64Array.of(1, 3)

  it('gives the same results, watched or not', () => {
    const plain = kernel.run([input])
    setWatch(stepwise)
    expect(kernel.run([input])).toEqual(plain)
    expect(plain[0]).toEqual(Float64Array.of(1.5, 9.5))
    expect(kernel.describe()).toBe(closure.compile(program).describe())
  })

  it('fills the outputs that it is given', () => {
    setWatch(stepwise)
    const out = new Float64Array(2)
    const seven = new Float64Array(1)
    const results = kernel.run([input], [out, undefined, seven])
    expect(results[0]).toBe(out)
    expect([...out, ...seven]).toEqual([1.5, 9.5, 7])
  })

  it('raises only while it watches', () => {
    const nan = Float64Array.of(1, NaN)
    expect(kernel.run([nan])[0]).toEqual(Float64Array.of(1.5, NaN))
    setWatch(stepwise)
    expect(() => kernel.run([nan])).toThrow(/a NaN appeared in equation 0 \(mul\) at \[1\].*\[ 1\. nan\]/)
  })
})
