/** How to apply the primitives that random numbers are made of. */
import type { Recipe } from '../program/choices'

/** Any word: elements are taken from both ends of the range. */
const words = [0, 2 ** 32 - 1] as const

export const generators: { readonly [name: string]: Recipe } = {
  threefry2x32: (choose) => {
    const batch = choose.shape(0, 2)
    const key = choose.exactly([...batch, 2], 'uint32', words)
    return { operands: [key, choose.exactly(choose.flag() ? batch : [], 'uint32', words)], params: { shape: choose.shape(0, 2) } }
  },
  unit_interval: (choose) => {
    const shape = choose.shape()
    return { operands: [choose.exactly(shape, 'uint32', words), choose.exactly(shape, 'uint32', words)], params: { dtype: choose.of(['float64', 'float32']) } }
  },
}
