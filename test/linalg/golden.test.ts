/** Every case of test/golden/linalg.json: JAX's values, and its gradients of the results weighted by cos(1 + index). */
import { readFileSync } from 'node:fs'
import { vjp, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'
import { argument, camel, expectGolden, type Json } from '../numpy/golden'

interface Case {
  readonly fn: string
  readonly args: readonly Json[]
  readonly kwargs: { readonly [key: string]: Json }
  readonly out: Json
  readonly grads?: readonly Json[]
}
const { cases } = JSON.parse(readFileSync('test/golden/linalg.json', 'utf8')) as { cases: readonly Case[] }

type Call = (...args: never[]) => unknown
const functions: { readonly [name: string]: Call } = {
  ...(linalg as unknown as { readonly [name: string]: Call }),
  choSolve: (a: Tensor, b: Tensor) => linalg.choSolve(linalg.cholesky(a), b),
  luSolve: (a: Tensor, b: Tensor, options?: { readonly trans?: 0 | 1 }) => linalg.luSolve(linalg.luFactor(a), b, options),
  svd: (a: Tensor) => linalg.svd(a, false),
}

const tolerance = { relative: 1e-10, absolute: 1e-11 }
const list = (y: unknown): Tensor[] => (Array.isArray(y) ? y : [y]) as Tensor[]

describe('linalg as JAX computes it', () => {
  it.each(cases.map((c, i) => [`${i} ${c.fn} ${JSON.stringify(c.kwargs)}`, c] as const))('%s', (_name, c) => {
    const options = argument(c.kwargs as Json) as object
    const f = (...xs: unknown[]): unknown => functions[camel(c.fn)](...([...xs, ...(Object.keys(options).length > 0 ? [options] : [])] as never[]))
    const args = c.args.map(argument) as Tensor[]
    expectGolden(f(...args), c.out, tolerance)
    if (!c.grads) return
    const [out, pullback] = vjp(f as never, args as never) as unknown as [unknown, (ct: unknown) => Tensor[]]
    const cts = list(out).map((y) => (np.issubdtype(y.dtype, 'floating') ? np.reshape(np.cos(np.add(np.arange(y.size), 1)), y.shape) : np.zerosLike(y)))
    const grads = pullback(Array.isArray(out) ? cts : cts[0])
    expect(grads.length).toBe(c.grads.length)
    grads.forEach((g, i) => expectGolden(g, c.grads![i], { relative: 1e-8, absolute: 1e-9 }))
  })
})
