/**
 * The primitives of linear algebra. `solve_factored` and `log_abs_det` are not among them: they obey the laws of rules
 * only on factors that belong to their matrix.
 */
import type { Primitive } from '../../ir/types'
import { cholesky } from './cholesky'
import { cofactors, det } from './determinant'
import { eigh } from './eigh'
import { expm } from './expm'
import { lu } from './lu'
import { qr } from './qr'
import { pinv, svd } from './svd'
import { triangularSolve } from './triangular'

export const linearAlgebra: readonly Primitive[] = [cholesky, lu, qr, triangularSolve, eigh, svd, pinv, det, cofactors, expm]
