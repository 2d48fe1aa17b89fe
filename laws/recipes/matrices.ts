/**
 * How to apply the primitives of linear algebra, on matrices that have what they compute: full rank, values that are apart.
 *
 * Where they are not (repeated eigenvalues, singular matrices), factorisations are no smooth functions of the matrix.
 */
import type { DType } from '../../src/index'
import type { Choices, Interval, Recipe, Variable } from '../program/choices'

const dtypes: readonly DType[] = ['float64', 'float64', 'float64', 'float32']

/** No more than this in one direction: rows are outweighed by the diagonal. */
const extents = [2, 3, 1, 2, 4, 3, 2, 0]

/** Leading axes: mostly none. */
const lead = (choose: Choices): number[] => (choose.int(0, 2) === 2 ? [choose.of([2, 1, 3])] : [])

const square = (choose: Choices, anti = false): Variable => {
  const n = choose.of(extents)
  return choose.matrices([...lead(choose), n, n], choose.of(dtypes), anti)
}

/** Rectangles; some squares have their diagonal turned, so that rows are exchanged. */
const rectangle = (choose: Choices, within?: Interval): Variable => {
  const [m, n] = [choose.of(extents), choose.of(extents)]
  return choose.matrices([...lead(choose), m, n], choose.of(dtypes), m === n && choose.flag(), within)
}

/** Rectangles without zeros below the diagonal: where a whole column of them is 0, the signs of Q and R jump. */
const full = (choose: Choices): Variable => rectangle(choose, [0.0625, 0.5])

const plain = (of: (choose: Choices) => Variable, params: (choose: Choices, x: Variable) => Readonly<Record<string, unknown>> = () => ({})): Recipe => (choose) => {
  const x = of(choose)
  return { operands: [x], params: params(choose, x) }
}

/** Whether a basis is completed: by one vector at most, as two may be turned into one another (which derivatives leave open). */
const completed = (choose: Choices, { aval: { shape } }: Variable): boolean => choose.flag() && Math.abs(shape[shape.length - 2]! - shape[shape.length - 1]!) <= 1

/** A matrix of any rank and directions like it. */
const family = (within: readonly [number, number]): Recipe => (choose) => {
  const n = choose.of(extents)
  const shape = [...lead(choose), n, n]
  const dtype = choose.of(dtypes)
  return { operands: Array.from({ length: choose.of([1, 1, 2, 3]) }, () => choose.exactly(shape, dtype, within)) }
}

export const matrices: { readonly [name: string]: Recipe } = {
  cholesky: plain(square),
  lu: plain(rectangle),
  qr: plain(full, (choose, x) => ({ complete: completed(choose, x) })),
  eigh: plain(square),
  svd: plain(rectangle, (choose, x) => ({ full: completed(choose, x) })),
  pinv: plain(rectangle, () => ({ rtol: 1e-6 })),
  det: (choose) => ({ operands: [family([-2, 2])(choose).operands[0]!] }),
  cofactors: family([-2, 2]),
  expm: family([-1, 1]),
  triangular_solve: (choose) => {
    const a = square(choose)
    const n = a.aval.shape[a.aval.shape.length - 1]!
    const leftSide = choose.flag()
    const width = choose.of(extents)
    const b = choose.exactly([...a.aval.shape.slice(0, -2), ...(leftSide ? [n, width] : [width, n])], a.aval.dtype)
    return { operands: [a, b], params: { leftSide, lower: choose.flag(), transposeA: choose.flag(), unitDiagonal: choose.flag() } }
  },
}
