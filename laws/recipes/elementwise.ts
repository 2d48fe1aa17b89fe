/**
 * How to apply the elementwise primitives: dtypes, and intervals where each function is smooth and of moderate size.
 */
import type { DType } from '../../src/index'
import { isFloat } from '../elements'
import type { Interval, Recipe, Variable } from '../program/choices'

export const numbers: readonly DType[] = ['float64', 'float64', 'float64', 'float64', 'float64', 'float32', 'int32', 'uint32']
const floats: readonly DType[] = ['float64', 'float64', 'float64', 'float32']
const integers: readonly DType[] = ['int32', 'uint32']
const bits: readonly DType[] = ['int32', 'uint32', 'bool']
export const all: readonly DType[] = ['float64', 'float64', 'float32', 'int32', 'uint32', 'bool']

const unary = (within?: Interval): Recipe => (choose) => ({ operands: [choose.variable({ within })] })
const unaryOf = (dtypes: readonly DType[]): Recipe => (choose) => ({ operands: [choose.variable({ dtypes, within: [-4, 4] })] })

/** Two operands of one dtype; intervals for floats, and for the second one where it is an integer. */
const binary = (x?: Interval, y?: Interval, dtypes?: readonly DType[], whole: Interval = [-3, 3]): Recipe => (choose) => {
  const a = choose.variable({ dtypes, within: x })
  const b = choose.beside(a, isFloat(a.aval.dtype) ? y : whole)
  return { operands: choose.flag() && !x && !y ? [b, a] : [a, b] }
}

/** A parameter that is a whole number, beside one operand. */
const withNumber = (name: string, low: number, high: number, within: Interval): Recipe => (choose) => {
  const n = choose.int(low, high)
  return { operands: [choose.variable({ within })], params: { [name]: n } }
}

const anyTwo = binary(undefined, undefined, all)

export const elementwise: { readonly [name: string]: Recipe } = {
  neg: unaryOf(numbers), abs: unaryOf(numbers), sign: unaryOf(numbers), sqrt: unary([0.25, 4]), cbrt: unary([0.25, 4]),
  add: binary(undefined, undefined, numbers), sub: binary(undefined, undefined, numbers), mul: binary(undefined, undefined, numbers),
  div: binary(undefined, [0.5, 2], numbers), rem: binary([-4, 4], [0.75, 2], numbers),
  max: binary(undefined, undefined, numbers), min: binary(undefined, undefined, numbers),
  pow: binary([0.25, 2], [-2, 2], numbers, [0, 3]),
  integer_pow: (choose) => {
    const x = choose.variable({ dtypes: numbers, within: [0.25, 2] })
    return { operands: [x], params: { y: isFloat(x.aval.dtype) ? choose.int(-3, 4) : choose.int(0, 4) } }
  },

  exp: unary([-2, 2]), expm1: unary([-2, 2]), log: unary([0.25, 4]), log1p: unary([-0.75, 3]),
  sin: unary([-4, 4]), cos: unary([-4, 4]), tan: unary([-1.25, 1.25]), sinh: unary([-2, 2]), cosh: unary([-2, 2]), tanh: unary([-3, 3]),
  asin: unary([-0.875, 0.875]), acos: unary([-0.875, 0.875]), atan: unary([-4, 4]),
  asinh: unary([-4, 4]), acosh: unary([1.25, 4]), atanh: unary([-0.875, 0.875]),
  log2: unary([0.25, 4]), log10: unary([0.25, 4]), exp2: unary([-2, 2]), logistic: unary([-4, 4]),
  atan2: binary([-2, 2], [0.25, 2]), hypot: binary([0.25, 2], [-2, 2]), logaddexp: binary(), excess: binary(),
  sinc: withNumber('order', 0, 2, [-2, 2]),
  erf: unary([-2, 2]), erfc: unary([-2, 2]), erf_inv: unary([-0.875, 0.875]), lgamma: unary([0.5, 4]), digamma: unary([0.5, 4]),
  polygamma: withNumber('n', 1, 3, [0.5, 4]),

  floor: unary([-4, 4]), ceil: unary([-4, 4]), round: unary([-4, 4]), trunc: unary([-4, 4]),
  nextafter: binary(), copysign: binary(),
  shift_left: binary(undefined, undefined, integers, [-2, 40]), shift_right_arithmetic: binary(undefined, undefined, integers, [-2, 40]),
  shift_right_logical: binary(undefined, undefined, integers, [-2, 40]),
  population_count: unaryOf(integers), clz: unaryOf(integers),
  clamp: (choose) => {
    const x = choose.variable({ dtypes: numbers })
    return { operands: [choose.beside(x, [-1, 0]), x, choose.beside(x, [0, 1])] }
  },

  mul_masked: binary([-2, 2], [-2, 2], floats), div_masked: binary([-2, 2], [0.5, 2], floats),

  eq: anyTwo, ne: anyTwo, lt: anyTwo, le: anyTwo, gt: anyTwo, ge: anyTwo,
  and: binary(undefined, undefined, bits), or: binary(undefined, undefined, bits), xor: binary(undefined, undefined, bits),
  not: unaryOf(bits), is_finite: unaryOf(numbers), is_nan: unaryOf(numbers),
  select: (choose) => {
    const x = choose.variable({ dtypes: all })
    const y = choose.beside(x)
    const test = choose.beside(x, undefined, 'bool')
    const operands: Variable[] = choose.flag() ? [test, x, y] : [test, y, x]
    return { operands }
  },
  convert_element_type: (choose) => {
    const x = choose.variable({ dtypes: all, within: [-4, 4] })
    return { operands: [x], params: { dtype: choose.of(all) } }
  },
  stop_gradient: unaryOf(all), copy: unaryOf(all),
}
