/**
 * Pytrees: nested objects, arrays, tuples, null and registered classes, as containers of leaves.
 *
 * Law: `unflatten(structure(t), leaves(t))` is t; `map` preserves identity and composition (Functor), leaves are visited
 * in one order: arrays by position, objects by sorted key. Objects are rebuilt with the order of keys that they had.
 * Example: flatten({ b: 1, a: [2, null] }).leaves // => [2, 1]
 */
import { fault, raise } from '../data/errors'

/** What a container is made of; `Leaf` stands for one value. */
export type TreeDef =
  | { readonly _tag: 'Leaf' }
  | { readonly _tag: 'Empty'; readonly value: null | undefined }
  | { readonly _tag: 'List'; readonly children: readonly TreeDef[] }
  /** `keys` in the object's own order; children in the order of the sorted keys. */
  | { readonly _tag: 'Record'; readonly keys: readonly string[]; readonly sorted: readonly string[]; readonly children: readonly TreeDef[] }
  | { readonly _tag: 'Node'; readonly type: NodeType; readonly aux: unknown; readonly children: readonly TreeDef[] }

/** How a class is taken apart and put together. */
export interface NodeType {
  readonly construct: Constructor
  readonly flatten: (x: never) => readonly [children: readonly unknown[], aux: unknown]
  readonly unflatten: (aux: never, children: never) => unknown
}
type Constructor = abstract new (...args: never[]) => unknown

const leaf: TreeDef = { _tag: 'Leaf' }
const nodeTypes = new Map<unknown, NodeType>()

/** Makes instances of a class containers. `flatten` gives [children, aux]; aux is part of the structure (compared by ===, or by value when plain). */
export function registerNode<T, A, C extends readonly unknown[]>(
  construct: abstract new (...args: never[]) => T,
  flatten: (x: T) => readonly [children: C, aux: A],
  unflatten: (aux: A, children: C) => T,
): void {
  nodeTypes.set(construct, { construct, flatten: flatten as unknown as NodeType['flatten'], unflatten: unflatten as unknown as NodeType['unflatten'] })
}

const isPlain = (x: object): boolean => {
  const proto: unknown = Object.getPrototypeOf(x)
  return proto === Object.prototype || proto === null
}

/** The registration of an instance's class, or of the nearest registered base class. */
function nodeTypeOf(x: object): NodeType | undefined {
  if (nodeTypes.size === 0) return undefined
  for (let p: unknown = Object.getPrototypeOf(x); p && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    const t = nodeTypes.get((p as { constructor: unknown }).constructor)
    if (t) return t
  }
  return undefined
}

export interface Flat {
  readonly leaves: readonly unknown[]
  readonly def: TreeDef
}

/** The leaves of a tree and its structure. `isLeaf` stops the descent early. */
export function flatten(tree: unknown, isLeaf?: (x: unknown) => boolean): Flat {
  const leaves: unknown[] = []
  const open = new Set<object>()
  const go = (x: unknown): TreeDef => {
    if (isLeaf?.(x)) {
      leaves.push(x)
      return leaf
    }
    if (x === null || x === undefined) return { _tag: 'Empty', value: x }
    if (typeof x !== 'object' || ArrayBuffer.isView(x)) {
      leaves.push(x)
      return leaf
    }
    const array = Array.isArray(x)
    const type = array || isPlain(x) ? undefined : nodeTypeOf(x)
    if (!array && !type && !isPlain(x)) {
      leaves.push(x)
      return leaf
    }
    if (open.has(x)) raise(fault('tree', 'a tree contains itself', 'Give a finite tree: break the cycle.'))
    open.add(x)
    let def: TreeDef
    if (array) def = { _tag: 'List', children: Array.from(x, go) }
    else if (type) {
      const [children, aux] = type.flatten(x as never)
      def = { _tag: 'Node', type, aux, children: Array.from(children, go) }
    } else {
      const keys = Object.keys(x)
      const sorted = keys.length > 1 ? [...keys].sort() : keys
      def = { _tag: 'Record', keys, sorted, children: sorted.map((k) => go((x as Record<string, unknown>)[k])) }
    }
    open.delete(x)
    return def
  }
  const def = go(tree)
  return { leaves, def }
}

/** The tree of a structure, filled with leaves in order. */
export function unflatten(def: TreeDef, leaves: Iterable<unknown>): unknown {
  const source: Leaves = { list: Array.isArray(leaves) ? (leaves as readonly unknown[]) : [...leaves], next: 0 }
  const tree = rebuild(def, source, def)
  if (source.next < source.list.length) raise(fault('tree', 'unflatten: more leaves than the structure has', `The structure is ${showDef(def)}.`))
  return tree
}

interface Leaves {
  readonly list: readonly unknown[]
  next: number
}

function rebuild(d: TreeDef, source: Leaves, whole: TreeDef): unknown {
  switch (d._tag) {
    case 'Leaf':
      if (source.next === source.list.length) raise(fault('tree', 'unflatten: fewer leaves than the structure has', `The structure is ${showDef(whole)}.`))
      return source.list[source.next++]
    case 'Empty':
      return d.value
    case 'List':
      return children(d.children, source, whole)
    case 'Node':
      return d.type.unflatten(d.aux as never, children(d.children, source, whole) as never)
    case 'Record': {
      const values = new Map(d.sorted.map((k, i) => [k, rebuild(d.children[i]!, source, whole)]))
      const out: Record<string, unknown> = {}
      for (const k of d.keys) define(out, k, values.get(k))
      return out
    }
  }
}

/** Results of compiled functions come through here: no closure is made. */
function children(defs: readonly TreeDef[], source: Leaves, whole: TreeDef): unknown[] {
  const list = new Array<unknown>(defs.length)
  for (let i = 0; i < defs.length; i++) list[i] = rebuild(defs[i]!, source, whole)
  return list
}

/** Own property, also for keys such as __proto__. */
function define(o: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(o, key, { value, enumerable: true, configurable: true, writable: true })
  else o[key] = value
}

export const countLeaves = (d: TreeDef): number =>
  d._tag === 'Leaf' ? 1 : 'children' in d ? d.children.reduce((n, c) => n + countLeaves(c), 0) : 0

const sameAux = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b))

/** Equal structures: the order of an object's keys does not count, null and undefined are alike. */
export function sameDef(a: TreeDef, b: TreeDef): boolean {
  if (a === b) return true
  if (a._tag !== b._tag) return false
  if (!('children' in a) || !('children' in b)) return true
  if (a.children.length !== b.children.length) return false
  if (a._tag === 'Record' && b._tag === 'Record' && !a.sorted.every((k, i) => k === b.sorted[i])) return false
  if (a._tag === 'Node' && b._tag === 'Node' && (a.type !== b.type || !sameAux(a.aux, b.aux))) return false
  return a.children.every((c, i) => sameDef(c, b.children[i]!))
}

/** The structure with `*` for leaves. */
export function showDef(d: TreeDef): string {
  switch (d._tag) {
    case 'Leaf':
      return '*'
    case 'Empty':
      return String(d.value)
    case 'List':
      return `[${d.children.map(showDef).join(', ')}]`
    case 'Record':
      return `{${d.sorted.map((k, i) => `${k}: ${showDef(d.children[i]!)}`).join(', ')}}`
    case 'Node':
      return `${(d.type.construct as { name?: string }).name ?? 'node'}(${d.children.map(showDef).join(', ')})`
  }
}

const identifier = /^[A-Za-z_$][\w$]*$/

/** The path of every leaf, from a root's name: `params.layers[2].w`. */
export function paths(d: TreeDef, root: string): string[] {
  const out: string[] = []
  const go = (t: TreeDef, at: string): void => {
    if (t._tag === 'Leaf') out.push(at)
    else if (t._tag === 'Record') t.sorted.forEach((k, i) => go(t.children[i]!, identifier.test(k) ? `${at}.${k}` : `${at}[${JSON.stringify(k)}]`))
    else if ('children' in t) t.children.forEach((c, i) => go(c, `${at}[${i}]`))
  }
  go(d, root)
  return out
}

/** The first place where two structures differ, for messages. */
export function difference(expected: TreeDef, got: TreeDef, at: string): string | undefined {
  if (sameDef(expected, got)) return undefined
  if ('children' in expected && 'children' in got && expected._tag === got._tag && expected.children.length === got.children.length) {
    if (expected._tag !== 'Record' || got._tag !== 'Record' || expected.sorted.every((k, i) => k === got.sorted[i]))
      for (let i = 0; i < expected.children.length; i++) {
        const step = expected._tag === 'Record' ? `.${expected.sorted[i]}` : `[${i}]`
        const d = difference(expected.children[i]!, got.children[i]!, at + step)
        if (d) return d
      }
  }
  return `${at}: expected ${showDef(expected)}, got ${showDef(got)}`
}
