/**
 * The computation graph of a function at its arguments, as data and as pictures.
 *
 * Law: nodes are in an order in which they can be computed; an edge goes from a value to the operation that reads it.
 * Example: String(show.graph((x) => np.sin(x))(1)) // => 'y = v1: sin f64[]\n└─ v0: x1 f64[]'
 */
import type { DType } from '../data/dtype'
import { printed } from '../data/print'
import { printAval } from '../ir/print'
import { isLit } from '../ir/types'
import type { AnyFunction } from '../transforms/types'
import { dotText, mermaidText, svgText, treeText } from './drawing'
import { follow, shortParams } from './follow'

export interface GraphNode {
  readonly id: string
  readonly kind: 'input' | 'constant' | 'operation' | 'output'
  /** The primitive's name; the path of an input or an output (`x1.w`). */
  readonly op: string
  /** What the node does, with parameters and literal operands: `mul · 2.0`. */
  readonly label: string
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly type: string
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** The operand's position. */
  readonly index: number
}

/** A computation graph. */
export class Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]

  constructor(nodes: readonly GraphNode[], edges: readonly GraphEdge[]) {
    this.nodes = nodes
    this.edges = edges
    printed(this)
  }

  /** A tree from the results down to the inputs; what was drawn before is only named. */
  toString(): string {
    return treeText(this)
  }

  /** Graphviz: `dot -Tsvg`. */
  toDot(): string {
    return dotText(this)
  }

  /** A Mermaid flowchart, as Markdown viewers draw it. */
  toMermaid(): string {
    return mermaidText(this)
  }

  /** An inline SVG picture that needs nothing else. */
  toHTML(): string {
    return svgText(this)
  }
}

/** The graph of f at the arguments: inputs v₁₋ₙ … v₀, operations v₁, v₂, …, outputs y. */
export function graph(f: AnyFunction): (...args: unknown[]) => Graph {
  return (...args) => {
    const run = follow('show.graph', f, args)
    const edges: GraphEdge[] = []
    const node = (id: string, kind: GraphNode['kind'], op: string, label: string, { shape, dtype }: { shape: readonly number[]; dtype: DType }): GraphNode => ({
      id, kind, op, label, shape, dtype, type: printAval({ shape, dtype, weak: false }),
    })
    const nodes = [
      ...run.captured.map((v) => node(run.name(v), 'constant', 'constant', 'constant', v.aval)),
      ...run.args.map((a) => node(run.name(a.variable), 'input', a.path, a.path, a.variable.aval)),
    ]
    for (const e of run.program.eqns) {
      const operands = e.inputs.some(isLit) ? ` ${e.inputs.map((a) => (isLit(a) ? run.name(a) : '·')).join(' ')}` : ''
      for (const o of e.outs) {
        nodes.push(node(run.name(o), 'operation', e.prim.name, `${e.prim.name}${shortParams(e)}${operands}`, o.aval))
        e.inputs.forEach((a, index) => {
          if (!isLit(a)) edges.push({ from: run.name(a), to: run.name(o), index })
        })
      }
    }
    for (const { variable: a, path } of run.outs) {
      nodes.push(node(path, 'output', path, isLit(a) ? run.name(a) : path, a.aval))
      if (!isLit(a)) edges.push({ from: run.name(a), to: path, index: 0 })
    }
    return new Graph(nodes, edges)
  }
}
