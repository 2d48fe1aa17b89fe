/**
 * Every function of adjoint/numpy once, with what it prints. They mean what NumPy's mean; names are in camelCase.
 *
 * Run: npx tsx examples/gallery/numpy.ts
 */
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

const a = [1, 2, 3]
const m = [[1, 2, 3], [4, 5, 6]]
const square = [[1, 2], [3, 4]]
const n = [1, NaN, 3]
const ints = (xs: readonly number[]): Int32Array => Int32Array.from(xs)

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))

  // Making arrays
  show(np.array(m)) // => [[1. 2. 3.] [4. 5. 6.]]
  show(np.asarray(a, 'float32').dtype) // => float32
  show(np.copy(a)) // => [1. 2. 3.]
  show(np.zeros([2, 2])) // => [[0. 0.] [0. 0.]]
  show(np.ones(3)) // => [1. 1. 1.]
  show(np.empty(2)) // => [0. 0.]
  show(np.full([2], 7)) // => [7. 7.]
  show(np.zerosLike(a)) // => [0. 0. 0.]
  show(np.onesLike(a)) // => [1. 1. 1.]
  show(np.emptyLike(a)) // => [0. 0. 0.]
  show(np.fullLike(a, 9)) // => [9. 9. 9.]
  show(np.eye(2)) // => [[1. 0.] [0. 1.]]
  show(np.identity(2)) // => [[1. 0.] [0. 1.]]
  show(np.tri(3)) // => [[1. 0. 0.] [1. 1. 0.] [1. 1. 1.]]
  show(np.arange(2, 10, 3)) // => [2. 5. 8.]
  show(np.linspace(0, 1, 5)) // => [0.   0.25 0.5  0.75 1.  ]
  show(np.logspace(0, 2, 3)) // => [  1.  10. 100.]
  show(np.geomspace(1, 8, 4)) // => [1. 2. 4. 8.]
  show(np.meshgrid([1, 2], [3, 4])) // => [[[1. 2.] [1. 2.]], [[3. 3.] [4. 4.]]]
  show(np.indices([2, 2])) // => [[[0 0] [1 1]] [[0 1] [0 1]]]
  show(np.fromfunction((i, j) => i.add(j), [2, 2])) // => [[0. 1.] [1. 2.]]
  show(np.ix_([0, 1], [2])) // => [[[0] [1]], [[2]]]
  show(np.diagIndices(2)) // => [[0 1], [0 1]]
  show(np.trilIndices(2)) // => [[0 1 1], [0 0 1]]
  show(np.triuIndices(2)) // => [[0 0 1], [0 1 1]]
  show(np.vander(a)) // => [[1. 1. 1.] [4. 2. 1.] [9. 3. 1.]]

  // Arithmetic
  show(np.add(a, 1)) // => [2. 3. 4.]
  show(np.subtract(a, 1)) // => [0. 1. 2.]
  show(np.multiply(a, 2)) // => [2. 4. 6.]
  show(np.divide(a, 2)) // => [0.5 1.  1.5]
  show(np.power(a, 2)) // => [1. 4. 9.]
  show(np.floatPower(2, 0.5)) // => 1.4142135623730951
  show(np.negative(a)) // => [-1. -2. -3.]
  show(np.positive(a)) // => [1. 2. 3.]
  show(np.reciprocal([2, 4])) // => [0.5  0.25]
  show(np.floorDivide([7, -7], 2)) // => [ 3. -4.]
  show(np.remainder([7, -7], 3)) // => [1. 2.]
  show(np.fmod([7, -7], 3)) // => [ 1. -1.]
  show(np.divmod(7, 3)) // => [2.0, 1.0]
  show(np.modf([1.5, -2.25])) // => [[ 0.5  -0.25], [ 1. -2.]]
  show(np.abs([-1, 2])) // => [1. 2.]
  show(np.fabs([-1, 2])) // => [1. 2.]
  show(np.sign([-3, 0, 3])) // => [-1.  0.  1.]
  show(np.copysign(3, [-1, 1])) // => [-3.  3.]
  show(np.heaviside([-1, 0, 1], 0.5)) // => [0.  0.5 1. ]
  show(np.sqrt([4, 9])) // => [2. 3.]
  show(np.cbrt([8, 27])) // => [2. 3.]
  show(np.square(a)) // => [1. 4. 9.]
  show(np.maximum(a, 2)) // => [2. 2. 3.]
  show(np.minimum(a, 2)) // => [1. 2. 2.]
  show(np.fmax(n, 2)) // => [2. 2. 3.]
  show(np.fmin(n, 2)) // => [1. 2. 2.]
  show(np.clip([0, 5, 10], 2, 8)) // => [2. 5. 8.]
  show(np.nanToNum(n)) // => [1. 0. 3.]
  show(np.gcd(ints([12]), ints([18]))) // => [6]
  show(np.lcm(ints([4]), ints([6]))) // => [12]
  show(np.hypot(3, 4)) // => 5.0

  // Exponentials and logarithms
  show(np.exp([0, 1])) // => [1.         2.71828183]
  show(np.exp2(a)) // => [2. 4. 8.]
  show(np.expm1(1e-10)) // => 1.00000000005e-10
  show(np.log([1, np.e])) // => [0. 1.]
  show(np.log2([1, 8])) // => [0. 3.]
  show(np.log10([1, 1000])) // => [0. 3.]
  show(np.log1p(1e-10)) // => 9.999999999500001e-11
  show(np.logaddexp(1000, 1000)) // => 1000.6931471805599
  show(np.logaddexp2(3, 3)) // => 4.0
  show(np.frexp(10)) // => [0.625, 4]
  show(np.ldexp(0.625, 4)) // => 10.0

  // Trigonometry, in radians
  show(np.sin([0, 1])) // => [0.         0.84147098]
  show(np.cos([0, 1])) // => [1.         0.54030231]
  show(np.tan([0, 1])) // => [0.         1.55740772]
  show(np.arcsin([0, 1])) // => [0.         1.57079633]
  show(np.arccos([0, 1])) // => [1.57079633 0.        ]
  show(np.arctan([0, 1])) // => [0.         0.78539816]
  show(np.arctan2(1, -1)) // => 2.356194490192345
  show(np.sinh(1)) // => 1.1752011936438014
  show(np.cosh(1)) // => 1.5430806348152437
  show(np.tanh(1)) // => 0.7615941559557649
  show(np.arcsinh(1)) // => 0.881373587019543
  show(np.arccosh(2)) // => 1.3169578969248166
  show(np.arctanh(0.5)) // => 0.5493061443340548
  show(np.sinc([0, 0.5])) // => [1.         0.63661977]
  show(np.deg2rad(180)) // => 3.141592653589793
  show(np.rad2deg(np.pi)) // => 180.0
  show(np.angle([-1, 1])) // => [3.14159265 0.        ]
  show(np.unwrap([0, 3, 6.5])) // => [0.         3.         0.21681469]

  // Rounding
  show(np.round([0.5, 1.5, 2.345], 1)) // => [0.5 1.5 2.3]
  show(np.rint([0.5, 1.5, 2.5])) // => [0. 2. 2.]
  show(np.floor([-1.5, 1.5])) // => [-2.  1.]
  show(np.ceil([-1.5, 1.5])) // => [-1.  2.]
  show(np.trunc([-1.5, 1.5])) // => [-1.  1.]
  show(np.nextafter(1, 2).sub(1)) // => 2.220446049250313e-16

  // Tests and comparisons
  show(np.equal(a, 2)) // => [False  True False]
  show(np.notEqual(a, 2)) // => [ True False  True]
  show(np.less(a, 2)) // => [ True False False]
  show(np.lessEqual(a, 2)) // => [ True  True False]
  show(np.greater(a, 2)) // => [False False  True]
  show(np.greaterEqual(a, 2)) // => [False  True  True]
  show(np.isclose(1, 1 + 1e-9)) // => True
  show(np.allclose(a, [1, 2, 3.1])) // => False
  show(np.arrayEqual(a, [1, 2, 3])) // => True
  show(np.isnan(n)) // => [False  True False]
  show(np.isinf([1, Infinity])) // => [False  True]
  show(np.isposinf([-Infinity, Infinity])) // => [False  True]
  show(np.isneginf([-Infinity, Infinity])) // => [ True False]
  show(np.isfinite(n)) // => [ True False  True]
  show(np.signbit([-0, 1])) // => [ True False]
  show(np.logicalAnd([true, true], [true, false])) // => [ True False]
  show(np.logicalOr([false, true], false)) // => [False  True]
  show(np.logicalXor([true, true], [true, false])) // => [False  True]
  show(np.logicalNot([true, false])) // => [False  True]
  show(np.bitwiseAnd(ints([6]), ints([3]))) // => [2]
  show(np.bitwiseOr(ints([6]), ints([3]))) // => [7]
  show(np.bitwiseXor(ints([6]), ints([3]))) // => [5]
  show(np.bitwiseNot(ints([6]))) // => [-7]
  show(np.leftShift(ints([3]), ints([2]))) // => [12]
  show(np.rightShift(ints([-8]), ints([1]))) // => [-4]

  // Reductions
  show(np.sum(m)) // => 21.0
  show(np.prod(m, 0)) // => [ 4. 10. 18.]
  show(np.mean(m, 1)) // => [2. 5.]
  show(np.max(m)) // => 6.0
  show(np.min(m, { axis: 1, keepdims: true })) // => [[1.] [4.]]
  show(np.ptp(m, 1)) // => [2. 2.]
  show(np.all([true, false])) // => False
  show(np.any([true, false])) // => True
  show(np.argmax([3, 9, 4])) // => 1
  show(np.argmin([3, 9, 4])) // => 0
  show(np.countNonzero([0, 1, 2])) // => 2
  show(np.var(a)) // => 0.6666666666666666
  show(np.std(a)) // => 0.816496580927726
  show(np.average(a, { weights: [3, 1, 0] })) // => 1.25
  show(np.median([4, 1, 3])) // => 3.0
  show(np.quantile([1, 2, 3, 4], 0.5)) // => 2.5
  show(np.percentile([1, 2, 3, 4], 25)) // => 1.75
  show(np.cov(m)) // => [[1. 1.] [1. 1.]]
  show(np.corrcoef([[1, 2, 3], [3, 2, 1]])) // => [[ 1. -1.] [-1.  1.]]
  show(np.cumsum(a)) // => [1. 3. 6.]
  show(np.cumprod(a)) // => [1. 2. 6.]
  show(np.cummax([1, 3, 2])) // => [1. 3. 3.]
  show(np.cummin([3, 1, 2])) // => [3. 1. 1.]
  show(np.cumlogsumexp([0, 0, 0])) // => [0.         0.69314718 1.09861229]

  // The same without NaN
  show(np.nansum(n)) // => 4.0
  show(np.nanprod(n)) // => 3.0
  show(np.nanmean(n)) // => 2.0
  show(np.nanmax(n)) // => 3.0
  show(np.nanmin(n)) // => 1.0
  show(np.nanvar(n)) // => 1.0
  show(np.nanstd(n)) // => 1.0
  show(np.nanargmax(n)) // => 2
  show(np.nanargmin(n)) // => 0
  show(np.nancumsum(n)) // => [1. 1. 4.]
  show(np.nancumprod(n)) // => [1. 1. 3.]
  show(np.nanmedian(n)) // => 2.0
  show(np.nanquantile(n, 0.25)) // => 1.5
  show(np.nanpercentile(n, 25)) // => 1.5

  // Shapes
  show(np.shape(m)) // => [2, 3]
  show(np.ndim(m)) // => 2
  show(np.size(m)) // => 6
  show(np.reshape(m, [3, 2])) // => [[1. 2.] [3. 4.] [5. 6.]]
  show(np.ravel(m)) // => [1. 2. 3. 4. 5. 6.]
  show(np.transpose(m)) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(np.matrixTranspose(m)) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(np.permuteDims(m, [1, 0])) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(np.swapaxes(m, 0, 1)) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(np.moveaxis(np.zeros([2, 3, 4]), 0, -1).shape) // => [3, 4, 2]
  show(np.rollaxis(np.zeros([2, 3, 4]), 2).shape) // => [4, 2, 3]
  show(np.expandDims(a, 0).shape) // => [1, 3]
  show(np.squeeze([[1, 2]])) // => [1. 2.]
  show(np.broadcastTo(a, [2, 3])) // => [[1. 2. 3.] [1. 2. 3.]]
  show(np.broadcastArrays([1, 2], [[3], [4]])) // => [[[1. 2.] [1. 2.]], [[3. 3.] [4. 4.]]]
  show(np.broadcastShapes([2, 1], [3])) // => [2, 3]
  show(np.atleast1d(5)) // => [5.]
  show(np.atleast2d(a).shape) // => [1, 3]
  show(np.atleast3d(a).shape) // => [1, 3, 1]
  show(np.flip(a)) // => [3. 2. 1.]
  show(np.fliplr(m)) // => [[3. 2. 1.] [6. 5. 4.]]
  show(np.flipud(m)) // => [[4. 5. 6.] [1. 2. 3.]]
  show(np.rot90(square)) // => [[2. 4.] [1. 3.]]
  show(np.roll(a, 1)) // => [3. 1. 2.]
  show(np.tile(a, 2)) // => [1. 2. 3. 1. 2. 3.]
  show(np.repeat(a, 2)) // => [1. 1. 2. 2. 3. 3.]
  show(np.resize(a, [5])) // => [1. 2. 3. 1. 2.]
  show(np.pad(a, 1)) // => [0. 1. 2. 3. 0.]
  show(np.trimZeros([0, 1, 2, 0])) // => [1. 2.]

  // Joining and splitting
  show(np.concatenate([a, [4]])) // => [1. 2. 3. 4.]
  show(np.stack([a, a])) // => [[1. 2. 3.] [1. 2. 3.]]
  show(np.vstack([a, a])) // => [[1. 2. 3.] [1. 2. 3.]]
  show(np.hstack([a, [4]])) // => [1. 2. 3. 4.]
  show(np.dstack([a, a]).shape) // => [1, 3, 2]
  show(np.columnStack([a, a])) // => [[1. 1.] [2. 2.] [3. 3.]]
  show(np.append(a, 4)) // => [1. 2. 3. 4.]
  show(np.block([[np.eye(2), np.zeros([2, 1])]])) // => [[1. 0. 0.] [0. 1. 0.]]
  show(np.insert(a, 1, 9)) // => [1. 9. 2. 3.]
  show(np.delete(a, 1)) // => [1. 3.]
  show(np.split([1, 2, 3, 4], 2)) // => [[1. 2.], [3. 4.]]
  show(np.arraySplit(a, 2)) // => [[1. 2.], [3.]]
  show(np.hsplit(square, 2)) // => [[[1.] [3.]], [[2.] [4.]]]
  show(np.vsplit(square, 2)) // => [[[1. 2.]], [[3. 4.]]]
  show(np.dsplit(np.ones([1, 1, 2]), 2)) // => [[[[1.]]], [[[1.]]]]
  show(np.unstack(square)) // => [[1. 2.], [3. 4.]]

  // Diagonals and triangles
  show(np.diag(a)) // => [[1. 0. 0.] [0. 2. 0.] [0. 0. 3.]]
  show(np.diagflat([1, 2], 1)) // => [[0. 1. 0.] [0. 0. 2.] [0. 0. 0.]]
  show(np.diagonal(m)) // => [1. 5.]
  show(np.trace(square)) // => 5.0
  show(np.tril(square)) // => [[1. 0.] [3. 4.]]
  show(np.triu(square)) // => [[1. 2.] [0. 4.]]
  show(np.fillDiagonal(square, 0)) // => [[0. 2.] [3. 0.]]

  // Choosing and finding
  show(np.where([true, false, true], a, 0)) // => [1. 0. 3.]
  show(np.select([[true, false], [true, true]], [[1, 2], [3, 4]])) // => [1. 4.]
  show(np.piecewise([-1, 1], [[true, false], [false, true]], [0, (x) => x.mul(2)])) // => [0. 2.]
  show(np.take([10, 20, 30], [2, 0, -1])) // => [30. 10. 30.]
  show(np.takeAlongAxis(m, [[2], [0]], 1)) // => [[3.] [4.]]
  show(np.putAlongAxis(square, [[0], [1]], 9, 1)) // => [[9. 2.] [3. 9.]]
  show(np.choose(ints([1, 0]), [[1, 2], [3, 4]])) // => [3. 2.]
  show(np.compress([true, false], m, 0)) // => [[1. 2. 3.]]
  show(np.extract([true, false, true], a)) // => [1. 3.]
  show(np.nonzero([0, 5, 6])) // => [[1 2]]
  show(np.argwhere([0, 5, 6])) // => [[1] [2]]
  show(np.flatnonzero([0, 5, 6])) // => [1 2]
  show(np.unravelIndex(4, [2, 3])) // => [1, 1]
  show(np.ravelMultiIndex([1, 1], [2, 3])) // => 4
  show(np.applyAlongAxis((line) => np.sum(line), 1, m)) // => [ 6. 15.]
  show(np.dynamicSlice([1, 2, 3, 4], [1], [2])) // => [2. 3.]
  show(np.dynamicUpdateSlice([1, 2, 3, 4], [8, 9], [1])) // => [1. 8. 9. 4.]
  show(np.searchsorted([1, 2, 2, 3], 2)) // => 1
  show(np.digitize([0.5, 2.5], [1, 2, 3])) // => [0 2]
  show(np.bincount(ints([0, 2, 2]))) // => [1 0 2]
  show(np.histogram([1, 2, 2, 3], 2)) // => [[1 3], [1. 2. 3.]]
  show(np.histogramBinEdges([0, 4], 4)) // => [0. 1. 2. 3. 4.]
  show(np.interp(1.5, [1, 2], [10, 20])) // => 15.0
  show(np.isin(a, [2, 3])) // => [False  True  True]
  show(np.unique([3, 1, 3])) // => [1. 3.]
  show(np.union1d([1, 2], [2, 3])) // => [1. 2. 3.]
  show(np.intersect1d([1, 2], [2, 3])) // => [2.]
  show(np.setdiff1d([1, 2], [2, 3])) // => [1.]

  // Sorting
  show(np.sort([3, 1, 2])) // => [1. 2. 3.]
  show(np.argsort([3, 1, 2])) // => [1 2 0]
  show(np.lexsort([[1, 2, 1], [3, 1, 2]])) // => [1 2 0]
  show(np.partition([3, 1, 2], 1)) // => [1. 2. 3.]
  show(np.argpartition([3, 1, 2], 1)) // => [1 2 0]
  show(np.topk([3, 1, 2], 2)) // => [[3. 2.], [0 2]]

  // Products
  show(np.matmul(square, square)) // => [[ 7. 10.] [15. 22.]]
  show(np.dot(a, a)) // => 14.0
  show(np.vdot(square, square)) // => 30.0
  show(np.vecdot(m, a)) // => [14. 32.]
  show(np.matvec(m, a)) // => [14. 32.]
  show(np.inner(a, a)) // => 14.0
  show(np.outer([1, 2], a)) // => [[1. 2. 3.] [2. 4. 6.]]
  show(np.tensordot(square, square, 1)) // => [[ 7. 10.] [15. 22.]]
  show(np.kron([1, 2], [1, 1])) // => [1. 1. 2. 2.]
  show(np.cross([1, 0, 0], [0, 1, 0])) // => [0. 0. 1.]
  show(np.einsum('ij,jk->ik', square, square)) // => [[ 7. 10.] [15. 22.]]

  // Calculus, polynomials, windows
  show(np.diff([1, 4, 9])) // => [3. 5.]
  show(np.ediff1d([1, 4, 9])) // => [3. 5.]
  show(np.gradient([1, 4, 9])) // => [3. 4. 5.]
  show(np.trapezoid([1, 2, 3])) // => 4.0
  show(np.convolve(a, [1, 1])) // => [1. 3. 5. 3.]
  show(np.correlate(a, [1, 1])) // => [3. 5.]
  show(np.polyval([1, 0, -1], 3)) // => 8.0
  show(np.polyadd([1, 2], [3])) // => [1. 5.]
  show(np.polysub([1, 2], [3])) // => [ 1. -1.]
  show(np.polymul([1, 1], [1, -1])) // => [ 1.  0. -1.]
  show(np.polyder([1, 0, -1])) // => [2. 0.]
  show(np.polyint([2, 0])) // => [1. 0. 0.]
  show(np.poly([1, 2])) // => [ 1. -3.  2.]
  show(np.bartlett(3)) // => [0. 1. 0.]
  show(np.blackman(3)) // => [-1.38777878e-17  1.00000000e+00 -1.38777878e-17]
  show(np.hamming(3)) // => [0.08 1.   0.08]
  show(np.hanning(3)) // => [0. 1. 0.]
  show(np.kaiser(3, 5)) // => [0.03671089 1.         0.03671089]

  // Dtypes and constants
  show([np.float64, np.float32, np.int32, np.uint32, np.bool]) // => [float64, float32, int32, uint32, bool]
  show(np.astype([1.7, -1.7], 'int32')) // => [ 1 -1]
  show(np.dtype(ints([1]))) // => int32
  show(np.promoteTypes('int32', 'uint32')) // => float64
  show(np.resultType('int32', 0.5)) // => float64
  show(np.issubdtype('float32', 'floating')) // => true
  show(np.canCast('int32', 'float64')) // => true
  show(np.finfo('float64').eps) // => 2.220446049250313e-16
  show(np.iinfo('int32').max) // => 2147483647
  show([np.pi, np.e, np.euler_gamma, np.inf, np.nan, np.newaxis]) // => [3.141592653589793, 2.718281828459045, 0.5772156649015329, Infinity, NaN, null]

  // Other names for the same functions
  show([np.add === np.add, np.sub === np.subtract, np.mul === np.multiply, np.div === np.divide, np.trueDivide === np.divide, np.neg === np.negative, np.pow === np.power, np.mod === np.remainder]) // => [true, true, true, true, true, true, true, true]
  show([np.absolute === np.abs, np.amax === np.max, np.amin === np.min, np.around === np.round, np.fix === np.trunc, np.concat === np.concatenate]) // => [true, true, true, true, true, true]
  show([np.acos === np.arccos, np.asin === np.arcsin, np.atan === np.arctan, np.atan2 === np.arctan2, np.acosh === np.arccosh, np.asinh === np.arcsinh, np.atanh === np.arctanh]) // => [true, true, true, true, true, true, true]
  show(np.eulerGamma === np.euler_gamma) // => true
  show([np.radians === np.deg2rad, np.degrees === np.rad2deg, np.invert === np.bitwiseNot, np.bitwiseInvert === np.bitwiseNot, np.bitwiseLeftShift === np.leftShift, np.bitwiseRightShift === np.rightShift]) // => [true, true, true, true, true, true]
}

await runIfEntry(import.meta.url, main)
