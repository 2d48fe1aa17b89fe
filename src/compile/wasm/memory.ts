/**
 * The memory of wasm kernels: tables at its start, what kernels keep (`lease`), then a stack. A kernel takes its memory from
 * the top of the stack when it is called and gives it back when it returns, so that kernels which do not run hold nothing.
 *
 * Law: while a kernel runs the memory does not grow, as growing would take the arrays that look into it away. A kernel that
 * is called from within another and finds no room is told so.
 * Decision: one memory and not one for each kernel, because engines reserve gigabytes of addresses for each; and a second
 * one, which threads share, for kernels that have any.
 */
interface Grown {
  readonly buffer: ArrayBuffer
  readonly grow: (pages: number) => number
}
export interface Instance {
  readonly exports: { readonly [name: string]: (...xs: number[]) => void }
}
interface Engine {
  readonly Memory: new (options: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean }) => Grown
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean
  readonly Instance: new (module: object, imports: { readonly [name: string]: { readonly [name: string]: unknown } }) => Instance
}

/** A memory, and the stack in it. */
export interface Space {
  readonly memory: Grown
  /** Pages that it may have, where that is fixed because threads share it. */
  readonly pages: number | undefined
  /** The address of a function's table, which is brought there when it is first asked for. */
  readonly table: (values: Float64Array) => number
  /**
   * An instance of the module; the memory is import `m` of `e`. Undefined where the engine refuses: the main thread of a
   * page may compile small modules only.
   */
  readonly instantiate: (bytes: Uint8Array<ArrayBuffer>, imports: { readonly [name: string]: unknown }) => Instance | undefined
  /** Takes bytes from the stack: their address, or −1 where there is no room. */
  readonly take: (bytes: number) => number
  /** Gives back what `take` gave last. */
  readonly giveBack: (base: number) => void
  /** Says that a kernel runs in memory that it keeps. */
  readonly enter: () => void
  readonly leave: () => void
  /** Takes bytes below the stack, until they are let go: their address, or −1 where there is no room, or while a kernel runs. */
  readonly keep: (bytes: number) => number
  readonly letGo: (address: number, bytes: number) => void
}

const page = 65536
/** Bytes that a vector load may read past the end of what is asked for. */
const slack = 64
/** Where tables end and the stack begins, at an address that vectors are aligned to. */
const floor = 2 ** 15

/** To pages of the machine's, so that it is known where in one the places of a kernel are. */
const aligned = (bytes: number): number => 4096 * Math.ceil(bytes / 4096)

/** The module of nothing. */
const nothing = [0, 97, 115, 109, 1, 0, 0, 0]
/** Whether the environment compiles no modules. */
let refused = false

/** A memory; undefined where the environment refuses, which is asked once: a policy reports each time it is. */
export function makeSpace(pages?: number): Space | undefined {
  try {
    const engine = (globalThis as { readonly WebAssembly?: Engine }).WebAssembly
    if (!engine || refused) return undefined
    refused = true
    new engine.Module(Uint8Array.from(nothing))
    refused = false
    // A page holds the tables.
    return spaceOf(engine, new engine.Memory(pages === undefined ? { initial: 1 } : { initial: 1, maximum: pages, shared: true }), pages)
  } catch {
    // A policy forbids it.
    return undefined
  }
}

function spaceOf(engine: Engine, memory: Grown, pages: number | undefined): Space {
  let top = floor
  /** Where the stack begins: behind what is kept. */
  let bottom = floor
  /** Parts below it that were given back, by address. */
  let holes: (readonly [address: number, bytes: number])[] = []
  let depth = 0
  const tables = new Map<Float64Array, number>()
  let free = 64
  const most = (pages ?? 2 ** 15) * page - slack
  /** Whether the memory reaches so far, or can be made to. */
  const reaches = (end: number): boolean => {
    if (end + slack <= memory.buffer.byteLength) return true
    if (depth > 0) return false
    try {
      // Twice as much as is asked for, so that programs of growing size do not grow it at every step.
      memory.grow(Math.ceil((Math.min(2 * end, most) + slack - memory.buffer.byteLength) / page))
    } catch {
      return false
    }
    return end + slack <= memory.buffer.byteLength
  }
  return {
    memory,
    pages,
    table: (values) => {
      let at = tables.get(values)
      if (at === undefined) {
        tables.set(values, (at = free))
        free = 64 * Math.ceil((at + 8 * values.length) / 64)
        new Float64Array(memory.buffer, at, values.length).set(values)
      }
      return at
    },
    instantiate: (bytes, imports) => {
      const { Module, Instance } = engine
      try {
        return new Instance(new Module(bytes), { e: { ...imports, m: memory } })
      } catch (error) {
        // A module that does not validate is a fault of ours, and no refusal.
        if (!engine.validate(bytes)) throw error
        return undefined
      }
    },
    take: (bytes) => {
      const base = aligned(top)
      if (!reaches(base + bytes)) return -1
      top = base + bytes
      depth++
      return base
    },
    giveBack: (base) => {
      top = base
      depth--
    },
    enter: () => void depth++,
    leave: () => void depth--,
    keep: (bytes) => {
      if (depth > 0) return -1
      const n = aligned(bytes)
      const at = holes.findIndex(([, free]) => free >= n)
      const hole = holes[at]
      if (hole) {
        holes.splice(at, 1, ...(hole[1] > n ? [[hole[0] + n, hole[1] - n] as const] : []))
        return hole[0]
      }
      const base = bottom
      if (!reaches(base + n)) return -1
      top = bottom = base + n
      return base
    },
    letGo: (address, bytes) => {
      holes.push([address, aligned(bytes)])
      const merged: [number, number][] = []
      for (const [from, n] of holes.sort((a, b) => a[0] - b[0])) {
        const before = merged.at(-1)
        if (before && before[0] + before[1] === from) before[1] += n
        else merged.push([from, n])
      }
      const end = merged.at(-1)
      if (end && end[0] + end[1] === bottom && depth === 0) {
        top = bottom = end[0]
        merged.pop()
      }
      holes = merged
    },
  }
}

let found: Space | null | undefined

/** The memory of kernels without threads, made at the first call; undefined where the environment refuses. */
export const wasmSpace = (): Space | undefined => (found === undefined ? (found = makeSpace() ?? null) : found) ?? undefined
