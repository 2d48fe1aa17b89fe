/**
 * `tensor(options)`: arrays of a shape and dtype, with elements in an interval.
 *
 * Elements are multiples of 1/1024 of the interval, so that they print short and shrink to its middle.
 * Example: tensor({ shape: [2, 3], min: 0.5, max: 2 })
 */
import { array, constant, constantFrom, integer, Arbitrary, tuple } from 'fast-check'
import type { DType, Tensor } from '../../src/index'
import { isFloat, sizeOf, tensorOf } from '../elements'
import { shape as anyShape, type ShapeOptions } from './shape'

export interface TensorOptions {
  /** A shape, or an arbitrary of shapes, or what those may be. */
  readonly shape?: readonly number[] | Arbitrary<readonly number[]> | ShapeOptions
  /** Default float64. */
  readonly dtype?: DType | Arbitrary<DType>
  /** Default −2. */
  readonly min?: number
  /** Default 2. */
  readonly max?: number
  /** Elements may also be NaN, ±Infinity, −0 and numbers of extreme size. Default false. */
  readonly special?: boolean
}

const specials = [NaN, Infinity, -Infinity, -0, 5e-324, 1e-300, -1e300]
const steps = 1024

const element = (dtype: DType, min: number, max: number, special: boolean): Arbitrary<number> => {
  if (dtype === 'bool') return integer({ min: 0, max: 1 })
  if (!isFloat(dtype)) return integer({ min: Math.max(dtype === 'uint32' ? 0 : -(2 ** 31), Math.ceil(min)), max: Math.floor(max) })
  const last = special ? steps + 64 : steps
  return integer({ min: -last, max: last }).map((n) => (Math.abs(n) > steps ? specials[(Math.abs(n) - steps) % specials.length]! : (min + max) / 2 + (n / steps) * ((max - min) / 2)))
}

const shapes = (s: TensorOptions['shape']): Arbitrary<readonly number[]> =>
  s instanceof Arbitrary ? s : Array.isArray(s) ? constant(s as readonly number[]) : anyShape(s as ShapeOptions | undefined)

export function tensor({ shape, dtype = 'float64', min = -2, max = 2, special = false }: TensorOptions = {}): Arbitrary<Tensor> {
  const dtypes = dtype instanceof Arbitrary ? dtype : constantFrom(dtype)
  return tuple(shapes(shape), dtypes).chain(([s, d]) => {
    const n = sizeOf(s)
    return array(element(d, min, max, special), { minLength: n, maxLength: n }).map((xs) => tensorOf(xs, s, d))
  })
}
