/**
 * The public functions on pytrees, as in JAX's `jax.tree`.
 *
 * Example: tree.map((x, y) => x + y, { a: 1 }, { a: 2 }) // => { a: 3 }
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction, itself } from '../data/options'
import { leavesUpTo } from './instances'
import { countLeaves, demandDef, difference, flatten as flattenTree, sameDef, showDef, unflatten as unflattenTree, type TreeDef } from './tree'

export { registerNode, type TreeDef } from './tree'

/**
 * f over every leaf of a tree, and over what stands at the same places of others. The first tree decides the structure; the
 * others may go on below its leaves. So parameters that were saved by JSON.stringify are read again.
 * @example tree.map((p, saved) => np.array(saved, p.dtype), { w: np.ones(2) }, JSON.parse('{"w":[3,4]}')).w // => [3. 4.]
 */
export function map<T, R>(f: (leaf: any, ...rest: any[]) => R, tree: T, ...rest: readonly unknown[]): any {
  demandFunction('tree.map', f, itself)
  const { leaves: first, def } = flattenTree(tree)
  const others = rest.map((t, i) => leavesUpTo(def, t, `tree${i + 1}`))
  return unflattenTree(def, first.map((l, i) => f(l, ...others.map((o) => o[i]))))
}

/** The predicate that ends the descent, or none. */
function leafTest(name: string, isLeaf: ((x: unknown) => boolean) | null | undefined): ((x: unknown) => boolean) | undefined {
  if (isLeaf === undefined || isLeaf === null) return undefined
  demandFunction(name, isLeaf, 'isLeaf is a function of a node: give the function itself.')
  return isLeaf
}

/** [leaves, structure]. */
export function flatten(tree: unknown, isLeaf?: (x: unknown) => boolean): [leaves: any[], structure: TreeDef] {
  const { leaves, def } = flattenTree(tree, leafTest('tree.flatten', isLeaf))
  return [[...leaves], def]
}

/** The tree of a structure filled with leaves in order; as many leaves as the structure has, or `TreeError`. */
export function unflatten(structure: TreeDef, leaves: Iterable<unknown>): any {
  if (leaves === null || typeof leaves !== 'object' || !(Symbol.iterator in leaves)) raise(fault('tree', `tree.unflatten: expected a list of leaves, got ${shown(leaves)}`, 'Write tree.unflatten(structure, leaves).'))
  return unflattenTree(demandDef('tree.unflatten', structure), leaves)
}

/** The leaves in order. */
export function leaves(tree: unknown, isLeaf?: (x: unknown) => boolean): any[] {
  return [...flattenTree(tree, leafTest('tree.leaves', isLeaf)).leaves]
}

/** The structure of a tree. Compare structures with `tree.sameStructure`. */
export function structure(tree: unknown): TreeDef {
  return flattenTree(tree).def
}

/** Whether two trees have one structure. */
export function sameStructure(a: unknown, b: unknown): boolean {
  return sameDef(flattenTree(a).def, flattenTree(b).def)
}

/** f(… f(f(initial, leaf₀), leaf₁) …); without `initial`, starts from the first leaf. */
export function reduce<A>(f: (sum: A, leaf: any) => A, tree: unknown, initial?: A): A {
  demandFunction('tree.reduce', f, itself)
  const all = flattenTree(tree).leaves
  if (initial !== undefined) return all.reduce<A>((s, l) => f(s, l), initial)
  if (all.length === 0) raise(fault('tree', 'reduce of a tree without leaves and without an initial value', 'Give an initial value.'))
  return all.slice(1).reduce<A>((s, l) => f(s, l), all[0] as A)
}

/** Whether the predicate (default: the leaf is truthy) holds of every leaf. */
export function all(tree: unknown, predicate: (leaf: any) => boolean = Boolean): boolean {
  demandFunction('tree.all', predicate, itself)
  return flattenTree(tree).leaves.every((l) => predicate(l))
}

/** A tree of trees turned inside out: structures `outer` of `inner` become `inner` of `outer`. */
export function transpose(outer: TreeDef, inner: TreeDef, tree: unknown): any {
  const { leaves: flat, def } = flattenTree(tree)
  const n = countLeaves(demandDef('tree.transpose', outer))
  const m = countLeaves(demandDef('tree.transpose', inner))
  if (flat.length !== n * m)
    raise(fault('tree', `transpose: ${difference(outer, def, 'tree') ?? `expected ${n * m} leaves, got ${flat.length}`}`, `Give a tree of structure ${showDef(outer)} whose leaves are trees of structure ${showDef(inner)}.`))
  const columns = Array.from({ length: m }, (_, j) => unflattenTree(outer, Array.from({ length: n }, (_, i) => flat[i * m + j])))
  return unflattenTree(inner, columns)
}
