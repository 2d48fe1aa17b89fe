import { describe, expect, it } from 'vitest'
import type { Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { graph } from 'adjoint/show'

const f = (x1: Tensor, x2: Tensor): Tensor => np.subtract(np.add(np.log(x1), np.multiply(x1, x2)), np.sin(x2))
const g = graph(f)(2, 5)

describe('show.graph', () => {
  it('has nodes and edges', () => {
    expect(g.nodes.map(({ id, kind, op, type }) => [id, kind, op, type].join(' '))).toEqual([
      'v-1 input x1 f64[]', 'v0 input x2 f64[]', 'v1 operation log f64[]', 'v2 operation mul f64[]', 'v3 operation add f64[]', 'v4 operation sin f64[]', 'v5 operation sub f64[]', 'y output y f64[]',
    ])
    expect(g.edges.map(({ from, to, index }) => `${from} ${to} ${index}`)).toEqual(['v-1 v1 0', 'v-1 v2 0', 'v0 v2 1', 'v1 v3 0', 'v2 v3 1', 'v0 v4 0', 'v3 v5 0', 'v4 v5 1', 'v5 y 0'])
  })

  it('is a tree on the terminal', () => {
    expect(String(g)).toMatchInlineSnapshot(`
      "y = v5: sub f64[]
      ├─ v3: add f64[]
      │  ├─ v1: log f64[]
      │  │  └─ v-1: x1 f64[]
      │  └─ v2: mul f64[]
      │     ├─ v-1
      │     └─ v0: x2 f64[]
      └─ v4: sin f64[]
         └─ v0"
    `)
  })

  it('is a digraph for Graphviz', () => {
    expect(g.toDot()).toMatchInlineSnapshot(`
      "digraph {
        node [fontname="monospace"]
        "v-1" [label="v-1 = x1\\nf64[]", shape=ellipse]
        "v0" [label="v0 = x2\\nf64[]", shape=ellipse]
        "v1" [label="v1 = log\\nf64[]", shape=box]
        "v2" [label="v2 = mul\\nf64[]", shape=box]
        "v3" [label="v3 = add\\nf64[]", shape=box]
        "v4" [label="v4 = sin\\nf64[]", shape=box]
        "v5" [label="v5 = sub\\nf64[]", shape=box]
        "y" [label="y\\nf64[]", shape=doublecircle]
        "v-1" -> "v1"
        "v-1" -> "v2"
        "v0" -> "v2"
        "v1" -> "v3"
        "v2" -> "v3"
        "v0" -> "v4"
        "v3" -> "v5"
        "v4" -> "v5"
        "v5" -> "y"
      }"
    `)
  })

  it('is a flowchart for Mermaid', () => {
    const text = graph((x: Tensor) => np.sum(np.multiply(x, 2), 0))(np.ones([2, 3])).toMermaid()
    expect(text).toMatchInlineSnapshot(`
      "flowchart TD
        n0(["v0 = x1<br/>f64#91;2,3#93;"])
        n1["v1 = mul · 2.0<br/>f64#91;2,3#93;"]
        n2["v2 = reduce_sum#91;axes=(0,)#93;<br/>f64#91;3#93;"]
        n3(("y<br/>f64#91;3#93;"))
        n0 --> n1
        n1 --> n2
        n2 --> n3"
    `)
  })

  it('is a picture in which no boxes overlap and every edge goes down', () => {
    const svg = graph((p: { w: Tensor; b: Tensor }[], x: Tensor) => np.mean(p.reduce((h, { w, b }) => np.tanh(np.add(np.matmul(h, w), b)), x)))(
      [{ w: np.ones([3, 4]), b: np.ones(4) }, { w: np.ones([4, 2]), b: np.ones(2) }],
      np.ones([5, 3]),
    ).toHTML()
    const boxes = [...svg.matchAll(/<rect x="([^"]+)" y="([^"]+)" width="([^"]+)"/g)].map((m) => m.slice(1).map(Number) as [number, number, number])
    expect(boxes.length).toBeGreaterThan(10)
    for (const [x, y, width] of boxes)
      expect(boxes.filter(([x2, y2]) => y2 === y && x2 > x && x2 < x + width)).toEqual([])
    const edges = [...svg.matchAll(/<path d="M[^,]+,([\d.]+) C.* [\d.]+,([\d.]+)" fill="none"/g)]
    expect(edges.length).toBeGreaterThan(10)
    expect(edges.every((m) => Number(m[1]) < Number(m[2]))).toBe(true)
  })

  it('shows captured arrays, literal and unused values', () => {
    const c = np.array([1, 2])
    expect(String(graph((x: Tensor, _y: Tensor) => [np.add(x, c), 3])(np.ones(2), 1))).toMatchInlineSnapshot(`
      "y[0] = v1: add f64[2]
      ├─ v-1: x1 f64[2]
      └─ c1: constant f64[2]
      y[1] = 3.0 f64[]
      v0: x2 f64[] (unused)"
    `)
  })

  it('draws a long chain apart, and each node once', () => {
    const text = String(graph((x: Tensor) => Array.from({ length: 100 }).reduce<Tensor>((y) => np.sin(y), x))(1))
    expect(text.match(/^v76: sin f64\[\]$/m)).toHaveLength(1)
    expect(text.match(/v\d+: /g)).toHaveLength(101)
    expect(Math.max(...text.split('\n').map((l) => l.length))).toBeLessThan(100)
  })
})
