/**
 * The models of the NIST files, written once, as functions of tensors: their Jacobians come from `jacfwd`.
 *
 * Each stands under the formula in its file's header, blanks removed, so that a file can only meet its own model.
 */
import type { Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'

export interface Model {
  /** The parameters b1, b2, … as scalars and the predictors as vectors to the predicted response. */
  readonly predict: (b: readonly Tensor[], x: readonly Tensor[]) => Tensor
  /** What the header does to the response: Nelson's model is of log y. */
  readonly response?: (y: Tensor) => Tensor
}

const { add, sub, mul, div, neg, exp, square, cos, sin } = np

/** c₀ + c₁ x + c₂ x² + … */
const polynomial = (coefficients: readonly (Tensor | number)[], x: Tensor): Tensor =>
  coefficients.reduceRight<Tensor>((sum, c) => add(mul(sum, x), c), np.zerosLike(x))

/** b·exp(−((x − centre) / width)²) */
const bell = (b: Tensor, centre: Tensor, width: Tensor, x: Tensor): Tensor =>
  mul(b, exp(neg(square(div(sub(x, centre), width)))))

/** a·cos(2πx/period) + b·sin(2πx/period) */
const wave = (a: Tensor, b: Tensor, period: Tensor | number, x: Tensor): Tensor => {
  const angle = div(mul(2 * Math.PI, x), period)
  return add(mul(a, cos(angle)), mul(b, sin(angle)))
}

export const models: { readonly [formula: string]: Model } = {
  // Misra1a
  'y=b1*(1-exp[-b2*x])+e': {
    predict: ([b1, b2], [x]) => mul(b1, sub(1, exp(neg(mul(b2, x))))),
  },
  // Chwirut2
  'y=exp(-b1*x)/(b2+b3*x)+e': {
    predict: ([b1, b2, b3], [x]) => div(exp(neg(mul(b1, x))), add(b2, mul(b3, x))),
  },
  // DanWood
  'y=b1*x**b2+e': {
    predict: ([b1, b2], [x]) => mul(b1, np.power(x, b2)),
  },
  // Lanczos3
  'y=b1*exp(-b2*x)+b3*exp(-b4*x)+b5*exp(-b6*x)+e': {
    predict: ([b1, b2, b3, b4, b5, b6], [x]) =>
      add(mul(b1, exp(neg(mul(b2, x)))), add(mul(b3, exp(neg(mul(b4, x)))), mul(b5, exp(neg(mul(b6, x)))))),
  },
  // Gauss1
  'y=b1*exp(-b2*x)+b3*exp(-(x-b4)**2/b5**2)+b6*exp(-(x-b7)**2/b8**2)+e': {
    predict: ([b1, b2, b3, b4, b5, b6, b7, b8], [x]) =>
      add(mul(b1, exp(neg(mul(b2, x)))), add(bell(b3, b4, b5, x), bell(b6, b7, b8, x))),
  },
  // Kirby2
  'y=(b1+b2*x+b3*x**2)/(1+b4*x+b5*x**2)+e': {
    predict: ([b1, b2, b3, b4, b5], [x]) => div(polynomial([b1, b2, b3], x), polynomial([1, b4, b5], x)),
  },
  // Nelson
  'log[y]=b1-b2*x1*exp[-b3*x2]+e': {
    predict: ([b1, b2, b3], [x1, x2]) => sub(b1, mul(b2, mul(x1, exp(neg(mul(b3, x2)))))),
    response: np.log,
  },
  // MGH17
  'y=b1+b2*exp[-x*b4]+b3*exp[-x*b5]+e': {
    predict: ([b1, b2, b3, b4, b5], [x]) => add(b1, add(mul(b2, exp(neg(mul(x, b4)))), mul(b3, exp(neg(mul(x, b5)))))),
  },
  // ENSO
  'y=b1+b2*cos(2*pi*x/12)+b3*sin(2*pi*x/12)+b5*cos(2*pi*x/b4)+b6*sin(2*pi*x/b4)+b8*cos(2*pi*x/b7)+b9*sin(2*pi*x/b7)+e': {
    predict: ([b1, b2, b3, b4, b5, b6, b7, b8, b9], [x]) => add(b1, add(wave(b2, b3, 12, x), add(wave(b5, b6, b4, x), wave(b8, b9, b7, x)))),
  },
  // MGH10
  'y=b1*exp[b2/(x+b3)]+e': {
    predict: ([b1, b2, b3], [x]) => mul(b1, exp(div(b2, add(x, b3)))),
  },
  // Thurber
  'y=(b1+b2*x+b3*x**2+b4*x**3)/(1+b5*x+b6*x**2+b7*x**3)+e': {
    predict: ([b1, b2, b3, b4, b5, b6, b7], [x]) => div(polynomial([b1, b2, b3, b4], x), polynomial([1, b5, b6, b7], x)),
  },
  // Rat42
  'y=b1/(1+exp[b2-b3*x])+e': {
    predict: ([b1, b2, b3], [x]) => div(b1, add(1, exp(sub(b2, mul(b3, x))))),
  },
  // Bennett5
  'y=b1*(b2+x)**(-1/b3)+e': {
    predict: ([b1, b2, b3], [x]) => mul(b1, np.power(add(b2, x), div(-1, b3))),
  },
}
