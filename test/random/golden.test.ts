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

/** The arguments that are options of the function. */
const without = <P extends object>(p: P, name: keyof P): Partial<P> => Object.fromEntries(Object.entries(p).filter(([k]) => k !== name)) as Partial<P>

const keyOf = (c: Case): Tensor => made(Uint32Array.from(c.key), [2])

/** Functions of a key and options that have the names of the golden arguments. */
const plain: { readonly [fn: string]: (k: Tensor, o: object) => Tensor } = {
  bits: random.bits, uniform: random.uniform, normal: random.normal, exponential: random.exponential, laplace: random.laplace,
  logistic: random.logistic, gumbel: random.gumbel, cauchy: random.cauchy, rademacher: random.rademacher, bernoulli: random.bernoulli,
}

/** How a case is run here; undefined for what there is not. */
function run(c: Case): Tensor | undefined {
  const { fn, key: _key, out: _out, outOpByOp: _plain, note: _note, first, ...rest } = c
  const k = fn === 'key' ? random.key(0) : keyOf(c)
  const { shape, dtype, ...parameters } = rest as { shape?: readonly number[]; dtype?: string; [name: string]: unknown }
  const o = { ...(shape && { shape }), ...(dtype && { dtype: dtype as never }) }
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
      return dtype === 'int64' ? undefined : random.randint(k, { ...o, ...p })
    case 'truncatedNormal':
      return random.truncatedNormal(k, p.lower!, p.upper!, o)
    case 'gamma':
    case 'loggamma':
      return (fn === 'gamma' ? random.gamma : random.loggamma)(k, p.a!, o)
    case 'beta':
      return random.beta(k, p.a!, p.b!, o)
    case 'dirichlet':
      return random.dirichlet(k, p.alpha!, o)
    case 't':
      return random.t(k, p.df!, o)
    case 'lognormal':
      return random.lognormal(k, p.sigma!, o)
    case 'categorical':
      return random.categorical(k, p.logits!, { ...o, ...without(p, 'logits') })
    case 'permutation': {
      const y = random.permutation(k, p.x!, without(p, 'x'))
      return first === undefined ? y : y.slice([0, first as number])
    }
    case 'choice':
      return random.choice(k, p.a!, { ...o, ...without(p, 'a') })
    default:
      return plain[fn]?.(k, { ...o, ...p })
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
  gamma: { float64: [1e-13, 0], float32: [5e-6, 0] },
  loggamma: { float64: [1e-13, 1e-14], float32: [5e-6, 1e-6] },
  beta: { float64: [1e-13, 0] },
  dirichlet: { float64: [1e-13, 0] },
  t: { float64: [1e-13, 0] },
  cauchy: { float64: [1e-14, 0], float32: [1e-6, 0] },
}

/** What is wrong with a result, if anything. */
function wrong(c: Case, got: Tensor): readonly string[] {
  const [rtol, atol] = tolerances[c.fn]?.[c.out.dtype] ?? [0, 0]
  const dtype = c.out.dtype === 'int64' ? 'int32' : c.out.dtype
  const want = c.out.data.map(Number)
  if (got.dtype !== dtype || String(got.shape) !== String(c.out.shape)) return [`${JSON.stringify(c)}: got ${got.dtype}[${got.shape.join(',')}]`]
  return [...got.data()].flatMap((g, i) => {
    const w = want[i]!
    return g === w || Math.abs(g - w) <= rtol * Math.abs(w) + atol ? [] : [`${JSON.stringify(c)}: element ${i} is ${g}`]
  })
}

const none = ['poisson', 'multivariateNormal']

describe('random, against JAX', () => {
  const names = [...new Set(cases.map((c) => c.fn))]
  for (const fn of names.filter((n) => !none.includes(n)))
    it(`${fn} ${tolerances[fn] ? 'to its tolerance' : 'bit for bit'}`, () => {
      const ran = cases.filter((c) => c.fn === fn).flatMap((c) => {
        const got = run(c)
        return got ? [wrong(c, got)] : []
      })
      expect(ran.length).toBeGreaterThan(0)
      expect(ran.flat()).toEqual([])
    })

  it('64-bit draws below n are those of randint without dtype', () => {
    const drawn = cases.filter((c) => c.fn === 'randint' && c.dtype === 'int64' && c.minval === 0 && (c.maxval as number) < 2 ** 31)
    expect(drawn.length).toBeGreaterThan(3)
    for (const c of drawn) expect([...below(keyOf(c), c.shape as number[], c.maxval as number).data()]).toEqual(c.out.data)
  })

  it('what has no case of its own', () => {
    const k = random.key(42)
    const close = (x: Tensor, want: readonly number[]): void => x.data().forEach((g, i) => expect(Math.abs(g / want[i]! - 1)).toBeLessThan(1e-13))
    close(random.pareto(k, 2.5, [3]), [1.249267887529251, 1.0060678797362979, 1.407003125801746])
    close(random.rayleigh(k, 2, [3]), [2.6101486342144358, 5.795884058247333, 2.1068921475580344])
    close(random.weibullMin(k, 2, 1.5, [3]), [1.3529603556444487, 0.12231276251644208, 1.7997751636072923])
    close(random.triangular(k, -1, 0.5, 2, [5]), [0.3857395317752146, -0.7401051889342236, 0.6156770176537227, 0.8973600025714825, 0.8147158718423446])
    close(random.maxwell(k, [3]), [2.1856811186160847, 0.866467331447922, 0.8407561365101462])
    expect(random.geometric(k, 0.3, [6]).toArray()).toEqual([3, 12, 2, 1, 2, 2])
  })
})
