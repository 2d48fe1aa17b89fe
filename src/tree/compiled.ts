/**
 * Structures compiled: a reader that takes the leaves out of a value of one structure, and a builder that puts leaves in.
 *
 * Law: where a reader answers n ≥ 0, the leaves that it put down are those of `flatten`, and the structure is the one it
 * was made for; else it answers −1, also for values that it is too cautious about. A builder gives what `unflatten` gives.
 * Decision: closures, one a node, instead of a walk over the structure: a call of a compiled function passes here each
 * time. What a leaf is the caller knows better; a reader only finds its place.
 */
import { built, countLeaves, isPlain, nodeTypeOf, sameAux, unflatten, type TreeDef } from './tree'

/** Puts the leaves of a value into an array from a place on: the place after the last one, or −1. */
export type Reader = (x: unknown, into: unknown[], at: number) => number

/** Deeper structures are walked. */
const deepest = 64

const depth = (d: TreeDef): number => {
  let [level, n]: [readonly TreeDef[], number] = [[d], 0]
  for (; level.length > 0 && n <= deepest; n++) level = level.flatMap((t) => ('children' in t ? t.children : []))
  return n
}

const readLeaf: Reader = (x, into, at) => {
  into[at] = x
  return at + 1
}
const readNothing: Reader = (x, _into, at) => (x === null || x === undefined ? at : -1)
const refuse: Reader = () => -1

export const reader = (def: TreeDef): Reader => (depth(def) > deepest ? refuse : readerOf(def))

function readerOf(d: TreeDef): Reader {
  if (d._tag === 'Leaf') return readLeaf
  if (d._tag === 'Empty') return readNothing
  const children = d.children.map(readerOf)
  const n = children.length
  const readAll: Reader = (parts, into, from) => {
    let at = from
    for (let i = 0; i < n && at >= 0; i++) at = children[i]!((parts as readonly unknown[])[i], into, at)
    return at
  }
  if (d._tag === 'List') return (x, into, at) => (Array.isArray(x) && x.length === n ? readAll(x, into, at) : -1)
  if (d._tag === 'Record') {
    const { keys, sorted } = d
    return (x, into, from) => {
      if (typeof x !== 'object' || x === null || !isPlain(x)) return -1
      let seen = 0
      // In the order that the structure has: another order is left to `flatten`.
      for (const k in x) if (k !== keys[seen++]) return -1
      if (seen !== n) return -1
      let at = from
      for (let i = 0; i < n && at >= 0; i++) at = children[i]!((x as Record<string, unknown>)[sorted[i]!], into, at)
      return at
    }
  }
  const { type, aux } = d
  return (x, into, at) => {
    if (typeof x !== 'object' || x === null || Array.isArray(x) || ArrayBuffer.isView(x) || isPlain(x) || nodeTypeOf(x) !== type) return -1
    const [parts, with_] = type.flatten(x as never)
    const list = Array.from(parts)
    return list.length === n && sameAux(aux, with_) ? readAll(list, into, at) : -1
  }
}

/** Puts leaves, from a place of an array on, into the structure. */
export type TreeBuilder = (leaves: readonly unknown[]) => unknown

export const treeBuilder = (def: TreeDef): TreeBuilder => (depth(def) > deepest ? (leaves) => unflatten(def, leaves) : builderAt(def, 0))

function builderAt(d: TreeDef, at: number): TreeBuilder {
  if (d._tag === 'Leaf') return (leaves) => leaves[at]
  if (d._tag === 'Empty') return () => d.value
  let next = at
  const children = d.children.map((c) => {
    const b = builderAt(c, next)
    next += countLeaves(c)
    return b
  })
  return (leaves) => {
    const values = new Array<unknown>(children.length)
    for (let i = 0; i < children.length; i++) values[i] = children[i]!(leaves)
    return built(d, values)
  }
}
