/**
 * Our own elementary functions: against values of 1400 bits rounded once, against Math over wide ranges, and at the edges.
 */
import { describe, expect, it } from 'vitest'
import { cos, sin } from '../../src/compile/math/circular'
import { exp, expm1, roots, tanh, type Block } from '../../src/compile/math/exponential'
import { log, log1p } from '../../src/compile/math/logarithm'
import { random } from './programs'

const functions: Record<string, Block> = { exp, expm1, tanh, log, log1p, sin, cos }
/** Allowed errors, in units of the last place; where Math is the reference, its own error beside ours. */
const bounds: Record<string, number> = { exp: 1, expm1: 2, tanh: 2, log: 1, log1p: 1, sin: 1, cos: 1 }

/** [x, f(x)], the latter rounded from 1400 bits (mpmath). */
const values: Record<string, readonly (readonly [number, number])[]> = {
  exp: [
    [0.001, 1.0010005001667084], [0.3466, 1.4142509118505286], [-0.3466, 0.7070881069410189], [1, 2.718281828459045], [-1, 0.36787944117144233], [10.5, 36315.502674246636], [-37.2, 6.986268508675704e-17], [100.1, 2.9708288895158073e+43], [-300.7, 2.556520571425501e-131], [708.9, 7.436322587880697e+307], [709.782712893384, 1.7976931348622732e+308], [-708.5, 2.006132305331306e-308], [-740.1, 3.8e-322], [-745.1, 5e-324],
  ],
  expm1: [
    [1e-10, 1.00000000005e-10], [-1e-10, -9.999999999500001e-11], [0.0027, 0.002703648282715534], [-0.0027, -0.002696358278286858], [0.0055, 0.005515152767336249], [0.5, 0.6487212707001282], [-0.5, -0.3934693402873666], [1, 1.7182818284590453], [-30.5, -0.9999999999999433], [-2.5, -0.9179150013761012], [50, 5.184705528587072e+21], [709.5, 1.3549863193146328e+308],
  ],
  tanh: [
    [1e-09, 1e-09], [-0.001, -0.0009999996666668], [0.00779, 0.007789842427445192], [0.25, 0.24491866240370913], [-0.55, -0.5005202111902353], [0.7, 0.6043677771171635], [-1.3, -0.8617231593133063], [3.3, 0.9972829600991421], [-5.998, -0.9999876623992646], [9.9, 0.9999999949650026], [19.5, 1.0],
  ],
  log: [
    [0.7, -0.35667494393873245], [0.7071, -0.346583180371942], [0.7072, -0.3464417676587033], [0.99999, -1.0000050000287824e-05], [1.00001, 9.999950000398841e-06], [1.4142, 0.3465640001880033], [1.4143, 0.34663470904431704], [3, 1.0986122886681098], [10000000000.0, 23.025850929940457], [1e-300, -690.7755278982137], [5e-324, -744.4400719213812], [1e-310, -713.8013788281542], [1.7e+308, 709.7268368932282],
  ],
  log1p: [
    [1e-15, 9.999999999999995e-16], [-1e-15, -1.0000000000000007e-15], [1e-08, 9.999999950000001e-09], [-1e-08, -1.0000000050000001e-08], [0.3, 0.26236426446749106], [-0.3, -0.35667494393873234], [-0.9999, -9.210340371976294], [5, 1.791759469228055], [10000000000.0, 23.025850930040455], [1e+300, 690.7755278982137], [0.41, 0.3435897043900769], [-0.29, -0.3424903089467759],
  ],
  sin: [
    [1e-09, 1e-09], [0.0245, 0.02449754905272688], [0.0246, 0.024597518919073736], [0.785, 0.706825181105366], [1.5707963267948966, 1.0], [3.141592653589793, 1.2246467991473532e-16], [-3.141592653589793, -1.2246467991473532e-16], [22, -0.008851309290403876], [355, -3.014435335948845e-05], [-1000.5, -0.9952739571052135], [100000.0, 0.03574879797201651], [200000.0, -0.0714518952125199], [210000.0, -0.2367999472407484], [1000000000000000.0, 0.8582727931702359], [1e+22, -0.8522008497671888], [1.7e+308, -0.5952560848632077], [5.319372648326541e+255, 1.0],
  ],
  cos: [
    [1e-09, 1.0], [0.0245, 0.9996998900122023], [0.785, 0.7073882691671998], [1.5707963267948966, 6.123233995736766e-17], [4.71238898038469, -1.8369701987210297e-16], [-1.5707963267948966, 6.123233995736766e-17], [11, 0.004425697988050785], [355, -0.999999999545659], [-1000.5, 0.09710690144438526], [100000.0, -0.9993608074382124], [210000.0, -0.9715584310718418], [1000000000000000.0, -0.5131937377869703], [1e+22, 0.523214785395139], [1.7e+308, 0.803536056087918], [5.319372648326541e+255, -4.687165924254628e-19],
  ],
}

const at = (f: Block, x: number): number => {
  const cell = new Float64Array(2)
  cell[0] = x
  f(cell, 1, cell, 0, 1)
  return cell[1]
}
const words = new BigInt64Array(1)
const floats = new Float64Array(words.buffer)
/** How many doubles lie between two. */
function distance(a: number, b: number): number {
  if (Object.is(a, b)) return 0
  const order = (x: number): bigint => {
    floats[0] = x
    return words[0] < 0n ? -(words[0] & 0x7fffffffffffffffn) : words[0]
  }
  return Number.isNaN(a) || Number.isNaN(b) ? Infinity : Math.abs(Number(order(a) - order(b)))
}

const ranges: Record<string, (u: number, v: number) => number> = {
  exp: (u, v) => (u - 0.5) * 10 ** (3.15 - 8 * v * v),
  expm1: (u, v) => (u - 0.4) * 10 ** (2 - 9 * v),
  tanh: (u, v) => (u - 0.5) * 10 ** (1.7 - 8 * v),
  log: (u, v) => (v < 0.3 ? 1 + (u - 0.5) * v : 10 ** ((u - 0.5) * 616)),
  log1p: (u, v) => (v < 0.5 ? (u - 0.5) * 10 ** (-20 * v) : 10 ** (u * 40 - 20)),
  sin: (u, v) => (u - 0.5) * 10 ** (12 * v - 3),
  cos: (u, v) => (u - 0.5) * 10 ** (12 * v - 3),
}

describe.each(Object.keys(functions))('%s', (name) => {
  const f = functions[name]
  const reference = Math[name as 'exp']
  it('has its values', () => {
    for (const [x, y] of values[name]) expect(distance(at(f, x), y), `${name}(${x}) = ${at(f, x)}, not ${y}`).toBeLessThanOrEqual(bounds[name])
  })
  it('agrees with Math over its range', () => {
    const next = random(1)
    const n = 20_000
    const x = Float64Array.from({ length: n }, () => ranges[name](next(), next()))
    const y = new Float64Array(n)
    f(y, 0, x, 0, n)
    let worst = 0
    for (let i = 0; i < n; i++) worst = Math.max(worst, distance(y[i], reference(x[i])))
    expect(worst).toBeLessThanOrEqual(bounds[name] + 2)
  })
  it('is right at the edges', () => {
    for (const x of [0, -0, Infinity, -Infinity, NaN, -1, 710, -746, 1e308, -1e308, 20, -20, 5e-324, -5e-324, 2 ** -1022])
      expect(Object.is(at(f, x), reference(x)) || distance(at(f, x), reference(x)) <= bounds[name], `${name}(${x}) = ${at(f, x)}, not ${reference(x)}`).toBe(true)
  })
  it('works in place and within longer arrays, and gives each element the same bits', () => {
    const x = Float64Array.from({ length: 9 }, (_, i) => i / 3 - 0.9)
    const alone = x.map((v) => at(f, v))
    const y = Float64Array.from([7, ...x, 7])
    f(y, 1, y, 1, 9)
    expect(y).toEqual(Float64Array.from([7, ...alone, 7]))
  })
})

describe('identities', () => {
  const next = random(2)
  const x = Array.from({ length: 2000 }, () => (next() - 0.5) * 40)
  it('sin and tanh are odd, cos is even, to the bit', () => {
    for (const v of x) {
      expect(at(sin, -v)).toBe(-at(sin, v))
      expect(at(cos, -v)).toBe(at(cos, v))
      expect(Math.abs(at(tanh, -v) + at(tanh, v))).toBeLessThan(4e-16)
    }
  })
  it('sin² + cos² = 1 and log ∘ exp = id', () => {
    for (const v of x) {
      expect(Math.abs(at(sin, v) ** 2 + at(cos, v) ** 2 - 1)).toBeLessThan(5e-16)
      expect(Math.abs(at(log, at(exp, v)) - v)).toBeLessThan(1e-14)
    }
  })
  it('the table of roots holds powers of 2^(1/128) to a hundred bits', () => {
    for (let i = 0; i < 128; i++) expect(roots[2 * i]).toBeCloseTo(2 ** (i / 128), 14)
    for (let i = 0; i < 64; i++) {
      const square = BigInt(Math.round(roots[2 * i] * 2 ** 52)) ** 2n
      const twice = BigInt(Math.round(roots[4 * i] * 2 ** 52)) << 52n
      expect(Math.abs(Number(square - twice)) / 2 ** 104).toBeLessThan(2 ** -50)
    }
  })
})
