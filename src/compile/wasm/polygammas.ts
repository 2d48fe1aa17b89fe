/**
 * The derivatives of ψ over pairs: positive numbers without branches, all else through the scalar function. Both lanes go up
 * by the recurrence until the smaller one is far enough; the other then waits.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import type { Order } from '../math/polygamma'
import type { Pair, PairFunction, Pairs } from './pairs'

/** xⁿ by products. */
function power(w: Pairs, x: Pair, n: number): Pair {
  let result: Pair | undefined
  for (let square = x, k = n; k > 0; k >>= 1) {
    if (k & 1) result = result ? w.let(w.mul(result, square)) : square
    if (k > 1) square = w.let(w.mul(square, square))
  }
  return result!
}

export const polygamma = ({ n, end, factorial, series }: Order): PairFunction => (w, fn, x) => {
  const { add, sub, mul, div, number, op } = w
  const { code } = w
  const [sum, lost, y] = [code.local('v128'), code.local('v128'), code.local('v128')]
  const read = (local: number): Pair => () => void code.get(local)
  const write = (local: number, value: Pair): void => {
    value()
    code.set(local)
  }
  const inside = w.let(op('v128.and', op('f64x2.gt', x, number(0)), op('f64x2.lt', x, number(Infinity))))
  write(y, w.choose(inside, x, number(end)))
  write(sum, number(0))
  write(lost, number(0))
  code.while(
    () => {
      op('f64x2.lt', read(y), number(end))()
      code.op('i64x2.bitmask')
    },
    () =>
      w.scope(() => {
        const before = w.let(op('f64x2.lt', read(y), number(end)))
        const term = w.let(op('v128.and', before, div(number(factorial), power(w, read(y), n + 1))))
        const next = w.let(add(read(sum), term))
        write(lost, add(read(lost), add(sub(read(sum), next), term)))
        write(sum, next)
        write(y, add(read(y), op('v128.and', before, number(1))))
      }),
  )
  const v = w.let(div(number(1), read(y)))
  const s = w.let(mul(v, v))
  const tail = [...series].slice(2).map(number).reduceRight((rest, c) => add(c, mul(s, rest)))
  const far = div(add(number(series[0]!), add(mul(number(series[1]!), v), mul(s, tail))), power(w, read(y), n))
  const value = add(read(sum), add(read(lost), far))
  const result = w.guarded(op('v128.and', inside, op('f64x2.lt', read(sum), number(Infinity))), n % 2 === 1 ? value : op('f64x2.neg', value), fn, x)
  for (const local of [sum, lost, y]) code.release(local)
  return result
}
