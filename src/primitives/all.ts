/**
 * The list of all primitives, for laws and for those who look around. Nothing inside looks a primitive up in it.
 */
import type { Primitive } from '../ir/types'
import { cumulatives } from './cumulative'
import { products } from './dot'
import { arithmetic } from './elementwise/arithmetic'
import { inverse } from './elementwise/inverse'
import { logic } from './elementwise/logic'
import { masked } from './elementwise/masked'
import { rounding } from './elementwise/rounding'
import { special } from './elementwise/special'
import { transcendental } from './elementwise/transcendental'
import { indexing } from './indexing'
import { iota } from './iota'
import { movement } from './movement'
import { pad } from './pad'
import { reductions } from './reduce'
import { linearAlgebra } from './linalg/all'
import { roll } from './roll'
import { scatterings } from './scatter'
import { sorting } from './sort'
import { generators } from './threefry'
import { windows } from './windows'

export const primitives: readonly Primitive[] = [
  ...arithmetic, ...transcendental, ...inverse, ...rounding, ...logic, ...masked, ...special,
  ...reductions, ...cumulatives, ...movement, roll, pad, ...products, ...indexing, ...scatterings, ...windows, ...sorting, iota,
  ...linearAlgebra, ...generators,
]
