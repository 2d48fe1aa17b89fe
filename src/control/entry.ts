/**
 * One program of a compiled function, and the quick way into it: from arguments to the buffers of its kernel and back.
 *
 * Law: `enter` gives buffers only for arguments whose structure, statics, shapes, dtypes and weakness are the entry's; whatever it
 * is not sure of it leaves to the long way, which takes the trees apart and compares everything.
 * Decision: a call allocates its results and nothing else, but for lists of many arguments and of many results: writing new objects
 * into an old list costs more than a new list. The list of buffers belongs to the entry while it is not in use.
 */
import type { Buffer, Kernel } from '../compile/backend'
import { lasting } from '../compile/lasting'
import type { TypedArray } from '../data/dtype'
import { rowMajor, size } from '../data/shape'
import { valueKey } from '../ir/fingerprint'
import { sameAval, type Aval, type Jaxpr } from '../ir/types'
import { engine } from '../primitives/core'
import { demandKept, donations, own, takeOver } from '../trace/donation'
import { isTraced, Scalar, Tensor } from '../trace/tensor'
import { flatten, type TreeDef } from '../transforms/arguments'
import { reader, treeBuilder, type Reader, type TreeBuilder } from '../tree/compiled'
import { generatedBuilder, generatedReader } from '../tree/generated'

/** The key of a static argument, or a `TreeError` where it contains itself. */
export const staticKey = (x: unknown): string => {
  try {
    return valueKey(x)
  } catch (e) {
    // The stack ended: flatten, which needs none, says why.
    flatten(x)
    throw e
  }
}

/** What a function was traced to. */
export interface Program {
  /** What the function is called. */
  readonly name: string
  readonly def: TreeDef
  /** Positions of the static arguments, and the keys of their values: plain ones by structure, others by identity. */
  readonly at: readonly number[]
  readonly keys: readonly string[]
  /** The named axes in scope: collectives depend on their sizes. */
  readonly axes: string
  readonly avals: readonly Aval[]
  readonly jaxpr: Jaxpr
  readonly captured: readonly Tensor[]
  /** Tensors of one repeated number that the program has the number of. */
  readonly spreads: readonly Tensor[]
  readonly outDef: TreeDef
}

const alike = (a: Aval, b: Aval): boolean => a === b || (a.weak === b.weak && sameAval(a, b))
export const sameAvals = (entry: readonly Aval[], leaves: readonly Tensor[]): boolean =>
  entry.length === leaves.length && entry.every((a, i) => alike(a, leaves[i]!.aval))

/** The elements of a tensor, which nobody writes to. */
function elementsOf(t: Tensor): Buffer {
  const buffer = t.elements('jit')
  if (typeof buffer !== 'number') lasting(buffer)
  return buffer
}

/** Whether the aval is that of a JS number. */
const isNumber = (a: Aval): boolean => a.weak && a.dtype === 'float64' && a.shape.length === 0

/** The buffer of an argument that is one leaf of the aval, without making a tensor; undefined where it is something else. */
function bufferFor(arg: unknown, a: Aval): Buffer | undefined {
  if (arg instanceof Tensor)
    return arg.source._tag === 'Storage' && alike(a, arg.aval) ? elementsOf(arg) : undefined
  return arg instanceof Float64Array && a.dtype === 'float64' && a.shape.length === 1 && a.shape[0] === arg.length ? arg : undefined
}

/** So many arguments are put into the list of the last call, so many results are made by code of their own. */
export const few = 8

/** Calls after which readers and builders are generated. */
const hot = 50

export class Entry {
  readonly program: Program
  readonly #compile: () => Kernel
  #kernel: Kernel | undefined
  /** One reader an argument; none for static ones. Undefined where a captured value is traced: there is no quick way then. */
  #readers: readonly (Reader | undefined)[] | undefined
  /** What the readers expect. */
  #def: TreeDef
  readonly #bare: boolean
  readonly #outs: readonly { readonly aval: Aval; readonly strides: readonly number[]; readonly size: number }[]
  /** From the kernel's results to what the function returns. */
  #build: TreeBuilder
  #calls = 0
  /** Donations there had been when it was last asked whether what it captured is still there. */
  #asked = donations()
  /** The list of buffers, while no call has it. */
  #inputs: unknown[] | undefined
  readonly #numbers: boolean
  /** Arrays that donated arguments have left behind, by dtype and length. */
  readonly #left: Map<string, TypedArray[]> = new Map()

  constructor(program: Program, compile: () => Kernel) {
    this.program = program
    this.#compile = compile
    this.#def = program.def
    this.#bare = program.outDef._tag === 'Leaf'
    this.#outs = program.jaxpr.outs.map(({ aval }) => ({ aval, strides: rowMajor(aval.shape), size: size(aval.shape) }))
    this.#build = this.#listing(treeBuilder(program.outDef))
    this.#numbers = program.avals.every((a) => a.shape.length === 0)
    if (!program.captured.some(isTraced)) this.readAs(program.def)
  }

  get kernel(): Kernel {
    return (this.#kernel ??= this.#compile())
  }

  /** The kernel that runs in the end. */
  get settled(): Kernel {
    return (this.#kernel = this.kernel.hot?.() ?? this.kernel)
  }

  /** Whether what it captured is still there. */
  get usable(): boolean {
    return this.program.captured.every((t) => !isTraced(t) || t.source.trace.isOpen)
  }

  /** Raises `CompileError` where what it captured was donated. Asked at each call: it may have been since the last one. */
  demandCaptured(): void {
    const { captured, spreads, name } = this.program
    const now = donations()
    if (this.#asked === now) return
    demandKept([...captured, ...spreads], `the compiled function ${name} captured it`, 'Pass it to that function as an argument')
    this.#asked = now
  }

  /** From now on arguments are expected with their keys in this order. */
  readAs(def: TreeDef): void {
    this.#readBy(def, reader)
  }

  #readBy(def: TreeDef, readerOf: (d: TreeDef) => Reader): void {
    const { at } = this.program
    this.#readers = (def as Extract<TreeDef, { _tag: 'List' }>).children.map((d, i) => (at.includes(i) ? undefined : readerOf(d)))
    this.#def = def
  }

  /** Code of its own, once: arguments whose keys keep changing their order would have it made each time. */
  #specialise(): void {
    this.#build = this.#ownBuilder() ?? this.#build
    if (this.#readers) this.#readBy(this.#def, (d) => generatedReader(d) ?? reader(d))
  }

  /** Buffers for arguments that fit; undefined where they do not, or may not. */
  enter(args: readonly unknown[]): Buffer[] | undefined {
    const readers = this.#readers
    if (!readers || args.length !== readers.length) return undefined
    const { captured, avals, keys } = this.program
    const first = captured.length
    const inputs = this.#inputs ?? new Array<unknown>(first + avals.length).fill(0)
    this.#inputs = undefined
    let at = first
    let k = 0
    for (let i = 0; i < args.length && at >= 0; i++) {
      const read = readers[i]
      if (read) at = read(args[i], inputs, at)
      else if (staticKey(args[i]) !== keys[k++]) at = -1
    }
    if (at < 0) return this.#return(inputs)
    for (let i = 0; i < avals.length; i++) {
      const x = inputs[first + i]
      if (typeof x === 'number' && isNumber(avals[i]!)) continue
      const b = bufferFor(x, avals[i]!)
      if (b === undefined) return this.#return(inputs)
      inputs[first + i] = b
    }
    this.demandCaptured()
    for (let i = 0; i < first; i++) inputs[i] = elementsOf(captured[i]!)
    return inputs as Buffer[]
  }

  /** Takes the list back, empty. */
  #return(inputs: unknown[]): undefined {
    const { captured, avals } = this.program
    const count = captured.length + avals.length
    if (inputs.length > count) inputs.length = count
    if (!this.#numbers || captured.length > 0) inputs.fill(0)
    this.#inputs = inputs
    return undefined
  }

  /** Runs the kernel; results as the function returned them. */
  run(inputs: Buffer[]): unknown {
    const buffers = this.kernel.run(inputs)
    this.#return(inputs)
    return this.#built(buffers)
  }

  /** The same, where the leaves of some arguments are given up: results may take over arrays that earlier calls left behind. */
  runDonating(inputs: Buffer[], donated: readonly unknown[]): unknown {
    const outputs = this.#outs.map((o) => this.#left.get(`${o.aval.dtype} ${o.size}`)?.pop())
    const buffers = this.kernel.run(inputs, outputs)
    this.#return(inputs)
    for (const b of buffers) if (typeof b !== 'number') own(b)
    this.#left.clear()
    for (const t of donated) {
      if (!(t instanceof Tensor) || isTraced(t)) continue
      const array = takeOver(t)
      if (!array || !this.#outs.some((o) => o.aval.dtype === t.dtype && o.size === array.length)) continue
      const key = `${t.dtype} ${array.length}`
      this.#left.set(key, [...(this.#left.get(key) ?? []), array])
    }
    return this.#built(buffers)
  }

  #built(buffers: Buffer[]): unknown {
    if (this.#calls <= hot && ++this.#calls > hot) this.#specialise()
    return this.#bare ? this.#tensor(buffers[0]!, 0) : this.#build(buffers)
  }

  /** A few tensors are made where they are put. Of many, such code would be large, and slow for thousands of calls. */
  #ownBuilder(): TreeBuilder | undefined {
    const { outDef } = this.program
    if (this.#outs.length > few) {
      const build = generatedBuilder(outDef)
      return build && this.#listing(build)
    }
    const leaf = (i: number): string => {
      const b = `leaves[${i}]`
      return this.#outs[i]!.aval.shape.length > 0 ? `tensor(${b},${i})` : `new Tensor(outs[${i}].aval,new Scalar(typeof ${b}==='number'?${b}:${b}[0]),words)`
    }
    return generatedBuilder(outDef, leaf, { Tensor, Scalar, outs: this.#outs, words: engine.vocabulary, tensor: (b: Buffer, i: number) => this.#tensor(b, i) })
  }

  /** Tensors go into a list of their own: one of numbers would be made anew to hold them. */
  #listing(build: TreeBuilder): TreeBuilder {
    return (buffers) => {
      const tensors = new Array<unknown>(buffers.length)
      for (let i = 0; i < buffers.length; i++) tensors[i] = this.#tensor(buffers[i] as Buffer, i)
      return build(tensors)
    }
  }

  #tensor(buffer: Buffer, i: number): Tensor {
    const { aval, strides } = this.#outs[i]!
    const storage = typeof buffer === 'number' ? new Scalar(buffer) : aval.shape.length === 0 ? new Scalar(buffer[0]!) : { _tag: 'Storage' as const, buffer, offset: 0, strides, literal: false }
    return new Tensor(aval, storage, engine.vocabulary)
  }
}

/** The leaves of the arguments at some positions. */
export const leavesAt = (args: readonly unknown[], at: readonly number[]): readonly unknown[] => at.flatMap((i) => flatten(args[i]).leaves)
