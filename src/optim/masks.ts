/**
 * Transformations of parts of the parameters: those that a mask names, or one for each label.
 *
 * Law: leaves that a mask leaves out keep their updates. Masks and labels are trees that the parameters' tree begins with, so one
 * boolean serves a whole subtree.
 * Example: multiTransform({ slow: sgd(1e-3), fast: adam(1e-2) }, { encoder: 'slow', head: 'fast' })
 */
import { fault, raise, shown } from '../data/errors'
import { countLeaves, difference, flatten, unflatten, type TreeDef } from '../tree/tree'
import { demandTransformation, transformation, withState, type GradientTransformation, type OptState } from './transformation'

/** A tree of booleans (or labels), or a function from the parameters (or gradients) to one. */
export type Mask = boolean | object | ((params: never) => unknown)
export type Labels = string | object | ((params: never) => unknown)

/** The leaves of a tree that begins another one, repeated for every leaf of the other. */
function spread(name: string, prefix: unknown, def: TreeDef): unknown[] {
  const given = flatten(prefix)
  const values = given.leaves[Symbol.iterator]()
  const fail = (): never => raise(fault('tree', `${name}: ${difference(def, given.def, 'params') ?? 'the trees differ'}`, 'Give one value for each leaf of the parameters, or one for a whole subtree.'))
  const go = (p: TreeDef, d: TreeDef): unknown[] => {
    if (p._tag === 'Leaf') return new Array<unknown>(countLeaves(d)).fill(values.next().value)
    if (!('children' in p)) return 'children' in d || d._tag === 'Leaf' ? fail() : []
    if (!('children' in d) || p._tag !== d._tag || p.children.length !== d.children.length) return fail()
    if (p._tag === 'Record' && d._tag === 'Record' && p.sorted.some((k, i) => k !== d.sorted[i])) return fail()
    return p.children.flatMap((c, i) => go(c, d.children[i]!))
  }
  return go(given.def, def)
}

const resolve = (prefix: unknown, tree: unknown): unknown => (typeof prefix === 'function' ? (prefix as (t: unknown) => unknown)(tree) : prefix)

/** The tree with null in the place of leaves that are left out. */
const kept = (tree: unknown, keep: readonly boolean[]): unknown => {
  const { leaves, def } = flatten(tree)
  return unflatten(def, leaves.map((l, i) => (keep[i] ? l : null)))
}

/** What `inner` makes of the kept leaves among the others as they were. */
function partly(inner: GradientTransformation, keep: readonly boolean[], grads: unknown, state: OptState, params: unknown): [unknown, OptState] {
  const [updates, next] = inner.update(kept(grads, keep), state, (params === undefined || params === null ? undefined : kept(params, keep)) as undefined)
  const changed = flatten(updates).leaves[Symbol.iterator]()
  const { leaves, def } = flatten(grads)
  return [unflatten(def, leaves.map((l, i) => (keep[i] ? changed.next().value : l))), next]
}

/** `inner` on the leaves where the mask is true; the others' updates pass through. */
export function masked(inner: GradientTransformation, mask: Mask): GradientTransformation {
  demandTransformation('masked', inner)
  const keep = (tree: unknown): boolean[] => spread('masked', resolve(mask, tree), flatten(tree).def).map(Boolean)
  return withState<OptState>(
    (params) => inner.init(kept(params, keep(params))),
    (grads, state, params) => partly(inner, keep(grads), grads, state, params),
  )
}

/** To each leaf the transformation that its label names; the state has theirs by label. */
export function multiTransform(transforms: { readonly [label: string]: GradientTransformation }, labels: Labels): GradientTransformation {
  if (typeof transforms !== 'object' || transforms === null) raise(fault('tree', `multiTransform: the transformations are ${shown(transforms)}`, 'Give an object of transformations by their labels.'))
  for (const t of Object.values(transforms)) demandTransformation('multiTransform', t)
  const labelled = (tree: unknown): readonly unknown[] => {
    const all = spread('multiTransform', resolve(labels, tree), flatten(tree).def)
    const unknown = all.find((l) => !(typeof l === 'string' && Object.hasOwn(transforms, l)))
    return unknown === undefined ? all : raise(fault('tree', `multiTransform: no transformation for the label ${shown(unknown)}`, `The labels are ${Object.keys(transforms).join(', ')}.`))
  }
  return transformation<{ readonly [label: string]: OptState }>(
    (params) => {
      const all = labelled(params)
      return Object.fromEntries(Object.entries(transforms).map(([label, t]) => [label, t.init(kept(params, all.map((l) => l === label)))]))
    },
    (grads, state, params) => {
      const all = labelled(grads)
      let updates = grads
      const next = Object.entries(transforms).map(([label, t]) => {
        const [u, s] = partly(t, all.map((l) => l === label), updates, state[label]!, params)
        updates = u
        return [label, s] as const
      })
      return [updates, Object.fromEntries(next)]
    },
  )
}
