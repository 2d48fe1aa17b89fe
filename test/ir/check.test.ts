import { isLeft, isRight } from 'fp-ts/Either'
import { describe, expect, it } from 'vitest'
import { checkJaxpr } from '../../src/ir/check'
import { holding } from '../../src/ir/held'
import { calling } from '../../src/ir/inline'
import { aval, freshVar, lit, type Atom, type Eqn, type Jaxpr, type Params, type Primitive, type Var } from '../../src/ir/types'
import { add, mul, neg } from '../../src/primitives/elementwise/arithmetic'
import { lt } from '../../src/primitives/elementwise/logic'
import { definePrimitive } from '../../src/primitives/define'
import { sum } from '../../src/primitives/reduce'

const scalar = aval([], 'float64')
const vector = aval([3], 'float64')
const [x, y, z] = [freshVar(vector), freshVar(vector), freshVar(vector)]

const eqn = (prim: Primitive, inputs: readonly Atom[], outs: readonly Var[], params: Params = {}): Eqn => ({ prim, inputs, params, outs })
const program = (eqns: readonly Eqn[], outs: readonly Atom[] = [y], inputs: readonly Var[] = [x]): Jaxpr => ({ inputs, constCount: 0, eqns, outs })

/** The first line of the fault. */
const wrong = (p: Jaxpr): string => {
  const r = checkJaxpr(p)
  return isLeft(r) ? r.left.what : 'right'
}

/** Calls a program: `inline` as jit does, or holds it as loops do. */
const call = definePrimitive({ ...neg, name: 'call', inline: calling((p: { jaxpr: Jaxpr }) => p.jaxpr) })
const hold = definePrimitive({ ...neg, name: 'hold', programs: holding((p: { jaxpr: Jaxpr }) => [p.jaxpr]) })

describe('checkJaxpr accepts', () => {
  it('a program that obeys', () => {
    const p = program([eqn(mul, [x, lit(2, scalar)], [y]), eqn(sum, [y], [z], { axes: [] })], [z, lit(1, scalar)])
    const r = checkJaxpr(p)
    expect(isRight(r) && r.right).toBe(p)
  })

  it('weak uses of strong bindings', () => {
    expect(wrong(program([eqn(neg, [{ ...x, aval: aval([3], 'float64', true) }], [y])]))).toBe('right')
  })

  it('a program of a hundred thousand equations, and one nested a thousand deep', () => {
    const vars = Array.from({ length: 100_001 }, () => freshVar(vector))
    const eqns = vars.slice(1).map((v, i) => eqn(neg, [vars[i]!], [v]))
    expect(wrong(program(eqns, [vars[100_000]!], [vars[0]!]))).toBe('right')
    let nested = program([eqn(neg, [x], [y])])
    for (let i = 0; i < 1000; i++) nested = program([eqn(call, [x], [y], { jaxpr: nested })])
    expect(wrong(nested)).toBe('right')
  })

  it('a program that is doubled again and again, in linear time', () => {
    let doubled = program([eqn(neg, [x], [y])])
    for (let i = 0; i < 100; i++) doubled = program([eqn(call, [x], [y], { jaxpr: doubled }), eqn(call, [y], [z], { jaxpr: doubled })], [z])
    expect(wrong(doubled)).toBe('right')
  })
})

describe('checkJaxpr refuses', () => {
  const once = freshVar(vector)
  const inner = (outs: readonly Atom[]): Jaxpr => program([eqn(neg, [x], [once])], outs)

  it.each<[string, Jaxpr, string]>([
    ['a variable that is used before it is bound', program([eqn(add, [x, z], [y])]), 'equation 0 (add): operand 1 is used before it is bound'],
    ['a variable that is bound twice', program([eqn(neg, [x], [y]), eqn(neg, [y], [y])]), 'equation 1 (neg): result 0 is bound a second time'],
    ['an input that is bound twice', program([], [x], [x, x]), 'input 1 is bound a second time'],
    ['a result that rebinds an input', program([eqn(neg, [x], [x])], [x]), 'equation 0 (neg): result 0 is bound a second time'],
    ['a use of another type', program([eqn(neg, [{ ...x, aval: aval([4], 'float64') }], [y])]), 'equation 0 (neg): operand 0 is used as f64[4], but was bound as f64[3]'],
    ['an output that is not bound', program([], [z]), 'output 0 is used before it is bound'],
    ['an output of another type', program([], [{ ...x, aval: aval([3], 'int32') }]), 'output 0 is used as i32[3], but was bound as f64[3]'],
    ['a literal array', program([eqn(add, [x, lit(1, vector)], [y])]), 'equation 0 (add): operand 1 is a literal of type f64[3]; literals have rank 0'],
    ['a literal that its integer dtype does not hold', program([], [lit(0.5, aval([], 'int32'))]), 'output 0 is the literal 0.5, which no int32 is'],
    ['a literal that was not rounded', program([], [lit(0.1, aval([], 'float32'))]), 'output 0 is the literal 0.1, which no float32 is'],
    ['a boolean literal beside 0 and 1', program([], [lit(2, aval([], 'bool'))]), 'output 0 is the literal 2, which no bool is'],
    ['a result of another shape', program([eqn(neg, [x], [freshVar(aval([4], 'float64'))])], [x]), 'equation 0 (neg): result 0 is f64[4], its shape rule says f64[3]'],
    ['a result of another dtype', program([eqn(lt, [x, x], [freshVar(vector)])], [x]), 'equation 0 (lt): result 0 is f64[3], its shape rule says bool[3]'],
    ['too many results', program([eqn(neg, [x], [y, z])]), 'equation 0 (neg): its shape rule gives 1 results, the equation has 2'],
    ['operands that the shape rule refuses', program([eqn(add, [x, lit(1, aval([], 'int32'))], [y])]), 'equation 0 (add): its shape rule refuses the operands: add: operands have dtypes float64 and int32'],
    ['an operand too few', program([eqn(sum, [], [y])]), 'equation 0 (reduce_sum): its shape rule throws: Cannot read properties of undefined'],
    ['captured values that are not there', { ...program([], [x]), constCount: 2 }, '2 of its 1 inputs are captured values'],
    ['a fault in a called program', program([eqn(call, [x], [y], { jaxpr: inner([z]) })]), 'output 0 is used before it is bound'],
    ['a fault in a program that is held', program([eqn(hold, [x], [y], { jaxpr: inner([z]) })]), 'output 0 is used before it is bound'],
    ['a call with operands that do not fit', program([eqn(call, [x], [y], { jaxpr: program([], [y], [y, z]) })]), 'equation 0 (call): its operands are f64[3], the program that it calls takes f64[3] f64[3]'],
    ['a call with results that do not fit', program([eqn(call, [x], [y], { jaxpr: program([], [x, x]) })]), 'equation 0 (call): its results are f64[3], the program that it calls gives f64[3] f64[3]'],
  ])('%s', (_, p, what) => {
    expect(wrong(p)).toContain(`invalid program: ${what}`)
  })

  it('showing the equation among its neighbours', () => {
    const r = checkJaxpr(program([eqn(neg, [x], [y]), eqn(add, [y, freshVar(vector)], [z])], [z]))
    expect(isLeft(r) && r.left).toEqual({
      code: 'compile',
      what: 'invalid program: equation 1 (add): operand 1 is used before it is bound',
      fix: `Programs that adjoint builds obey these rules: look at the pass, rule or code that made this one.
{ lambda ; a:f64[3]. let
    b:f64[3] = neg a
    c:f64[3] = add b d
    ^^^ operand 1 is used before it is bound
  in (c,) }`,
    })
  })
})
