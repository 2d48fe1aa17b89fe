/** Loops in loops are traced once a level, whatever their initial carries are: programs are made in a time linear in their depth. */
import { describe, expect, it } from 'vitest'
import { cond, foriLoop, grad, jit, np, scan, whileLoop, type Tensor } from 'adjoint'

let traced = 0
const leaf = (x: Tensor): Tensor => (traced++, np.sin(x))
type Nest = (depth: number) => (x: Tensor) => Tensor
const half = (x: Tensor): Tensor => np.multiply(x, 0.5)
const scans: Nest = (k) => (x) => k === 0 ? leaf(x) : scan((c: Tensor) => [np.add(c, scans(k - 1)(half(x))), null], 0, null, { length: 2 })[0] as Tensor
const counted: Nest = (k) => (x) => k === 0 ? leaf(x) : foriLoop(0, 2, (i, c: Tensor) => np.add(c, counted(k - 1)(np.multiply(x, np.add(i, 1)))), 0) as Tensor
const whiles: Nest = (k) => (x) => k === 0 ? leaf(x) : whileLoop(([i]: [Tensor, Tensor]) => np.less(i, 2), ([i, c]: [Tensor, Tensor]) => [np.add(i, 1), np.add(c, whiles(k - 1)(half(x)))] as [Tensor, Tensor], [0, 0] as never)[1] as Tensor
const mixed: Nest = (k) => (x) => k === 0 ? leaf(x) : cond(np.less(x, k), () => scan((c: Tensor) => [np.add(c, mixed(k - 1)(half(x))), null], 0, null, { length: 2 })[0], () => np.cos(x)) as Tensor

describe.each(Object.entries({ scans, counted, whiles, mixed }))('%s', (name, nest) => {
  it('is traced once', () => {
    for (const depth of [1, 3, 5]) {
      traced = 0
      jit(nest(depth)).lower(np.array(0.7))
      expect(traced).toBe(1)
      traced = 0
      jit(grad(nest(depth))).lower(np.array(0.7))
      expect(traced).toBe(1)
      traced = 0
      nest(depth)(np.array(0.7))
      expect(traced).toBe(1)
    }
  })
  it('computes what loops of JavaScript do', () => {
    const plain = (k: number, x: number): number => (k === 0 ? Math.sin(x) : name === 'counted' ? plain(k - 1, x) + plain(k - 1, 2 * x) : 2 * plain(k - 1, x / 2))
    expect(nest(3)(np.array(0.7)).item()).toBeCloseTo(plain(3, 0.7), 12)
  })
})

it('whole numbers are integers at every level where they meet integers, known or traced', () => {
  const known = np.array(3, { dtype: 'int32' })
  const sum = (k: number, by: Tensor): Tensor => k === 0 ? by : scan((c: Tensor) => [np.add(c, sum(k - 1, by)), null], 0, null, { length: 2 })[0] as Tensor
  expect(sum(3, known).dtype).toBe('int32')
  expect(sum(3, known).item()).toBe(24)
  expect((jit((x: Tensor) => sum(3, x))(known) as Tensor).dtype).toBe('int32')
  expect(sum(2, np.astype(known, 'uint32')).dtype).toBe('uint32')
  expect((jit((x: Tensor) => sum(2, x))(np.astype(known, 'uint32')) as Tensor).dtype).toBe('uint32')
  expect(sum(2, np.astype(known, 'float32')).dtype).toBe('float32')
  // What was made of an integer and a float is no integer.
  expect((scan((c: Tensor) => [np.add(c, np.multiply(known, 0.5)), null], 0, null, { length: 2 })[0] as Tensor).item()).toBe(3)
})
