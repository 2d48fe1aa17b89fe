/** The bits of random numbers: those of the source, those that were ever given, and the same on all backends. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind, jit, np, random, scan, vmap, type BackendName, type Tensor } from 'adjoint'
import { apply } from '../../src/numpy/arguments'
import { threefry2x32 } from '../../src/primitives/threefry'
import { threefryCode } from '../../src/primitives/kernels/threefry.code'
import { aval } from '../../src/ir/types'
import { giles, giles32 } from '../../src/random/giles'
import { erfinv } from '../../src/random/normal'

const backends: readonly BackendName[] = ['direct', 'closure', 'js', 'wasm', 'auto']
const uint32 = (xs: readonly number[], shape: readonly number[] = [xs.length]): Tensor => np.array(xs, { dtype: 'uint32' }).reshape([...shape])

/** A block as its definition says: twenty rounds, and the key's words after each fourth. */
function block([k0, k1]: readonly [number, number], [c0, c1]: readonly [number, number]): readonly [number, number] {
  const keys = [k0, k1, (k0 ^ k1 ^ 0x1bd11bda) >>> 0]
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
  let [x, y] = [(c0 + k0) >>> 0, (c1 + k1) >>> 0]
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8]!
    x = (x + y) >>> 0
    y = (((y << by) | (y >>> (32 - by))) ^ x) >>> 0
    if (round % 4 < 3) continue
    const turn = (round + 1) / 4
    x = (x + keys[turn % 3]!) >>> 0
    y = (y + keys[(turn + 1) % 3]! + turn) >>> 0
  }
  return [x, y]
}

/** FNV-1a over the bytes. */
const checksum = (t: Tensor): number => new Uint8Array((t.data() as Float64Array).slice().buffer).reduce((h, byte) => Math.imul(h ^ byte, 16777619) >>> 0, 2166136261)

const word = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
/** Counts from which on the high word changes within few. */
const count = fc.oneof(word, fc.integer({ min: 2 ** 32 - 70, max: 2 ** 32 - 1 }))
/** Also so few that lanes are keys. */
const extent = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 70 }), fc.constantFrom(127, 128, 129, 1000, 2003))

describe('the words of threefry2x32', () => {
  it('are those of Random123 (its kat_vectors)', () => {
    expect(block([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe])
    expect(block([2 ** 32 - 1, 2 ** 32 - 1], [2 ** 32 - 1, 2 ** 32 - 1])).toEqual([0x1cb996fc, 0xbb002be7])
    expect(block([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0])
  })

  it('are those of the definition on every backend, for any keys, starts and numbers of counts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 11 }), fc.array(count, { minLength: 11, maxLength: 11 }), extent, fc.constantFrom('one', 'one start', 'each'), (pairs, starts, n, how) => {
        const [single, one] = [how === 'one', how !== 'each']
        const keys = single ? uint32([...pairs[0]!]) : uint32(pairs.flat(), [pairs.length, 2])
        const start = one ? uint32([starts[0]!], []) : uint32(starts.slice(0, pairs.length))
        const want = (single ? pairs.slice(0, 1) : pairs).flatMap((key, i) => Array.from({ length: n }, (_, j) => {
          const at = starts[one ? 0 : i]! + j
          return block(key, [Math.floor(at / 2 ** 32), at % 2 ** 32])
        }))
        for (const backend of backends) {
          const [first, second] = jit((k: Tensor, s: Tensor) => bind(threefry2x32, [k, s], { shape: [n] }) as [Tensor, Tensor], { backend })(keys, start)
          expect([...first.data()], backend).toEqual(want.map(([x]) => x))
          expect([...second.data()], backend).toEqual(want.map(([, y]) => y))
        }
      }),
      { numRuns: 120 },
    )
  })

  it('are code of the module, if any', () => {
    const code = (batch: readonly number[], shape: readonly number[]): string => typeof threefryCode([aval([...batch, 2], 'uint32'), aval([], 'uint32')], { shape })
    expect([code([], []), code([3], [2, 5]), code([0], [4]), code([3], [4, 0])]).toEqual(['function', 'function', 'undefined', 'undefined'])
  })
})

const draws: { readonly [name: string]: readonly [draw: (k: Tensor) => Tensor, checksum: number] } = {
  bits: [(k) => random.bits(k, [1001]), 0xdb8fbae1],
  split: [(k) => random.split(k, 501), 0x476433cd],
  uniform: [(k) => random.uniform(k, [33, 31]), 0x1b0c7418],
  'uniform float32': [(k) => random.uniform(k, [1023], 'float32'), 0x1ea90cd8],
  'uniform between bounds': [(k) => random.uniform(k, [1023], { minval: -2.5, maxval: 7.3 }), 0x02f8c63d],
  'uniform float32 between bounds': [(k) => random.uniform(k, [1023], 'float32', -1, 2.3), 0x3f35d632],
  'uniform between infinite bounds': [(k) => random.uniform(k, [7], { minval: -1e308, maxval: 1e308 }), 0x7ba01a58],
  normal: [(k) => random.normal(k, [5001]), 0xda90dc1e],
  'normal float32': [(k) => random.normal(k, [5001], 'float32'), 0xedf3e43d],
  'normal of a key each': [(k) => vmap((x: Tensor) => random.normal(x))(random.split(k, 301)), 0x093085ae],
  'some normal of a key each': [(k) => vmap((x: Tensor) => random.normal(x, [3, 7], 'float32'))(random.split(k, 31)), 0x49fcc7f1],
  'keys in a loop': [(k) => scan((c: Tensor, _: unknown) => {
    const keys = random.split(c)
    return [keys.at(0), random.normal(keys.at(1), [3])] as [Tensor, Tensor]
  }, k, null, { length: 50 })[1], 0x61804dfd],
  gamma: [(k) => random.gamma(k, np.array([0.3, 2, 10])), 0x3e3a013a],
}

describe('random numbers on all backends', () => {
  it.each(Object.entries(draws))('have the bits that they always had: %s', (_name, [draw, sum]) => {
    const key = random.key(7)
    expect(checksum(draw(key))).toBe(sum)
    for (const backend of backends) expect(checksum(jit(draw, { backend })(key)), backend).toBe(sum)
  })

  it('erfinv by pairs is that by numbers, also where one of a pair is beyond the middle', () => {
    const rest = [0, -0, 1, -1, NaN, 2, -Infinity, 1e-300, 1 - 2 ** -53, 2 ** -53 - 1, 0.99902, -0.99904, 0.9966, 0.99999]
    const xs = [...Array.from({ length: 400 }, (_, i) => Math.sin(i)), ...rest, 0.5]
    for (const dtype of ['float64', 'float32'] as const) {
      const x = np.array(xs, { dtype })
      const w = np.negative(np.log1p(np.negative(np.multiply(x, x)))).data()
      const want = Array.from(x.data(), (u, i) => (dtype === 'float32' ? giles32 : giles)(u, w[i]!))
      for (const backend of backends) expect([...jit((a: Tensor) => apply(erfinv, [a]), { backend })(x).data()], `${backend} ${dtype}`).toEqual(want)
    }
  })
})
