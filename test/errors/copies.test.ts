/** A tensor of another copy of the package is said to be one. */
import { expect, it, vi } from 'vitest'
import { np } from '../../src/index'

it('names the other copy of the package', async () => {
  vi.resetModules()
  const other = await import('../../src/index')
  expect(other.np).not.toBe(np)
  expect(() => np.sin(other.np.array([1]) as never)).toThrow(/got Tensor of another copy of the package\n/)
})
