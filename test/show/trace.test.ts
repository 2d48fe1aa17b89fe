import { describe, expect, it } from 'vitest'
import { grad, jit, jvp, makeJaxpr, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { trace } from 'adjoint/show'

/** f(x₁, x₂) = ln x₁ + x₁x₂ − sin x₂, of Baydin et al. */
const f = (x1: Tensor, x2: Tensor): Tensor => np.subtract(np.add(np.log(x1), np.multiply(x1, x2)), np.sin(x2))

describe('show.trace of the textbook example', () => {
  const t = trace(f, { tangents: [1, 0] })(2, 5)

  it('has the forward primal trace of table 2', () => {
    expect(t.primal.map(({ name, op, inputs }) => [name, op, ...inputs].join(' '))).toEqual(['v-1 input', 'v0 input', 'v1 log v-1', 'v2 mul v-1 v0', 'v3 add v1 v2', 'v4 sin v0', 'v5 sub v3 v4'])
    expect(t.primal.every(({ shape }) => shape.length === 0)).toBe(true)
    const values = t.primal.map(({ value }) => Number(value).toFixed(3))
    expect(values).toEqual(['2.000', '5.000', '0.693', '10.000', '10.693', '-0.959', '11.652'])
  })

  it('has the forward tangent trace of table 2', () => {
    expect(t.tangent!.map(({ name, of, value }) => [name, of, value])).toEqual([
      ['v̇-1', 'v-1', 1], ['v̇0', 'v0', 0], ['v̇1', 'v1', 0.5], ['v̇2', 'v2', 5], ['v̇3', 'v3', 5.5], ['v̇4', 'v4', 0], ['v̇5', 'v5', 5.5],
    ])
    expect(t.tangent![4]!.contributions).toEqual([{ from: 'v1', value: 0.5 }, { from: 'v2', value: 5 }])
  })

  it('has the reverse adjoint trace of table 3', () => {
    expect(t.adjoint.map(({ name, value }) => `${name} ${Number(value).toFixed(3)}`)).toEqual(['v̄5 1.000', 'v̄4 -1.000', 'v̄3 1.000', 'v̄2 1.000', 'v̄1 1.000', 'v̄0 1.716', 'v̄-1 5.500'])
    expect(t.adjoint.at(-1)!.contributions).toEqual([{ from: 'v2', value: 5 }, { from: 'v1', value: 0.5 }])
    expect(t.adjoint[0]!.contributions).toEqual([{ from: 'y', value: 1 }])
  })

  it('prints the tables', () => {
    expect(String(t)).toMatchInlineSnapshot(`
      "Forward primal trace             │ Forward tangent trace
      ─────────────────────────────────┼──────────────────────────────────────
      v-1 = x1           = 2.          │ v̇-1 = ẋ1                        = 1.
      v0  = x2           = 5.          │ v̇0  = ẋ2                        = 0.
      v1  = log(v-1)     = 0.69314718  │ v̇1  = v̇-1 ∂v1/∂v-1              = 0.5
      v2  = mul(v-1, v0) = 10.         │ v̇2  = v̇-1 ∂v2/∂v-1 + v̇0 ∂v2/∂v0 = 5.
      v3  = add(v1, v2)  = 10.69314718 │ v̇3  = v̇1 ∂v3/∂v1 + v̇2 ∂v3/∂v2   = 5.5
      v4  = sin(v0)      = -0.95892427 │ v̇4  = v̇0 ∂v4/∂v0                = 0.
      v5  = sub(v3, v4)  = 11.65207146 │ v̇5  = v̇3 ∂v5/∂v3 + v̇4 ∂v5/∂v4   = 5.5
      y   = v5           = 11.65207146 │ ẏ   = v̇5                        = 5.5

      Forward primal trace             │ Reverse adjoint trace (upwards)
      ─────────────────────────────────┼──────────────────────────────────────
      v-1 = x1           = 2.          │ x̄1  = v̄-1               = 5.5
      v0  = x2           = 5.          │ x̄2  = v̄0                = 1.71633781
      v1  = log(v-1)     = 0.69314718  │ v̄-1 = v̄-1 + v̄1 ∂v1/∂v-1 = 5.5
      v2  = mul(v-1, v0) = 10.         │ v̄0  = v̄0 + v̄2 ∂v2/∂v0   = 1.71633781
                                       │ v̄-1 = v̄2 ∂v2/∂v-1       = 5.
      v3  = add(v1, v2)  = 10.69314718 │ v̄2  = v̄3 ∂v3/∂v2        = 1.
                                       │ v̄1  = v̄3 ∂v3/∂v1        = 1.
      v4  = sin(v0)      = -0.95892427 │ v̄0  = v̄4 ∂v4/∂v0        = -0.28366219
      v5  = sub(v3, v4)  = 11.65207146 │ v̄4  = v̄5 ∂v5/∂v4        = -1.
                                       │ v̄3  = v̄5 ∂v5/∂v3        = 1.
      y   = v5           = 11.65207146 │ v̄5  = ȳ                 = 1."
    `)
  })

  it('writes them as HTML', () => {
    const html = t.toHTML()
    expect(html.match(/<table/g)).toHaveLength(2)
    expect(html).toContain('<td style="padding:2px 8px;text-align:left">log(v-1)</td>')
    expect(html.match(/<tr>/g)).toHaveLength(2 + 8 + 11)
  })
})

describe('show.trace', () => {
  const params = { w: np.array([[1, -2], [0.5, 3]]), b: np.array([0.1, -0.2]) }
  const x = np.array([[1, 2], [3, 4], [-1, 0.5]])
  const loss = (p: typeof params, a: Tensor): Tensor => np.sum(np.tanh(np.add(np.matmul(a, p.w), p.b)))

  it('has the gradient as the adjoints of the inputs', () => {
    const { adjoint } = trace(loss)(params, x)
    const g = grad(loss)(params, x)
    expect(adjoint.find(({ of }) => of === 'v-2')!.value).toEqual(g.b.toArray())
    expect(adjoint.find(({ of }) => of === 'v-1')!.value).toEqual(g.w.toArray())
  })

  it('has the derivative as the tangent of the result', () => {
    const ones = { w: np.ones([2, 2]), b: np.ones(2) }
    const { tangent, primal } = trace(loss, { tangents: [ones, np.zeros([3, 2])] })(params, x)
    expect(tangent!.at(-1)!.of).toBe(primal.at(-1)!.name)
    expect(Number(tangent!.at(-1)!.value)).toBeCloseTo(jvp((p) => loss(p, x), [params], [ones])[1].item() as number, 12)
  })

  it('adds up each adjoint from its contributions', () => {
    const { adjoint } = trace((a: Tensor) => np.multiply(np.exp(a), np.multiply(a, np.sin(a))))(0.7)
    for (const { value, contributions } of adjoint) expect(contributions.reduce((s, c) => s + Number(c.value), 0)).toBeCloseTo(Number(value), 12)
    expect(adjoint.at(-1)!.contributions.map(({ from }) => from)).toEqual(['v3', 'v2', 'v1'])
  })

  it('gives one contribution to an operand that stands twice, and an array shape to array values', () => {
    const { adjoint, primal } = trace((a: Tensor) => np.sum(np.multiply(a, a)))(np.array([1, 2, 3]))
    expect(adjoint.at(-1)).toEqual({ name: 'v̄0', of: 'v0', value: [2, 4, 6], contributions: [{ from: 'v1', value: [2, 4, 6] }] })
    expect(primal[1]!.shape).toEqual([3])
  })

  it('sees through jit, and names captured arrays and literals', () => {
    const c = np.array([1, 2])
    const { primal, adjoint } = trace((a: Tensor) => np.sum(jit((b: Tensor) => np.multiply(np.add(b, c), 3))(a)))(np.array([5, 6]))
    expect(primal.map(({ name, op, inputs }) => [name, op, ...inputs].join(' '))).toEqual(['c1 constant', 'v0 input', 'v1 add v0 c1', 'v2 mul v1 3.0', 'v3 reduce_sum v2'])
    expect(adjoint.at(-1)!.value).toEqual([3, 3])
  })

  it('takes the sum of the results, or a cotangent', () => {
    const two = (a: Tensor): Tensor[] => [np.multiply(a, 2), np.multiply(a, 3)]
    expect(trace(two)(1).adjoint.at(-1)!.value).toBe(5)
    const t = trace(two, { cotangent: [1, -1] })(1)
    expect(t.adjoint.at(-1)!.value).toBe(-1)
    expect(t.adjoint[0]!.contributions[0]!.from).toBe('y[1]')
  })

  it('keeps integers, unused inputs and comparisons out of the adjoints', () => {
    const g = (n: Tensor, unused: Tensor, a: Tensor): Tensor => np.where(np.greater(a, 0), np.multiply(a, n), 0)
    const t = trace(g)(np.array(3, { dtype: 'int32' }), 7, 2)
    expect(t.adjoint.at(-1)).toEqual({ name: 'v̄-1', of: 'v-1', value: 0, contributions: [] })
    expect(t.adjoint.find(({ of }) => of === 'v0')!.value).toBe(3)
    expect(t.adjoint.some(({ of }) => of === 'v-2')).toBe(false)
    expect(String(t)).toContain('v-2 = x1')
  })

  it('follows a branch on a value, and refuses where there is none', () => {
    const branch = (a: Tensor): Tensor => (a.item() as number) > 0 ? np.sin(a) : np.cos(a)
    expect(trace(branch)(1).primal[1]!.op).toBe('sin')
    expect(trace(branch)(-1).primal[1]!.op).toBe('cos')
    expect(() => makeJaxpr((a: Tensor) => trace(branch)(a).adjoint.length)(1)).toThrow(/traced/)
  })

  it('keeps long values to a line', () => {
    const text = String(trace((a: Tensor) => np.sum(np.sin(a)))(np.linspace(0, 1, 50)))
    expect(text).toContain(' = [0. 0.02040816 0.04081633 0.0612244… │ ')
    expect(text.split('\n')).toHaveLength(6)
  })
})
