/** The functions of `optim` against what Optax gives. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allocate, type DType } from '../../src/data/dtype'
import { grad, jit, tree, type Tensor } from '../../src/index'
import { made, tensor } from '../../src/numpy/arguments'
import { ops } from '../../src/primitives/core'
import * as optim from '../../src/optim/index'

type Make = readonly [name: string, args: readonly unknown[]]
interface Case {
  readonly kind: 'schedule' | 'transformation' | 'loss'
  readonly [field: string]: unknown
}
const { cases } = JSON.parse(readFileSync('test/golden/optim.json', 'utf8')) as { cases: readonly Case[] }
const functions: { readonly [name: string]: unknown } = { ...optim }
const call = (name: string, args: readonly unknown[]): never => (functions[name] as (...a: readonly unknown[]) => never)(...args)

const isArrayed = (x: unknown): x is { shape: number[]; dtype: DType; data: (number | string)[] } => typeof x === 'object' && x !== null && 'data' in x && 'dtype' in x

/** Golden trees: arrays become tensors. */
function decoded(x: unknown): unknown {
  if (isArrayed(x)) {
    const buffer = allocate(x.dtype, x.data.length)
    x.data.forEach((v, i) => (buffer[i] = Number(v)))
    return made(buffer, x.shape)
  }
  if (Array.isArray(x)) return x.map(decoded)
  return typeof x === 'object' && x !== null ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decoded(v)])) : x
}

/** What a `make` names; schedules and transformations may stand among its arguments. */
function build([name, args]: Make): never {
  const resolved = (a: unknown): unknown => {
    if (typeof a === 'string' && a.startsWith('schedule:')) return build(cases.find((c) => c.kind === 'schedule' && c.name === a.slice(9))!.make as Make)
    if (Array.isArray(a) && a.length === 2 && typeof a[0] === 'string' && a[0] in optim) return build(a as unknown as Make)
    return typeof a === 'object' && a !== null && !Array.isArray(a) ? Object.fromEntries(Object.entries(a).map(([k, v]) => [k, resolved(v)])) : a
  }
  return call(name, args.map(resolved))
}

/** Where two trees of tensors differ by more than their dtype allows. */
function different(got: unknown, want: unknown, where: string): string[] {
  if (!tree.sameStructure(got, want)) return [`${where}: another tree`]
  const wanted = tree.leaves(want) as Tensor[]
  return (tree.leaves(got) as Tensor[]).flatMap((g, i) => {
    const w = wanted[i]!
    if (g.dtype !== w.dtype || String(g.shape) !== String(w.shape)) return [`${where}, leaf ${i}: ${g.dtype}[${g.shape.join(',')}]`]
    const [rtol, near] = g.dtype === 'float32' ? [2e-6, 0.1] : [1e-12, 0.01]
    const expected = w.data()
    return [...g.data()].flatMap((x, k) => (Object.is(x, expected[k]) || Math.abs(x - expected[k]!) <= rtol * (Math.abs(expected[k]!) + near) ? [] : [`${where}, leaf ${i}, element ${k}: ${x}, Optax has ${expected[k]!}`]))
  })
}

describe('schedules, against Optax', () => {
  const join = (): optim.CountSchedule => optim.joinSchedules([optim.linearSchedule(0, 1, 5), optim.cosineDecaySchedule(1, 5), optim.constantSchedule(0.2)], [5, 11])
  for (const c of cases.filter((x) => x.kind === 'schedule'))
    it(`${String(c.name)}`, () => {
      const schedule: optim.CountSchedule = c.make ? build(c.make as Make) : join()
      const compiled = jit((n: Tensor) => schedule(n))
      const counts = c.counts as readonly number[]
      const want = c.out as readonly number[]
      const wrong = counts.filter((n, i) => {
        const close = (x: Tensor): boolean => Math.abs((x.item() as number) - want[i]!) <= 1e-14 && x.dtype === 'float64'
        return !close(schedule(n)) || !close(compiled(made(Int32Array.of(n), [1]).at(0)))
      })
      expect(wrong).toEqual([])
    })
})

describe('transformations, against Optax', () => {
  for (const c of cases.filter((x) => x.kind === 'transformation'))
    it(`${JSON.stringify(c.make)} ${String(c.dtype)}`, () => {
      const t: optim.GradientTransformation = build(c.make as Make)
      let params = decoded(c.params)
      let state = t.init(params)
      const update = jit((g: unknown, s: optim.OptState, p: unknown) => t.update(g, s, p))
      const wrong = (c.steps as readonly Case[]).flatMap((step, i) => {
        const grads = decoded(step.grads)
        const [updates, next] = t.update(grads, state, params)
        const [compiled, nextCompiled] = update(grads, state, params)
        const want = decoded(step.updates)
        state = next
        params = optim.applyUpdates(params, updates)
        return [...different(updates, want, `step ${i}`), ...different(compiled, want, `step ${i}, compiled`), ...different(nextCompiled, next, `state ${i}`)]
      })
      expect(wrong).toEqual([])
      expect(different(params, decoded(c.last), 'parameters')).toEqual([])
      expect(update.traceCount).toBe(1)
    })
})

describe('losses, against Optax', () => {
  cases.filter((x) => x.kind === 'loss').forEach((c, i) =>
    it(`${i}: ${String(c.name)} ${JSON.stringify(c.options)} ${String(c.dtype)}`, () => {
      const args = (c.args as readonly unknown[]).map(decoded) as Tensor[]
      const targets = args.length === 1 ? [undefined] : args.slice(1)
      const loss = (x: Tensor): Tensor => call(c.name as string, [x, ...targets, c.options])
      const total = (x: Tensor): Tensor => ops.sum(loss(x), loss(x).shape.map((_, a) => a))
      expect(different(loss(args[0]!), decoded(c.out), 'loss')).toEqual([])
      expect(different(jit(loss)(args[0]!), decoded(c.out), 'compiled')).toEqual([])
      expect(different(grad(total)(tensor(args[0]!)), decoded(c.grad), 'gradient')).toEqual([])
    }),
  )
})
