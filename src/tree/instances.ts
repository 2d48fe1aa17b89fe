/**
 * Trees as functors and foldables, in fp-ts's terms.
 *
 * Law: map(id) = id, map(f ∘ g) = map f ∘ map g; foldMap M f t = the M-concatenation of f over the leaves in order.
 */
import type { Monoid } from 'fp-ts/Monoid'
import { fault, raise } from '../data/errors'
import { difference, flatten, sameDef, sameNode, showDef, step, unflatten, type TreeDef } from './tree'

/**
 * What stands in a tree where the structure has its leaves: the tree may go on below them.
 *
 * Example: below the structure of { a: 1 }, { a: [2, 3] } has [[2, 3]].
 */
export function leavesUpTo(def: TreeDef, tree: unknown, root: string): readonly unknown[] {
  const out: unknown[] = []
  const stack: [TreeDef, unknown, string][] = [[def, tree, root]]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [d, x, at] = top
    if (d._tag === 'Leaf') {
      out.push(x)
      continue
    }
    const level = flatten(x, (y) => y !== x)
    if (!sameNode(d, level.def)) raise(fault('tree', `trees differ: ${at}: expected ${showDef(d)}, got ${showDef(flatten(x).def)}`, 'Give trees that have the structure of the first; they may go on below its leaves.'))
    if ('children' in d) for (let i = d.children.length - 1; i >= 0; i--) stack.push([d.children[i]!, level.leaves[i], at + step(d, i)])
  }
  return out
}

/** f over every leaf; with more trees, over corresponding leaves. Trees of another structure are a `TreeError`. */
export function map(f: (...leaves: never[]) => unknown, tree: unknown, ...rest: readonly unknown[]): unknown {
  const { leaves, def } = flatten(tree)
  const others = rest.map((t, i) => sameLeaves(def, t, i + 1))
  return unflatten(def, leaves.map((l, i) => f(...([l, ...others.map((o) => o[i])] as never[]))))
}

function sameLeaves(def: TreeDef, tree: unknown, i: number): readonly unknown[] {
  const flat = flatten(tree)
  if (!sameDef(def, flat.def)) raise(fault('tree', `trees differ: ${difference(def, flat.def, `tree${i}`)}`, 'Give trees of one structure.'))
  return flat.leaves
}

/** The M-concatenation of f over the leaves. */
export const foldMap =
  <M>(monoid: Monoid<M>) =>
  <A>(f: (leaf: A) => M) =>
  (tree: unknown): M =>
    (flatten(tree).leaves as readonly A[]).reduce((sum, leaf) => monoid.concat(sum, f(leaf)), monoid.empty)
