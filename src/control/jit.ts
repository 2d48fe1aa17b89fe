/**
 * jit: a function traced once for each structure of its arguments, and compiled.
 *
 * Law: jit(f) = f, dtypes and bits included. Captured tensors are inputs of the program; an entry that captured tracers
 * serves only while their traces are open. The cache is bounded; bad input leaves it as it was.
 */
import { right } from 'fp-ts/Either'
import type { Buffer, Kernel } from '../compile/backend'
import { heat } from '../compile/compilers'
import type { TypedArray } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { identity, numberKey } from '../ir/fingerprint'
import { aval, sameAval, type Aval, type Jaxpr, type Primitive } from '../ir/types'
import { definePrimitive } from '../primitives/words'
import { engine, ruleOps } from '../primitives/world'
import { backendFor, type BackendName } from './backends'
import { stage } from '../trace/bind'
import { tensorOf } from '../trace/evaluate'
import { isTraced, Tensor } from '../trace/tensor'
import { flatten, resultLeaves, tensorsOf, unflatten, type TreeDef } from '../transforms/arguments'
import { axesInScope } from '../transforms/axes'
import { positions } from '../transforms/grad'
import { simplified } from '../transforms/program'
import type { LiftAll, Tensors } from '../transforms/types'
import { sameDef } from '../tree/tree'

const never = (): never => raise(fault('compile', 'a call was not looked through', 'This is a bug in adjoint: transforms replace calls by what they call.'))

/** A call of a compiled function, as an equation: transforms and backends look through it. */
export const jitCall: Primitive = definePrimitive({
  name: 'jit',
  shape: (_avals, { jaxpr }: { jaxpr: Jaxpr }) => right(jaxpr.outs.map((o) => o.aval)),
  kernel: { _tag: 'Opaque', make: never },
  jvp: never,
  transpose: 'nonlinear',
  batch: never,
  inline: ({ jaxpr }: { jaxpr: Jaxpr }) => jaxpr,
  programs: ({ jaxpr }: { jaxpr: Jaxpr }) => [jaxpr],
  multipleResults: true,
})

export interface JitOptions {
  /** Arguments that are part of the cache key instead of being traced: any values, compared by ===, or by structure when plain. */
  readonly staticArgnums?: number | readonly number[]
  /** Arguments whose storage the results may take over. */
  readonly donateArgnums?: number | readonly number[]
  /** The compiler: `'auto'` (the default) lets adjoint choose; what the environment refuses is replaced by `'closure'`, which has the same bits. */
  readonly backend?: BackendName
}

/** A raw kernel: flat inputs (numbers for rank 0, else typed arrays) to flat outputs. */
export type RawKernel = (inputs: readonly (TypedArray | number)[], outputs?: readonly (TypedArray | undefined)[]) => (TypedArray | number)[]

export interface Lowered {
  /** The plan in words. */
  readonly toString: () => string
  readonly jaxpr: Jaxpr
  readonly compile: () => RawKernel
}

export interface Jitted<A extends readonly unknown[], R> {
  (...args: LiftAll<A>): Tensors<R>
  /** How often f was traced. */
  readonly traceCount: number
  readonly clearCache: () => void
  /** The compiled function for arguments of these shapes, without running it. */
  readonly lower: (...args: LiftAll<A>) => Lowered
}

interface Entry {
  readonly def: TreeDef
  readonly statics: readonly unknown[]
  /** The named axes in scope: collectives depend on their sizes. */
  readonly axes: string
  readonly avals: readonly Aval[]
  readonly jaxpr: Jaxpr
  readonly captured: readonly Tensor[]
  readonly outDef: TreeDef
  readonly outAvals: readonly Aval[]
  /** What was captured, where every argument is one leaf, nothing is static, and no captured value is traced; else undefined. */
  readonly quick: readonly Buffer[] | undefined
  kernel: Kernel | undefined
}

const limit = 256

/** Static values: by ===, plain ones by structure. */
const staticKey = (x: unknown): string => {
  if (typeof x === 'function') return `#${identity(x)}`
  if (typeof x === 'number') return numberKey(x)
  if (typeof x === 'object' && x !== null) return Object.getPrototypeOf(x) === Object.prototype || Array.isArray(x) ? `{${Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}:${staticKey(v)}`).join()}}` : `#${identity(x)}`
  return `${typeof x}:${String(x)}`
}

const alike = (a: Aval, b: Aval): boolean => a === b || (a.weak === b.weak && sameAval(a, b))
const sameAvals = (entry: readonly Aval[], leaves: readonly Tensor[]): boolean =>
  entry.length === leaves.length && entry.every((a, i) => alike(a, leaves[i]!.aval))

/** The buffer of an argument that is one leaf of the aval, without making a tensor; undefined where it is something else. */
function bufferFor(arg: unknown, a: Aval): Buffer | undefined {
  if (typeof arg === 'number') return a.weak && a.dtype === 'float64' && a.shape.length === 0 ? arg : undefined
  if (arg instanceof Tensor)
    return arg.source._tag === 'Storage' && alike(a, arg.aval) ? arg.elements('jit') : undefined
  return arg instanceof Float64Array && a.dtype === 'float64' && a.shape.length === 1 && a.shape[0] === arg.length ? arg : undefined
}

const usable = (e: Entry): boolean => e.captured.every((t) => !isTraced(t) || t.source.trace.isOpen)

/**
 * f, compiled per structure of its arguments (trees, shapes, dtypes) and traced once for each. Inside, values are not
 * known: use np.where or cond instead of `if`. Numbers passed as arguments do not recompile.
 */
export function jit<A extends readonly unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  if (typeof f !== 'function') raise(fault('tree', `jit: expected a function, got ${typeof f}`, 'Write jit(f)(x), not jit(f(x)).'))
  const { staticArgnums = [], backend = 'auto' } = options
  const compiler = backendFor('jit', backend)
  heat()
  let entries: Entry[] = []
  let last: Entry | undefined
  let traceCount = 0
  const name = f.name || 'f'

  const parts = (args: readonly unknown[]): { dynamic: readonly unknown[]; statics: readonly unknown[]; at: readonly number[] } => {
    const list = typeof staticArgnums === 'number' ? [staticArgnums] : staticArgnums
    if (list.length === 0) return { dynamic: args, statics: [], at: [] }
    const at = positions('jit', list, args.length)
    return { dynamic: args.map((a, i) => (at.includes(i) ? null : a)), statics: at.map((i) => args[i]), at }
  }

  const find = (def: TreeDef, statics: readonly unknown[], leaves: readonly Tensor[]): Entry | undefined => {
    for (let k = entries.length - 1; k >= 0; k--) {
      const e = entries[k]!
      if (e.axes !== axesInScope() || !sameAvals(e.avals, leaves) || !sameDef(e.def, def) || !e.statics.every((s, i) => s === statics[i] || staticKey(s) === staticKey(statics[i]))) continue
      if (usable(e)) return e
      entries.splice(k, 1)
    }
    return undefined
  }

  const trace = (def: TreeDef, at: readonly number[], statics: readonly unknown[], leaves: readonly Tensor[]): Entry => {
    let outDef: TreeDef = def
    const avals = leaves.map((l) => aval(l.shape, l.dtype, l.aval.weak))
    const staged = stage(engine, 'jit', avals, null, (tracers) => {
      const args = unflatten(def, tracers) as unknown[]
      at.forEach((i, k) => (args[i] = statics[k]))
      traceCount++
      const r = resultLeaves('jit', f(...(args as unknown as A)))
      outDef = r.def
      return r.tensors
    })
    const jaxpr = simplified(staged.jaxpr)
    const entry: Entry = { def, statics, axes: axesInScope(), avals, jaxpr, captured: staged.captured, outDef, outAvals: jaxpr.outs.map((o) => o.aval), quick: at.length === 0 && !staged.captured.some(isTraced) && (def as Extract<TreeDef, { _tag: 'List' }>).children.every((c) => c._tag === 'Leaf') ? staged.captured.map((t) => t.elements('jit')) : undefined, kernel: undefined }
    if (entries.length >= limit) entries = entries.slice(1)
    entries.push(entry)
    return entry
  }

  const lookup = (args: readonly unknown[]): { entry: Entry; leaves: readonly Tensor[] } => {
    const { dynamic, statics, at } = parts(args)
    const { tensors, def } = tensorsOf(flatten(dynamic), 'args')
    return { entry: find(def, statics, tensors) ?? trace(def, at, statics, tensors), leaves: tensors }
  }

  /** The usual call, without flattening: every argument one leaf, of the avals that the last call had. */
  const quick = (args: readonly unknown[]): readonly Buffer[] | undefined => {
    if (!last?.quick || last.axes !== axesInScope() || args.length !== last.avals.length) return undefined
    const bound = last.quick
    const buffers = new Array<Buffer>(bound.length + args.length)
    for (let i = 0; i < bound.length; i++) buffers[i] = bound[i]!
    for (let i = 0; i < args.length; i++) {
      const b = bufferFor(args[i], last.avals[i]!)
      if (b === undefined) return undefined
      buffers[bound.length + i] = b
    }
    return buffers
  }

  const finish = (entry: Entry, inputs: readonly Buffer[]): unknown => {
    entry.kernel ??= compiler.compile(entry.jaxpr)
    const results = entry.kernel.run(inputs)
    if (entry.outDef._tag === 'Leaf') return tensorOf(entry.outAvals[0]!, results[0]!, engine.vocabulary)
    const leaves = new Array<Tensor>(results.length)
    for (let i = 0; i < results.length; i++) leaves[i] = tensorOf(entry.outAvals[i]!, results[i]!, engine.vocabulary)
    return unflatten(entry.outDef, leaves)
  }

  const call = (...args: unknown[]): unknown => {
    const ready = quick(args)
    if (ready) return finish(last!, ready)
    const { entry, leaves } = lookup(args)
    const inputs = entry.captured.length === 0 ? leaves : [...entry.captured, ...leaves]
    if (inputs.some(isTraced)) {
      const outs = ruleOps.bind(jitCall, inputs, { name, jaxpr: entry.jaxpr })
      return unflatten(entry.outDef, outs)
    }
    last = entry
    return finish(entry, inputs.map((t) => t.elements('jit')))
  }

  return Object.defineProperties(call, {
    traceCount: { get: () => traceCount },
    clearCache: {
      value: () => {
        entries = []
        last = undefined
      },
    },
    lower: {
      value: (...args: unknown[]): Lowered => {
        const { entry } = lookup(args)
        if (entry.captured.some(isTraced)) raise(fault('compile', 'lower: the function captured a traced value', 'Lower it outside of other transforms, or pass the value as an argument.'))
        const kernel = (): Kernel => (entry.kernel ??= compiler.compile(entry.jaxpr))
        return {
          jaxpr: entry.jaxpr,
          toString: () => kernel().describe(),
          compile: () => {
            const k = kernel()
            const bound = entry.captured.map((t) => t.elements('lower'))
            return bound.length === 0 ? k.run : (inputs, outputs) => k.run([...bound, ...inputs], outputs)
          },
        }
      },
    },
  }) as unknown as Jitted<A, R>
}

