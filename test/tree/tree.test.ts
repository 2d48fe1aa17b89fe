import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { monoidSum } from 'fp-ts/Monoid'
import { grad, np, tree, vmap, type Tensor } from '../../src/index'
import { foldMap } from '../../src/tree/instances'
import { reader, treeBuilder } from '../../src/tree/compiled'
import { generatedBuilder, generatedReader } from '../../src/tree/generated'
import { canGenerate } from '../../src/data/generation'
import { countLeaves, difference, flatten, paths, sameDef, showDef, unflatten, type TreeDef } from '../../src/tree/tree'

const trees = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.constant(null), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.string({ maxLength: 3 }), tie('tree'), { maxKeys: 3 })),
})).tree

class Point {
  constructor(readonly x: unknown, readonly y: unknown, readonly label: string) {}
}
class Labelled extends Point {}
tree.registerNode(Point, (p: Point) => [[p.x, p.y], p.label] as const, (label: string, [x, y]: readonly [unknown, unknown]) => new Point(x, y, label))

describe('pytrees', () => {
  it('unflatten ∘ flatten is the identity, and so is map(id)', () => {
    fc.assert(fc.property(trees, (t) => {
      const [leaves, structure] = tree.flatten(t)
      expect(tree.unflatten(structure, leaves)).toEqual(t)
      expect(JSON.stringify(tree.unflatten(structure, leaves))).toBe(JSON.stringify(t))
      expect(tree.map((x: unknown) => x, t)).toEqual(t)
    }))
  })
  it('map preserves composition; foldMap is the sum over the leaves', () => {
    fc.assert(fc.property(trees, (t) => {
      const f = (x: number): number => x + 1
      const g = (x: number): number => x * 2
      expect(tree.map((x: number) => f(g(x)), t)).toEqual(tree.map(f, tree.map(g, t)))
      expect(foldMap(monoidSum)((x: number) => x)(t)).toBe(tree.leaves(t).reduce((a: number, b: number) => a + b, 0))
    }))
  })
  it('an object is the same tree whatever the order of its keys, and keeps its own', () => {
    expect(tree.sameStructure({ a: 1, b: [2, null] }, { b: [3, undefined], a: 0 })).toBe(true)
    expect(tree.leaves({ b: 1, a: 2 })).toEqual([2, 1])
    expect(Object.keys(tree.map((x: number) => x, { b: 1, a: 2 }))).toEqual(['b', 'a'])
    expect(tree.map((x: number, y: number) => x - y, { b: 5, a: 2 }, { a: 1, b: 1 })).toEqual({ b: 4, a: 1 })
  })
  it('reduce, all, transpose', () => {
    expect(tree.reduce((s: number, x: number) => s + x, { a: 1, b: [2, 3] })).toBe(6)
    expect(tree.reduce((s: string, x: number) => s + x, [1, 2], '')).toBe('12')
    expect(() => tree.reduce((s: number) => s, [])).toThrow(/without an initial value/)
    expect([tree.all([1, 0]), tree.all([1, 2]), tree.all([1, 3], (x: number) => x > 2)]).toEqual([false, true, false])
    const outer = tree.structure({ a: 0, b: 0 })
    const inner = tree.structure([0, 0, 0])
    expect(tree.transpose(outer, inner, { a: [1, 2, 3], b: [4, 5, 6] })).toEqual([{ a: 1, b: 4 }, { a: 2, b: 5 }, { a: 3, b: 6 }])
    expect(() => tree.transpose(outer, inner, { a: [1], b: [2] })).toThrow(/transpose/)
    expect(() => tree.unflatten(outer, [1])).toThrow(/fewer leaves/)
    expect(() => tree.unflatten(outer, [1, 2, 3])).toThrow(/more leaves/)
  })
  it('registered classes are containers, subclasses too; others are leaves', () => {
    const p = new Point(1, [2], 'p')
    expect(tree.leaves(p)).toEqual([1, 2])
    expect(tree.map((x: number) => x * 2, p)).toEqual(new Point(2, [4], 'p'))
    expect(tree.sameStructure(p, new Point(3, [4], 'q'))).toBe(false)
    expect(tree.leaves(new Labelled(1, 2, 'l'))).toEqual([1, 2])
    const date = new Date(0)
    expect(tree.leaves([date])).toEqual([date])
    const g = grad((q: Point) => np.multiply(q.x as Tensor, q.y as Tensor))(new Point(2, 3, 'p') as never) as unknown as Point
    expect([Number((g.x as Tensor).item()), Number((g.y as Tensor).item()), g.label]).toEqual([3, 2, 'p'])
    expect(tree.leaves(vmap((q: Point) => new Point(q.x, 0, 'r'))(new Point(np.ones(3), np.ones(3), 's')))).toHaveLength(2)
  })
  it('paths, differences and structures read well', () => {
    const { def } = flatten({ layers: [{ w: 1, 'odd key': 2 }], n: null })
    expect(paths(def, 'params')).toEqual(['params.layers[0]["odd key"]', 'params.layers[0].w'])
    expect(showDef(def)).toBe('{layers: [{odd key: *, w: *}], n: null}')
    const other = flatten({ layers: [{ w: [1], 'odd key': 2 }], n: null }).def
    expect(difference(def, other, 'params')).toBe('params.layers[0].w: expected *, got [*]')
    expect(difference(def, def, 'params')).toBeUndefined()
    expect(sameDef(flatten([1]).def, flatten([1, 2]).def)).toBe(false)
    expect(sameDef(flatten({ a: 1 }).def, flatten({ b: 1 }).def)).toBe(false)
    expect(showDef(flatten(new Point(1, 2, 'p')).def)).toBe('Point(*, *)')
    expect(difference(flatten({ a: 1 }).def, flatten({ b: 1 }).def, 't')).toBe('t: expected {a: *}, got {b: *}')
  })
  it('survives odd keys, and stops at leaves that it is told of', () => {
    const odd = JSON.parse('{"__proto__": 1, "constructor": 2}') as object
    expect(JSON.stringify(tree.map((x: number) => x + 1, odd))).toBe('{"__proto__":2,"constructor":3}')
    expect(tree.leaves([[1], [2]], (x) => Array.isArray(x) && x.length === 1)).toEqual([[1], [2]])
    expect(tree.flatten([Float64Array.of(1, 2)])[0]).toHaveLength(1)
  })
  it('may be deep or wide', () => {
    let nested: unknown = 1
    for (let k = 0; k < 100_000; k++) nested = k % 2 === 0 ? [nested] : { a: nested }
    const { leaves, def } = flatten(nested)
    expect(leaves).toEqual([1])
    expect(sameDef(def, flatten(unflatten(def, leaves)).def)).toBe(true)
    expect(paths(def, 'x')[0]).toHaveLength(1 + 50_000 * '.a[0]'.length)
    expect(showDef(def)).toContain('…')
    expect(reader(def)(nested, [], 0)).toBe(-1)
    expect(flatten(treeBuilder(def)([2])).leaves).toEqual([2])
    const wide = Array.from({ length: 300_000 }, (_, i) => i)
    expect(countLeaves(flatten(wide).def)).toBe(300_000)
    expect(tree.map((x: number) => x, wide)).toEqual(wide)
    const ring: unknown[] = [1]
    ring.push({ again: ring })
    expect(() => flatten(ring)).toThrow(/contains itself/)
    const twice = [1]
    expect(flatten(Array.from({ length: 3 }, () => [twice, twice])).leaves).toHaveLength(6)
  })
  describe.each([
    { kind: 'compiled', read: reader, build: treeBuilder },
    { kind: 'generated', read: (d: TreeDef) => generatedReader(d) ?? reader(d), build: (d: TreeDef) => generatedBuilder(d) ?? treeBuilder(d) },
  ])('$kind readers and builders', ({ read, build }) => {
    it('are flatten and unflatten', () => {
      fc.assert(fc.property(fc.oneof(trees, trees.map((t) => ({ z: t, ['__proto__']: [t], a: null }))), trees, (t, u) => {
        const [a, b] = [flatten(t), flatten(u)]
        const into: unknown[] = ['before']
        expect(read(a.def)(t, into, 1)).toBe(a.leaves.length + 1)
        expect(into.slice(1)).toEqual(a.leaves)
        const again = build(a.def)(a.leaves)
        expect(JSON.stringify(again)).toBe(JSON.stringify(t))
        expect(sameDef(flatten(again).def, a.def)).toBe(true)
        const other: unknown[] = []
        if (read(a.def)(u, other, 0) >= 0 && !other.some((x) => typeof x === 'object')) {
          expect(sameDef(a.def, b.def)).toBe(true)
          expect(other).toEqual(b.leaves)
        }
      }), { numRuns: 500 })
    })
    it('refuse what has another structure', () => {
      const point = read(flatten({ p: new Point(1, 2, 'a') }).def)
      expect([point({ p: new Point(3, 4, 'a') }, [], 0), point({ p: new Point(3, 4, 'b') }, [], 0), point({ p: [3, 4] }, [], 0), point({}, [], 0)]).toEqual([2, -1, -1, -1])
      const pair = read(flatten({ a: 1, b: 2 }).def)
      expect([pair({ a: 1, b: 2 }, [], 0), pair({ a: 1 }, [], 0), pair({ a: 1, b: 2, c: 3 }, [], 0), pair(null, [], 0), pair([1, 2], [], 0), pair(Object.create({ a: 1, b: 2 }) as object, [], 0)]).toEqual([2, -1, -1, -1, -1, -1])
      const list = read(flatten([1, [null, 2]]).def)
      expect([list([3, [undefined, 4]], [], 0), list([3, [4]], [], 0), list([3, [5, 4]], [], 0), list({ 0: 3, 1: [null, 4] }, [], 0)]).toEqual([2, -1, -1, -1])
    })
  })
  it('code is generated where strings are compiled, of structures that are neither large nor hold instances', () => {
    const has = (x: unknown): boolean => generatedReader(flatten(x).def) !== undefined
    expect([has({ a: [1] }), has(1), has(null), has([]), has([new Point(1, 2, 'p')]), has(Array.from({ length: 100 }, () => 1))]).toEqual([canGenerate(), false, false, false, false, false])
  })
})
