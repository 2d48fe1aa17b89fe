/** Steps in parts: in order for the caller, whoever runs them, and over when they are over. */
import { afterAll, describe, expect, it } from 'vitest'
import { endThreads, ranByThreads, sharedSpace } from '../../../src/compile/threads/pool'
import { regionOf, type Part, type Parts } from '../../../src/compile/threads/region'
import { Assembly, Code, signature } from '../../../src/compile/wasm/assembler'

afterAll(endThreads)

/** A kernel whose part does nothing, long enough for threads to come by: it counts down from a million. */
function idle(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly part: Part } {
  const space = sharedSpace()!
  const assembly = new Assembly()
  const code = new Code(signature(['i32', 'i32', 'i32', 'i32', 'i32']))
  const n = code.local('i32')
  code.i32(1_000_000).set(n).repeat(() => {}, () => void code.get(n).i32(1).op('i32.sub').tee(n))
  assembly.export('p0', assembly.add(code))
  const bytes = assembly.bytes(space.pages)
  return { bytes, part: space.instantiate(bytes, {})!.exports['p0'] as Part }
}

const count = 40
const order = Array.from({ length: count }, (_, k) => k)

/** The parts as JavaScript sees them before and after, and those that the caller runs. */
function region(fails: { readonly before?: number; readonly run?: number; readonly after?: number } = {}): { readonly run: () => void; readonly seen: { before: number[]; own: number[]; after: number[]; ends: number } } {
  const { bytes, part } = idle()
  const seen = { before: [] as number[], own: [] as number[], after: [] as number[], ends: 0 }
  const at = (list: number[], fail: number | undefined) => (_r: Float64Array, _m: readonly Float64Array[], i: number): void => {
    if (i === fail) throw new Error('mine')
    list.push(i)
  }
  const parts: Parts = {
    length: 8, units: 8 * count, scratch: [], stride: 0, finish: undefined,
    staging: { before: [at(seen.before, fails.before)], after: [at(seen.after, fails.after)], ends: [() => void seen.ends++] },
  }
  const own: Part = (base, from, to, owner, index) => {
    if (index >= (fails.run ?? Infinity)) throw new Error('mine')
    seen.own.push(index)
    part(base, from, to, owner, index)
  }
  const whole = regionOf(parts, 3, 0, () => ({ id: 1_000_000, bytes }), () => own)
  return { seen, run: () => whole(new Float64Array(0), [], 0, 0) }
}

describe('a step in parts', () => {
  it('is staged in order, by the caller alone', () => {
    const before = ranByThreads()
    let own = 0
    for (let round = 0; round < 30 || (ranByThreads() === before && round < 500); round++) {
      const { run, seen } = region()
      run()
      expect(seen).toMatchObject({ before: order, after: order, ends: 1 })
      own += seen.own.length
    }
    expect(ranByThreads()).toBeGreaterThan(before)
    expect(own).toBeGreaterThan(0)
  })

  it('whose parts call JavaScript is run by the caller, each part once', () => {
    const space = sharedSpace()!
    const assembly = new Assembly()
    const callee = assembly.import('s0', signature(['i32']))
    const code = new Code(signature(['i32', 'i32', 'i32', 'i32', 'i32']))
    assembly.export('p0', assembly.add(code.get(4).call(callee)))
    const bytes = assembly.bytes(space.pages)
    const called: number[] = []
    const part = space.instantiate(bytes, { s0: (k: number) => void called.push(k) })!.exports['p0'] as Part
    const whole = regionOf({ length: 8, units: 8 * count, scratch: [], stride: 0, finish: undefined, staging: undefined }, 3, 0, () => ({ id: 1_000_001, bytes }), () => part)
    for (let round = 0; round < 200; round++) {
      called.length = 0
      whole(new Float64Array(0), [], 0, 0)
      expect([...called].sort((a, b) => a - b)).toEqual(order)
    }
  })

  it.each([['before a part', { before: 7 }], ['after a part', { after: 9 }], ['in a part', { run: 11 }]])('that ends in an exception %s is over: the next one is whole', (_where, fails) => {
    for (let round = 0; round < 10; round++) {
      const failing = region(fails)
      expect(failing.run).toThrow('mine')
      expect(failing.seen.ends).toBe(0)
      const { run, seen } = region()
      run()
      expect(seen).toMatchObject({ before: order, after: order, ends: 1 })
    }
  })
})
