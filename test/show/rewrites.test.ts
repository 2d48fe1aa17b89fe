import { applyPatches, enablePatches } from 'immer'
import { describe, expect, it } from 'vitest'
import { jit, makeJaxpr, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { rewrites } from 'adjoint/show'

describe('show.rewrites', () => {
  const f = (x: Tensor): Tensor => {
    const y = np.sin(np.negative(np.negative(np.multiply(x, 1))))
    np.cos(y)
    return np.multiply(y, np.sin(x))
  }
  const r = rewrites(makeJaxpr(f)(2))

  it('shows what each pass changed', () => {
    expect(String(r)).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[]. let
          b:f64[] = mul a 1.0:f64[]
          c:f64[] = neg b
          d:f64[] = neg c
          e:f64[] = sin d
          _:f64[] = cos e
          f:f64[] = sin a
          g:f64[] = mul e f
        in (g,) }
      dead code: 1 changed, 6 equations left
      - _:f64[] = cos e
      algebra: 3 changed, 6 equations left
      - c:f64[] = neg b
      + c:f64[] = neg a
      - e:f64[] = sin d
      + e:f64[] = sin a
      - g:f64[] = mul e f
      + g:f64[] = mul e e
      dead code: 4 changed, 2 equations left
      - b:f64[] = mul a 1.0:f64[]
      - c:f64[] = neg a
      - d:f64[] = neg c
      - f:f64[] = sin a
      { lambda ; a:f64[]. let b:f64[] = sin a; c:f64[] = mul b b in (c,) }"
    `)
  })

  it('has the patches, which lead from the one program to the other', () => {
    expect(r.passes.map(({ pass, equations }) => `${pass} ${equations}`)).toEqual(['dead code 6', 'algebra 6', 'dead code 2'])
    expect(r.passes.flatMap(({ patches }) => patches.map(({ path }) => path[0]))).toContain('eqns')
    expect(r.after.eqns).toHaveLength(2)
    enablePatches()
    expect(r.passes.reduce((p, { patches }) => applyPatches(p, patches), r.before)).toEqual(r.after)
    expect(r.toHTML()).toContain('<div style="color:#b91c1c">- ')
  })

  it('takes plain programs, inlines calls, and says nothing of what is simple already', () => {
    const { jaxpr } = makeJaxpr((x: Tensor) => jit((y: Tensor) => np.sin(y))(x))(1)
    expect(rewrites(jaxpr).passes).toEqual([])
    expect(rewrites(jaxpr).after.eqns[0]!.prim.name).toBe('sin')
  })
})
