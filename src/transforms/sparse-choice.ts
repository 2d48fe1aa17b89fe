/**
 * When a dense Jacobian or Hessian is computed as a sparse one, and its entries are spread into zeros.
 *
 * Law: the elements are those of the dense modes, but for rounding, and for zeros where these multiply zero by infinity
 * or NaN. The rule: arguments and results have one dtype; there are at least 16 of both (of the arguments, for a Hessian);
 * the linear program holds no loops or branches, whose patterns would cost as much as running them; and passes, a reverse
 * one counted as 1½ forward ones, are at most a quarter of those of the cheaper dense mode.
 * Source: Griewank & Walther 2008, chapter 8: compression pays by the ratio of columns to colours.
 */
import { size } from '../data/shape'
import type { Jaxpr } from '../ir/types'
import type { Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { colourHessian, colourJacobian, reverseCost, type Colouring } from './sparse-colouring'
import { gradientOf, sparseBy, type Kind } from './sparse-plan'

const least = 16
const saving = 4
/** Linear programs that touch more elements are not looked at. */
const largest = 1 << 22

const looked = (linear: Jaxpr): boolean =>
  !linear.eqns.some((e) => e.prim.programs) && linear.eqns.reduce((n, e) => n + e.outs.reduce((m, o) => m + size(o.aval.shape), 0), 0) <= largest

const passes = ({ forward, reverse }: Colouring): number => forward + reverseCost * reverse

/** Patterns that need more are not worth their search: a matrix this full has too many colours. */
const entries = (height: number, width: number): number => 8192 + Math.max(height, width) * Math.max(32, Math.min(height, width))

const jacobian: Kind = {
  name: 'jacobian',
  symmetry: 'none',
  pattern: undefined,
  derive: (jaxpr) => ({ jaxpr, captured: [] }),
  colour: (p) => colourJacobian(p, 'auto'),
  accepts: { program: looked, entries, colouring: (c, { height, width }) => saving * passes(c) <= Math.min(width, reverseCost * height) },
}

const hessian: Kind = {
  name: 'hessian',
  symmetry: 'mirrored',
  pattern: undefined,
  derive: gradientOf,
  colour: (p) => colourHessian(p),
  accepts: { program: looked, entries, colouring: (c, { width }) => saving * passes(c) <= width },
}

/** The derivative of a staged function as one matrix [results, arguments], where it pays to know its sparsity. */
export function sparsely(which: 'jacobian' | 'hessian', staged: Staged, args: readonly Tensor[]): Tensor | undefined {
  const outs = staged.jaxpr.outs.map((o) => o.aval)
  const width = args.reduce((n, a) => n + a.size, 0)
  const height = which === 'hessian' ? width : outs.reduce((n, o) => n + size(o.shape), 0)
  const dtype = args[0]?.dtype
  if (Math.min(height, width) < least || args.some((a) => a.dtype !== dtype) || outs.some((o) => o.dtype !== dtype)) return undefined
  return sparseBy(which === 'hessian' ? hessian : jacobian, '', staged, args)?.toDense()
}
