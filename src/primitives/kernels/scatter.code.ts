/**
 * Scatters that multiply or take extrema, within a WebAssembly module.
 *
 * Law: the bits of the kernels, row after row.
 */
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import { opaque } from '../../ir/kernel'
import type { IndexParams } from '../../ir/types'
import { movingOf } from '../../compile/moves'
import type { ModuleCode } from '../../compile/wasm/opaque'
import { moveElements } from '../../compile/wasm/rowwise'
import { codeOf } from './element'
import { multiply } from './running.code'

/** Elements of an array that is always in the memory of a module; of a larger one a good part is to be combined. */
const few = 4096

/** The kernel of sums at the same places, by which they are known. */
const sums = opaque(() => () => undefined, 0, 'add')

export const scatterCode = (how: 'mul' | 'min' | 'max') => (ins: readonly Aval[], params: IndexParams): ModuleCode | undefined => {
  const [x, , updates] = ins
  const m = movingOf({ kernel: sums, ins, out: x!, params })
  const all = size(x!.shape)
  if (!m || (all > few && 4 * size(updates!.shape) < all)) return undefined
  const dtype = codeOf(x!.dtype)
  return (code, inputs, [output], _own, kept) => {
    const [a, b] = [code.local('f64'), code.local('f64')]
    moveElements(code, m, inputs, output!, kept ? 0 : 8 * all, (there, joins) => {
      if (how === 'mul') {
        const both = (load: () => void) => (): void => {
          load()
          code.op('f64x2.splat')
        }
        multiply(code, dtype, both(there), both(joins))
        return void code.lane('f64x2.extract_lane', 0)
      }
      there()
      code.set(a)
      joins()
      // What is there stays where it is NaN, or equal.
      code.set(b).get(a).get(b)
      if (how === 'min') code.get(a).get(b)
      else code.get(b).get(a)
      code.op('f64.le').get(a).get(a).op('f64.ne', 'i32.or', 'select')
    })
  }
}
