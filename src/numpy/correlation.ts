/**
 * The correlation of lines as one primitive: outᵢ = Σⱼ a[i + j] v[j] where the two overlap completely. Bilinear.
 *
 * Law: the product of the windows of a, none of which is copied, and v, in the order of products (compile/tiles.ts). Both
 * transposes are correlations again: of the padded cotangent and v reversed, and of a and the cotangent.
 */
import { right } from 'fp-ts/Either'
import { written, toRegister } from '../compile/loop/operation'
import { contiguous } from '../compile/loop/place'
import type { Lowering } from '../compile/loop/places'
import type { Factor } from '../compile/loop/types'
import { rounding } from '../compile/direct/loops'
import { tileOf, tiles } from '../compile/tiles'
import { range, sameShape, showShape, size } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { CoreOps, Primitive } from '../ir/types'
import { isLinear, isZero, type Value } from '../ir/value'
import { bad, number } from '../primitives/define'
import { definePrimitive } from '../primitives/words'

/** Of lines [batch…, n] and [batch…, m]: how many there are, n, m and the length of the results. */
const extents = (a: { readonly shape: readonly number[] }, v: { readonly shape: readonly number[] }): readonly [lines: number, n: number, m: number, count: number] => {
  const last = a.shape.length - 1
  const [n, m] = [a.shape[last]!, v.shape[last]!]
  return [size(a.shape.slice(0, last)), n, m, n - m + 1]
}

/** As a product of matrices whose rows overlap in memory. */
const lowering: Lowering = (b, places, { ins, outs }, avals) => {
  const [a, v, out] = [...ins, ...outs].map((i) => avals[i]!)
  const [lines, n, m, count] = extents(a!, v!)
  if (m < 2) return false
  const factor = (value: number, length: number, free: number): Factor => {
    const { buffer, offset } = contiguous(b, places.of(value), lines * length)
    return { from: { _tag: 'Buffer', buffer }, offset, batch: range(lines).map((i) => i * length), free, contract: 1 }
  }
  const [x, y] = [factor(ins[0]!, n, 1), factor(ins[1]!, m, 0)]
  const at = b.steps.length
  const [target, place] = lines * count > 1 ? written(b, lines * count, out!.shape, at) : toRegister(b, at)
  b.append({ _tag: 'Dot', x, y, batch: lines, m: count, n: 1, k: m, dtype: out!.dtype, target })
  places.put(outs[0]!, place)
  return true
}

const correlated = (ops: CoreOps, a: Value, v: Value): Value => ops.bind(correlation, [a, v])[0]!
const lastAxis = (v: Value): number => v.aval.shape.length - 1

/** Lines a [batch…, n] and v [batch…, m], m ≤ n: [batch…, n − m + 1]. */
export const correlation: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'correlation',
  shape: ([a, v]) => {
    const last = a!.shape.length - 1
    const fits = last >= 0 && v!.shape.length === last + 1 && sameShape(a!.shape.slice(0, last), v!.shape.slice(0, last)) && v!.shape[last]! >= 1 && v!.shape[last]! <= a!.shape[last]!
    if (!fits) return bad('shape', `correlation: shapes ${showShape(a!.shape)} and ${showShape(v!.shape)}`, 'Give lines, the second ones no longer than the first.')
    if (a!.dtype !== v!.dtype || !number(a!.dtype)) return bad('dtype', `correlation: dtypes ${a!.dtype} and ${v!.dtype}`, 'Convert both to one number dtype with np.astype.')
    return right([{ shape: [...a!.shape.slice(0, last), extents(a!, v!)[3]], dtype: a!.dtype, weak: a!.weak && v!.weak }])
  },
  kernel: {
    ...opaque(([a, v]) => {
      const [lines, n, m, count] = extents(a!, v!)
      const [tile, round] = [tileOf(a!.dtype), rounding[a!.dtype]]
      return ([x, y], [o]) => {
        for (let l = 0; l < lines; l++) tiles(tile, round, y!, l * m, { free: 0, contract: 1, extent: 1 }, x!, l * n, { free: 1, contract: 1, extent: count }, m, o!, l * count, 1, 1)
      }
    }),
    lowering,
  },
  jvp: (ops, [a, v], _y, [da, dv]) => (isZero(da!) ? correlated(ops, a!, dv!) : isZero(dv!) ? correlated(ops, da!, v!) : ops.add(correlated(ops, da!, v!), correlated(ops, a!, dv!))),
  transpose: (ops, [ct], [a, v]) => {
    if (!isLinear(a!)) return [null, correlated(ops, a!, ct!)]
    const around = v!.aval.shape[lastAxis(v!)]! - 1
    const padded = ops.pad(ct!, ops.full([], 0, ct!.aval.dtype), ct!.aval.shape.map((_, k) => (k === lastAxis(ct!) ? [around, around, 0] : [0, 0, 0])))
    return [correlated(ops, padded, ops.reverse(v!, [lastAxis(v!)])), null]
  },
  batch: (ops, operands, batched, _params, n) => {
    const [a, v] = operands.map((o, i) => (batched[i] ? o : ops.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1)))) as [Value, Value]
    return [correlated(ops, a, v)]
  },
  linear: { each: [0, 1] },
  // All that a window holds, and all of v.
  pattern: (sets, [a, v], _params, [out]) => {
    const [, n, m, count] = extents(a!.aval, v!.aval)
    return [Int32Array.from({ length: size(out!.shape) }, (_, at) => {
      const [l, i] = [Math.floor(at / count), at % count]
      const joined = (s: Int32Array | null, from: number): number => (s ? sets.unionAll(s.slice(from, from + m)) : 0)
      return sets.union(joined(a!.sets, l * n + i), joined(v!.sets, l * m))
    })]
  },
  // Products, of which term j takes part in all sums after it; sums of 256 are added in blocks.
  rounding: (ops, [a, v]) => {
    const { shape, dtype } = v!.aval
    const m = shape[shape.length - 1]!
    const late = ops.min(ops.sub(m + 1, ops.convert(ops.iota(shape, 'int32', shape.length - 1), dtype)), Math.min(m, 257 + m / 256))
    return [correlated(ops, ops.abs(a!), ops.mul(ops.abs(v!), late))]
  },
  cost: ([, v], [out]) => 2 * size(out!.shape) * v!.shape[v!.shape.length - 1]!,
})
