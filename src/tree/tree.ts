/**
 * Pytrees: nested objects, arrays, tuples, null and registered classes, as containers of leaves.
 *
 * Law: `unflatten(structure(t), leaves(t))` is t; `map` preserves identity and composition (Functor), leaves are visited
 * in one order: arrays by position, objects by sorted key. Objects are rebuilt with the order of keys that they had.
 * Example: flatten({ b: 1, a: [2, null] }).leaves // => [2, 1]
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction } from '../data/options'

/** What a container is made of; `Leaf` stands for one value. */
export type TreeDef =
  | { readonly _tag: 'Leaf' }
  /** No leaves: null, undefined, or what whoever flattened took as fixed. */
  | { readonly _tag: 'Empty'; readonly value: unknown }
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
  for (const f of [construct, flatten, unflatten]) demandFunction('registerNode', f, 'Give the class, a function to [children, aux], and one from aux and children.')
  nodeTypes.set(construct, { construct, flatten: flatten as unknown as NodeType['flatten'], unflatten: unflatten as unknown as NodeType['unflatten'] })
}

export const isPlain = (x: object): boolean => {
  const proto: unknown = Object.getPrototypeOf(x)
  return proto === Object.prototype || proto === null
}

/** The registration of an instance's class, or of the nearest registered base class. */
export function nodeTypeOf(x: object): NodeType | undefined {
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

/** A container that is being taken apart. */
interface Open {
  readonly node: object
  readonly parts: readonly unknown[]
  readonly children: TreeDef[]
  readonly close: (children: readonly TreeDef[]) => TreeDef
}

/** A container taken apart; undefined for a leaf. */
function opened(x: object): Open | undefined {
  if (Array.isArray(x)) return { node: x, parts: x, children: [], close: listOf }
  if (ArrayBuffer.isView(x)) return undefined
  if (isPlain(x)) {
    const keys = Object.keys(x)
    const sorted = keys.every((k, i) => i === 0 || keys[i - 1]! < k) ? keys : [...keys].sort()
    return { node: x, parts: sorted.map((k) => (x as Record<string, unknown>)[k]), children: [], close: (children) => ({ _tag: 'Record', keys, sorted, children }) }
  }
  const type = nodeTypeOf(x)
  if (!type) return undefined
  const [children, aux] = type.flatten(x as never)
  return { node: x, parts: Array.from(children), children: [], close: (list) => ({ _tag: 'Node', type, aux, children: list }) }
}

const listOf = (children: readonly TreeDef[]): TreeDef => ({ _tag: 'List', children })

/** From this level on, at each power of two, a container is looked for among those around it: a cycle gets there. */
const deep = 64

/**
 * The leaves of a tree and its structure. `isLeaf` stops the descent early; what `isFixed` says yes to is no leaf, but part of the
 * structure, as null is. Trees may be of any depth.
 */
export function flatten(tree: unknown, isLeaf?: (x: unknown) => boolean, isFixed?: (x: unknown) => boolean): Flat {
  const leaves: unknown[] = []
  const stack: Open[] = []
  let x = tree
  for (;;) {
    let def: TreeDef | undefined
    const stops = isLeaf?.(x) ?? false
    const part = stops || typeof x !== 'object' || x === null ? undefined : opened(x)
    if (part) {
      const level = stack.length
      if (level >= deep && (level & (level - 1)) === 0 && stack.some((o) => o.node === part.node)) raise(fault('tree', 'a tree contains itself', 'Give a finite tree: break the cycle.'))
      stack.push(part)
    } else if (!stops && (x === null || x === undefined || isFixed?.(x))) def = { _tag: 'Empty', value: x }
    else {
      leaves.push(x)
      def = leaf
    }
    for (;;) {
      const top = stack[stack.length - 1]
      if (!top) return { leaves, def: def! }
      if (def) top.children.push(def)
      if (top.children.length < top.parts.length) {
        x = top.parts[top.children.length]
        break
      }
      def = top.close(top.children)
      stack.pop()
    }
  }
}

/** The value of a container, from those of its children. */
export function built(d: Exclude<TreeDef, { _tag: 'Leaf' | 'Empty' }>, values: readonly unknown[]): unknown {
  if (d._tag === 'List') return values
  if (d._tag === 'Node') return d.type.unflatten(d.aux as never, values as never)
  const out: Record<string, unknown> = {}
  if (d.keys === d.sorted) d.keys.forEach((k, i) => define(out, k, values[i]))
  else {
    const at = new Map(d.sorted.map((k, i) => [k, i]))
    for (const k of d.keys) define(out, k, values[at.get(k)!])
  }
  return out
}

/** The structure itself, or a `TreeError` where it is none. */
export const demandDef = (name: string, def: TreeDef): TreeDef =>
  ['Leaf', 'Empty', 'List', 'Record', 'Node'].includes((Object(def) as TreeDef)._tag) ? def : raise(fault('tree', `${name}: ${shown(def)} is no structure`, 'Give what tree.structure returns.'))

/** The tree of a structure, filled with leaves in order. */
export function unflatten(def: TreeDef, leaves: Iterable<unknown>): unknown {
  const list: readonly unknown[] = Array.isArray(leaves) ? leaves : [...leaves]
  let next = 0
  const stack: { readonly def: Exclude<TreeDef, { _tag: 'Leaf' | 'Empty' }>; readonly values: unknown[] }[] = []
  let d = def
  for (;;) {
    let value: unknown
    let known = true
    if (d._tag === 'Leaf') {
      if (next === list.length) raise(fault('tree', 'unflatten: fewer leaves than the structure has', `The structure is ${showDef(def)}.`))
      value = list[next++]
    } else if (d._tag === 'Empty') ({ value } = d)
    else {
      stack.push({ def: d, values: [] })
      known = false
    }
    for (;;) {
      const top = stack[stack.length - 1]
      if (!top) {
        if (next < list.length) raise(fault('tree', 'unflatten: more leaves than the structure has', `The structure is ${showDef(def)}.`))
        return value
      }
      if (known) top.values.push(value)
      if (top.values.length < top.def.children.length) {
        d = top.def.children[top.values.length]!
        break
      }
      value = built(top.def, top.values)
      known = true
      stack.pop()
    }
  }
}

/** Own property, also for keys such as __proto__. */
function define(o: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(o, key, { value, enumerable: true, configurable: true, writable: true })
  else o[key] = value
}

export function countLeaves(d: TreeDef): number {
  let n = 0
  const stack = [d]
  for (let t = stack.pop(); t; t = stack.pop()) {
    if (t._tag === 'Leaf') n++
    else if ('children' in t) for (const c of t.children) stack.push(c)
  }
  return n
}

export const sameAux = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b))

/** Equal but for the children. */
export function sameNode(a: TreeDef, b: TreeDef): boolean {
  if (a._tag !== b._tag) return false
  if (!('children' in a) || !('children' in b)) return true
  if (a.children.length !== b.children.length) return false
  if (a._tag === 'Record' && b._tag === 'Record' && !a.sorted.every((k, i) => k === b.sorted[i])) return false
  return !(a._tag === 'Node' && b._tag === 'Node' && (a.type !== b.type || !sameAux(a.aux, b.aux)))
}

/** Equal structures: the order of an object's keys does not count, null and undefined are alike. */
export function sameDef(a: TreeDef, b: TreeDef): boolean {
  const stack = [a, b]
  while (stack.length > 0) {
    const y = stack.pop()!
    const x = stack.pop()!
    if (x === y) continue
    if (!sameNode(x, y)) return false
    if ('children' in x && 'children' in y) for (let i = 0; i < x.children.length; i++) stack.push(x.children[i]!, y.children[i]!)
  }
  return true
}

/** Levels that are shown of a structure. */
const shownLevels = 50

/** The structure with `*` for leaves. */
export function showDef(d: TreeDef, levels = shownLevels): string {
  if (levels === 0) return '…'
  const show = (c: TreeDef): string => showDef(c, levels - 1)
  switch (d._tag) {
    case 'Leaf':
      return '*'
    case 'Empty':
      return String(d.value)
    case 'List':
      return `[${d.children.map(show).join(', ')}]`
    case 'Record':
      return `{${d.sorted.map((k, i) => `${k}: ${show(d.children[i]!)}`).join(', ')}}`
    case 'Node':
      return `${(d.type.construct as { name?: string }).name ?? 'node'}(${d.children.map(show).join(', ')})`
  }
}

const identifier = /^[A-Za-z_$][\w$]*$/

/** The step from a container to its child i, as it is written. */
export const step = (d: TreeDef, i: number): string => {
  if (d._tag !== 'Record') return `[${i}]`
  const k = d.sorted[i]!
  return identifier.test(k) ? `.${k}` : `[${JSON.stringify(k)}]`
}

/** The path of every leaf, from a root's name: `params.layers[2].w`. */
export function paths(d: TreeDef, root: string): string[] {
  const out: string[] = []
  const stack: [TreeDef, string][] = [[d, root]]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [t, at] = top
    if (t._tag === 'Leaf') out.push(at)
    else if ('children' in t) for (let i = t.children.length - 1; i >= 0; i--) stack.push([t.children[i]!, at + step(t, i)])
  }
  return out
}

/** The first place where two structures differ, for messages. */
export function difference(expected: TreeDef, got: TreeDef, at: string): string | undefined {
  if (sameDef(expected, got)) return undefined
  let [x, y, path] = [expected, got, at]
  while (sameNode(x, y) && 'children' in x && 'children' in y) {
    const [a, b] = [x.children, y.children]
    const i = a.findIndex((c, k) => !sameDef(c, b[k]!))
    path += step(x, i)
    x = a[i]!
    y = b[i]!
  }
  return `${path}: expected ${showDef(x)}, got ${showDef(y)}`
}
