/**
 * vmap: a function of single examples becomes one of batches.
 *
 * Law: vmap(f)(xs) = stack(map f xs), for every choice of mapped axes. f is called exactly once.
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions } from '../data/options'
import { range, without } from '../data/shape'
import { aval } from '../ir/types'
import { coreOps, engine, ops } from '../primitives/core'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { flatten, paths, resultLeaves, tensorsOf, unflatten, type TreeDef } from './arguments'
import { countLeaves, difference } from '../tree/tree'
import { withAxis } from './axes'
import { emitBatch, withAllLanes } from './batch'
import { Executable, memory } from './program'
import type { AnyFunction, Tensors } from './types'
import { axisOf, demandKnown } from '../primitives/vocabulary/vocabulary'

/** An axis, `null` for what is not mapped, or a tree of these with the structure (or a prefix of it) of what they are for. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes }

export interface VmapOptions {
  /** Which axis of each argument to map over. An array has one entry an argument. Default 0. */
  readonly inAxes?: Axes
  /** Where the batch goes in the results. Default 0. */
  readonly outAxes?: Axes
  /** The batch's size; needed only where no argument is mapped. */
  readonly axisSize?: number
  /** A name for the axis, for collectives inside f: psum(x, axisName). */
  readonly axisName?: string
}

/** One axis a leaf: a tree of axes spread over the structure that it is a prefix of. */
function spreadAxes(name: string, axes: Axes | undefined, def: TreeDef, path: string): (number | null)[] {
  if (axes === null || axes === undefined || typeof axes === 'number') return new Array<number | null>(countLeaves(def)).fill(axes ?? null)
  const fail = (): never =>
    raise((demandKnown(axes, 'vmap', name), fault('tree', `vmap: ${name} does not fit the tree: ${difference(flatten(axes, (x) => x === null).def, def, path) ?? path}`, 'Give one axis (or null) for each leaf, or one for a whole subtree.')))
  if (def._tag === 'Record') {
    const record = axes as { readonly [key: string]: Axes }
    if (Array.isArray(axes) || Object.keys(record).some((k) => !def.sorted.includes(k))) fail()
    return def.sorted.flatMap((k, i) => (k in record ? spreadAxes(name, record[k], def.children[i]!, `${path}.${k}`) : fail()))
  }
  const list = axes as readonly Axes[]
  if (!('children' in def) || !Array.isArray(axes) || list.length !== def.children.length) return fail()
  return def.children.flatMap((c, i) => spreadAxes(name, list[i], c, `${path}[${i}]`))
}

interface Batched {
  readonly program: Executable
  readonly batched: readonly boolean[]
  readonly closed: boolean
}
const derivations = memory<Batched>()

/**
 * f over a batch: each mapped argument leaf loses its axis inside f, each result leaf gains one.
 * Throws `AxisError` for an axis that a leaf does not have, `ShapeError` where sizes differ.
 */
export function vmap<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, options: VmapOptions = {}): (...args: { [K in keyof A]: unknown }) => Tensors<R> {
  demandOptions('vmap', options, ['inAxes', 'outAxes', 'axisSize', 'axisName'])
  demandFunction('vmap', f)
  return (...args) => {
    const { inAxes = 0, outAxes = 0 } = options
    const flat = flatten(args)
    const list = Array.isArray(inAxes) ? (inAxes as readonly Axes[]) : undefined
    if (list && list.length !== args.length)
      raise(fault('tree', `vmap: inAxes has ${list.length} entries for ${args.length} arguments`, 'Give one entry for each argument, or one number for all.'))
    const axes = list ? spreadAxes('inAxes', list, flat.def, 'args') : spreadAxes('inAxes', args.map(() => inAxes), flat.def, 'args')
    const mappedLeaves = tensorsOf({ leaves: flat.leaves.filter((_, i) => axes[i] !== null), def: { _tag: 'List', children: axes.filter((a) => a !== null).map(() => ({ _tag: 'Leaf' as const })) } }, 'mapped args')
    const positions = axes.flatMap((a, i) => (a === null ? [] : [i]))
    const moved = mappedLeaves.tensors.map((t, k) => {
      if (t.ndim === 0) raise(fault('axis', `vmap: ${paths(flat.def, 'args')[positions[k]!]} is a scalar, which has no axis to map over`, 'A JS list is a tree of its elements: of numbers write np.array([…]). What is not mapped has null in inAxes.'))
      const axis = axisOf('vmap', axes[positions[k]!]!, t.ndim)
      return ops.transpose(t, [axis, ...range(t.ndim).filter((i) => i !== axis)])
    })
    const size = batchSize(moved, mappedLeaves.tensors, options.axisSize)
    let def: TreeDef = { _tag: 'List', children: [] }
    const { axisName } = options
    const staged = withAxis(axisName, size, () => stage(engine, 'vmap', moved.map((t) => aval(without(t.shape, [0]), t.dtype, t.aval.weak)), null, (tracers) => {
      const full = [...flat.leaves]
      positions.forEach((p, k) => (full[p] = tracers[k]!))
      const r = resultLeaves('vmap', (f as unknown as AnyFunction)(...(unflatten(flat.def, full) as never[])))
      def = r.def
      return r.tensors
    }))
    const n = staged.captured.length
    const { value, literals } = derivations.of(`vmap ${size} ${axisName ?? ''}`, staged.jaxpr, (p) => {
      let flags: boolean[] = []
      const batchedAvals = p.inputs.map((v, i) => (i >= n && i < n + moved.length ? aval([size, ...v.aval.shape], v.aval.dtype, v.aval.weak) : v.aval))
      const batch = stage(engine, 'vmap', batchedAvals, null, (t) => {
        const lanes = withAllLanes(axisName, () => emitBatch(p, t.map((v, i) => ({ value: v, batched: i >= n && i < n + moved.length })), size))
        flags = lanes.map((l) => l.batched)
        return lanes.map((l) => coreOps.instantiate(l.value)) as Tensor[]
      })
      const program = new Executable(batch)
      return { program, batched: flags, closed: program.closed }
    })
    const outs = value.program.run([...staged.captured, ...moved, ...literals])
    const places = spreadAxes('outAxes', outAxes, def, 'result')
    return unflatten(def, outs.map((t, i) => place(t, value.batched[i]!, places[i]!, size))) as Tensors<ReturnType<typeof f>>
  }
}

/** Puts the batch where outAxes says; what is not batched is repeated, or handed out as it is for `null`. */
function place(t: Tensor, batched: boolean, axis: number | null, size: number): Tensor {
  if (axis === null) {
    if (batched) raise(fault('axis', 'vmap: outAxes is null for a result that depends on a mapped argument', 'Give the axis where the batch shall stand.'))
    return t
  }
  const b = batched ? t : ops.broadcast(t, [size, ...t.shape], range(t.ndim, 1))
  const at = axisOf('vmap: outAxes', axis, b.ndim)
  const rest = range(b.ndim - 1, 1)
  return ops.transpose(b, [...rest.slice(0, at), 0, ...rest.slice(at)])
}

function batchSize(moved: readonly Tensor[], given: readonly Tensor[], wanted: number | undefined): number {
  const sizes = new Set(moved.map((t) => t.shape[0]!))
  if (sizes.size > 1 || (wanted !== undefined && sizes.size === 1 && !sizes.has(wanted)))
    raise(fault('shape', `vmap: the mapped axes have sizes ${[...sizes].join(', ')}${wanted === undefined ? '' : `, axisSize is ${wanted}`} (arguments ${given.map((t) => `${t.dtype}[${t.shape.join(',')}]`).join(', ')})`, 'All mapped axes must have one size; use null in inAxes for what is not mapped.'))
  if (wanted !== undefined && (!Number.isSafeInteger(wanted) || wanted < 0)) raise(fault('shape', `vmap: axisSize is ${shown(wanted)}`, 'Give a non-negative integer.'))
  const size = wanted ?? [...sizes][0]
  return size ?? raise(fault('tree', 'vmap: no argument is mapped', 'Map at least one argument, or give axisSize.'))
}
