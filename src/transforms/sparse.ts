/**
 * Sparse Jacobians and Hessians: the pattern is found from the program, coloured, and the entries are read from as many
 * products with the derivative as there are colours.
 *
 * Law: toDense() equals the dense Jacobian (Hessian), arguments and results flattened; pattern and colouring are found
 * once for each structure of the function and each content of the integers that it indexes with, under jit once for all.
 * Source: Coleman & Moré 1983; Gebremedhin, Manne & Pothen 2005.
 */
import { isFloat } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions } from '../data/options'
import { identity } from '../ir/fingerprint'
import type { Aval } from '../ir/types'
import type { Tensor } from '../trace/tensor'
import { showAval } from '../trace/trace'
import { paths } from './arguments'
import { traceFunction, type Traced } from './differentiate'
import { choose } from './grad'
import { colourHessian, colourJacobian, type HessianColouring, type JacobianColouring } from './sparse-colouring'
import type { SparseMatrix } from './sparse-matrix'
import { gradientOf, sparseBy, type Kind, type Positions } from './sparse-plan'
import type { AnyFunction, Argnums, LiftAll } from './types'

interface SparseOptions<N extends Argnums> {
  /** The argument, or arguments, to differentiate by; with several, their elements one after another. Default 0. */
  readonly argnums?: N
  /** The positions of all entries, in any order, instead of those found from the program. */
  readonly pattern?: Positions
}

export interface SparseJacobianOptions<N extends Argnums = Argnums> extends SparseOptions<N> {
  /** By columns (forward mode), rows (reverse mode), or both; 'auto' takes what needs least work. */
  readonly colouring?: JacobianColouring
}

export interface SparseHessianOptions<N extends Argnums = Argnums> extends SparseOptions<N> {
  /**
   * 'star' (and 'auto') uses the symmetry and reads every entry directly; 'acyclic' needs at most as many products, often
   * fewer, and finds entries by substitution, along which rounding errors add up; 'column' does not use the symmetry.
   */
  readonly colouring?: HessianColouring
}

export type { Positions }

function derivative(f: AnyFunction, argnums: Argnums, kind: Kind, key: string, check: (t: Traced) => void): (...args: unknown[]) => SparseMatrix {
  demandFunction(kind.name, f)
  return (...args) => {
    const chosen = choose(kind.name, argnums, args)
    const traced = traceFunction(kind.name, chosen.leaves, (tracers) => chosen.call(f, tracers), false)
    check(traced)
    return sparseBy(kind, key, traced.staged, chosen.leaves)!
  }
}

const patternKey = (p: Positions | undefined): string => (p ? `#${identity(p)}` : '')

function demandKnown<K extends string>(name: string, colouring: K, kinds: readonly K[]): void {
  if (!kinds.includes(colouring))
    raise(fault('tree', `${name}: colouring ${shown(colouring)} is not known`, `Give ${kinds.slice(0, -1).map((k) => `'${k}'`).join(', ')} or '${kinds[kinds.length - 1]}'.`))
}

const demandFloats = (name: string, { def, staged }: Traced): void =>
  staged.jaxpr.outs.forEach((o, i) => {
    if (!isFloat(o.aval.dtype)) raise(fault('dtype', `${name}: ${paths(def, 'result')[i]} is ${showAval(o.aval)}, and derivatives need floating dtypes`, 'Convert the result with np.astype(y, "float64").'))
  })

/**
 * The Jacobian of f as a sparse matrix: a row for each element of the results, a column for each element of the arguments
 * in argnums, both flattened leaf by leaf. Integer arrays that f indexes with should be known (closed over, or arguments
 * outside of jit): the pattern is then exact in them; where they are traced, it has all that they might address.
 * Throws `CompileError` where the pattern is too large to be called sparse.
 * @example sparseJacobian((x) => np.diff(x))([1, 4, 9]).cols // => [0, 1, 1, 2]
 */
export function sparseJacobian<A extends readonly unknown[] = readonly Tensor[], const N extends Argnums = 0>(f: (...args: A) => unknown, options?: SparseJacobianOptions<N>): (...args: LiftAll<A>) => SparseMatrix
export function sparseJacobian(f: AnyFunction, options: SparseJacobianOptions = {}): (...args: never[]) => SparseMatrix {
  demandOptions('sparseJacobian', options, ['argnums', 'pattern', 'colouring'])
  const { argnums = 0, pattern, colouring = 'auto' } = options
  demandKnown('sparseJacobian', colouring, ['auto', 'column', 'row', 'bidirectional'])
  const kind: Kind = {
    name: 'sparseJacobian',
    symmetry: 'none',
    pattern,
    derive: (jaxpr) => ({ jaxpr, captured: [] }),
    colour: (p) => colourJacobian(p, colouring),
  }
  return derivative(f, argnums, kind, `${colouring}${patternKey(pattern)}`, (t) => demandFloats('sparseJacobian', t))
}

/**
 * The matrix of second derivatives of a scalar function as a sparse matrix, by the elements of the arguments in argnums,
 * flattened leaf by leaf. Its symmetry saves products.
 * @example sparseHessian((x) => np.sum(np.diff(x).mul(np.diff(x))))([1, 2, 4]).toDense() // => [[2, -2, 0], [-2, 4, -2], [0, -2, 2]]
 */
export function sparseHessian<A extends readonly unknown[] = readonly Tensor[], const N extends Argnums = 0>(f: (...args: A) => unknown, options?: SparseHessianOptions<N>): (...args: LiftAll<A>) => SparseMatrix
export function sparseHessian(f: AnyFunction, options: SparseHessianOptions = {}): (...args: never[]) => SparseMatrix {
  demandOptions('sparseHessian', options, ['argnums', 'pattern', 'colouring'])
  const { argnums = 0, pattern, colouring = 'auto' } = options
  demandKnown('sparseHessian', colouring, ['auto', 'column', 'star', 'acyclic'])
  const kind: Kind = {
    name: 'sparseHessian',
    symmetry: colouring === 'acyclic' ? 'substituted' : 'mirrored',
    pattern,
    derive: gradientOf,
    colour: (p) => colourHessian(p, colouring),
  }
  return derivative(f, argnums, kind, `${colouring}${patternKey(pattern)}`, (t) => {
    const out = t.staged.jaxpr.outs[0]?.aval as Aval | undefined
    if (t.def._tag !== 'Leaf' || !out || out.shape.length > 0)
      raise(fault('non-scalar-grad', `sparseHessian: the function must return one real number, got ${out ? showAval(out) : 'an empty tree'}`, 'Sum the result to a scalar (np.sum), or use sparseJacobian.'))
    demandFloats('sparseHessian', t)
  })
}
