import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { grad, jit, NaNError, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { nans } from 'adjoint/debug'

/** The NaN error that f throws. */
const nanOf = (f: () => unknown): NaNError => {
  try {
    f()
  } catch (e) {
    expect(e).toBeInstanceOf(NaNError)
    return e as NaNError
  }
  throw new Error('nothing was thrown')
}

describe('debug.nans', () => {
  beforeEach(() => void nans(true))
  afterEach(() => void nans(false))

  it('says what it was', () => {
    expect(nans(false)).toBe(true)
    expect(nans(true)).toBe(false)
  })

  it('names the operation, its operands and the line', () => {
    const e = nanOf(() => np.log(-1))
    expect(e.code).toBe('nan')
    expect(e.what).toMatch(/^a NaN appeared in equation 0 \(log\), from .*nans\.test\.ts:\d+:\d+; its operands: -1\.0$/)
    expect(e.fix).toContain('b:f64[] = log a\n    ^^^ a NaN appears here')
  })

  it('names the element', () => {
    expect(nanOf(() => np.sqrt(np.array([[1, 2], [3, -4]]))).what).toContain('(sqrt) at [1, 1]')
  })

  it('names the equation of a compiled function among its neighbours, and the line inside it', () => {
    const f = jit((x: Tensor) => {
      const y = np.multiply(x, 2)
      return np.sum(np.log(y))
    })
    expect(Number(f(np.array([1, 2])))).toBeCloseTo(Math.log(8))
    const e = nanOf(() => f(np.array([1, -2])))
    expect(e.what).toContain('equation 1 (log) at [1]')
    expect(e.fix).toContain('let\n    b:f64[2] = mul a 2.0:f64[]\n    c:f64[2] = log b\n    ^^^ a NaN appears here\n    d:f64[] = reduce_sum[axes=(0,)] c\n')
    const line = (s: string): number => Number(/nans\.test\.ts:(\d+)/.exec(s)![1])
    const here = line(new Error().stack!)
    expect(here - line(e.what)).toBe(7)
  })

  it('watches functions that were compiled before', () => {
    nans(false)
    const f = jit((x: Tensor) => np.sqrt(x))
    expect(Number(f(-1))).toBeNaN()
    nans(true)
    expect(nanOf(() => f(-1)).what).toMatch(/\(sqrt\), from .*nans\.test\.ts/)
  })

  it('finds the NaN of a gradient whose value is finite', () => {
    const f = (x: Tensor): Tensor => np.sum(np.multiply(np.sqrt(x), np.multiply(x, 0)))
    expect(Number(f(np.zeros(2)))).toBe(0)
    const e = nanOf(() => grad(f)(np.zeros(2)))
    expect(e.what).toMatch(/\(mul\) at \[0\], from .*nans\.test\.ts.*; its operands: \[0\. 0\.\], \[inf inf\]$/)
  })

  it('tells functions of one structure apart by their lines', () => {
    const first = (x: Tensor): Tensor => np.multiply(np.sqrt(x), x)
    const second = (x: Tensor): Tensor => np.multiply(np.sqrt(x), x)
    const line = (f: typeof first): number => Number(/nans\.test\.ts:(\d+)/.exec(nanOf(() => grad(f)(-1)).what)![1])
    expect(line(second) - line(first)).toBe(1)
  })

  it('reaches through vmap and calls inside calls', () => {
    const inner = jit((x: Tensor) => np.log(x))
    const e = nanOf(() => jit(vmap((x: Tensor) => np.add(inner(x), 1)))(np.array([1, 0.5, -3])))
    expect(e.what).toMatch(/\(log\) at \[2\], from .*nans\.test\.ts/)
  })

  it('says when an operand held the NaN already', () => {
    const e = nanOf(() => np.add(np.array([1, NaN]), 1))
    expect(e.fix).toMatch(/^An operand holds a NaN already/)
  })

  it('lets everything else be', () => {
    const f = (x: Tensor): Tensor[] => [np.isnan(x), np.sin(x), np.divide(1, x)]
    expect(jit(f)(np.array([0, 1])).map((y) => y.toArray())).toEqual([[false, false], [0, Math.sin(1)], [Infinity, 1]])
    expect(jit(() => 3)().item()).toBe(3)
  })
})
