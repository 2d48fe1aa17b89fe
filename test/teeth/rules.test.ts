/** A wrong rule against each law of `rule`: it must be seen. */
import { describe, expect, it } from 'vitest'
import { definePrimitive, elementwise, isZero, opaque, view, type Primitive } from 'adjoint'
import { check, rule, tensor, type Recipe } from 'adjoint/laws'
import { call, cubic, named, one, triple, two, violation, wave } from './wrong'

describe('rules that are right', () => {
  it.each([[wave(), one], [triple(), one], [cubic(), two]] as const)('obey every law', (prim, recipe) => {
    for (const law of rule(prim, recipe)) expect(check(law, { numRuns: 20 }).failed).toBe(false)
  })
})

let runs = 0
let compilations = 0

const wrongRules: readonly (readonly [law: string, what: string, prim: Primitive, recipe: Recipe, evidence: RegExp])[] = [
  ['jvp = differences', 'a jvp of the wrong sign', wave({ jvp: (ops, [x], _y, [dx]) => ops.neg(ops.mul(dx!, ops.cos(ops.mul(2, x!)))) }), one, /jvp gives .*, differences give/],
  ['jvp = differences', 'a jvp that is off by 1e-4', wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.mul(1.0001, ops.cos(ops.mul(2, x!)))) }), one, /differences give/],
  ['jvp is linear in the tangent', 'a jvp that squares the tangent', wave({ jvp: (ops, _x, _y, [dx]) => ops.mul(dx!, dx!) }), one, /J \(.* v \+ .* w\)/],
  ['jvp is linear in the tangent', 'a jvp with a constant added', wave({ jvp: (ops, [x], _y, [dx]) => ops.add(ops.mul(dx!, x!), 1) }), one, /instead of/],
  ['what is held constant has tangent zero', 'a jvp that forgets an operand where the other is constant', cubic({ jvp: (ops, [x, y], z, [dx, dy]) => (isZero(dx!) || isZero(dy!) ? ops.zero(z[0]!.aval) : ops.add(ops.mul(dx!, ops.mul(y!, y!)), ops.mul(dy!, ops.mul(2, ops.mul(x!, y!))))) }), two, /arguments \d vary/],
  ['adjoint', 'a transpose that is twice what it should be', triple({ transpose: (ops, [ct]) => [ops.mul(6, ct!)] }), one, /⟨v, J w⟩ = .*, ⟨Jᵀ v, w⟩ =/],
  ['adjoint', 'a transpose that is off by 1e-10', triple({ transpose: (ops, [ct]) => [ops.mul(3 * (1 + 1e-10), ct!)] }), (choose) => ({ operands: [choose.variable({ dtypes: ['float64'] })] }), /⟨Jᵀ v, w⟩/],
  ['transpose is the adjoint', 'a transpose of the wrong sign', triple({ transpose: (ops, [ct]) => [ops.mul(-3, ct!)] }), one, /⟨fᵀ v, w⟩/],
  ['transpose is the adjoint', 'a transpose that is no linear map', triple({ transpose: (ops, [ct]) => [ops.mul(ct!, ct!)] }), one, /⟨fᵀ v, w⟩/],
  ['batch = stack of singles', 'a batch rule that reverses the lanes', triple({ batch: (ops, [x]) => [ops.reverse(ops.mul(3, x!), [0])] }), one, /vmap gives/],
  ['batch = stack of singles', 'a batch rule that says elementwise where operands meet crosswise', definePrimitive({ ...cubic(), kernel: opaque(([x, y], [z]) => ([a, b], [to]) => {
    const n = z!.shape.reduce((k, e) => k * e, 1)
    // The last element of y for all, and so across the lanes.
    for (let i = 0; i < n; i++) to![i] = (x!.shape.length > 0 ? a![i]! : a![0]!) + (y!.shape.length > 0 ? b![n - 1]! : b![0]!)
  }) }), two, /stacked are/],
  ['shape rule = kernel', 'a dtype that the expression does not have', wave({ shape: ([x]) => ({ _tag: 'Right', right: [{ ...x!, dtype: 'float32' }] }) }), (choose) => ({ operands: [choose.variable({ dtypes: ['float64'] })] }), /the shape rule says float32.* instead of float64/],
  ['shape rule = kernel', 'a shape that is too small for what the code writes', triple({ shape: ([x]) => ({ _tag: 'Right', right: [{ ...x!, shape: x!.shape.map((e) => Math.max(0, e - 1)) }] }) }), one, /beyond it were written/],
  ['shape rule = kernel', 'a shape that is too large', triple({ shape: ([x]) => ({ _tag: 'Right', right: [{ ...x!, shape: [...x!.shape, 2] }] }) }), one, /was not written/],
  ['shape rule = kernel', 'code whose results are no integers', definePrimitive({ ...triple(), shape: ([x]) => ({ _tag: 'Right', right: [{ ...x!, dtype: 'int32' }] }) }), one, /is int32.* its element/],
  ['shape rule = kernel', 'code that writes to its operand', triple({ kernel: opaque(() => ([from], [to]) => { for (let i = 0; i < from!.length; i++) { to![i] = 0; from![i]! += 1 } }) }), one, /operand 0 was written to/],
  ['shape rule = kernel', 'a view that leaves its input', definePrimitive({ ...triple(), kernel: view((strides, x) => ({ offset: x.shape.length > 0 ? 1 : 0, strides })) }), one, /leaves its input/],
  ['a second run gives the same bits', 'a kernel that counts its runs', triple({ kernel: opaque(() => (_from, [to]) => void to!.fill(runs++)) }), one, /the second run/],
  ['jit f = f', 'an algebraic rule that is false', wave({ simplify: (_ctx, { inputs: [x] }) => x }), one, /jit.*result 0/],
  ['every backend = f', 'a kernel that depends on how often it was compiled', triple({ kernel: opaque(() => {
    const n = compilations++
    return (_from, [to]) => void to!.fill(n)
  }) }), one, /result 0: element/],
  ['in a loop = by itself', 'a kernel that says it joins its operands, and computes', triple({ kernel: { ...opaque(() => ([from], [to]) => { for (let i = 0; i < to!.length; i++) to![i] = 3 * from![i]! }), joins: () => 0 } }), (choose) => ({ operands: [choose.exactly([2], 'float64')] }), /a loop by/],
  ['order 2: jvp = differences', 'a jvp that is right, by a function whose jvp is wrong', wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.bind(wrongCosine, [ops.mul(2, x!)], {})[0]!) }), one, /differences give/],
  ['order 2: adjoint', 'a second derivative with a wrong transpose', wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.mul(1 / 3, ops.bind(wrongTriple, [ops.cos(ops.mul(2, x!))], {})[0]!)) }), one, /⟨Jᵀ v, w⟩/],
  ['order 2: batch = stack of singles', 'a derivative with a wrong batch rule', wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.mul(1 / 3, ops.bind(reversing, [ops.cos(ops.mul(2, x!))], {})[0]!)) }), one, /vmap gives/],
  ['order 2: what is held constant has tangent zero', 'a derivative that forgets an operand where the other is constant', wave({ jvp: (ops, [x], _y, [dx]) => ops.bind(forgetful, [dx!, x!], {}) }), one, /arguments .* vary/],
  ['order 2: jvp is linear in the tangent', 'a derivative whose jvp is not linear', wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.bind(squaring, [x!], {})[0]!) }), one, /J \(/],
]

const wrongCosine = definePrimitive({ ...wave(), name: 'cosine', kernel: elementwise(({ cos }, x) => cos(x)), jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.sin(x!)) })
const wrongTriple = triple({ transpose: (ops, [ct]) => [ops.mul(4, ct!)] })
const reversing = triple({ batch: (ops, [x]) => [ops.reverse(ops.mul(3, x!), [0])] })
const forgetful = cubic({ jvp: (ops, [x, y], z, [dx, dy]) => (isZero(dx!) || isZero(dy!) ? ops.zero(z[0]!.aval) : ops.add(ops.mul(dx!, ops.mul(y!, y!)), ops.mul(dy!, ops.mul(2, ops.mul(x!, y!))))) })
const squaring = wave({ jvp: (ops, _x, _y, [dx]) => ops.mul(dx!, dx!) })

describe('a wrong rule', () => {
  it.each(wrongRules)('%s: %s', (law, _what, prim, recipe, evidence) => {
    expect(violation(named(rule(prim, recipe), law)).message).toMatch(evidence)
  })
})

describe('the rules of functions', () => {
  it('a function that applies a wrong primitive is caught like the primitive', () => {
    const f = call(wave({ jvp: (_ops, _x, _y, [dx]) => dx! }))
    expect(violation(named(rule(f, [tensor()]), 'jvp = differences')).message).toMatch(/differences give/)
  })
})
