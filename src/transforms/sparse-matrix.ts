/**
 * Sparse matrices: the entries of a derivative that may differ from zero, in row-major order.
 *
 * The positions are plain arrays, part of the matrix's structure: a matrix is a tree whose one leaf is `values`, so that
 * it may be returned from jit and vmap, and its values differentiated.
 * Example: sparseJacobian((x) => np.square(x))([1, 2]).toDense() // => [[2, 0], [0, 4]]
 */
import type { TypedArray } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { formatArray, printed } from '../data/print'
import { range } from '../data/shape'
import { aval } from '../ir/types'
import { engine, ops } from '../primitives/core'
import { scatterSet } from '../primitives/indexing'
import { tensorOf } from '../trace/evaluate'
import { isTraced, type Tensor } from '../trace/tensor'
import { registerNode } from '../tree/tree'
import { literal } from './interpret'
import type { Pattern } from './pattern'

/** How many products a matrix was read from. */
export interface Passes {
  readonly forward: number
  readonly reverse: number
}

/** Where the entries are; shared by all matrices of one pattern, and not to be written to. */
export interface Structure {
  readonly shape: readonly [rows: number, cols: number]
  readonly offsets: Int32Array
  readonly rows: Int32Array
  readonly cols: Int32Array
  readonly passes: Passes
  /** Structures are compared by identity: this is what stands for them where they are compared by value. */
  readonly toJSON: () => number
}

/** Compressed sparse rows: the entries of row i are those from offsets[i] up to offsets[i + 1]. */
export interface CSR {
  readonly shape: readonly [rows: number, cols: number]
  readonly offsets: Int32Array
  readonly cols: Int32Array
  readonly values: Tensor
}

let structures = 0
const places = new WeakMap<Structure, Tensor>()

/** Where the entries stand among all elements, row by row. */
function placesIn(s: Structure): Tensor {
  const made = places.get(s)
  if (made) return made
  const [height, width] = s.shape
  if (height * width > 2 ** 31) raise(fault('shape', `toDense: the matrix has shape [${height}, ${width}]`, 'So many elements do not fit into one array: use the entries.'))
  const at = tensorOf(aval([s.cols.length, 1], 'int32'), Int32Array.from(s.cols, (c, k) => s.rows[k]! * width + c), engine.vocabulary)
  places.set(s, at)
  return at
}

/** The structure of a pattern. */
export function structureOf({ height, width, start, cols }: Pattern, passes: Passes): Structure {
  const rows = new Int32Array(cols.length)
  for (let i = 0; i < height; i++) rows.fill(i, start[i]!, start[i + 1]!)
  const id = structures++
  if (id === 0) {
    printed(SparseMatrix.prototype)
    registerNode(SparseMatrix, (m) => [[m.values] as const, m.structure], (structure: Structure, [values]: readonly [Tensor]) => new SparseMatrix(structure, values))
  }
  return { shape: [height, width], offsets: start, rows, cols, passes, toJSON: () => id }
}

/** Entries shown at each end. */
const edge = 3

/** A matrix of which the entries are listed: `values[k]` stands at (rows[k], cols[k]), row by row, columns increasing. */
export class SparseMatrix {
  readonly values: Tensor
  /** @internal */
  readonly structure: Structure

  /** @internal */
  constructor(structure: Structure, values: Tensor) {
    this.structure = structure
    this.values = values
  }

  get shape(): readonly [rows: number, cols: number] {
    return this.structure.shape
  }
  get rows(): Int32Array {
    return this.structure.rows
  }
  get cols(): Int32Array {
    return this.structure.cols
  }
  /** How many entries are listed. */
  get nnz(): number {
    return this.structure.cols.length
  }
  /** How many products with the derivative, and with its transpose, the values were read from. */
  get passes(): Passes {
    return this.structure.passes
  }

  /** Its shape and its entries; of many the first and the last. */
  toString(): string {
    const { shape, rows, cols, nnz, values } = this
    const head = `SparseMatrix of shape [${shape.join(', ')}], ${nnz} entr${nnz === 1 ? 'y' : 'ies'}, ${values.dtype}`
    if (isTraced(values) || values.ndim !== 1) return head
    const x = values.elements('toString()') as TypedArray
    const lines = (from: number, to: number): string[] => range(to - from, from).map((k) => `  [${rows[k]}, ${cols[k]}] ${formatArray(x[k]!, [], values.dtype, false)}`)
    return [head, ...(nnz > 2 * edge ? [...lines(0, edge), '  …', ...lines(nnz - edge, nnz)] : lines(0, nnz))].join('\n')
  }

  /** The same entries as compressed sparse rows. Nothing is copied. */
  toCSR(): CSR {
    const { shape, offsets, cols } = this.structure
    return { shape, offsets, cols, values: this.values }
  }

  /** All elements. */
  toDense(): Tensor {
    const [height, width] = this.shape
    if (this.values.ndim !== 1) raise(fault('shape', `toDense: the values have shape [${this.values.shape.join(',')}], those of a batch of matrices`, 'Call it inside vmap.'))
    const zeros = ops.broadcast(literal(0, aval([], this.values.dtype)) as Tensor, [height * width], [])
    const all = this.nnz === 0 ? zeros : ops.bind(scatterSet, [zeros, placesIn(this.structure), this.values], { batch: 0, mode: 'drop' })[0]!
    return ops.reshape(all, [height, width])
  }
}
