/** The assembler: what is written runs as written; numbers of all sizes are encoded; loops nest. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Assembly, Code, signature, signed, unsigned } from '../../../src/compile/wasm/assembler'

interface Wasm {
  readonly Memory: new (o: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (b: Uint8Array) => object
  readonly Instance: new (m: object, i: object) => { readonly exports: { [name: string]: (...xs: number[]) => number } }
  readonly validate: (b: Uint8Array) => boolean
}
const { Memory, Module, Instance, validate } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly

function run(write: (a: Assembly) => void, imports: object = {}): { readonly exports: { [name: string]: (...xs: number[]) => number }; readonly memory: Float64Array } {
  const assembly = new Assembly()
  write(assembly)
  const m = new Memory({ initial: 1 })
  return { exports: new Instance(new Module(assembly.bytes()), { e: { ...imports, m } }).exports, memory: new Float64Array(m.buffer) }
}

/** Reads a LEB128 number back. */
function decoded(bytes: readonly number[], isSigned: boolean): number {
  let value = 0
  let factor = 1
  for (const b of bytes) {
    value += (b & 127) * factor
    factor *= 128
  }
  const last = bytes[bytes.length - 1]!
  return isSigned && last & 64 ? value - factor : value
}

describe('numbers', () => {
  it('LEB128 of any 32-bit number is read back', () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), fc.integer(), (u, s) => {
      const [a, b]: [number[], number[]] = [[], []]
      unsigned(a, u)
      signed(b, s)
      expect([decoded(a, false), decoded(b, true)]).toEqual([u, s])
    }))
  })
  it('constants are what they say, NaN, −0 and infinities too', () => {
    const values = [0, -0, 1.5, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE]
    const { exports } = run((a) => values.forEach((v, i) => a.export(`f${i}`, a.add(new Code(signature([], 'f64')).f64(v)))))
    values.forEach((v, i) => expect(exports[`f${i}`]!()).toBe(v))
    const pairs = run((a) => values.forEach((v, i) => a.export(`f${i}`, a.add(new Code(signature([], 'f64')).pair(v).lane('f64x2.extract_lane', 1)))))
    values.forEach((v, i) => expect(pairs.exports[`f${i}`]!()).toBe(v))
  })
})

describe('code', () => {
  it('loops, branches and calls of functions that are written later', () => {
    const { exports } = run((a) => {
      const sum = new Code(signature(['i32'], 'f64'))
      const total = sum.local('f64')
      sum.while(
        () => void sum.get(0),
        () => {
          sum.get(0).i32(1).op('i32.and').if(
            () => void sum.get(total).get(0).op('f64.convert_i32_u', 'f64.add').set(total),
            () => void sum.get(total).f64(0.5).op('f64.add').set(total),
          )
          sum.get(0).i32(1).op('i32.sub').set(0)
        },
      ).get(total).call(1)
      a.export('run', a.add(sum))
      a.add(new Code(signature(['f64'], 'f64')).get(0).call(a.import('twice', signature(['f64'], 'f64'))))
    }, { twice: (x: number) => 2 * x })
    // 1 + 3 + 5 and three halves.
    expect(exports['run']!(6)).toBe(21)
  })
  it('repeat runs its body at least once', () => {
    const { exports } = run((a) => {
      const c = new Code(signature(['i32'], 'f64'))
      const n = c.local('f64')
      c.repeat(() => void c.get(n).f64(1).op('f64.add').set(n), () => void c.get(0).i32(1).op('i32.sub').tee(0).i32(1).op('i32.sub').i32(100).op('i32.lt_u')).get(n)
      a.export('run', a.add(c))
    })
    expect([exports['run']!(-3), exports['run']!(1), exports['run']!(4)]).toEqual([1, 1, 4])
  })
  it('slots are found where they are when the module is made', () => {
    let at = 0
    const { exports, memory } = run((a) => {
      const c = new Code(signature(['i32']), (slot) => at + 8 * slot)
      c.get(0).f64(7).inSlot('f64.store', 3, 16)
      c.get(0).slotOffset(1).op('i32.add').f64(9).memory('f64.store', 0)
      a.export('run', a.add(c))
      at = 1024
    })
    exports['run']!(8)
    expect([memory[(8 + 1024 + 24 + 16) / 8], memory[(8 + 1024 + 8) / 8]]).toEqual([7, 9])
  })
  it('locals that are given back are used again, fresh ones are not', () => {
    const c = new Code(signature(['i32']))
    const a = c.local('v128')
    c.release(a)
    expect([c.local('v128'), c.local('i32')]).toEqual([a, a + 1])
    c.release(a)
    expect(c.fresh('v128')).toBe(a + 2)
  })
  it('an empty module validates', () => {
    expect(validate(new Assembly().bytes())).toBe(true)
  })
})
