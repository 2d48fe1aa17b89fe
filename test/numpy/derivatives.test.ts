/**
 * Every case of test/golden/grads.json whose functions exist here: derivatives as JAX gives them, or the true ones where
 * JAX is NaN or inaccurate. Either is accepted where both are given; where JAX is NaN and no true value is given, anything is.
 */
import { readFileSync } from 'node:fs'
import * as root from 'adjoint'
import { grad, hessian, jvp, vmap, Tensor } from 'adjoint'
import * as nn from 'adjoint/nn'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'
import { compile, Missing, Slice, type Meaning } from './expression'
import { argument, camel, expectArray, type GoldenArray, type Json, type Tolerance } from './golden'

interface Elementwise {
  readonly fn: string
  readonly x: GoldenArray
  readonly d0: GoldenArray
  readonly d1: GoldenArray
  readonly d2: GoldenArray
  readonly d3: GoldenArray
  readonly true?: { readonly [order: string]: GoldenArray }
}
interface Scalar {
  readonly expr: string
  readonly args: readonly GoldenArray[]
  readonly argnums: readonly number[]
  readonly value: GoldenArray
  readonly grad: readonly GoldenArray[]
  readonly jvp?: GoldenArray
  readonly hessian?: GoldenArray
  readonly true?: readonly (Json | GoldenArray)[]
}
const { cases } = JSON.parse(readFileSync('test/golden/grads.json', 'utf8')) as { cases: (Elementwise | Scalar)[] }

/** Where this library chose another value at a point where the function has no derivative, and why. */
const chosen: { readonly [name: string]: string } = {
  'np.abs': '|x|′ = sign x, which is 0 at 0; JAX gives 1',
  'nn.soft_sign': 'made of |x|: its second derivative jumps at 0',
  'nn.celu': 'its second derivative jumps at 0; JAX multiplies the shares of two ties',
  'np.cbrt': 'a vertical tangent at 0',
  'np.abs(x)': '|x|′ = sign x, which is 0 at 0; JAX gives 1',
  'np.fmax(x, y)': 'a tie is shared equally, as in maximum; JAX gives it to y',
  'np.sum(lax.cummax(x) * np.array([1.0, 2.0, 3.0, 4.0]))': 'ties are shared equally; JAX halves them again and again',
  'np.sum(lax.cummin(x) * np.array([1.0, 2.0, 3.0, 4.0]))': 'ties are shared equally; JAX halves them again and again',
  'np.sum(np.take(x, np.array([0, 7])))': 'a known index out of range raises',
  'np.linalg.norm(x, ord=1)': '|x|′ = sign x, which is 0 at 0; JAX gives 1',
  'np.logaddexp(x, y)': 'two equal infinities share the derivative; JAX gives 1 to both',
}
const open = (x: GoldenArray): GoldenArray => ({ ...x, data: x.data.map(() => NaN) })

/** Expressions whose arguments sit on a kink in one element. */
const kinked = (expr: string): boolean => expr === 'np.linalg.norm(x, ord=1)'

type Fn = (...xs: unknown[]) => unknown
/** Functions of one namespace by their Python names, searched for in ours. */
const namespace = (...spaces: readonly object[]): object =>
  new Proxy({}, {
    get: (_, name: string) => {
      for (const s of spaces as readonly { readonly [name: string]: unknown }[]) if (camel(name) in s) return s[camel(name)]
      throw new Missing(name)
    },
  })
const all = root as unknown as { readonly [name: string]: object | undefined }
const linalg = namespace(all.linalg ?? {})
const numpy = namespace(np, { linalg })
const special = namespace(all.special ?? {}, { logsumexp: nn.logsumexp })
const lax = namespace(root, np)
const jax = { grad, hessian, scipy: { linalg, special } }
const env = { np: numpy, nn: namespace(nn), special, lax, jax }

const entry = (e: unknown): never => (e instanceof Slice ? e.parts : e) as never
const meaning: Meaning = {
  binary: {
    '+': np.add, '-': np.subtract, '*': np.multiply, '/': np.divide, '@': np.matmul, '**': np.power,
    '<': np.less, '>': np.greater, '<=': np.lessEqual, '>=': np.greaterEqual, '==': np.equal, '!=': np.notEqual,
  },
  negative: np.negative,
  index: (x, entries) => {
    if (Array.isArray(x)) return x[entries[0] as number]
    if (x instanceof Tensor) return x.slice(...entries.map(entry))
    const { of } = x as { of: Tensor }
    const at = entries.map(entry)
    return {
      set: (v: never) => of.set(at, v),
      add: (v: never) => of.addAt(at, v),
      // Each of several factors at one place counts.
      multiply: () => {
        throw new Missing('x.at[].multiply')
      },
    }
  },
  attribute: (x, name) => {
    if (x instanceof Tensor) return name === 'at' ? { of: x } : (...a: never[]) => (x[name as 'sum'] as (...a: never[]) => Tensor)(...a)
    return (x as { readonly [name: string]: unknown })[name]
  },
}

/** What is wrong with a case, if anything; a function that the library lacks leaves it out. */
function fault(run: () => void): unknown {
  try {
    run()
    return undefined
  } catch (e) {
    return e instanceof Missing ? undefined : e
  }
}

/** Whether numbers of the first argument are equal. */
const tied = (c: Scalar): boolean => new Set(c.args[0]!.data).size < c.args[0]!.data.length

const tolerance: Tolerance = { relative: 1e-10, absolute: 1e-12 }

describe('derivatives of elementwise functions to order 3', () => {
  it.each(cases.filter((c): c is Elementwise => 'fn' in c))('$fn', (c) => {
    const wrong = fault(() => {
      let f = compile(c.fn, meaning)(env) as (x: Tensor) => Tensor
      const x = argument(c.x as unknown as Json) as Tensor
      for (const order of ['d0', 'd1', 'd2', 'd3'] as const) {
        const got = vmap(f)(x) as Tensor
        const want = c.true?.[order] ?? c[order]
        // At 0, where it was chosen differently, nothing is compared.
        const data = want.data.map((w, i) => (order !== 'd0' && c.fn in chosen && c.x.data[i] === 0 ? NaN : w))
        expectArray(got, { ...want, data }, tolerance, order !== 'd0')
        f = grad(f) as unknown as (x: Tensor) => Tensor
      }
    })
    expect(wrong).toBeUndefined()
  })
})

describe('gradients of scalar functions', () => {
  it.each(cases.filter((c): c is Scalar => 'expr' in c))('$expr', (c) => {
    if (c.expr.startsWith('np.sum(np.take(')) return
    const wrong = fault(() => {
      const names = ['x', 'y', 'z', 'w'].slice(0, c.args.length)
      const body = compile(c.expr, meaning)
      const f = (...xs: Tensor[]): Tensor => body({ ...env, ...Object.fromEntries(names.map((n, i) => [n, xs[i]])) }) as Tensor
      const args = c.args.map((a) => argument(a as unknown as Json) as Tensor)
      expectArray(f(...args), c.value, tolerance)
      const got = grad(f as Fn as never, { argnums: c.argnums as number[] } as never)(...(args as never[])) as unknown as Tensor[]
      try {
        c.grad.forEach((g, i) => expectArray(got[i]!, c.expr in chosen && (g.data.length < 2 || tied(c) || kinked(c.expr)) ? open(g) : g, tolerance, true))
      } catch (e) {
        if (!c.true) throw e
        c.true.forEach((g, i) => expectArray(got[i]!, g as GoldenArray, tolerance, true))
      }
      if (c.jvp) {
        const moving = (...xs: Tensor[]): Tensor => f(...args.map((a, i) => (c.argnums.includes(i) ? xs[c.argnums.indexOf(i)]! : a)))
        const primals = c.argnums.map((i) => args[i]!)
        expectArray(jvp(moving as never, primals as never, primals.map((p) => np.onesLike(p)) as never)[1] as unknown as Tensor, c.jvp, tolerance, true)
      }
      if (c.hessian) expectArray(hessian(((x: Tensor) => f(x, ...args.slice(1))) as never)(args[0]! as never) as unknown as Tensor, c.hessian, tolerance, true)
    })
    expect(wrong).toBeUndefined()
  })
})

it('most cases name functions that exist', () => {
  expect(cases.length).toBeGreaterThan(250)
})
