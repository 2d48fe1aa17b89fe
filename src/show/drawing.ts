/**
 * Drawings of computation graphs: a tree for the terminal, Graphviz, Mermaid, and SVG in layers.
 *
 * Law: every node and every edge is drawn once. In the picture edges go downwards: a node's layer is one below the
 * lowest of its operands' (Sugiyama's longest-path layering), its place in it the mean of theirs.
 */
import { escapeHtml } from './table'

interface Node {
  readonly id: string
  readonly kind: string
  readonly label: string
  readonly type: string
}
interface Edge {
  readonly from: string
  readonly to: string
}
/** What a drawing needs of a graph. Nodes come after their operands. */
export interface Drawable {
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

/** Operands of each node, in order. */
function operands({ nodes, edges }: Drawable): Map<string, string[]> {
  const map = new Map<string, string[]>(nodes.map((n) => [n.id, []]))
  for (const e of edges) map.get(e.to)!.push(e.from)
  return map
}

const deepest = 24

/** Results at the root, operands below; a node met again is only named, and a branch that grows too deep is drawn apart. */
export function treeText(g: Drawable): string {
  const below = operands(g)
  const byId = new Map(g.nodes.map((n) => [n.id, n]))
  const drawn = new Set<string>()
  const lines: string[] = []
  const roots = g.nodes.filter((n) => n.kind === 'output')
  const queue = roots.map((n) => ({ id: below.get(n.id)![0], head: `${n.id} = `, literal: n }))
  for (let k = 0; k < queue.length; k++) {
    const { id: root, head, literal } = queue[k]!
    if (root === undefined) {
      lines.push(`${head}${literal.label} ${literal.type}`)
      continue
    }
    const stack = [{ id: root, first: head, rest: '', depth: 0 }]
    while (stack.length > 0) {
      const { id, first, rest, depth } = stack.pop()!
      const { label, type } = byId.get(id)!
      const children = below.get(id)!
      if (drawn.has(id)) {
        lines.push(`${first}${id}${children.length > 0 ? ' ↑' : ''}`)
        continue
      }
      if (depth >= deepest && children.length > 0) {
        lines.push(`${first}${id} ↓`)
        queue.push({ id, head: '', literal: byId.get(id)! })
        continue
      }
      drawn.add(id)
      lines.push(`${first}${id}: ${label} ${type}`)
      for (let i = children.length - 1; i >= 0; i--) {
        const last = i === children.length - 1
        stack.push({ id: children[i]!, first: rest + (last ? '└─ ' : '├─ '), rest: rest + (last ? '   ' : '│  '), depth: depth + 1 })
      }
    }
  }
  for (const n of g.nodes) if (!drawn.has(n.id) && n.kind !== 'output') lines.push(`${n.id}: ${n.label} ${n.type} (unused)`)
  return lines.join('\n')
}

const shapes: Readonly<Record<string, string>> = { input: 'ellipse', constant: 'note', operation: 'box', output: 'doublecircle' }

const quoted = (s: string): string => `"${s.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

const caption = (n: Node): readonly string[] => [n.kind === 'output' || n.label === n.id ? n.id : `${n.id} = ${n.label}`, n.type]

/** Graphviz's language. */
export function dotText(g: Drawable): string {
  const nodes = g.nodes.map((n) => `  ${quoted(n.id)} [label=${quoted(caption(n).join('\n')).replaceAll('\n', '\\n')}, shape=${shapes[n.kind]}]`)
  return ['digraph {', '  node [fontname="monospace"]', ...nodes, ...g.edges.map((e) => `  ${quoted(e.from)} -> ${quoted(e.to)}`), '}'].join('\n')
}

/** A Mermaid flowchart. */
export function mermaidText(g: Drawable): string {
  const ids = new Map(g.nodes.map((n, i) => [n.id, `n${i}`]))
  const text = (n: Node): string => `"${caption(n).join('<br/>').replaceAll('"', '#quot;').replaceAll('[', '#91;').replaceAll(']', '#93;')}"`
  const around: Readonly<Record<string, readonly [string, string]>> = { input: ['([', '])'], constant: ['[/', '/]'], operation: ['[', ']'], output: ['((', '))'] }
  const nodes = g.nodes.map((n) => `  ${ids.get(n.id)}${around[n.kind]![0]}${text(n)}${around[n.kind]![1]}`)
  return ['flowchart TD', ...nodes, ...g.edges.map((e) => `  ${ids.get(e.from)} --> ${ids.get(e.to)}`)].join('\n')
}

interface Placed {
  readonly node: Node
  readonly x: number
  readonly y: number
  readonly width: number
}

const rowHeight = 72
const boxHeight = 38
const gap = 20
const letter = 7.3

/** Nodes in layers, each layer ordered by where its operands stand. */
function place(g: Drawable): { readonly placed: ReadonlyMap<string, Placed>; readonly width: number; readonly height: number } {
  const below = operands(g)
  const layerOf = new Map<string, number>()
  const layers: Node[][] = []
  for (const n of g.nodes) {
    const layer = below.get(n.id)!.reduce((deep, id) => Math.max(deep, layerOf.get(id)! + 1), 0)
    layerOf.set(n.id, layer)
    const row = (layers[layer] ??= [])
    row.push(n)
  }
  const placed = new Map<string, Placed>()
  const middle = (n: Node): number => {
    const from = below.get(n.id)!
    return from.length === 0 ? 0 : from.reduce((sum, id) => sum + placed.get(id)!.x, 0) / from.length
  }
  let right = 0
  layers.forEach((row, layer) => {
    let edge = 0
    const sorted = layer === 0 ? row : row.map((n) => ({ n, at: middle(n) })).sort((a, b) => a.at - b.at).map(({ n }) => n)
    for (const node of sorted) {
      const width = Math.max(...caption(node).map((c) => c.length)) * letter + 20
      const x = Math.max(edge + width / 2, layer === 0 ? 0 : middle(node))
      placed.set(node.id, { node, x, y: layer * rowHeight + boxHeight / 2 + 4, width })
      edge = x + width / 2 + gap
    }
    right = Math.max(right, edge)
  })
  return { placed, width: Math.ceil(right), height: layers.length * rowHeight }
}

const fills: Readonly<Record<string, string>> = { input: '#dbeafe', constant: '#f3f4f6', operation: '#ffffff', output: '#dcfce7' }

/** An inline `<svg>`: edges run from the inputs at the top to the results at the bottom. */
export function svgText(g: Drawable): string {
  const { placed, width, height } = place(g)
  const n = (x: number): string => String(Math.round(x * 10) / 10)
  const edges = g.edges.map(({ from, to }) => {
    const [a, b] = [placed.get(from)!, placed.get(to)!]
    const [y1, y2] = [a.y + boxHeight / 2, b.y - boxHeight / 2]
    return `<path d="M${n(a.x)},${n(y1)} C${n(a.x)},${n(y1 + 20)} ${n(b.x)},${n(y2 - 20)} ${n(b.x)},${n(y2)}" fill="none" stroke="#64748b" marker-end="url(#adjoint-arrow)"/>`
  })
  const boxes = [...placed.values()].map(({ node, x, y, width: w }) => {
    const [first, second] = caption(node).map(escapeHtml)
    const round = node.kind === 'operation' ? 3 : boxHeight / 2
    return `<g><rect x="${n(x - w / 2)}" y="${n(y - boxHeight / 2)}" width="${n(w)}" height="${boxHeight}" rx="${round}" fill="${fills[node.kind]}" stroke="#334155"/><text x="${n(x)}" y="${n(y - 3)}">${first}</text><text x="${n(x)}" y="${n(y + 13)}" fill="#64748b">${second}</text></g>`
  })
  const arrow = '<defs><marker id="adjoint-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#64748b"/></marker></defs>'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 0 ${width + 8} ${height}" width="${width + 8}" height="${height}" font-family="ui-monospace,monospace" font-size="12" text-anchor="middle">${arrow}${edges.join('\n')}${boxes.join('\n')}</svg>`
}
