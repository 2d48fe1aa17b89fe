/** Sparse derivatives: sparse = dense, patterns that are supersets and exact where they can be, colours, caches. */
import { array, assert, double, integer, property, sample } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { program } from '../../laws/index'
import { checkpoint, cond, foriLoop, grad, hessian, jacobian, jit, jvp, map, np, scan, vmap, type Tensor } from '../../src/index'
import { sparseHessian, sparseJacobian, type SparseJacobianOptions } from '../../src/transforms/sparse'
import type { SparseMatrix } from '../../src/transforms/sparse-matrix'

type F = (x: Tensor) => Tensor
const v = (...xs: number[]): Float64Array => Float64Array.from(xs)
const numbers = (t: Tensor): number[] => Array.from(np.ravel(t).data())
const line = (n: number): Tensor => np.sin(np.arange(1, n + 1)).mul(2)
const kinds = ['auto', 'column', 'row', 'bidirectional'] as const
const difference = (a: Tensor, b: Tensor): number => numbers(np.ravel(a).sub(np.ravel(b))).reduce((m, x) => Math.max(m, Math.abs(x)), 0)

const entries = (m: SparseMatrix): string => Array.from(m.rows, (r, k) => `${r},${m.cols[k]}`).join(' ')
/** The positions of the dense Jacobian's nonzeros. */
const nonzeros = (f: F, x: Tensor): string => {
  const d = jacobian(f)(x)
  const width = x.size
  return numbers(d).flatMap((e, k) => (e === 0 ? [] : [`${Math.floor(k / width)},${k % width}`])).join(' ')
}

const rosenbrock: F = (x) => {
  const [a, b] = [x.slice([0, -1]), x.slice([1, null])]
  return np.sum(np.square(b.sub(np.square(a))).mul(100).add(np.square(np.subtract(1, a))))
}

const indices = Int32Array.of(3, 0, 0, 5, 7, 2)
const blocks: F = (x) => {
  const b = x.reshape(3, 2)
  return np.ravel(np.matmul(b.reshape(3, 1, 2), np.exp(b.reshape(3, 2, 1)).mul(np.ones([3, 1, 2])))).add(np.ravel(np.sin(b)))
}

/** Functions of 12 numbers (blocks: of 6) whose patterns are found exactly. */
const exact: Readonly<Record<string, readonly [F, number]>> = {
  elementwise: [(x) => np.sin(x).mul(x), 12],
  tridiagonal: [(x) => np.pad(x, 1).slice([0, -2]).mul(x).add(np.pad(x, 1).slice([2, null])).add(x), 12],
  'differences of a grid': [(x) => np.ravel(np.diff(np.square(x.reshape(3, 4)), { axis: 1 } as never)), 12],
  gather: [(x) => np.square(x.at(indices)).add(x.slice([0, 6])), 12],
  scatter: [(x) => x.addAt([Int32Array.of(1, 1, 4)], x.slice([5, 8]).mul(x.slice([6, 9]))), 12],
  'scatter that overwrites': [(x) => np.square(x).set([Int32Array.of(1, 4, 1)], np.exp(x.slice([5, 8]))), 12],
  'block diagonal': [blocks, 6],
  arrow: [(x) => np.concatenate([np.sum(np.square(x)).reshape(1), x.slice([1, null]).mul(x.at(0))]), 12],
  'reversed, strided, transposed': [(x) => np.ravel(np.flip(np.sin(x.reshape(3, 4).T), 0).slice([0, null, 2])), 12],
  'a mask that is known': [(x) => np.where(np.array([true, false, true, false]), np.square(x.slice([0, 4])), np.square(x.slice([4, 8]))), 12],
  'sums along an axis': [(x) => np.sum(np.square(x.reshape(3, 4)), 1), 12],
  'sums so far': [(x) => np.cumsum(np.square(x)), 12],
  map: [(x) => np.ravel(map((r: Tensor) => np.sin(r).mul(r), x.reshape(4, 3))), 12],
  'a scan that carries': [(x) => scan((c: Tensor, y: Tensor) => [np.sin(y), np.multiply(c, y)] as const, x.at(0), x)[1], 12],
  'a loop that counts': [(x) => foriLoop(0, 3, (i, c: Tensor) => c.addAt([i], np.square(x.at(i.add(4)))), np.zeros(4)), 12],
  'checkpointed': [(x) => checkpoint((y: Tensor) => np.sin(y).mul(y))(x), 12],
  'vmapped': [(x) => vmap((r: Tensor) => r.at(0).mul(r.at(1)))(x.reshape(6, 2)), 12],
  'no derivative': [(x) => np.floor(x).add(np.sin(x.at(2)).mul(np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).mul(0).add(np.sign(x))), 12],
}

describe('sparseJacobian', () => {
  for (const [name, [f, n]] of Object.entries(exact)) {
    it(`${name}: equals the dense Jacobian by every colouring`, () => {
      const x = line(n)
      const dense = jacobian(f)(x)
      for (const colouring of kinds) {
        const m = sparseJacobian(f, { colouring })(x)
        expect(m.values.shape).toEqual([m.nnz])
        expect(difference(m.toDense(), dense)).toBeLessThan(1e-14)
        expect(numbers(m.toDense()).length).toBe(dense.size)
      }
    })
    if (name !== 'no derivative' && name !== 'a scan that carries')
      it(`${name}: the pattern is exact`, () => expect(entries(sparseJacobian(f)(line(n)))).toBe(nonzeros(f, line(n))))
  }

  it('lists entries row by row; CSR shares them', () => {
    const m = sparseJacobian((x: Tensor) => np.diff(x))(v(1, 4, 9))
    expect(m.shape).toEqual([2, 3])
    expect([...m.rows, ...m.cols]).toEqual([0, 0, 1, 1, 0, 1, 1, 2])
    expect(m.values.toArray()).toEqual([-1, 1, -1, 1])
    const { offsets, cols, values, shape } = m.toCSR()
    expect([...offsets]).toEqual([0, 2, 4])
    expect(cols).toBe(m.cols)
    expect(values).toBe(m.values)
    expect(shape).toEqual([2, 3])
  })

  it('flattens trees of results and of several arguments', () => {
    const f = (p: { a: Tensor; b: Tensor }, c: Tensor, n: number): unknown => ({ y: p.a.mul(c), z: [np.sum(p.b).mul(n)] })
    const m = sparseJacobian(f, { argnums: [0, 1] })({ a: v(1, 2), b: v(3, 4) }, v(5, 6), 7)
    expect(m.toDense().toArray()).toEqual([[5, 0, 0, 0, 1, 0], [0, 6, 0, 0, 0, 2], [0, 0, 7, 7, 0, 0]])
  })

  it('is a superset on random programs, and equal to the dense Jacobian', () => {
    let tried = 0
    for (const c of sample(program({ maxSteps: 6 }), { numRuns: 120, seed: 5 })) {
      const argnums = c.args.flatMap((t, i) => (t.dtype === 'float64' ? [i] : []))
      const f = (...xs: Tensor[]): readonly Tensor[] => c.call(...xs).filter((t) => t.dtype === 'float64')
      if (argnums.length === 0 || f(...c.args).length === 0) continue
      tried++
      const m = sparseJacobian(f, { argnums })(...c.args)
      const dense = jacobian(f as never, { argnums })(...(c.args as never[])) as unknown as Tensor[][]
      const outs = f(...c.args)
      const rows = dense.map((blocksOf, i) => np.concatenate(blocksOf.map((b, k) => b.reshape(outs[i].size, c.args[argnums[k]].size)), 1))
      const whole = np.concatenate(rows, 0)
      if (!numbers(whole).every(Number.isFinite)) continue
      const scale = Math.max(1, ...numbers(np.abs(whole)))
      expect(difference(m.toDense(), whole) / scale, String(c)).toBeLessThan(1e-12)
    }
    expect(tried).toBeGreaterThan(40)
  })

  it('has all that random probes show to be nonzero, whatever the point', () => {
    const f: F = (x) => np.sort(np.where(np.greater(x, 0), np.square(x), x.at(0))).mul(np.cumsum(x)).slice([2, 9])
    const pattern = new Set(entries(sparseJacobian(f)(line(12))).split(' '))
    assert(property(array(double({ min: -3, max: 3, noNaN: true }), { minLength: 12, maxLength: 12 }), integer({ min: 0, max: 11 }), (at, j) => {
      const direction = np.where(np.equal(np.arange(12), j), 1, 0).astype('float64')
      const [, t] = jvp(f, [np.array(at)], [direction]) as unknown as [Tensor, Tensor]
      numbers(t).forEach((e, i) => {
        if (e !== 0) expect(pattern.has(`${i},${j}`)).toBe(true)
      })
    }), { numRuns: 100 })
  })

  it('goes through branches: the known one alone, else both', () => {
    const f = (x: Tensor, k: unknown): Tensor => cond(np.greater(k as never, 0), (y: Tensor) => y.slice([0, 2]), (y: Tensor) => np.square(y.slice([1, 3])), x)
    expect(entries(sparseJacobian(f)(line(4), 1))).toBe('0,0 1,1')
    expect(entries(sparseJacobian((x: Tensor) => f(x, x.at(3)))(line(4)))).toBe('0,0 0,1 1,1 1,2')
  })

  it('keeps batches apart where indices are not known', () => {
    const f: F = (x) => np.ravel(np.sort(np.square(x.reshape(3, 4)), 1))
    const m = sparseJacobian(f)(line(12))
    expect(m.nnz).toBe(3 * 16)
    expect(difference(m.toDense(), jacobian(f)(line(12)))).toBeLessThan(1e-14)
  })

  it('batches many products, loops and custom patterns', () => {
    const full: F = (x) => np.cumsum(np.sin(np.concatenate([x, x, x]))).mul(np.mean(x))
    for (const colouring of kinds) expect(difference(sparseJacobian(full, { colouring })(line(40)).toDense(), jacobian(full)(line(40)))).toBeLessThan(1e-12)
    const many: F = (x) => {
      let y = np.cumsum(x)
      for (let i = 0; i < 60; i++) y = np.sin(y).add(x)
      return y
    }
    for (const colouring of kinds) {
      const m = sparseJacobian(many, { colouring })(line(80))
      expect(difference(m.toDense(), jacobian(many)(line(80)))).toBeLessThan(1e-11)
    }
  })

  it('takes a pattern that is given, in any order and with entries to spare', () => {
    const f: F = (x) => np.square(x)
    const m = sparseJacobian(f, { pattern: { rows: [2, 0, 1, 2, 2], cols: [2, 0, 1, 0, 2] } })(v(1, 2, 3))
    expect(entries(m)).toBe('0,0 1,1 2,0 2,2')
    expect(m.values.toArray()).toEqual([2, 4, 0, 6])
    expect(() => sparseJacobian(f, { pattern: { rows: [3], cols: [0] } })(v(1, 2, 3))).toThrow(/entry at \(3, 0\), outside \[3, 3\]/)
    expect(() => sparseJacobian(f, { pattern: { rows: [0, 1], cols: [0] } })(v(1, 2, 3))).toThrow(/2 rows and 1 columns/)
  })

  it('finds patterns again where the integers that it indexes with have changed', () => {
    const f = (x: Tensor, at: Int32Array): Tensor => np.square(x.at(at))
    const s = sparseJacobian(f)
    const at = Int32Array.of(0, 2)
    const first = s(v(1, 2, 3), at)
    expect(s(v(4, 5, 6), at).cols).toBe(first.cols)
    expect(s(v(4, 5, 6), Int32Array.of(0, 2)).cols).toBe(first.cols)
    at[1] = 1
    const second = s(v(4, 5, 6), at)
    expect(second.toDense().toArray()).toEqual([[8, 0, 0], [0, 10, 0]])
    expect(first.toDense().toArray()).toEqual([[2, 0, 0], [0, 0, 6]])
    expect(s(v(7, 8, 9), Int32Array.of(0, 2)).cols).toBe(first.cols)
    // The structure is what counts, not the function's identity.
    expect(sparseJacobian((x: Tensor, k: Int32Array) => np.square(x.at(k)))(v(1, 2, 3), Int32Array.of(0, 2)).cols).toBe(first.cols)
  })

  it('is part of a compiled function, indices closed over or not', () => {
    const f = (x: Tensor, at: Int32Array | Tensor): Tensor => np.square(x.at(at))
    const compiled = jit((x: Tensor) => sparseJacobian(f)(x, Int32Array.of(0, 2)))
    const m = compiled(v(1, 2, 3)) as unknown as SparseMatrix
    expect(m.toDense().toArray()).toEqual([[2, 0, 0], [0, 0, 6]])
    expect((compiled(v(2, 3, 4)) as unknown as SparseMatrix).cols).toBe(m.cols)
    expect(compiled.traceCount).toBe(1)
    // Traced indices may address anything.
    const open = jit((x: Tensor, at: Tensor) => sparseJacobian(f)(x, at as never))
    const wide = open(v(1, 2, 3), Int32Array.of(0, 2)) as unknown as SparseMatrix
    expect(wide.nnz).toBe(6)
    expect(wide.toDense().toArray()).toEqual([[2, 0, 0], [0, 0, 6]])
    expect((open(v(1, 2, 3), Int32Array.of(1, 1)) as unknown as SparseMatrix).toDense().toArray()).toEqual([[0, 4, 0], [0, 4, 0]])
  })

  it('says so where a pattern is not sparse', () => {
    const f = jit((x: Tensor, at: Tensor) => sparseJacobian((y: Tensor) => y.at(at))(x).values)
    expect(() => f(np.zeros(20000), new Int32Array(20000))).toThrow(/more than 134217728 entries/)
  })

  it('has values that are differentiated and batched like any others', () => {
    const f: F = (x) => np.diff(np.square(x).mul(x))
    const values: F = (x) => sparseJacobian(f)(x).values
    const x = v(1, 2, 3)
    const total = (g: F): F => (y) => np.sum(np.square(g(y)))
    const dense: F = (y) => jacobian(f)(y)
    expect(difference(grad(total(values))(x), grad(total(dense))(x))).toBeLessThan(1e-12)
    expect(difference(grad((y: Tensor) => np.sum(np.square(sparseJacobian(f)(y).toDense())))(x), grad(total(dense))(x))).toBeLessThan(1e-12)
    const batch = np.array([[1, 2, 3], [4, 5, 6]])
    const all = vmap((y: Tensor) => sparseJacobian(f)(y))(batch) as unknown as SparseMatrix
    expect(all.values.shape).toEqual([2, 4])
    expect(all.values.at(1).toArray()).toEqual(values(np.array([4, 5, 6])).toArray())
    expect(() => all.toDense()).toThrow(/a batch of matrices/)
    expect(difference(vmap((y: Tensor) => sparseJacobian(f)(y).toDense())(batch), vmap(dense)(batch))).toBe(0)
  })

  it('differentiates through captured floats that are also used to index', () => {
    const g = (w: Tensor): Tensor => np.sum(sparseJacobian((x: Tensor) => x.at(np.floor(w).astype('int32')).mul(w))(v(1, 2, 3)).values)
    expect(grad(g)(v(0.5, 2.5)).toArray()).toEqual([1, 1])
  })

  it('keeps float32, mixes to float64, and takes empty arrays', () => {
    expect(sparseJacobian((x: Tensor) => np.square(x))(Float32Array.of(1, 2)).values.dtype).toBe('float32')
    const mixed = sparseJacobian((x: Tensor) => [x, x.astype('float64')])(Float32Array.of(1, 2))
    expect(mixed.values.dtype).toBe('float64')
    expect(mixed.values.toArray()).toEqual([1, 1, 1, 1])
    const none = sparseJacobian((x: Tensor) => np.sign(x))(v(1, 2))
    expect([none.nnz, none.toDense().toArray()]).toEqual([0, [[0, 0], [0, 0]]])
    expect((jit((x: Tensor) => sparseJacobian((y: Tensor) => np.sign(y))(x))(v(1, 2)) as unknown as SparseMatrix).nnz).toBe(0)
    expect(sparseJacobian((x: Tensor) => np.square(x))(v()).shape).toEqual([0, 0])
  })

  it('refuses what is no function, no float or no colouring', () => {
    expect(() => sparseJacobian(3 as never)).toThrow(/expected a function, got 3/)
    expect(() => sparseJacobian((x: Tensor) => np.argmax(x))(v(1, 2))).toThrow(/result is int32\[\]/)
    expect(() => sparseJacobian((x: Tensor) => x)(Int32Array.of(1) as never)).toThrow(/args\[0\]/)
    expect(() => sparseJacobian((x: Tensor) => x, { colouring: 'green' } as unknown as SparseJacobianOptions)).toThrow(/'green' is not known/)
  })
})

describe('sparseHessian', () => {
  it('gives the tridiagonal Hessian of Rosenbrock from three products', () => {
    const x = line(50)
    const m = sparseHessian(rosenbrock)(x)
    expect(m.passes).toEqual({ forward: 3, reverse: 0 })
    expect(m.nnz).toBe(50 + 2 * 49)
    expect(difference(m.toDense(), hessian(rosenbrock)(x))).toBeLessThan(1e-11)
    expect(difference((jit((y: Tensor) => sparseHessian(rosenbrock)(y))(x) as unknown as SparseMatrix).values, m.values)).toBeLessThan(1e-11)
  })
  it('recovers an arrow from two products, and a grid', () => {
    const arrow: F = (x) => np.sum(np.sin(x.slice([1, null]).mul(x.at(0)))).add(np.sum(np.square(x).mul(x)))
    const m = sparseHessian(arrow)(line(30))
    expect(m.passes.forward).toBe(2)
    expect(difference(m.toDense(), hessian(arrow)(line(30)))).toBeLessThan(1e-13)
    const grid: F = (x) => {
      const g = np.sin(x.reshape(6, 6))
      return np.sum(np.square(np.diff(g))).add(np.sum(np.square(np.diff(g.T))))
    }
    expect(difference(sparseHessian(grid)(line(36)).toDense(), hessian(grid)(line(36)))).toBeLessThan(1e-13)
  })
  it('equals the dense Hessian for interactions at random', () => {
    assert(property(array(integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 30 }), (list) => {
      const half = list.length >> 1
      const [a, b] = [Int32Array.from(list.slice(0, half)), Int32Array.from(list.slice(half, 2 * half))]
      const f: F = (x) => np.sum(np.sin(x.at(a).mul(x.at(b))))
      expect(difference(sparseHessian(f)(line(10)).toDense(), hessian(f)(line(10)))).toBeLessThan(1e-13)
    }), { numRuns: 40 })
  })
  it('takes several arguments and a pattern', () => {
    const f = (x: Tensor, y: Tensor): Tensor => np.sum(np.multiply(np.square(x), y))
    const m = sparseHessian(f, { argnums: [0, 1] })(v(1, 2), v(3, 4))
    expect(m.toDense().toArray()).toEqual([[6, 0, 2, 0], [0, 8, 0, 4], [2, 0, 0, 0], [0, 4, 0, 0]])
    const given = sparseHessian(f, { argnums: [0, 1], pattern: { rows: [0, 1, 0, 1], cols: [0, 1, 2, 3] } })(v(1, 2), v(3, 4))
    expect(given.toDense().toArray()).toEqual(m.toDense().toArray())
  })
  it('needs a scalar', () => {
    expect(() => sparseHessian((x: Tensor) => np.square(x))(v(1, 2))).toThrow(/must return one real number, got float64\[2\]/)
    expect(() => sparseHessian((x: Tensor) => np.argmax(x))(v(1, 2))).toThrow(/int32\[\]/)
  })
})
