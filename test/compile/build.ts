/** Programs by hand: inputs, equations, results. */
import { isRight } from 'fp-ts/Either'
import type { DType } from '../../src/data/dtype'
import { aval, freshVar, lit, type Atom, type Eqn, type Jaxpr, type Params, type Primitive, type Var } from '../../src/ir/types'

export interface Build {
  readonly input: (shape: readonly number[], dtype?: DType) => Var
  /** The first result of an equation. */
  readonly eq: (prim: Primitive, operands: readonly (Atom | number)[], params?: Params) => Var
}

/** A program written as a function that makes its equations and returns its results. */
export function build(f: (b: Build) => readonly Atom[]): Jaxpr {
  const inputs: Var[] = []
  const eqns: Eqn[] = []
  const outs = f({
    input: (shape, dtype = 'float64') => {
      const v = freshVar(aval(shape, dtype))
      inputs.push(v)
      return v
    },
    eq: (prim, operands, params = {}) => {
      const atoms = operands.map((o) => (typeof o === 'number' ? lit(o, aval([], 'float64')) : o))
      const s = prim.shape(atoms.map((a) => a.aval), params)
      if (!isRight(s)) throw new Error(s.left.what)
      const results = s.right.map(freshVar)
      eqns.push({ prim, inputs: atoms, params, outs: results })
      return results[0]
    },
  })
  return { inputs, constCount: 0, eqns, outs }
}

/** All subsets of the axes of an array. */
export const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, k) => Array.from({ length: rank }, (__, i) => i).filter((i) => (k >> i) & 1))
