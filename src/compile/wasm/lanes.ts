/**
 * Vectors of elements of one float dtype, and how they come out of memory: side by side, from several lines, transposed.
 *
 * float32 elements are singles where only products read and write their buffer, else doubles, which are narrowed on the way.
 */
import type { Code } from './assembler'
import type { Instruction, MemoryInstruction } from './opcodes'

/** Bytes of an element in memory. */
export type Width = 4 | 8

export interface Lanes {
  readonly name: string
  readonly single: boolean
  /** Elements of a vector. */
  readonly count: 2 | 4
  /** Bytes of an element of a vector. */
  readonly bytes: Width
  readonly mul: Instruction
  readonly fused: Instruction
  readonly add: Instruction
  readonly addNumbers: Instruction
  readonly load: MemoryInstruction
  readonly splat: MemoryInstruction
  readonly store: MemoryInstruction
  /** Leaves lane k as a number. */
  readonly extract: (code: Code, k: number) => void
}

export const doubles: Lanes = {
  name: 'f64', single: false, count: 2, bytes: 8, mul: 'f64x2.mul', fused: 'f64x2.relaxed_madd', add: 'f64x2.add', addNumbers: 'f64.add', load: 'f64.load', splat: 'v128.load64_splat', store: 'f64.store',
  extract: (code, k) => void code.lane('f64x2.extract_lane', k),
}
export const singles: Lanes = {
  name: 'f32', single: true, count: 4, bytes: 4, mul: 'f32x4.mul', fused: 'f32x4.relaxed_madd', add: 'f32x4.add', addNumbers: 'f32.add', load: 'f32.load', splat: 'v128.load32_splat', store: 'f32.store',
  extract: (code, k) => void code.lane('f32x4.extract_lane', k),
}

/** Adds the product of two vectors to a sum in a local; `fused`: with one rounding, where the machine has it. */
export function addProduct(code: Code, l: Lanes, fused: boolean, sum: number, x: () => void, y: () => void): void {
  if (!fused) code.get(sum)
  x()
  y()
  if (fused) code.get(sum).op(l.fused).set(sum)
  else code.op(l.mul, l.add).set(sum)
}

/** Singles that are doubles in memory. */
const isWide = (l: Lanes, width: Width): boolean => width !== l.bytes

/** The address is on the stack: leaves the number there. */
export const loadNumber = (code: Code, l: Lanes, width: Width, offset = 0): void => void (isWide(l, width) ? code.memory('f64.load', offset).op('f32.demote') : code.memory(l.load, offset))
/** The address and a number are on the stack. */
export const storeNumber = (code: Code, l: Lanes, width: Width): void => void (isWide(l, width) ? code.op('f64.promote').memory('f64.store', 0) : code.memory(l.store, 0))
/** The address is on the stack: leaves the number in all lanes. */
export const loadSplat = (code: Code, l: Lanes, width: Width): void => void (isWide(l, width) ? code.memory('f64.load', 0).op('f32.demote', 'f32x4.splat') : code.memory(l.splat, 0))

/** Leaves the vector of elements one after another, the first `offset` elements behind the address. */
export function loadVector(code: Code, l: Lanes, width: Width, address: number, offset: number): void {
  if (!isWide(l, width)) code.get(address).memory('v128.load', width * offset)
  else {
    for (const k of [0, 2]) code.get(address).memory('v128.load', width * (offset + k)).op('f32x4.demote_f64x2_zero')
    code.shuffleWords([0, 1, 4, 5])
  }
}

/** Address and vector are in locals. */
export function storeVector(code: Code, l: Lanes, width: Width, address: number, offset: number, vector: number): void {
  if (!isWide(l, width)) code.get(address).get(vector).memory('v128.store', width * offset)
  else {
    code.get(address).get(vector).op('f64x2.promote_low_f32x4').memory('v128.store', width * offset)
    code.get(address).get(vector).get(vector).shuffleWords([2, 3, 4, 5]).op('f64x2.promote_low_f32x4').memory('v128.store', width * (offset + 2))
  }
}

/** Leaves the vector of one element at each address. */
export function loadEach(code: Code, l: Lanes, width: Width, addresses: readonly number[]): void {
  const [a, b, c, d] = addresses as [number, number, number, number]
  const two = (x: number, y: number): void => void code.get(y).get(x).memory('v128.load64_zero', 0).memory('v128.load64_lane', 0, 1)
  if (!l.single) two(a, b)
  else if (isWide(l, width)) {
    two(a, b)
    code.op('f32x4.demote_f64x2_zero')
    two(c, d)
    code.op('f32x4.demote_f64x2_zero').shuffleWords([0, 1, 4, 5])
  } else code.get(d).get(c).get(b).get(a).memory('v128.load32_zero', 0).memory('v128.load32_lane', 0, 1).memory('v128.load32_lane', 0, 2).memory('v128.load32_lane', 0, 3)
}

/**
 * A square of elements, `count` from each of as many lines, turned: `take` is told the column and code that leaves it.
 * What the lines are read into lives until the last column is taken.
 */
export function turned(code: Code, l: Lanes, width: Width, lines: readonly number[], take: (column: number, vector: () => void) => void): void {
  const read = lines.map((line) => {
    const v = code.local('v128')
    loadVector(code, l, width, line, 0)
    code.set(v)
    return v
  })
  const [a, b, c, d] = read as [number, number, number, number]
  if (!l.single) for (const k of [0, 1]) take(k, () => void code.get(a).get(b).shuffle(k, 2 + k))
  else {
    const [top, bottom] = [code.local('v128'), code.local('v128')]
    for (const half of [0, 2]) {
      const mixed = [half, 4 + half, half + 1, 5 + half]
      code.get(a).get(b).shuffleWords(mixed).set(top).get(c).get(d).shuffleWords(mixed).set(bottom)
      for (const k of [0, 1]) take(half + k, () => void code.get(top).get(bottom).shuffle(k, 2 + k))
    }
    code.release(top)
    code.release(bottom)
  }
  for (const v of read) code.release(v)
}
