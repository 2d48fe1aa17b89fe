/**
 * The assembler: functions as bytes, and modules of them.
 *
 * A function's code is written instruction by instruction; loops and branches are written with closures, so that they nest
 * rightly by construction. Constants that a loop needs are hoisted into locals at the head of the function: engines build
 * inline constants anew at every use.
 * Law: every module made here validates.
 * Source: WebAssembly Core Specification 2.0, §5.
 */
import { alignmentOf, opcodes, valueTypes, type Instruction, type LaneInstruction, type MemoryInstruction, type ValueType } from './opcodes'

/** Unsigned LEB128. */
export function unsigned(out: number[], value: number): void {
  let v = value
  for (; v > 127; v = Math.floor(v / 128)) out.push((v & 127) | 128)
  out.push(v)
}

/** The same by itself. */
const leb = (value: number): number[] => {
  const out: number[] = []
  unsigned(out, value)
  return out
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(out: number[], value: number): void {
  let v = value | 0
  for (; v < -64 || v > 63; v >>= 7) out.push((v & 127) | 128)
  out.push(v & 127)
}

const view = new DataView(new ArrayBuffer(8))
const viewed = (): number[] => Array.from(new Uint8Array(view.buffer))

export type Signature = { readonly params: readonly ValueType[]; readonly results: readonly ValueType[] }
export const signature = (params: readonly ValueType[], ...results: readonly ValueType[]): Signature => ({ params, results })
/** Of so many words. */
export const words = (params: number, ...results: readonly ValueType[]): Signature => signature(new Array<ValueType>(params).fill('i32'), ...results)

/** What is called: a function of the module by its number, or an import by the complement of its number. */
export type Callee = number

/** The code of one function. */
export class Code {
  readonly signature: Signature
  readonly #types: ValueType[] = []
  readonly #free = new Map<ValueType, number[]>()
  readonly #head: number[] = []
  readonly #hoisted = new Map<bigint, number>()
  readonly #calls: (readonly [at: number, callee: Callee])[] = []
  #bytes: number[] = []

  readonly #slots: (readonly [at: number, slot: number, bytes: number])[] = []
  readonly #place: (slot: number) => number

  /** `place` says, when the module is made, how many bytes after the base address a slot of the table begins. */
  constructor(s: Signature, place: (slot: number) => number = () => 0) {
    this.signature = s
    this.#place = place
  }

  get length(): number {
    return this.#bytes.length
  }

  /** A local that was given back, or a new one. */
  local(type: ValueType): number {
    return this.#free.get(type)?.pop() ?? this.fresh(type)
  }
  /** A local that nobody had before: it is zero at first. */
  fresh(type: ValueType): number {
    return this.signature.params.length + this.#types.push(type) - 1
  }
  /** Gives a local back: its value is not read again. */
  release(local: number): void {
    const type = this.#types[local - this.signature.params.length]!
    const list = this.#free.get(type)
    if (list) list.push(local)
    else this.#free.set(type, [local])
  }

  op(...names: readonly Instruction[]): this {
    for (const name of names) this.#bytes.push(...opcodes[name])
    return this
  }
  get(local: number): this {
    this.#bytes.push(0x20)
    unsigned(this.#bytes, local)
    return this
  }
  set(local: number): this {
    this.#bytes.push(0x21)
    unsigned(this.#bytes, local)
    return this
  }
  tee(local: number): this {
    this.#bytes.push(0x22)
    unsigned(this.#bytes, local)
    return this
  }
  i32(value: number): this {
    this.#bytes.push(0x41)
    signed(this.#bytes, value)
    return this
  }
  f64(value: number): this {
    view.setFloat64(0, value, true)
    this.#bytes.push(0x44, ...viewed())
    return this
  }
  /** Both lanes the number, from a local that is set at the head of the function. */
  pair(value: number): this {
    view.setFloat64(0, value, true)
    return this.#hoist()
  }
  /** Both lanes these bits. */
  bits(high: number, low: number): this {
    view.setUint32(0, low, true)
    view.setUint32(4, high, true)
    return this.#hoist()
  }
  /** What `emit` writes comes at the head of the function. It calls nothing and names no slot. */
  atHead(emit: () => void): void {
    const bytes = this.#bytes
    this.#bytes = []
    emit()
    this.#head.push(...this.#bytes)
    this.#bytes = bytes
  }
  /** Both lanes what is in view. */
  #hoist(): this {
    const key = view.getBigUint64(0)
    let local = this.#hoisted.get(key)
    if (local === undefined) {
      local = this.signature.params.length + this.#types.push('v128') - 1
      this.#hoisted.set(key, local)
      this.#head.push(0xfd, 0x0c, ...viewed(), ...viewed(), 0x21)
      unsigned(this.#head, local)
    }
    return this.get(local)
  }
  memory(name: MemoryInstruction, offset: number, lane?: number): this {
    this.#bytes.push(...opcodes[name], alignmentOf(name))
    unsigned(this.#bytes, offset)
    if (lane !== undefined) this.#bytes.push(lane)
    return this
  }
  /** The same, `bytes` after the start of a slot. */
  inSlot(name: MemoryInstruction, slot: number, bytes: number, lane?: number): this {
    this.#bytes.push(...opcodes[name], alignmentOf(name))
    this.#slot(slot, bytes)
    if (lane !== undefined) this.#bytes.push(lane)
    return this
  }
  /** How many bytes after the base address the slot begins, and `bytes` more. */
  slotOffset(slot: number, bytes = 0): this {
    this.#bytes.push(0x41)
    this.#slot(slot, bytes)
    return this
  }
  #slot(slot: number, bytes: number): void {
    this.#slots.push([this.#bytes.length, slot, bytes])
    this.#bytes.push(0x80, 0x80, 0x80, 0x80, 0)
  }
  lane(name: LaneInstruction, lane: number): this {
    this.#bytes.push(...opcodes[name], lane)
    return this
  }
  /** Lanes of two pairs: 0 and 1 of the first, 2 and 3 of the second. */
  shuffle(first: number, second: number): this {
    return this.shuffleWords([2 * first, 2 * first + 1, 2 * second, 2 * second + 1])
  }
  /** Words of two pairs: 0 to 3 of the first, 4 to 7 of the second. */
  shuffleWords(words: readonly number[]): this {
    this.#bytes.push(0xfd, 0x0d, ...words.flatMap((k) => [4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3]))
    return this
  }
  call(callee: Callee): this {
    this.#calls.push([this.#bytes.push(0x10), callee])
    this.#bytes.push(0x80, 0x80, 0x80, 0x80, 0)
    return this
  }
  /** Destination, source and bytes are on the stack. */
  copy(): this {
    this.#bytes.push(0xfc, 0x0a, 0, 0)
    return this
  }
  /** Destination and bytes are on the stack: they become zeros. */
  clear(): this {
    const bytes = this.local('i32')
    this.set(bytes).i32(0).get(bytes)
    this.release(bytes)
    this.#bytes.push(0xfc, 0x0b, 0)
    return this
  }
  /** The condition is on the stack. */
  if(then: () => void, otherwise?: () => void): this {
    this.#bytes.push(0x04, 0x40)
    then()
    if (otherwise) {
      this.op('else')
      otherwise()
    }
    return this.op('end')
  }
  /** Runs the body while the condition that `test` leaves on the stack holds. */
  while(test: () => void, body: () => void): this {
    this.#bytes.push(0x02, 0x40, 0x03, 0x40)
    test()
    this.op('i32.eqz')
    this.#bytes.push(0x0d, 1)
    body()
    this.#bytes.push(0x0c, 0)
    return this.op('end').op('end')
  }
  /** Runs the body once, and again as long as what `test` leaves on the stack holds. */
  repeat(body: () => void, test: () => void): this {
    this.#bytes.push(0x03, 0x40)
    body()
    test()
    this.#bytes.push(0x0d, 0)
    return this.op('end')
  }

  /** The function's entry in the code section. */
  finish(imports: number): number[] {
    const put = (at: number, value: number): void => {
      let v = value
      for (let k = 0; k < 4; k++, v = Math.floor(v / 128)) this.#bytes[at + k] = (v & 127) | 128
      this.#bytes[at + 4] = v
    }
    for (const [at, callee] of this.#calls) put(at, callee < 0 ? ~callee : imports + callee)
    for (const [at, slot, bytes] of this.#slots) put(at, this.#place(slot) + bytes)
    // Runs of locals of one type.
    const runs: [ValueType, number][] = []
    for (const t of this.#types) {
      const last = runs.at(-1)
      if (last && last[0] === t) last[1]++
      else runs.push([t, 1])
    }
    const locals = leb(runs.length).concat(...runs.map(([t, n]) => [...leb(n), valueTypes[t]]))
    return leb(locals.length + this.#head.length + this.#bytes.length + 1).concat(locals, this.#head, this.#bytes, 0x0b)
  }
}

/** A name, in ASCII. */
const text = (s: string): readonly number[] => [...leb(s.length), ...Array.from(s, (c) => c.charCodeAt(0))]

/** A module over one imported memory. Imports may be added until the end: calls are resolved when the bytes are made. */
export class Assembly {
  readonly #types: string[] = []
  readonly #imports: { readonly name: string; readonly type: number }[] = []
  readonly #functions: Code[] = []
  readonly #exports: { readonly name: string; readonly callee: Callee }[] = []

  #type(s: Signature): number {
    const key = `${s.params.join()}:${s.results.join()}`
    const at = this.#types.indexOf(key)
    return at >= 0 ? at : this.#types.push(key) - 1
  }
  import(name: string, s: Signature): Callee {
    return ~(this.#imports.push({ name, type: this.#type(s) }) - 1)
  }
  add(code: Code): Callee {
    this.#type(code.signature)
    return this.#functions.push(code) - 1
  }
  export(name: string, callee: Callee): void {
    if (!this.#exports.some((e) => e.name === name)) this.#exports.push({ name, callee })
  }

  /** The module; `pages`: of the memory, where threads share it. */
  bytes(pages?: number): Uint8Array<ArrayBuffer> {
    const chunks: (readonly number[])[] = [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]]
    const section = (id: number, items: readonly (readonly number[])[]): void => {
      const count = leb(items.length)
      chunks.push([id, ...leb(items.reduce((n, i) => n + i.length, count.length))], count, ...items)
    }
    section(1, this.#types.map((key) => [0x60].concat(...key.split(':').map((side) => {
      const list = side === '' ? [] : (side.split(',') as ValueType[])
      return [...leb(list.length), ...list.map((t) => valueTypes[t])]
    }))))
    section(2, [
      [...text('e'), ...text('m'), 2, ...(pages === undefined ? [0, 1] : [3, 1, ...leb(pages)])],
      ...this.#imports.map(({ name, type }) => [...text('e'), ...text(name), 0, ...leb(type)]),
    ])
    section(3, this.#functions.map((c) => leb(this.#type(c.signature))))
    section(7, this.#exports.map(({ name, callee }) => [...text(name), 0, ...leb(this.#imports.length + callee)]))
    section(10, this.#functions.map((c) => c.finish(this.#imports.length)))
    const out = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0))
    let at = 0
    for (const c of chunks) {
      out.set(c, at)
      at += c.length
    }
    return out
  }
}

/** Adds a number to a local, or another local. */
export const add = (code: Code, local: number, bytes: number): void => void code.get(local).i32(bytes).op('i32.add').set(local)
export const plus = (code: Code, local: number, other: number): void => void code.get(local).get(other).op('i32.add').set(local)
