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

/** Instructions without immediates. */
export const opcodes = {
  drop: plain(0x1a), select: plain(0x1b), return: plain(0x0f), end: plain(0x0b), else: plain(0x05),
  'i32.eqz': plain(0x45), 'i32.eq': plain(0x46), 'i32.ne': plain(0x47), 'i32.lt_s': plain(0x48), 'i32.gt_s': plain(0x4a), 'i32.le_s': plain(0x4c), 'i32.ge_s': plain(0x4e),
  'i32.lt_u': plain(0x49), 'i32.gt_u': plain(0x4b), 'i32.ge_u': plain(0x4f),
  'i32.clz': plain(0x67), 'i32.ctz': plain(0x68), 'i32.popcnt': plain(0x69), 'i32.add': plain(0x6a), 'i32.sub': plain(0x6b), 'i32.mul': plain(0x6c), 'i32.div_u': plain(0x6e), 'i32.rem_u': plain(0x70),
  'i32.and': plain(0x71), 'i32.or': plain(0x72), 'i32.xor': plain(0x73), 'i32.shl': plain(0x74), 'i32.shr_s': plain(0x75), 'i32.shr_u': plain(0x76),
  'f64.eq': plain(0x61), 'f64.ne': plain(0x62), 'f64.lt': plain(0x63), 'f64.gt': plain(0x64), 'f64.le': plain(0x65), 'f64.ge': plain(0x66),
  'f64.abs': plain(0x99), 'f64.neg': plain(0x9a), 'f64.ceil': plain(0x9b), 'f64.floor': plain(0x9c), 'f64.trunc': plain(0x9d), 'f64.nearest': plain(0x9e), 'f64.sqrt': plain(0x9f),
  'f64.add': plain(0xa0), 'f64.sub': plain(0xa1), 'f64.mul': plain(0xa2), 'f64.div': plain(0xa3), 'f64.min': plain(0xa4), 'f64.max': plain(0xa5),
  'i32.wrap_i64': plain(0xa7), 'f64.convert_i32_s': plain(0xb7), 'f64.convert_i32_u': plain(0xb8), 'f32.demote': plain(0xb6), 'f64.promote': plain(0xbb),
  'i32.trunc_sat_f64_s': misc(2), 'i32.trunc_sat_f64_u': misc(3), 'i64.trunc_sat_f64_s': misc(6),
  // Relaxed SIMD: x·y + z and z − x·y, rounded once or twice as the machine likes.
  'f32x4.relaxed_madd': simd(0x105), 'f64x2.relaxed_madd': simd(0x107), 'f64x2.relaxed_nmadd': simd(0x108),
  'f32.add': plain(0x92), 'f32x4.splat': simd(0x13),
  'f32x4.eq': simd(0x41), 'f32x4.ne': simd(0x42), 'f32x4.lt': simd(0x43), 'f32x4.le': simd(0x45),
  'f32x4.ceil': simd(0x67), 'f32x4.floor': simd(0x68), 'f32x4.trunc': simd(0x69), 'f32x4.nearest': simd(0x6a),
  'f32x4.abs': simd(0xe0), 'f32x4.neg': simd(0xe1), 'f32x4.sqrt': simd(0xe3), 'f32x4.add': simd(0xe4), 'f32x4.sub': simd(0xe5), 'f32x4.mul': simd(0xe6), 'f32x4.div': simd(0xe7),
  'f32x4.min': simd(0xe8), 'f32x4.max': simd(0xe9),
  'f64x2.splat': simd(0x14), 'i64x2.splat': simd(0x12), 'i32x4.splat': simd(0x11),
  'f64x2.eq': simd(0x47), 'f64x2.ne': simd(0x48), 'f64x2.lt': simd(0x49), 'f64x2.gt': simd(0x4a), 'f64x2.le': simd(0x4b), 'f64x2.ge': simd(0x4c),
  'v128.not': simd(0x4d), 'v128.and': simd(0x4e), 'v128.andnot': simd(0x4f), 'v128.or': simd(0x50), 'v128.xor': simd(0x51), 'v128.bitselect': simd(0x52), 'v128.any_true': simd(0x53),
  'f32x4.demote_f64x2_zero': simd(0x5e), 'f64x2.promote_low_f32x4': simd(0x5f),
  'f64x2.ceil': simd(0x74), 'f64x2.floor': simd(0x75), 'f64x2.trunc': simd(0x7a), 'f64x2.nearest': simd(0x94),
  'i32x4.shl': simd(0xab), 'i32x4.shr_s': simd(0xac), 'i32x4.shr_u': simd(0xad), 'i32x4.add': simd(0xae), 'i32x4.sub': simd(0xb1), 'i32x4.mul': simd(0xb5),
  'i64x2.shl': simd(0xcb), 'i64x2.shr_s': simd(0xcc), 'i64x2.shr_u': simd(0xcd), 'i64x2.add': simd(0xce), 'i64x2.sub': simd(0xd1), 'i64x2.all_true': simd(0xc3),
  'f64x2.abs': simd(0xec), 'f64x2.neg': simd(0xed), 'f64x2.sqrt': simd(0xef), 'f64x2.add': simd(0xf0), 'f64x2.sub': simd(0xf1), 'f64x2.mul': simd(0xf2), 'f64x2.div': simd(0xf3),
  'f64x2.min': simd(0xf4), 'f64x2.max': simd(0xf5),
  'i32x4.trunc_sat_f64x2_s_zero': simd(0xfc), 'i32x4.trunc_sat_f64x2_u_zero': simd(0xfd), 'f64x2.convert_low_i32x4_s': simd(0xfe), 'f64x2.convert_low_i32x4_u': simd(0xff),
} as const
export type Instruction = keyof typeof opcodes

/** Instructions that take an alignment and an offset; some also a lane. */
export const memoryOpcodes = {
  'i32.load': [[0x28], 2], 'f64.load': [[0x2b], 3], 'i32.store': [[0x36], 2], 'f64.store': [[0x39], 3],
  'f32.load': [[0x2a], 2], 'f32.store': [[0x38], 2], 'v128.load32_splat': [simd(0x09), 2], 'v128.load32_zero': [simd(0x5c), 2], 'v128.load32_lane': [simd(0x56), 2], 'v128.store32_lane': [simd(0x5a), 2],
  'v128.load': [simd(0x00), 3], 'v128.load64_splat': [simd(0x0a), 3], 'v128.store': [simd(0x0b), 3], 'v128.load64_zero': [simd(0x5d), 3],
  'v128.load64_lane': [simd(0x57), 3], 'v128.store64_lane': [simd(0x5b), 3],
} as const satisfies { readonly [name: string]: readonly [readonly number[], number] }
export type MemoryInstruction = keyof typeof memoryOpcodes

/** Instructions that take a lane. */
export const laneOpcodes = { 'f32x4.extract_lane': simd(0x1f), 'f64x2.extract_lane': simd(0x21), 'f64x2.replace_lane': simd(0x22), 'i32x4.extract_lane': simd(0x1b), 'i32x4.replace_lane': simd(0x1c) } as const
export type LaneInstruction = keyof typeof laneOpcodes
