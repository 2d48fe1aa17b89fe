/**
 * Transforms of cases: from a function at a point to its transformed function at a point, which is a case again.
 *
 * So what is claimed of functions is claimed of derivatives of batched derivatives too: compositions to any depth are
 * checked by induction, each transform against its definition, on functions that other transforms made.
 */
import { grad, jacfwd, jit, linearize, ops, vjp, vmap, type Aval, type Tensor, type Value } from '../src/index'
import { showArgs, smooth, type Case } from './case'
import { directions, isFloat, largest, elements, sizeOf, stack } from './elements'
import { forward } from './forward'

type Flat = readonly Tensor[]
type Call = (...xs: Flat) => Flat

const listed = (call: Call) => (...xs: Tensor[]): Tensor[] => [...call(...xs)]

/** A smooth scalar function of the floating results: Σ x (w + x/4), in float64. */
export function scalarized(call: Call, outs: readonly Pick<Aval, 'shape' | 'dtype'>[], seed: number): (...xs: Flat) => Tensor {
  const weights = directions(outs.map(({ shape }) => ({ shape, dtype: 'float64' })), seed)
  return (...xs) => {
    let total: Value = ops.full([], 0, 'float64')
    call(...xs).filter((t) => isFloat(t.dtype)).forEach((t, i) => {
      const x = ops.convert(t, 'float64')
      const term = ops.mul(x, ops.add(weights[i]!, ops.mul(x, 0.25)))
      total = ops.add(total, ops.sum(term, x.aval.shape.map((_, a) => a)))
    })
    return total as Tensor
  }
}

interface Derived {
  readonly args: Flat
  readonly call: Call
  readonly lane: (k: number) => Flat
}

const avalsOf = (ts: Flat): readonly Aval[] => ts.map((t) => t.aval)

/** Elements up to which whole Jacobians are made. */
const small = 24

const rules: { readonly [word: string]: (c: Case, seed: number) => Derived } = {
  jit: (c) => ({ args: c.args, lane: c.lane, call: (...xs) => jit(listed(c.call))(...(xs as Tensor[])) as unknown as Flat }),
  vmap: (c) => {
    const lane = (k: number): Flat => c.args.map((_, i) => stack([c.lane(2 * k)[i]!, c.lane(2 * k + 1)[i]!]))
    return { args: lane(0), lane, call: (...xs) => vmap(listed(c.call))(...(xs as Tensor[])) as unknown as Flat }
  },
  jvp: (c, seed) => {
    const s = smooth(c)
    const n = s.args.length
    const lane = (k: number): Flat => [...s.lane(k), ...directions(avalsOf(s.args), seed + k)]
    return { args: lane(0), lane, call: (...xs) => forward(s.call, xs.slice(0, n), xs.slice(n)).flat() }
  },
  linearize: (c, seed) => {
    const s = smooth(c)
    const n = s.args.length
    const lane = (k: number): Flat => [...s.lane(k), ...directions(avalsOf(s.args), seed + k)]
    const call: Call = (...xs) => {
      const [outs, linear] = linearize(listed(s.call), xs.slice(0, n)) as unknown as [Flat, Call]
      return [...outs, ...linear(...xs.slice(n))]
    }
    return { args: lane(0), lane, call }
  },
  vjp: (c, seed) => {
    const s = smooth(c)
    const n = s.args.length
    const lane = (k: number): Flat => [...s.lane(k), ...directions(avalsOf(s.outs), seed + k)]
    const call: Call = (...xs) => {
      const [outs, pull] = vjp(listed(s.call), xs.slice(0, n)) as unknown as [Flat, (ct: Flat) => Flat]
      return [...outs, ...pull(xs.slice(n))]
    }
    return { args: lane(0), lane, call }
  },
  grad: (c, seed) => {
    const s = smooth(c)
    const f = scalarized(s.call, avalsOf(s.outs), seed)
    const argnums = s.args.map((_, i) => i)
    return { args: s.args, lane: s.lane, call: (...xs) => grad(f as (...a: Tensor[]) => Tensor, { argnums })(...(xs as Tensor[])) as unknown as Flat }
  },
  jacfwd: (c, seed) => {
    const s = smooth(c)
    const sized = (ts: Flat): number => ts.reduce((n, t) => n + sizeOf(t.shape), 0)
    if (sized(s.args) * sized(s.outs) > small ** 2) return rules.jvp!(c, seed)
    const argnums = s.args.map((_, i) => i)
    return { args: s.args, lane: s.lane, call: (...xs) => (jacfwd(listed(s.call), { argnums })(...(xs as Tensor[])) as unknown as Flat[]).flat() }
  },
}

/** The transforms that cases can be put through. */
export type Word = 'jit' | 'vmap' | 'jvp' | 'linearize' | 'vjp' | 'grad' | 'jacfwd'
export const words: readonly Word[] = ['jit', 'vmap', 'jvp', 'vjp', 'grad', 'linearize', 'jacfwd']

const needsFloats: ReadonlySet<Word> = new Set(['jvp', 'linearize', 'vjp', 'grad', 'jacfwd'])

/** The transformed function at a point. A case with nothing to transform stays as it is. */
export function derive(word: Word, c: Case, seed: number): Case {
  if (word === 'vmap' && c.args.length === 0) return c
  if (needsFloats.has(word)) {
    const s = smooth(c)
    if (s.args.length === 0 || s.outs.length === 0) return c
  }
  const d = rules[word]!(c, seed)
  const own = String(c)
  return {
    ...d,
    coarse: c.coarse,
    stopped: c.stopped,
    magnitude: Math.max(c.magnitude, ...d.args.map((t) => largest(elements(t)))),
    toString: () => `${word} of ${own}${word === 'jit' || word === 'grad' || word === 'jacfwd' ? '' : `\n${word} is taken at\n${showArgs(d.args)}`}`,
  }
}
