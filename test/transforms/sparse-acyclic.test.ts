/** Acyclic colourings: two colours never make a cycle, and substitution gives back every entry. */
import { array, assert, boolean, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, hessian, jit, jvp, np, sparseHessian, vjp, vmap, type SparseMatrix, type Tensor } from '../../src/index'
import type { Pattern } from '../../src/transforms/pattern'
import { substitution } from '../../src/transforms/sparse-acyclic'
import { colourHessian } from '../../src/transforms/sparse-colouring'
import { recover } from '../../src/transforms/sparse-recover'

type F = (x: Tensor) => Tensor
const numbers = (t: Tensor): number[] => Array.from(np.ravel(t).data())
const line = (n: number): Tensor => np.sin(np.arange(1, n + 1)).mul(2)
const difference = (a: Tensor, b: Tensor): number => numbers(np.ravel(a).sub(np.ravel(b))).reduce((m, x) => Math.max(m, Math.abs(x)), 0)

/** The symmetric pattern with these entries below the diagonal, and some on it. */
function symmetricPattern(n: number, has: (i: number, j: number) => boolean): Pattern {
  const start = new Int32Array(n + 1)
  const cols: number[] = []
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) if (has(Math.max(i, j), Math.min(i, j))) cols.push(j)
    start[i + 1] = cols.length
  }
  return { height: n, width: n, start, cols: Int32Array.from(cols) }
}

const patterns = record({ n: integer({ min: 0, max: 16 }), bits: array(boolean(), { minLength: 256, maxLength: 256 }), sparsity: integer({ min: 1, max: 6 }) })
  .map(({ n, bits, sparsity }) => symmetricPattern(n, (i, j) => bits[16 * i + j] && (i * 7 + j * 3) % sparsity === 0))

/** Whether the vertices of two colours, whichever, form a forest. */
function isAcyclic({ height: n, start, cols }: Pattern, colours: Int32Array): boolean {
  const edges: [number, number][] = []
  for (let i = 0; i < n; i++) for (let k = start[i]; k < start[i + 1]; k++) if (cols[k] < i) edges.push([cols[k], i])
  if (edges.some(([a, b]) => colours[a] === colours[b])) return false
  const pairs = new Set(edges.map(([a, b]) => [colours[a], colours[b]].sort((x, y) => x - y).join()))
  return [...pairs].every((pair) => {
    const root = Array.from({ length: n }, (_, i) => i)
    const find = (v: number): number => (root[v] === v ? v : find(root[v]))
    return edges.every(([a, b]) => {
      if ([colours[a], colours[b]].sort((x, y) => x - y).join() !== pair) return true
      const [x, y] = [find(a), find(b)]
      root[x] = y
      return x !== y
    })
  })
}

describe('acyclic colouring', () => {
  it('has no cycle of two colours, and no more colours than a star colouring', () => {
    assert(property(patterns, (p) => {
      const acyclic = colourHessian(p, 'acyclic')
      expect(isAcyclic(p, acyclic.columns)).toBe(true)
      expect(acyclic.forward).toBeLessThanOrEqual(colourHessian(p, 'star').forward)
      expect(Math.max(-1, ...acyclic.columns)).toBeLessThan(acyclic.forward + (p.height === 0 ? 1 : 0))
    }), { numRuns: 500 })
  })
  it('gives back every entry by substitution, exactly where the arithmetic is', () => {
    assert(property(patterns, integer({ min: 1, max: 1000 }), (p, seed) => {
      const n = p.height
      const { columns, forward } = colourHessian(p, 'acyclic')
      const entry = (i: number, j: number): number => ((Math.max(i, j) * 31 + Math.min(i, j) * 17 + seed) % 19) - 9
      const products = new Float64Array(1 + n * forward)
      const values: number[] = []
      for (let i = 0; i < n; i++)
        for (let k = p.start[i]; k < p.start[i + 1]; k++) {
          values.push(entry(i, p.cols[k]))
          products[1 + columns[p.cols[k]] * n + i] += entry(i, p.cols[k])
        }
      const order = substitution(p, columns, (c, i) => 1 + c * n + i)
      expect(order.step.includes(-1)).toBe(false)
      expect([...recover({ _tag: 'Substitute', order }, products, new Float64Array(values.length))]).toEqual(values)
    }), { numRuns: 500 })
  })
  it('needs 2 colours for a path, and fewer than a star colouring for a grid', () => {
    expect(colourHessian(symmetricPattern(200, (i, j) => i - j <= 1), 'acyclic').forward).toBe(2)
    const n = 12
    const grid = symmetricPattern(n * n, (i, j) => Math.abs((i % n) - (j % n)) + Math.abs(Math.floor(i / n) - Math.floor(j / n)) <= 1)
    expect(colourHessian(grid, 'acyclic').forward).toBeLessThan(colourHessian(grid, 'star').forward)
    expect(colourHessian(symmetricPattern(50, (i, j) => i === j || j === 0), 'acyclic').forward).toBe(2)
    expect(colourHessian(symmetricPattern(6, () => true), 'acyclic').forward).toBe(6)
  })
})

const chain: F = (x) => np.sum(np.sin(x.slice([0, -1]).mul(x.slice([1, null])))).add(np.sum(np.exp(x)))
const grid: F = (x) => {
  const g = np.sin(x.reshape(5, 5))
  return np.sum(np.square(np.diff(g))).add(np.sum(np.square(np.diff(g.T))))
}
const values: (f: F) => F = (f) => (x) => sparseHessian(f, { colouring: 'acyclic' })(x).values

describe("sparseHessian by 'acyclic'", () => {
  it('equals the dense Hessian, from fewer products', () => {
    for (const [f, n, products] of [[chain, 40, 2], [grid, 25, 4]] as const) {
      const m = sparseHessian(f, { colouring: 'acyclic' })(line(n))
      expect(m.passes.forward).toBe(products)
      expect(m.passes.forward).toBeLessThan(sparseHessian(f, { colouring: 'star' })(line(n)).passes.forward)
      expect(difference(m.toDense(), hessian(f)(line(n)))).toBeLessThan(1e-12)
      expect(difference(sparseHessian(f, { colouring: 'column' })(line(n)).toDense(), hessian(f)(line(n)))).toBeLessThan(1e-13)
    }
  })
  it('equals the dense Hessian for interactions at random', () => {
    assert(property(array(integer({ min: 0, max: 11 }), { minLength: 2, maxLength: 30 }), (list) => {
      const half = list.length >> 1
      const [a, b] = [Int32Array.from(list.slice(0, half)), Int32Array.from(list.slice(half, 2 * half))]
      const f: F = (x) => np.sum(np.sin(x.at(a).mul(x.at(b))))
      expect(difference(sparseHessian(f, { colouring: 'acyclic' })(line(12)).toDense(), hessian(f)(line(12)))).toBeLessThan(1e-12)
    }), { numRuns: 40 })
  })
  it('is compiled, batched and differentiated both ways', () => {
    const x = line(12)
    const plain = values(chain)(x)
    expect(difference((jit((y: Tensor) => sparseHessian(chain, { colouring: 'acyclic' })(y))(x) as unknown as SparseMatrix).values, plain)).toBeLessThan(1e-14)
    const batch = vmap(values(chain))(np.stack([x, x.mul(2)])) as Tensor
    expect(difference(batch.at(1), values(chain)(x.mul(2)))).toBeLessThan(1e-13)
    const star: F = (y) => sparseHessian(chain, { colouring: 'star' })(y).values
    const total = (g: F): F => (y) => np.sum(np.square(g(y)))
    expect(difference(grad(total(values(chain)))(x), grad(total(star))(x))).toBeLessThan(1e-11)
    expect(difference(jit(grad(total(values(chain))))(x), grad(total(star))(x))).toBeLessThan(1e-11)
    const [, moved] = jvp(values(chain), [x], [np.cos(x)]) as unknown as [Tensor, Tensor]
    const weights = np.sin(np.arange(plain.size).mul(3))
    const back = vjp(values(chain), [x])[1](weights)[0] as Tensor
    expect(Number(np.sum(moved.mul(weights)).item())).toBeCloseTo(Number(np.sum(back.mul(np.cos(x))).item()), 10)
  })
  it('rounds to float32, and takes what is empty or diagonal', () => {
    const single = sparseHessian(chain, { colouring: 'acyclic' })(line(6).astype('float32'))
    expect(single.values.dtype).toBe('float32')
    expect(difference(single.values.astype('float64'), values(chain)(line(6)))).toBeLessThan(1e-5)
    expect(values((x) => np.sum(x))(line(3)).toArray()).toEqual([])
    expect(values((x) => np.sum(x.mul(x)))(line(3)).toArray()).toEqual([2, 2, 2])
    expect(values((x) => np.sum(x))(np.zeros(0)).toArray()).toEqual([])
  })
  it('refuses a colouring of Jacobians', () => {
    expect(() => sparseHessian(chain, { colouring: 'row' as never })).toThrow(/sparseHessian: colouring 'row' is not known.*\n?.*'auto', 'column', 'star' or 'acyclic'/s)
  })
})
