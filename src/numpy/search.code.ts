/**
 * Binary search within a WebAssembly module.
 *
 * Law: the positions of the kernel; its steps, too, are the same for all numbers.
 */
import { size } from '../data/shape'
import type { Aval } from '../ir/aval'
import type { Code } from '../compile/wasm/assembler'
import { on, times } from '../compile/wasm/copies'
import type { ModuleCode } from '../compile/wasm/opaque'

/** Elements of a line, at most: longer ones outside of loops are read where they are. */
const most = 4096

/** Undefined where there is nothing to find, or nothing to find it in, and for long lines. */
export const searchCode = ([lines, values]: readonly Aval[], { batch, right: after }: { readonly batch: number; readonly right: boolean }): ModuleCode | undefined => {
  const n = lines!.shape[batch]!
  const count = size(lines!.shape.slice(0, batch))
  const each = size(values!.shape.slice(batch))
  if (n * count * each === 0 || n > most) return undefined
  const top = 1 << (31 - Math.clz32(n))
  return (code, [line, value], [out]) => {
    const pointer = (address: () => void): number => {
      const p = code.local('i32')
      address()
      code.set(p)
      return p
    }
    const [p, q, r] = [pointer(line!), pointer(value!), pointer(out!)]
    const [at, v, low, high] = [code.local('i32'), code.local('f64'), code.local('i32'), code.local('i32')]
    /** Leaves whether the element, so many bytes on, comes before the value, a number. */
    const isBefore = (bytes: number): Code => code.get(at).memory('f64.load', bytes).get(v).op(after ? 'f64.le' : 'f64.lt')
    /** Leaves where NaN would be put: before all NaN, or after them. */
    const ofNaN = (): void => {
      code.i32(0).set(low).i32(n).set(high)
      if (!after)
        code.while(
          () => void code.get(low).get(high).op('i32.lt_u'),
          () => {
            code.get(low).get(high).op('i32.add').i32(1).op('i32.shr_u').tee(at).i32(8).op('i32.mul').get(p).op('i32.add').memory('f64.load', 0).tee(v).get(v).op('f64.eq').if(
              () => void code.get(at).i32(1).op('i32.add').set(low),
              () => void code.get(at).set(high),
            )
          },
        )
    }
    times(code, count, () => {
      times(code, each, () => {
        code.get(q).memory('f64.load', 0).tee(v).get(v).op('f64.eq').if(
          () => {
            code.get(p).set(at)
            code.get(p).i32(8 * (n - top)).op('i32.add').get(p)
            isBefore(8 * (top - 1)).op('select').set(at)
            for (let h = top >> 1; h > 0; h >>= 1) {
              code.get(at)
              isBefore(8 * (h - 1)).i32(8 * h).op('i32.mul', 'i32.add').set(at)
            }
            code.get(at).get(p).op('i32.sub').i32(3).op('i32.shr_u')
            isBefore(0).op('i32.add').set(high)
          },
          ofNaN,
        )
        code.get(r).get(high).op('f64.convert_i32_u').memory('f64.store', 0)
        on(code, q, 8)
        on(code, r, 8)
      })
      on(code, p, 8 * n)
    })
  }
}
