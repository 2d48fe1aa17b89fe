/**
 * The whole vocabulary of rules: the core's words and those of every other family, over any core vocabulary.
 *
 * The core is what every program needs; the other words stand apart, so that who does not use them does not ship them.
 * Law: a word on symbolic zeros equals the same word on the arrays of zeros that they stand for.
 */
import { functions } from '../compile/math/functions'
import type { Aval } from '../ir/aval'
import { holding } from '../ir/held'
import { calling } from '../ir/inline'
import * as kernels from '../ir/kernel'
import type { Expr, KernelSpec, ScalarOps } from '../ir/kernel'
import type { CoreOps, Ops, Primitive, PrimitiveRecord } from '../ir/types'
import * as further from './further-words'

type Further = Omit<Ops, keyof CoreOps>

/** Named one by one: bundlers keep all of a module that is handled as an object. */
const words: { readonly [K in keyof Further]: (core: CoreOps) => Further[K] } = {
  floor: further.floor, ceil: further.ceil, round: further.round, cbrt: further.cbrt, expm1: further.expm1, log1p: further.log1p,
  sin: further.sin, cos: further.cos, tan: further.tan, sinh: further.sinh, cosh: further.cosh, tanh: further.tanh,
  isFinite: further.isFinite, stopGradient: further.stopGradient, copy: further.copy, rem: further.rem, atan2: further.atan2,
  xor: further.xor, cumsum: further.cumsum, cumprod: further.cumprod, cummax: further.cummax, cummin: further.cummin,
  cumlogsumexp: further.cumlogsumexp, pad: further.pad, dynamicSlice: further.dynamicSlice,
  dynamicUpdateSlice: further.dynamicUpdateSlice, accumulateDynamic: further.accumulateDynamic, scatter: further.scatter,
  sort: further.sort,
}

const extended = (core: CoreOps): Ops => {
  const over: { [name: string]: unknown } = {}
  for (const name of Object.keys(words) as (keyof Further)[]) over[name] = words[name](core)
  return { ...core, ...(over as Further) }
}

const known = new WeakMap<CoreOps, Ops>()
/** All words over a core vocabulary, made once for each. */
export function withWords(core: CoreOps): Ops {
  let ops = known.get(core)
  if (!ops) known.set(core, (ops = extended(core)))
  return ops
}

/** An elementwise kernel of all words: `elementwise(({ sin }, x) => sin(x))`. */
export const elementwise = (expr: (s: ScalarOps, ...args: Expr[]) => Expr): KernelSpec => kernels.elementwise(expr, functions)
/** An elementwise kernel that also reads its parameters or the output's aval. */
export const elementwiseWith = (expr: (s: ScalarOps, args: readonly Expr[], params: any, out: Aval) => Expr): KernelSpec => kernels.elementwiseWith(expr, functions)

/** A primitive from its record: its rules are handed the whole vocabulary. */
export function definePrimitive(record: PrimitiveRecord): Primitive {
  const { jvp, transpose, batch, taylor, programs, inline, ...others } = record
  return Object.freeze({
    ...others,
    jvp: (ops, ...rest) => jvp(withWords(ops), ...rest),
    transpose: typeof transpose === 'string' ? transpose : (ops, ...rest) => transpose(withWords(ops), ...rest),
    batch: typeof batch === 'string' ? batch : (ops, ...rest) => batch(withWords(ops), ...rest),
    ...(taylor && { taylor: (ops, ...rest) => taylor(withWords(ops), ...rest) }),
    ...(programs && { programs: holding(programs) }),
    ...(inline && { inline: calling(inline) }),
  } satisfies Primitive)
}
