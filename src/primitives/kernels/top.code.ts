/**
 * The k largest within a WebAssembly module: those so far are kept in order by insertion.
 *
 * Law: of equal ones the first comes first, and NaN before all numbers.
 */
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Code } from '../../compile/wasm/assembler'
import { on, times } from '../../compile/wasm/copies'
import type { ModuleCode } from '../../compile/wasm/opaque'

/** Elements that are kept, at most. */
const few = 32

/** Undefined where there is nothing to find, and for more than a few. */
export const topCode = ([x]: readonly Aval[], { k }: { readonly k: number }): ModuleCode | undefined => {
  const n = x!.shape.at(-1)!
  const rows = size(x!.shape.slice(0, -1))
  if (k === 0 || k > few || rows === 0) return undefined
  return (code, [from], [values, places]) => {
    const pointer = (address: () => void): number => {
      const p = code.local('i32')
      address()
      code.set(p)
      return p
    }
    const [p, q, r] = [pointer(from!), pointer(values!), pointer(places!)]
    const [i, j, end] = [code.local('i32'), code.local('i32'), code.local('i32')]
    const [v, other] = [code.local('f64'), code.local('f64')]
    const before = (at: number): Code => code.get(at).i32(8).op('i32.sub')
    /** What is found stands `j` bytes on. */
    const place = (array: number): Code => code.get(array).get(j).op('i32.add')
    /** Leaves whether v comes before the one in front of j: where it is larger, or NaN and that is not. */
    const isBefore = (): void => {
      before(j).get(q).op('i32.add').memory('f64.load', 0).set(other)
      code.get(v).get(other).op('f64.le', 'i32.eqz').get(other).get(other).op('f64.eq', 'i32.and')
    }
    times(code, rows, () => {
      code.i32(0).set(i)
      code.repeat(
        () => {
          code.get(p).get(i).op('i32.add').memory('f64.load', 0).set(v)
          // Behind the last of those that are kept, or in the place of the last one, if it comes before that.
          code.get(i).i32(8 * k).get(i).i32(8 * k).op('i32.lt_u', 'select').set(j)
          code.i32(1).set(end)
          code.get(j).i32(8 * k).op('i32.eq').if(() => {
            isBefore()
            code.tee(end).if(() => void before(j).set(j))
          })
          code.get(end).if(() => {
            code.while(
              () => {
                code.i32(0).set(end)
                code.get(j).if(() => {
                  isBefore()
                  code.set(end)
                })
                code.get(end)
              },
              () => {
                for (const array of [q, r]) {
                  place(array)
                  before(j).get(array).op('i32.add').memory('f64.load', 0).memory('f64.store', 0)
                }
                before(j).set(j)
              },
            )
            place(q).get(v).memory('f64.store', 0)
            place(r).get(i).i32(3).op('i32.shr_u', 'f64.convert_i32_u').memory('f64.store', 0)
          })
        },
        () => void code.get(i).i32(8).op('i32.add').tee(i).i32(8 * n).op('i32.lt_u'),
      )
      on(code, p, 8 * n)
      on(code, q, 8 * k)
      on(code, r, 8 * k)
    })
  }
}
