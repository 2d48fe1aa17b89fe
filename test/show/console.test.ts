/** What Node's console prints of results that have a text: that text, and of a sparse matrix a few entries. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { debug, jit, makeJaxpr, show, sparseJacobian, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'

describe('the console', () => {
  const f = (x: Tensor): Tensor => np.sum(np.abs(x))
  const x = np.array([0, 1])
  const program = makeJaxpr(f)(x)
  const squares = (n: number): unknown => sparseJacobian((v: Tensor) => np.square(v))(np.ones(n))

  it.each([
    ['a program', program],
    ['a compiled program', jit(f).lower(x)],
    ['traces', show.trace(f)(x)],
    ['a graph', show.graph(f)(x)],
    ['costs', show.cost(f)(x)],
    ['rewrites', show.rewrites(program)],
    ['kinks', debug.kinks(f)(x)],
    ['roundoff', debug.roundoff(f)(x)],
    ['a sparse matrix', squares(2)],
  ])('prints %s as String does', (_name, value) => {
    expect(inspect(value)).toBe(String(value))
    expect(String(value)).not.toContain('[object')
    expect(Object.keys(value as object).length).toBeGreaterThan(0)
  })

  it('shows a few entries of a large matrix', () => {
    expect(inspect(squares(2))).toBe('SparseMatrix of shape [2, 2], 2 entries, float64\n  [0, 0] 2.0\n  [1, 1] 2.0')
    expect(inspect(squares(10_000)).split('\n')).toHaveLength(8)
    expect(String(sparseJacobian((v: Tensor) => np.square(v))(np.ones(1)))).toContain(', 1 entry, ')
  })
})
