/** Bounds of rounding errors, held against the errors that mpmath knows. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cond, customVjp, debug, foriLoop, grad, jit, linalg, nn, np, scan, stopGradient, type Tensor } from 'adjoint'

interface Case {
  readonly name: string
  readonly args: readonly number[]
  readonly exact: readonly (readonly [high: number, low: number])[]
}
const { cases } = JSON.parse(readFileSync('test/golden/roundoff.json', 'utf8')) as { cases: readonly Case[] }

const functions: { readonly [name: string]: (x: Tensor) => Tensor } = {
  cosine: (x) => np.divide(np.subtract(1, np.cos(x)), np.square(x)),
  quadratic: (b) => np.divide(np.add(np.negative(b), np.sqrt(np.subtract(np.multiply(b, b), 4))), 2),
  log: (x) => np.divide(np.log(np.add(1, x)), x),
  horner: (x) => [21, -35, 35, -21, 7, -1].reduce((sum, c) => np.add(np.multiply(sum, x), c), np.subtract(x, 7)),
  series: (x) =>
    foriLoop(1, 101, (k: Tensor, [sum, term]: Tensor[]) => {
      const next = np.divide(np.multiply(term!, x), k)
      return [np.add(sum!, next), next]
    }, [1, 1] as never)[0 as never] as Tensor,
  muller: (x) =>
    scan(([a, b]: Tensor[]) => [[b, np.subtract(108, np.divide(np.subtract(815, np.divide(1500, a!)), b!))], null], [x, 61 / 11] as never, null, { length: 8 })[0][1 as never] as Tensor,
  variance: (x) => {
    const xs = np.add(x, np.array([0.25, 0.5, 1.75, 3]))
    return np.subtract(np.mean(np.multiply(xs, xs)), np.square(np.mean(xs)))
  },
  logistic: jit((x0: Tensor) => foriLoop(0, 30, (_: Tensor, x: Tensor) => np.multiply(np.multiply(3.75, x), np.subtract(1, x)), x0)) as never,
  rump: (b) => {
    const a = 77617
    const [b2, b4, b6, b8] = [2, 4, 6, 8].map((n) => np.power(b, n)) as [Tensor, Tensor, Tensor, Tensor]
    const inner = np.subtract(np.subtract(np.subtract(np.multiply(11 * a * a, b2), b6), np.multiply(121, b4)), 2)
    return np.add(np.add(np.add(np.multiply(333.75, b6), np.multiply(a * a, inner)), np.multiply(5.5, b8)), np.divide(a, np.multiply(2, b)))
  },
  dot: (x) => np.dot(np.stack([np.multiply(x, 1), np.multiply(x, 1), np.multiply(x, 1)]), np.array([1e12, 1, -1e12])),
}

describe('debug.roundoff against mpmath', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s: above every error, and within 10 of some', (name, { args, exact }) => {
    const f = functions[name]!
    const runs = args.map((x, i) => {
      const { value, bound, committed } = debug.roundoff(f)(x)
      expect(value).toBe((f(np.array(x)) as Tensor).item())
      const [high, low] = exact[i]!
      const error = Math.abs((value as number) - high - low)
      // The bound is of first order: of an error that is not small, a little may be missing.
      expect(error).toBeLessThanOrEqual((bound as number) * 1.01)
      // What was committed is the error, at every argument.
      expect(Math.abs((committed as number) - error)).toBeLessThanOrEqual(1e-3 * error)
      return error / (bound as number)
    })
    expect(Math.max(...runs)).toBeGreaterThan(0.1)
  })

  it('names the equation that loses the digits', () => {
    const { equations } = debug.roundoff(functions.cosine!)(1e-4)
    expect(equations[0]).toMatchObject({ equation: 'b:f64[] = cos a', primitive: 'cos', place: '', runs: 1 })
    expect(equations[0]!.contribution / equations[1]!.contribution).toBeGreaterThan(1e6)
  })
})

describe('debug.roundoff', () => {
  it('is a number for a number, and a tree for a tree; contributions add up to the bounds', () => {
    const r = debug.roundoff((x: Tensor) => ({ a: np.exp(x), n: np.array([1, 2], { dtype: 'int32' }), s: np.sum(np.exp(x)) }))(np.array([1, 2]))
    const { a, n, s } = r.bound as { a: number[]; n: number[]; s: number }
    expect(n).toEqual([0, 0])
    expect(a).toEqual([2 * 2 ** -53, 4 * 2 ** -53])
    expect(r.equations.reduce((t, e) => t + e.contribution, 0)).toBeCloseTo(a[0]! + a[1]! + s, 25)
    expect((r.value as { a: number[] }).a[0]).toBe(np.exp(np.array([1])).at(0).item())
  })

  it('counts nothing for what does not round', () => {
    const exact = (x: Tensor): Tensor => np.max(np.sort(np.abs(np.negative(np.reshape(np.where(np.greater(x, 0), x, np.floor(x)), [4])))))
    const r = debug.roundoff(exact)(np.array([[1.5, -2], [0, 3]]))
    expect(r.bound).toBe(0)
    expect(r.equations).toEqual([])
    expect(debug.roundoff((x: Tensor) => x)(2).bound).toBe(0)
    expect(debug.roundoff(() => np.array(2))().bound).toBe(0)
    expect(debug.roundoff((x: Tensor) => np.sum(x))(np.zeros([0])).bound).toBe(0)
  })

  it('sees through stopGradient, custom rules and branches', () => {
    const hidden = customVjp((x: Tensor) => np.exp(x), { fwd: (x: Tensor) => [np.exp(x), null], bwd: () => [null] })
    expect(debug.roundoff((x: Tensor) => np.multiply(hidden(x), 2))(1).equations.map((e) => [e.primitive, e.place])).toEqual([['exp', 'custom_call'], ['mul', '']])
    expect(debug.roundoff((x: Tensor) => np.multiply(stopGradient(np.exp(x)), 3))(1).equations).toHaveLength(2)
    const r = debug.roundoff((x: Tensor) => cond(np.greater(x, 0), (y: Tensor) => np.exp(y), (y: Tensor) => np.sin(y), x))(1)
    expect(r.equations.map((e) => [e.primitive, e.place])).toEqual([['exp', 'cond branch 1']])
  })

  it('is in units of float32 where the values are', () => {
    const b = debug.roundoff((x: Tensor) => np.exp(x))(np.array(1, { dtype: 'float32' })).bound as number
    expect(b).toBe(2 * 2 ** -24)
  })

  it('works for sums, dots, softmax and derivatives', () => {
    const x = np.array([[4, 1], [1, 3]])
    for (const f of [np.mean, np.cumsum, np.cumprod, nn.softmax, (a: Tensor) => np.matmul(a, a), grad((a: Tensor) => np.sum(np.matmul(np.sin(a), a)))]) {
      const r = debug.roundoff(f as never)(x)
      const flat = (r.bound as number | number[] | number[][])
      for (const b of [flat].flat(2)) expect(b).toBeLessThan(1e-13)
    }
  })

  it('is infinite where vectors are not determined: of values that are equal to rounding', () => {
    for (const f of [(a: Tensor) => linalg.eigh(a)[1], (a: Tensor) => linalg.svd(a)[0], (a: Tensor) => linalg.svd(a)[2]])
      expect(debug.roundoff(f)(np.eye(2)).bound).toEqual([[Infinity, Infinity], [Infinity, Infinity]])
    expect(([debug.roundoff((a: Tensor) => linalg.eigh(a)[0])(np.eye(2)).bound].flat() as number[]).every((b) => b > 0 && b < 1e-12)).toBe(true)
  })

  it('measures what was committed, and bounds it where that is not known', () => {
    const x = np.array([0.1, 0.7, 2.3])
    const of = (f: (x: Tensor) => Tensor): { value: number; bound: number; committed: number } => debug.roundoff(f)(x) as never
    // 0.1 + 0.7 + 2.3 as doubles is 3.0999999999999998…, found exactly with integers.
    const units = [0.1, 0.7, 2.3].reduce((sum, v) => sum + BigInt(v * 2 ** 56), 0n)
    const { value, bound, committed } = of((v) => np.sum(v))
    expect(committed).toBe(Math.abs(Number(BigInt(value * 2 ** 56) - units)) / 2 ** 56)
    expect(committed).toBeLessThanOrEqual(bound)
    for (const f of [np.prod, (v: Tensor) => np.dot(v, np.sin(v)), (v: Tensor) => np.sum(np.tanh(np.power(v, 1.5)))]) {
      const r = of(f)
      expect(r.committed).toBeLessThan(r.bound)
    }
    const erf = debug.roundoff((v: Tensor) => np.sum(np.cumsum(v)))(x)
    expect(erf.committed as number).toBeGreaterThan(0)
    expect(erf.committed as number).toBeLessThanOrEqual(erf.bound as number)
  })

  it('looks into the backward steps of a checkpointed scan', () => {
    for (const reverse of [false, true])
      for (const length of [0, 1, 6]) {
        const f = (options: object) => (c: Tensor, w: Tensor): Tensor => {
          const [last, all] = scan((s: Tensor, x: Tensor) => [np.abs(np.subtract(np.multiply(s, w), x)), np.sin(s)] as const, c, np.linspace(0.1, 0.2, length), { reverse, ...options })
          return np.add(last, np.sum(all))
        }
        const [plain, few] = [{}, { checkpoint: 2 }].map((o) => debug.roundoff(grad(f(o)))(0.3, 2)) as [ReturnType<ReturnType<typeof debug.roundoff>>, ReturnType<ReturnType<typeof debug.roundoff>>]
        expect(few.value).toEqual(plain.value)
        expect(few.bound as number).toBeGreaterThanOrEqual(0.5 * (plain.bound as number))
        expect(few.bound as number).toBeLessThanOrEqual(2 * (plain.bound as number) + 1e-15)
        const at = [{}, { checkpoint: 2 }].map((o) => debug.kinks(grad(f(o)))(0.05, 2).length > 0)
        expect(at[1]).toBe(at[0])
      }
  })

  it('of a product counts every factor', () => {
    // 1.1 as a double, to the 50th power, differs from the product of doubles by 1.1e-13 (with integers of 2000 bits).
    const bound = debug.roundoff((x: Tensor) => np.prod(x))(np.full([50], 1.1)).bound as number
    expect(bound).toBeGreaterThan(1.1e-13)
    expect(bound).toBeLessThan(1e-12)
  })

  it('is infinite where an adjoint is', () => {
    expect(debug.roundoff((x: Tensor) => np.sqrt(np.subtract(np.multiply(x, 1 / 3), 1 / 3)))(1).bound).toBe(Infinity)
    expect(debug.roundoff((x: Tensor) => np.divide(1, np.subtract(np.add(x, 0.1), 1.1)))(1).bound).toBe(Infinity)
  })

  it('prints a table', () => {
    expect(String(debug.roundoff((x: Tensor) => np.subtract(np.add(256, x), 256))(0.1))).toBe(
      [
        'rounding error ≤ 2.84e-14',
        'equation                     contribution   share  place',
        '────────────────────────────────────────────────────────',
        'b:f64[] = add 256.0:f64[] a      2.84e-14  100.0%',
        'c:f64[] = sub b 256.0:f64[]      6.94e-18    0.0%',
      ].join('\n'),
    )
  })
})
