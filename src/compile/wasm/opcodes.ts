/**
 * The instructions of WebAssembly that we emit, by name. SIMD instructions have the prefix 0xfd, others 0xfc or none.
 *
 * Source: WebAssembly Core Specification 2.0, §5.4.
 */
const plain = (code: number): readonly number[] => [code]
const misc = (code: number): readonly number[] => [0xfc, code]
/** The number after the prefix is LEB128: two bytes from 128 on. */
const simd = (code: number): readonly number[] => (code < 128 ? [0xfd, code] : [0xfd, (code & 127) | 128, code >> 7])

export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const
export type ValueType = keyof typeof valueTypes

/** The words of a text, without the numbers among them. */
type Words<S extends string, Found = never> = S extends `${infer First} ${infer Rest}` ? Words<Rest, First extends `0x${string}` ? Found : Found | First> : Found | S

/** Instructions by name, from texts of names, whose codes follow each other from the number before them. */
function numbered<S extends string>(coded: (code: number) => readonly number[], ...texts: readonly S[]): { readonly [K in Words<S>]: readonly number[] } {
  const found: { [name: string]: readonly number[] } = {}
  let code = 0
  for (const word of texts.join(' ').split(' ')) {
    if (word.startsWith('0x')) code = Number(word)
    else found[word] = coded(code++)
  }
  return found as { readonly [K in Words<S>]: readonly number[] }
}

/** What stands before the immediates of an instruction. */
export const opcodes = /* @__PURE__ */ (() => ({
  ...numbered(plain,
    '0x5 else 0xb end 0x1a drop select 0x28 i32.load 0x2a f32.load f64.load 0x36 i32.store 0x38 f32.store f64.store 0x45 i32.eqz i32.eq i32.ne 0x49 i32.lt_u i32.gt_s i32.gt_u 0x4f i32.ge_u 0x61 f64.eq f64.ne f64.lt',
    '0x65 f64.le 0x6a i32.add i32.sub i32.mul 0x6e i32.div_u 0x70 i32.rem_u i32.and i32.or i32.xor 0x75 i32.shr_s i32.shr_u 0x92 f32.add 0x99 f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max',
    '0xb6 f32.demote 0xb8 f64.convert_i32_u 0xbb f64.promote',
  ),
  ...numbered(misc, '0x3 i32.trunc_sat_f64_u'),
  ...numbered(simd,
    '0x0 v128.load 0x9 v128.load32_splat v128.load64_splat v128.store 0x13 f32x4.splat f64x2.splat 0x1b i32x4.extract_lane 0x1f f32x4.extract_lane 0x21 f64x2.extract_lane f64x2.replace_lane 0x41 f32x4.eq f32x4.ne f32x4.lt 0x45 f32x4.le 0x47 f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge',
    '0x4d v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect 0x56 v128.load32_lane v128.load64_lane 0x5a v128.store32_lane v128.store64_lane v128.load32_zero v128.load64_zero f32x4.demote_f64x2_zero f64x2.promote_low_f32x4 0x67 f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest',
    '0x74 f64x2.ceil f64x2.floor 0x7a f64x2.trunc 0x94 f64x2.nearest 0xab i32x4.shl 0xad i32x4.shr_u i32x4.add 0xb5 i32x4.mul 0xc4 i64x2.bitmask 0xcb i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add',
    '0xd1 i64x2.sub 0xe0 f32x4.abs f32x4.neg 0xe3 f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max 0xec f64x2.abs f64x2.neg',
    '0xef f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax 0xfe f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u',
    // Relaxed SIMD: x·y + z and z − x·y, rounded once or twice as the machine likes.
    '0x105 f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd',
  ),
}))()
type Any = keyof typeof opcodes
/** Instructions that take an alignment and an offset; some also a lane. */
export type MemoryInstruction = Extract<Any, `${string}.${'load' | 'store'}${string}`>
/** Instructions that take a lane only. */
export type LaneInstruction = Extract<Any, `${string}.${'extract' | 'replace'}_lane`>
/** Instructions without immediates. */
export type Instruction = Exclude<Any, MemoryInstruction | LaneInstruction>
type Named = { readonly [name: string]: Instruction | undefined }

const named = (type: string, names: string): Named => Object.fromEntries(names.split(' ').map((name) => [name, `${type}.${name}` as Instruction]))
/** Instructions on numbers or lanes of a type, by the names of operations: those that are arithmetic, and comparisons. */
export const exactOn = (type: 'f64' | 'f64x2' | 'f32x4'): Named => ({ ...named(type, 'neg abs floor ceil trunc sqrt add sub mul div min max'), round: `${type}.nearest` })
export const comparisonsOn = (type: 'f64' | 'f64x2' | 'f32x4'): Named => named(type, 'lt le eq ne')

/** The logarithm of the bytes to which their address is a multiple. */
export const alignmentOf = (name: MemoryInstruction): number => (name.includes('32') ? 2 : 3)
