/** Comparison of arrays to a number of digits, relative to the largest element (absolute below 1). */
import { expect } from 'vitest'
import { np, type TensorLike } from '../../src/index'

export const close = (got: unknown, want: unknown, digits = 10): void => {
  const [a, b] = [np.asarray(got as TensorLike), np.asarray(want as TensorLike)]
  expect(a.shape).toEqual(b.shape)
  if (a.size === 0) return
  const scale = Math.max(1, Number(np.max(np.abs(b)).item()))
  expect(Number(np.max(np.abs(np.sub(a, b))).item())).toBeLessThanOrEqual(10 ** -digits * scale)
}
