/**
 * Solvers: equations, minima, differential equations, linear systems that are known by what they do to a vector.
 *
 * Law: a solution's derivatives are those of the equation that it solves, not of the steps that found it; they come in both modes,
 * to any order, under vmap and jit, by whatever the functions close over. Unknowns are trees.
 * Example: grad((a) => solve.root((x) => np.sub(np.square(x), a), 1))(4) // => 0.25
 */
export { fixedPoint, type FixedPointOptions } from './fixed-point'
export { bicgstab, cg, gmres, type GmresOptions } from './krylov'
export type { IterativeInfo, IterativeOptions, Operator } from './operator'
export { leastSquares, type LeastSquares, type LeastSquaresOptions } from './least-squares'
export { minimize, type MinimizeOptions, type Minimum } from './minimize'
export { odeint, type EventFunction, type OdeEvent, type OdeOptions, type OdeSolution, type OdeSolutionOptions } from './odeint'
export { ravelTree, type Unravel } from './ravel'
export { root, type RootInfo, type RootSearchOptions } from './root'
