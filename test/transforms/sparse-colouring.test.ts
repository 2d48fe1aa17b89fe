/** Colourings, on patterns of all kinds: every entry can be read off its product. */
import { array, assert, boolean, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Pattern } from '../../src/transforms/pattern'
import { colourHessian, colourJacobian, symmetric, transposed, type Colouring, type JacobianColouring } from '../../src/transforms/sparse-colouring'

const patternOf = (height: number, width: number, has: (i: number, j: number) => boolean): Pattern => {
  const start = new Int32Array(height + 1)
  const cols: number[] = []
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) if (has(i, j)) cols.push(j)
    start[i + 1] = cols.length
  }
  return { height, width, start, cols: Int32Array.from(cols) }
}

const row = (p: Pattern, i: number): Int32Array => p.cols.subarray(p.start[i], p.start[i + 1])

/** The entries that cannot be read off the product that they are read from. */
function unread(p: Pattern, c: Colouring): string[] {
  const t = transposed(p)
  const wrong: string[] = []
  for (let i = 0; i < p.height; i++)
    for (const j of row(p, i)) {
      const forwards = c.rows[i] < 0 || (c.columns[j] >= 0 && c.from === 'forward')
      const alone = forwards
        ? c.columns[j] >= 0 && row(p, i).every((k) => k === j || c.columns[k] !== c.columns[j])
        : row(t, j).every((k) => k === i || c.rows[k] !== c.rows[i])
      if (!alone) wrong.push(`(${i}, ${j})`)
    }
  return wrong
}

const arbitraryPattern = record({ height: integer({ min: 0, max: 14 }), width: integer({ min: 0, max: 14 }), bits: array(boolean(), { minLength: 196, maxLength: 196 }), sparsity: integer({ min: 1, max: 4 }) })
  .map(({ height, width, bits, sparsity }) => patternOf(height, width, (i, j) => bits[14 * i + j] && (i * 7 + j * 3) % sparsity === 0))

const passes = ({ forward, reverse }: Colouring): [number, number] => [forward, reverse]

describe('colourings of Jacobians', () => {
  it.each(['auto', 'column', 'row', 'bidirectional'] as const)('%s: no two columns (rows) of one colour meet where they are read', (kind: JacobianColouring) => {
    assert(property(arbitraryPattern, (p) => {
      const c = colourJacobian(p, kind)
      expect(unread(p, c)).toEqual([])
      if (kind === 'column') expect(c.reverse).toBe(0)
      if (kind === 'row') expect(c.forward).toBe(0)
    }), { numRuns: 300 })
  })
  it('needs as many colours as a band is wide', () => {
    expect(passes(colourJacobian(patternOf(40, 40, (i, j) => Math.abs(i - j) <= 2), 'auto'))).toEqual([5, 0])
  })
  it('goes both ways through an arrow, and backwards through a long row', () => {
    const arrow = patternOf(50, 50, (i, j) => i === j || i === 0 || j === 0)
    expect(passes(colourJacobian(arrow, 'auto'))).toEqual([2, 1])
    expect(passes(colourJacobian(arrow, 'column'))).toEqual([50, 0])
    expect(passes(colourJacobian(arrow, 'row'))).toEqual([0, 50])
    expect(passes(colourJacobian(patternOf(1, 30, () => true), 'auto'))).toEqual([0, 1])
    expect(passes(colourJacobian(patternOf(30, 1, () => true), 'auto'))).toEqual([1, 0])
  })
  it('takes the mirror image of both ways where that is cheaper', () => {
    const c = colourJacobian(patternOf(60, 300, (i, j) => j < 1 || j % 60 === i), 'auto')
    expect(passes(c)).toEqual([1, 1])
  })
})

/** Neighbours of one colour, and paths of four vertices with two colours. */
function badPaths(p: Pattern, colours: Int32Array): string[] {
  const bad: string[] = []
  for (let b = 0; b < p.height; b++)
    for (const c of row(p, b)) {
      if (b === c) continue
      if (colours[b] === colours[c]) bad.push(`${b}-${c}`)
      for (const a of row(p, b)) {
        if (a === b || a === c || colours[a] !== colours[c]) continue
        for (const d of row(p, c)) if (d !== c && d !== b && d !== a && colours[d] === colours[b]) bad.push(`${a}-${b}-${c}-${d}`)
      }
    }
  return bad
}

describe('colourings of Hessians', () => {
  it('are star colourings', () => {
    assert(property(arbitraryPattern, (p) => {
      const n = Math.min(p.height, p.width)
      const s = symmetric(patternOf(n, n, (i, j) => row(p, i).includes(j)))
      expect(badPaths(s, colourHessian(s).columns)).toEqual([])
    }), { numRuns: 500 })
  })
  it('use 3 colours for a tridiagonal matrix, 2 for an arrow, fewer than columns need for a grid', () => {
    expect(colourHessian(patternOf(100, 100, (i, j) => Math.abs(i - j) <= 1)).forward).toBe(3)
    expect(colourHessian(patternOf(100, 100, (i, j) => i === j || i === 0 || j === 0)).forward).toBe(2)
    const n = 12
    const grid = patternOf(n * n, n * n, (i, j) => Math.abs((i % n) - (j % n)) + Math.abs(Math.floor(i / n) - Math.floor(j / n)) <= 1)
    expect(colourHessian(grid).forward).toBeLessThanOrEqual(colourJacobian(grid, 'column').forward)
    expect(colourHessian(patternOf(9, 9, () => true)).forward).toBe(9)
  })
  it('make a pattern symmetric', () => {
    const s = symmetric(patternOf(4, 4, (i, j) => j === i + 1))
    expect([...s.cols]).toEqual([1, 0, 2, 1, 3, 2])
  })
})
