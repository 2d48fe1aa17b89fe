import { grad, jit, DTypeError, ShapeError, type DType, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool']
const one = (dtype: DType): Tensor => np.ones(2, dtype)

describe('dtypes', () => {
  it('of sums are the promoted ones, in any order; booleans add as int32', () => {
    const table = dtypes.map((a) => dtypes.map((b) => np.add(one(a), one(b)).dtype))
    expect(table).toEqual([
      ['float64', 'float64', 'float64', 'float64', 'float64'],
      ['float64', 'float32', 'float32', 'float32', 'float32'],
      ['float64', 'float32', 'int32', 'float64', 'int32'],
      ['float64', 'float32', 'float64', 'uint32', 'uint32'],
      ['float64', 'float32', 'int32', 'uint32', 'int32'],
    ])
  })
  it('of quotients and functions are floating', () => {
    const unary = [np.sin, np.exp, np.log2, np.cbrt, np.reciprocal, np.sinc, np.exp2, np.arcsin, np.deg2rad, np.fabs]
    for (const f of unary) expect(dtypes.map((d) => f(one(d)).dtype)).toEqual(['float64', 'float32', 'float64', 'float64', 'float64'])
    expect(dtypes.map((d) => np.divide(one(d), one(d)).dtype)).toEqual(['float64', 'float32', 'float64', 'float64', 'float64'])
    expect(np.floatPower(one('int32'), 2).dtype).toBe('float64')
  })
  it('of comparisons are bool, of rounding and signs the same', () => {
    expect(dtypes.map((d) => np.less(one(d), one(d)).dtype)).toEqual(Array(5).fill('bool'))
    expect(dtypes.map((d) => np.floor(one(d)).dtype)).toEqual([...dtypes])
    expect(dtypes.map((d) => np.maximum(one(d), one(d)).dtype)).toEqual([...dtypes])
    expect(dtypes.map((d) => np.negative(one(d)).dtype)).toEqual(['float64', 'float32', 'int32', 'uint32', 'int32'])
    expect(np.isnan(one('int32')).toArray()).toEqual([false, false])
    expect(np.isfinite(one('bool')).toArray()).toEqual([true, true])
    expect(np.isinf(one('uint32')).toArray()).toEqual([false, false])
    expect(np.signbit(np.array([-1, 1], 'int32')).toArray()).toEqual([true, false])
    expect(np.signbit([true]).toArray()).toEqual([false])
  })
  it('a literal keeps the dtype of its neighbour where it fits', () => {
    expect(np.add(one('float32'), 0.1).dtype).toBe('float32')
    expect(np.multiply(one('int32'), 2).dtype).toBe('int32')
    expect(np.multiply(one('int32'), 2.5).dtype).toBe('float64')
    expect(np.add(one('uint32'), -1).dtype).toBe('float64')
    expect(np.add(one('bool'), 1).dtype).toBe('int32')
    expect(np.maximum(one('int32'), 3e9).dtype).toBe('float64')
  })
  it('as values', () => {
    expect(np.promoteTypes('int32', 'uint32')).toBe('float64')
    expect(np.resultType(one('float32'), 2)).toBe('float32')
    expect(np.resultType('int32', 'float32')).toBe('float32')
    expect(np.resultType('int32', 1)).toBe('float64')
    expect(np.dtype([1])).toBe('float64')
    expect(np.canCast('int32', 'float64')).toBe(true)
    expect(np.canCast('float64', 'float32')).toBe(false)
    expect(['floating', 'integer', 'signedinteger', 'unsignedinteger', 'number', 'bool', 'int32'].map((k) => np.issubdtype('int32', k as never))).toEqual([false, true, true, false, true, false, true])
    expect(np.finfo('float64').eps).toBe(Number.EPSILON)
    expect(np.finfo(one('float32')).max).toBe(Math.fround(3.4028234663852886e38))
    expect(np.iinfo('int32').max).toBe(2147483647)
    expect(np.iinfo('uint32').min).toBe(0)
    expect(() => np.finfo('int32')).toThrow(DTypeError)
    expect(() => np.iinfo('bool')).toThrow(DTypeError)
    expect([np.pi, np.e, np.inf, np.newaxis, np.float32]).toEqual([Math.PI, Math.E, Infinity, null, 'float32'])
  })
})

describe('shapes', () => {
  it('broadcast, rank 0 and empty ones included', () => {
    expect(np.add(np.ones([3, 1]), np.ones(2)).shape).toEqual([3, 2])
    expect(np.add(np.ones([0, 1]), np.ones(2)).shape).toEqual([0, 2])
    expect(np.sin(1).shape).toEqual([])
    expect(np.where(true, [1, 2], 0).toArray()).toEqual([1, 2])
    expect(np.where([true, false], 1, 2).toArray()).toEqual([1, 2])
    expect(np.where([[true], [false]], [1, 2], 0).toArray()).toEqual([[1, 2], [0, 0]])
  })
  it('that do not fit name the function', () => {
    expect(() => np.add([1, 2], [1, 2, 3])).toThrow(ShapeError)
    expect(() => np.logaddexp([1, 2], [1, 2, 3])).toThrow(/logaddexp: shapes \[2\] and \[3\] do not broadcast/)
    expect(() => np.where([true, false], [1, 2, 3], 0)).toThrow(/where: shapes/)
    expect(() => (np.where as (...xs: unknown[]) => Tensor)([true, false], 1)).toThrow(/^where: x is 1 and y is undefined\nGive both, np\.where\(condition, x, y\), or neither/)
  })
})

describe('edges', () => {
  it('integer division and remainder take the sign of the divisor, and 0 by 0', () => {
    const [a, b] = [np.array([7, -7, 7, -7, 5], 'int32'), np.array([2, 2, -2, -2, 0], 'int32')]
    expect(np.floorDivide(a, b).toArray()).toEqual([3, -4, -4, 3, 0])
    expect(np.remainder(a, b).toArray()).toEqual([1, 1, -1, -1, 0])
    expect(np.fmod(a, b).toArray()).toEqual([1, -1, 1, -1, 0])
    expect(np.divmod(-7, 2).map((t) => t.item())).toEqual([-4, 1])
  })
  it('NaN spreads through maximum, not through fmax', () => {
    expect(np.maximum(NaN, 1).item()).toBeNaN()
    expect(np.fmax(NaN, 1).item()).toBe(1)
    expect(np.fmin([1, NaN], [NaN, NaN]).toArray()).toEqual([1, NaN])
    expect(np.fmax(np.array([1], 'int32'), np.array([2], 'int32')).toArray()).toEqual([2])
    expect((grad((x: Tensor) => np.fmax(x, NaN))(2) as Tensor).item()).toBe(1)
  })
  it('the untaken side of where has derivative 0, NaN or not', () => {
    const f = (x: Tensor): Tensor => np.sum(np.where(np.greater(x, 0), x, np.multiply(x, NaN)))
    expect((grad(f)([1, -1] as never) as unknown as number[]).length).toBe(2)
    expect((grad(f)(np.array([1, 2])) as Tensor).toArray()).toEqual([1, 1])
  })
  it('nanToNum, clip and round', () => {
    expect(np.nanToNum([NaN, Infinity, -Infinity, 2], { nan: 7, posinf: 8, neginf: 9 }).toArray()).toEqual([7, 8, 9, 2])
    expect(np.nanToNum(np.array([1], 'int32')).toArray()).toEqual([1])
    expect(np.nanToNum(np.array([Infinity], 'float32')).item()).toBe(3.4028234663852886e38)
    expect(() => np.nanToNum(np.array([1], 'float32'), { nan: np.array(1) })).toThrow(DTypeError)
    expect(np.clip([1, 5], { max: 3 }).toArray()).toEqual([1, 3])
    expect(np.clip([1, 5], 2, { max: 3 }).toArray()).toEqual([2, 3])
    expect(np.round([0.5, 1.5, 2.345], 1).toArray()).toEqual([0.5, 1.5, 2.3])
    expect(np.round(np.array([14, 16], 'int32'), -1).toArray()).toEqual([10, 20])
    expect(np.round(np.array([14], 'int32'), { decimals: 2 }).toArray()).toEqual([14])
    expect(np.round(1250, -2).item()).toBe(1200)
  })
  it('bits of integers and booleans', () => {
    expect(np.bitwiseAnd(6, 3).item()).toBe(2)
    expect(np.bitwiseXor(np.array([6], 'uint32'), 3).dtype).toBe('uint32')
    expect(np.leftShift(1, 5).item()).toBe(32)
    expect(np.rightShift(np.array([-8], 'int32'), 1).toArray()).toEqual([-4])
    expect(np.bitwiseNot(5).item()).toBe(-6)
    expect(() => np.bitwiseOr(1.5, 2)).toThrow(DTypeError)
    expect(() => np.gcd(1.5, 2)).toThrow(DTypeError)
    expect(np.lcm(4, 6).item()).toBe(12)
  })
  it('closeness and equality', () => {
    expect(np.isclose([1, NaN], [1 + 1e-9, NaN], { equalNan: true }).toArray()).toEqual([true, true])
    expect(np.allclose([1, 2], [1, 2.1], { rtol: 0.1 }).item()).toBe(true)
    expect(np.arrayEqual([NaN], [NaN], { equalNan: true }).item()).toBe(true)
    expect(np.arrayEqual([1], [1, 1]).item()).toBe(false)
    expect(np.logicalXor([0, 2], [1, NaN]).toArray()).toEqual([true, false])
  })
  it('frexp takes numbers apart exactly, subnormal ones too, and ldexp puts them together', () => {
    const x = np.array([5e-324, -2.2250738585072014e-308, 1, 0.1, 1.7976931348623157e308, 2 ** -1074 * 3, 0])
    const [m, e] = np.frexp(x)
    expect(np.all(np.logicalOr(np.equal(m, 0), np.logicalAnd(np.greaterEqual(np.abs(m), 0.5), np.less(np.abs(m), 1)))).item()).toBe(true)
    expect(np.ldexp(m, e).toArray()).toEqual(x.toArray())
    expect((grad((v: Tensor) => np.frexp(v)[0])(6) as Tensor).item()).toBe(0.125)
  })
  it('heaviside, copysign, modf, angle and nextafter', () => {
    expect(np.heaviside([-1, 0, 2, NaN], 0.5).toArray()).toEqual([0, 0.5, 1, NaN])
    expect(np.copysign(3, -0).item()).toBe(-3)
    expect(np.modf([-1.5]).map((t) => t.toArray())).toEqual([[-0.5], [-1]])
    expect(np.angle([-2, 2, NaN]).toArray()).toEqual([Math.PI, 0, NaN])
    expect(np.nextafter(1, 2).item()).toBe(1 + Number.EPSILON)
  })
  it('unwrap takes a discontinuity, an axis and a period', () => {
    expect(np.unwrap([0, 3, 6, 1], { period: 7 }).toArray()).toEqual([0, 3, 6, 8])
    expect(np.unwrap([0]).toArray()).toEqual([0])
    expect(np.unwrap([0, 5], 6).toArray()).toEqual([0, 5])
  })
  it('logaddexp2 is exact to the last bits far from 0, at its limits, and in its derivatives', () => {
    const x = np.array([1e3, -1e6, 123456.75, 1e300, 0.25])
    const y = np.subtract(x, 0.5)
    const want = Array.from(x.data(), (v) => v + Math.log2(1 + Math.SQRT1_2))
    np.logaddexp2(x, y).data().forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThanOrEqual(Number.EPSILON * Math.abs(want[i]!)))
    expect(np.logaddexp2([1e6, -Infinity, Infinity, Infinity], [1e6, -Infinity, Infinity, -3]).toArray()).toEqual([1e6 + 1, -Infinity, Infinity, Infinity])
    for (const v of [0, 700.5, -1e5]) {
      const by = (g: (t: Tensor) => Tensor): number => Number(g(np.array(v)).item())
      expect(by(grad((t: Tensor) => np.logaddexp2(t, v)))).toBe(0.5)
      expect(by(grad(grad((t: Tensor) => np.logaddexp2(t, v))))).toBeCloseTo(Math.LN2 / 4, 15)
      expect(by(grad((t: Tensor) => np.logaddexp2(t, v + 1)))).toBeCloseTo(1 / 3, 15)
    }
  })
  it('extrema of booleans are booleans, those that pass over NaN too, and nanToNum leaves them', () => {
    for (const f of [np.maximum, np.fmax]) expect(f([true, false], [false, false])).toMatchObject({ dtype: 'bool' })
    expect(np.fmax([true, false], [false, false]).toArray()).toEqual([true, false])
    expect(np.fmin([true, false], [true, true]).toArray()).toEqual([true, false])
    expect(np.fmax([true], Int32Array.of(3)).dtype).toBe('int32')
    expect(np.nanToNum([true, false]).toArray()).toEqual([true, false])
  })
  it('casts', () => {
    expect(np.astype([1.7, -1.7], 'int32').toArray()).toEqual([1, -1])
    expect((jit((x: Tensor) => np.astype(x, 'float32'))(1.1) as Tensor).item()).toBe(Math.fround(1.1))
  })
})
