/**
 * Looking inside: traces, computation graphs, costs and rewrites of functions, as data, text and HTML.
 *
 * All of them read the programs that the transforms produce; none has an engine of its own.
 * Example: console.log(String(show.trace((x, y) => np.log(x).add(x.mul(y)))(2, 5)))
 */
export { trace, Traces, type ContributionRow, type DerivativeRow, type PrimalRow, type TraceOptions } from './trace'
export { graph, Graph, type GraphEdge, type GraphNode } from './graph'
export { cost, Costs, type Cost } from './cost'
export { rewrites, Rewrites, type Change, type Pass } from './rewrites'
