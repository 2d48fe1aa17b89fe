/** The functions of `random` against what JAX gives: bit for bit where that is promised, else to a stated tolerance. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Tensor, TensorLike } from '../../src/trace/tensor'
import { allocate, type DType } from '../../src/data/dtype'
import { made } from '../../src/numpy/arguments'
import * as random from '../../src/random/index'
import { below } from '../../src/random/integers'
import { words } from '../../src/random/key'

interface Arrayed {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly (number | string | boolean)[]
}
interface Case {
  readonly fn: string
  readonly key: readonly number[]
  readonly out: Arrayed
  readonly outOpByOp?: Arrayed
  readonly [argument: string]: unknown
}

const { cases } = JSON.parse(readFileSync('test/golden/random.json', 'utf8')) as { cases: readonly Case[] }

const isArrayed = (x: unknown): x is Arrayed => typeof x === 'object' && x !== null && 'data' in x

/** A golden array as a tensor: 64-bit integers become int32. */
function decoded(x: unknown): TensorLike {
  if (!isArrayed(x)) return typeof x === 'string' ? Number(x) : (x as number)
  const dtype = (x.dtype === 'int64' ? 'int32' : x.dtype) as DType
  const buffer = allocate(dtype, x.data.length)
  x.data.forEach((v, i) => (buffer[i] = Number(v)))
  const t = made(buffer, x.shape)
  return dtype === 'bool' ? t.astype('bool') : t
}

const keyOf = (c: Case): Tensor => made(Uint32Array.from(c.key), [2])

/** How a case is run here; undefined for what there is not. */
function run(c: Case): Tensor | undefined {
  const { fn, key: _key, out: _out, outOpByOp: _plain, note: _note, first, ...rest } = c
  const k = fn === 'key' ? random.key(0) : keyOf(c)
  const { shape, dtype, ...parameters } = rest as { shape?: number[]; dtype?: never }
  const o = { ...(shape && { shape }), ...(dtype && { dtype }) }
  const p = Object.fromEntries(Object.entries(parameters).map(([name, v]) => [name, isArrayed(v) || v === 'Infinity' || v === '-Infinity' ? decoded(v) : v])) as { [name: string]: never }
  switch (fn) {
    case 'key':
      return random.key(c.seed as number)
    case 'split':
      return random.split(k, p.num)
    case 'foldIn':
      return random.foldIn(k, p.data!)
    case 'bits64': {
      const pair = words(k, shape!)
      const flat = pair.map((w) => w.data())
      return made(Uint32Array.from({ length: 2 * pair[0].size }, (_, i) => flat[i % 2]![i >> 1]!), [...shape!, 2])
    }
    case 'chain':
      return random.split(random.foldIn(random.split(k, 3).at(1), 9)).at(0)
    case 'randint':
      return (dtype as string) === 'int64' ? undefined : random.randint(k, { ...o, ...p })
    case 'bernoulli':
    case 'uniform':
      return random[fn](k, { ...o, ...p })
    case 'truncatedNormal':
      return random.truncatedNormal(k, p.lower!, p.upper!, o)
    case 'lognormal':
      return random.lognormal(k, p.sigma!, o)
    case 'categorical':
      return random.categorical(k, p.logits!, { ...o, ...p })
    case 'permutation': {
      const y = random.permutation(k, p.x!, p)
      return first === undefined ? y : y.slice([0, first as number])
    }
    case 'choice':
      return random.choice(k, p.a!, { ...o, ...p })
    case 'bits':
    case 'normal':
    case 'exponential':
    case 'laplace':
    case 'logistic':
    case 'gumbel':
    case 'cauchy':
    case 'rademacher':
      return (random[fn] as (k: Tensor, o: object) => Tensor)(k, { ...o, ...p })
    default:
      return undefined
  }
}

/** Relative, and absolute near zero, by dtype: the errors are those of JAX's log1p, erf and erfinv. */
const tolerances: { readonly [fn: string]: { readonly [dtype: string]: readonly [rtol: number, atol: number] } } = {
  normal: { float64: [1e-14, 0], float32: [4e-7, 0] },
  truncatedNormal: { float64: [2e-14, 1e-15], float32: [2e-6, 1e-6] },
  lognormal: { float64: [1e-14, 0] },
  exponential: { float64: [1e-13, 0], float32: [1e-6, 0] },
  laplace: { float64: [1e-13, 0], float32: [1e-6, 0] },
  logistic: { float64: [1e-13, 1e-15], float32: [1e-6, 1e-6] },
  gumbel: { float64: [1e-13, 1e-15], float32: [1e-6, 1e-6] },
  cauchy: { float64: [1e-14, 0], float32: [1e-6, 0] },
}

const none = ['gamma', 'loggamma', 'beta', 'dirichlet', 'poisson', 't', 'multivariateNormal']

describe('random, against JAX', () => {
  const names = [...new Set(cases.map((c) => c.fn))]
  for (const fn of names.filter((n) => !none.includes(n)))
    it(`${fn} ${tolerances[fn] ? 'to its tolerance' : 'bit for bit'}`, () => {
      let ran = 0
      for (const c of cases.filter((x) => x.fn === fn)) {
        const got = run(c)
        if (!got) continue
        ran++
        const [rtol, atol] = tolerances[fn]?.[c.out.dtype] ?? [0, 0]
        expect(got.shape, JSON.stringify(c)).toEqual(c.out.shape)
        expect(got.dtype, JSON.stringify(c)).toBe(c.out.dtype === 'int64' ? 'int32' : c.out.dtype)
        const want = c.out.data.map(Number)
        got.data().forEach((g, i) => {
          const w = want[i]!
          if (!(Object.is(g, w) || g === w || Math.abs(g - w) <= rtol * Math.abs(w) + atol))
            expect.fail(`${JSON.stringify(c)}: element ${i} is ${g}, JAX has ${w}`)
        })
      }
      expect(ran).toBeGreaterThan(0)
    })

  it('64-bit draws below n are those of randint without dtype', () => {
    const drawn = cases.filter((c) => c.fn === 'randint' && c.dtype === 'int64' && c.minval === 0 && (c.maxval as number) < 2 ** 31)
    expect(drawn.length).toBeGreaterThan(3)
    for (const c of drawn) expect([...below(keyOf(c), c.shape as number[], c.maxval as number).data()]).toEqual(c.out.data)
  })
})
