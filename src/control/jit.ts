/**
 * jit: a function traced once for each structure of its arguments, and compiled.
 *
 * Law: jit(f) = f, dtypes and bits included. Captured tensors are inputs of the program; an entry that captured tracers
 * serves only while their traces are open. The cache is bounded; bad input leaves it as it was.
 */
import { right } from 'fp-ts/Either'
import type { Buffer } from '../compile/backend'
import { endThreads } from '../compile/threads/pool'
import { allocate, byteSize, type TypedArray } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandFunction, demandOptions } from '../data/options'
import { inspect } from '../data/print'
import { size } from '../data/shape'
import { holding } from '../ir/held'
import { calling } from '../ir/inline'
import { aval, type Aval, type Jaxpr, type Primitive } from '../ir/types'
import { coreOps } from '../primitives/core'
import { definePrimitive } from '../primitives/define'
import { backendFor, type BackendName, type Precision } from './backends'
import { Entry, few, leavesAt, sameAvals, staticKey } from './entry'
import { detach, isTraced, type Tensor } from '../trace/tensor'
import { flatten, resultLeaves, tensorsOf, unflatten, type TreeDef } from '../transforms/arguments'
import { axesInScope } from '../transforms/axes'
import { positions } from '../transforms/grad'
import { stageWhole } from '../transforms/program'
import { warm } from '../transforms/warm'
import type { LiftAll, Tensors, TensorTree } from '../transforms/types'
import { sameDef } from '../tree/tree'
import { numbersOf } from '../primitives/vocabulary/vocabulary'
import { currentTrace, noteSpreads, withSpreads } from '../trace/trace'

const never = (): never => raise(fault('compile', 'a call was not looked through', 'This is a bug in adjoint.'))

/** A call of a compiled function, as an equation: transforms and backends look through it. */
export const jitCall: Primitive = definePrimitive({
  name: 'jit',
  shape: (_avals, { jaxpr }: { jaxpr: Jaxpr }) => right(jaxpr.outs.map((o) => o.aval)),
  kernel: { _tag: 'Opaque', make: never },
  jvp: never,
  transpose: 'nonlinear',
  batch: never,
  inline: calling(({ jaxpr }: { jaxpr: Jaxpr }) => jaxpr),
  programs: holding(({ jaxpr }: { jaxpr: Jaxpr }) => [jaxpr]),
  multipleResults: true,
})

export interface JitOptions {
  /** Arguments that are part of the cache key instead of being traced: any values, compared by ===, or by structure when plain. */
  readonly staticArgnums?: number | readonly number[]
  /**
   * Arguments that the caller gives up: results of the next call take over their storage, where it has their size and dtype and
   * nothing else is a view of it, so that a loop `w = step(w)` allocates no arrays. A donated tensor that is used afterwards
   * raises `CompileError`, also by a compiled function that captured it, or a pullback that holds it. (What was computed of it
   * before stays, by such a function too while it was traced.) Ignored where the call is itself traced.
   */
  readonly donateArgnums?: number | readonly number[]
  /** The compiler: `'auto'` (the default) lets adjoint choose; what the environment refuses is replaced by `'closure'`, which has the same bits. */
  readonly backend?: BackendName
  /**
   * Threads that run large steps (loops over arrays, reductions, products) at the same time, the caller's included: an integer
   * from 1 (the default) to 64. Results have the same bits whatever their number. Threads are shared by all functions, run
   * WebAssembly alone (of `'auto'` and `'wasm'`), and end by themselves when they are idle, at `clearCache()` and with the
   * process. Where there are none to be had (no `worker_threads`, a page that is not cross-origin isolated) the caller does
   * without. Ignored where the call is itself traced.
   *
   * Example: jit((x) => np.sum(np.exp(x)), { threads: 2 })(np.zeros([3])).item() // => 3
   */
  readonly threads?: number
  /**
   * `'exact'` (the default): the bits of plain evaluation, whichever backend runs. `'fast'`: matrix products, functions and
   * your own a·b + c multiply and add in one instruction, rounded once, where the engine has it (relaxed SIMD: Node 22, Chrome 114,
   * Firefox 145), so that the last bits depend on the machine, and a product that overflows on its own may not before a sum;
   * elsewhere the same as `'exact'`. Ignored where the call is itself traced: the outermost function decides.
   *
   * Example: jit(f, { precision: 'fast' })
   */
  readonly precision?: Precision
}

/**
 * A raw kernel: flat inputs (numbers for rank 0, else typed arrays in row-major order) to flat outputs. Dtypes and lengths are the
 * caller's care: nothing is checked. `outputs`: arrays to write results to; what is not given is made.
 *
 * Example: jit(np.square).lower(3).compile()([4]) // => [16]
 */
export type RawKernel = (inputs: readonly (TypedArray | number)[], outputs?: readonly (TypedArray | undefined)[]) => (TypedArray | number)[]

export interface Lowered {
  /**
   * The plan in words: loops, with the equations fused into each, and their bodies beneath; where buffers are; the bytes that are kept.
   *
   * Example: String(jit((x) => np.sum(np.sin(x)), { backend: 'closure' }).lower(np.ones(9))).split('\n')[1] // => loop over 9 elements, 2 equations fused: sin, reduce_sum
   */
  readonly toString: () => string
  /** The program: what was traced, simplified. */
  readonly jaxpr: Jaxpr
  /** Memory, in bytes: arguments with what was captured, results, what the kernel keeps for itself, and the sum, which is the most that a call needs (of `'direct'`, which plans nothing, without the arrays that come and go within a call). */
  readonly bytes: { readonly inputs: number; readonly outputs: number; readonly scratch: number; readonly peak: number }
  /**
   * The kernel alone, which checks nothing: what it is given are the leaves of the arguments in order.
   *
   * Example: jit(grad((x) => np.sum(np.square(x)))).lower(np.ones(2)).compile()([new Float64Array([1, 2])]) // => [2,4]
   */
  readonly compile: () => RawKernel
}

export interface Jitted<A extends readonly unknown[], R, T = Tensors<R>> {
  (...args: LiftAll<A>): T
  /** How often f was traced. */
  readonly traceCount: number
  readonly clearCache: () => void
  /** The compiled function for arguments of these shapes, without running it. */
  readonly lower: (...args: LiftAll<A>) => Lowered
}

/** Programs kept, one for each structure of the arguments. */
const limit = 256
/** Of these, the ones last used that arguments are compared with before their trees are taken apart. */
const recent = 4

/** Traces that may be open inside one another. Long before the stack ends, so that the error does not depend on its size. */
const deepest = 256

/** Raises `CompileError` where a function that is being traced seems to call itself without end. */
function demandEnd(): void {
  let open = 0
  for (let t = currentTrace(); t; t = t.parent) open++
  if (open > deepest) raise(fault('compile', `jit: more than ${deepest} traces are open: a function calls itself without end`, 'End it by a value that is known, or use cond or whileLoop.'))
}

/**
 * f, compiled per structure of its arguments (trees, shapes, dtypes) and traced once for each. Inside, values are not
 * known: use np.where or cond instead of `if`. Numbers passed as arguments do not recompile. A boolean becomes a tensor too,
 * which is an object, so that `train ? a : b` is always a: flags and options that the function decides by are `staticArgnums`.
 * What f closes over has the value that it had when f was traced, typed arrays too.
 */
export function jit<A extends readonly unknown[] = readonly Tensor[], R extends readonly unknown[] & TensorTree<R> = any>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R, unknown extends R ? R : { -readonly [K in keyof R]: R[K] }>
export function jit<A extends readonly unknown[] = readonly Tensor[], R extends TensorTree<R> = any>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R, R>
export function jit<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R>
export function jit<A extends readonly unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  demandFunction('jit', f)
  // Which option text was most likely meant for.
  demandOptions('jit', options, typeof options === 'string' ? [options === 'fast' ? 'precision' : 'backend'] : ['staticArgnums', 'donateArgnums', 'backend', 'threads', 'precision'])
  const { staticArgnums = [], donateArgnums = [], backend = 'auto', threads = 1, precision = 'exact' } = options
  const [staticAt, donatedAt] = [staticArgnums, donateArgnums].map((argnums) => numbersOf('jit', argnums)) as [number[], number[]]
  const compiler = backendFor(backend, threads, precision)
  warm()
  /** In order of use. */
  let entries: Entry[] = []
  let traceCount = 0
  const name = f.name || 'f'

  const use = (entry: Entry): Entry => {
    entries = [...entries.filter((e) => e !== entry), entry].slice(-limit)
    return entry
  }

  const find = (def: TreeDef, keys: readonly string[], leaves: readonly Tensor[]): Entry | undefined => {
    const fits = ({ program: p }: Entry): boolean =>
      p.axes === axesInScope() && sameAvals(p.avals, leaves) && sameDef(p.def, def) && p.keys.every((k, i) => k === keys[i])
    entries = entries.filter((e) => !fits(e) || (e.demandCaptured(), e.usable))
    const found = [...entries].reverse().find(fits)
    if (!found) return undefined
    if (!found.program.captured.some(isTraced)) found.readAs(def)
    return use(found)
  }

  const trace = (def: TreeDef, at: readonly number[], statics: readonly unknown[], keys: readonly string[], leaves: readonly Tensor[]): Entry => {
    let outDef: TreeDef = def
    const avals = leaves.map((l) => aval(l.shape, l.dtype, l.aval.weak))
    demandEnd()
    const [{ jaxpr, captured }, spreads] = withSpreads(() => stageWhole('jit', avals, (tracers) => {
      const args = unflatten(def, tracers) as unknown[]
      at.forEach((i, k) => (args[i] = statics[k]))
      traceCount++
      const r = resultLeaves('jit', f(...(args as unknown as A)))
      outDef = r.def
      return r.tensors
    }))
    detach(captured)
    return use(new Entry({ name, def, at, keys, axes: axesInScope(), avals, jaxpr, captured, spreads, outDef }, () => compiler.compile(jaxpr)))
  }

  const lookup = (args: readonly unknown[]): { entry: Entry; leaves: readonly Tensor[] } => {
    const at = positions('jit', staticAt, args.length)
    const statics = at.map((i) => args[i])
    // Taken before f runs, and text: what is done to the values later does not show.
    const keys = statics.map(staticKey)
    const { tensors, def } = tensorsOf(flatten(args.map((a, i) => (at.includes(i) ? null : a))), 'args')
    return { entry: find(def, keys, tensors) ?? trace(def, at, statics, keys, tensors), leaves: tensors }
  }

  const run = (entry: Entry, inputs: Buffer[], args: readonly unknown[]): unknown =>
    donatedAt.length > 0 ? entry.runDonating(inputs, leavesAt(args, positions('jit', donatedAt, args.length))) : entry.run(inputs)

  const called = (args: readonly unknown[]): unknown => {
    const end = entries.length - 1
    for (let k = end; k >= 0 && k > end - recent; k--) {
      const entry = entries[k]!
      const inputs = entry.program.axes === axesInScope() ? entry.enter(args) : undefined
      if (!inputs) continue
      if (k < end) use(entry)
      return run(entry, inputs, args)
    }
    const { entry, leaves } = lookup(args)
    const { captured, outDef, jaxpr } = entry.program
    const inputs = [...captured, ...leaves]
    noteSpreads(entry.program.spreads)
    if (inputs.some(isTraced)) return unflatten(outDef, coreOps.bind(jitCall, inputs, { name, jaxpr }))
    return run(entry, inputs.map((t) => t.elements('jit')), args)
  }

  /** The list of few arguments, while no call has it: a rest parameter would be a new one each time. */
  let held: unknown[] | undefined
  const call = function (): unknown {
    const n = arguments.length
    // Writing many new numbers into an old list costs more than a new list.
    const args = (n > few ? undefined : held) ?? new Array<unknown>(n)
    held = undefined
    for (let i = 0; i < n; i++) args[i] = arguments[i]
    if (args.length > n) args.length = n
    const result = called(args)
    if (n > few) return result
    for (let i = 0; i < n; i++) args[i] = undefined
    held = args
    return result
  }

  return Object.defineProperties(call, {
    traceCount: { get: () => traceCount },
    clearCache: {
      value: () => {
        entries = []
        if (threads > 1) endThreads()
      },
    },
    lower: {
      value: (...args: unknown[]): Lowered => {
        let entry: Entry
        try {
          entry = lookup(args).entry
        } catch (e) {
          if (args.length === 0 && f.length > 0) raise(fault('tree', 'lower: the arguments of f are missing', 'Write jit(f).lower(x).'))
          throw e
        }
        const { captured, spreads, jaxpr, avals } = entry.program
        if (captured.some(isTraced)) raise(fault('compile', 'lower: the function captured a traced value', 'Pass the value as an argument.'))
        const toString = (): string => entry.settled.describe()
        return {
          jaxpr,
          toString,
          [inspect]: toString,
          get bytes() {
            const inputs = bytesOf([...captured.map((t) => t.aval), ...avals])
            const outputs = bytesOf(jaxpr.outs.map((o) => o.aval))
            const scratch = entry.settled.bytes
            return { inputs, outputs, scratch, peak: inputs + outputs + scratch }
          },
          compile: () => {
            const { run } = entry.settled
            const ofNumbers = jaxpr.outs.every((o) => o.aval.shape.length === 0)
            // What the caller gets is the caller's alone.
            const own = (given: readonly (TypedArray | undefined)[] = []): (TypedArray | undefined)[] => jaxpr.outs.map(({ aval: a }, i) => given[i] ?? (a.shape.length > 0 ? allocate(a.dtype, size(a.shape)) : undefined))
            return ofNumbers && captured.length + spreads.length === 0 ? run : (inputs, outputs) => {
              entry.demandCaptured()
              return run(captured.length > 0 ? [...captured.map((t) => t.elements('jit')), ...inputs] : inputs, own(outputs))
            }
          },
        } as Lowered
      },
    },
  }) as unknown as Jitted<A, R>
}

const bytesOf = (avals: readonly Aval[]): number => avals.reduce((n, a) => n + byteSize(a.dtype) * size(a.shape), 0)
