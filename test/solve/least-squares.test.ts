/** Least squares: NIST's reference files from both starts, and derivatives of fits. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from '../../examples/nist/dataset'
import { models } from '../../examples/nist/models'
import { grad, hessian, jacfwd, jit, np, vmap, type Tensor } from '../../src/index'
import { solve } from '../../src/linalg/index'
import { leastSquares } from '../../src/solve/index'
import { close } from './close'

interface Problem {
  readonly name: string
  readonly starts: readonly (readonly number[])[]
  readonly certified: readonly number[]
  readonly residuals: (b: Tensor) => Tensor
}

const folder = new URL('../../examples/data/nist/', import.meta.url)
const files: readonly Problem[] = readdirSync(folder).filter((f) => f.endsWith('.dat')).sort().map((f) => {
  const { name, formula, starts, certified, predictors, response } = parse(readFileSync(new URL(f, folder), 'utf8'))
  const model = models[formula]!
  const x = predictors.map((c) => np.array(c))
  const y = (model.response ?? ((each: Tensor) => each))(np.array(response))
  return { name, starts, certified, residuals: (b) => np.subtract(model.predict(certified.map((_, k) => b.at(k)), x), y) }
})

const pieces = (b: Tensor, n: number): Tensor[] => Array.from({ length: n }, (_, k) => b.at(k))
/** More of NIST's files of higher difficulty, in short. */
const more: readonly Problem[] = [
  {
    name: 'BoxBOD', starts: [[1, 1], [100, 0.75]], certified: [213.80940889, 0.54723748542],
    residuals: (b) => {
      const [b1, b2] = pieces(b, 2) as [Tensor, Tensor]
      return b1.mul(np.subtract(1, np.exp(b2.neg().mul(np.array([1, 2, 3, 5, 7, 10]))))).sub(np.array([109, 149, 149, 191, 213, 224]))
    },
  },
  {
    name: 'MGH09', starts: [[25, 39, 41.5, 39], [0.25, 0.39, 0.415, 0.39]], certified: [0.19280693458, 0.19128232873, 0.12305650693, 0.13606233068],
    residuals: (b) => {
      const [b1, b2, b3, b4] = pieces(b, 4) as [Tensor, Tensor, Tensor, Tensor]
      const x = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
      const y = np.array([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
      return b1.mul(np.square(x).add(x.mul(b2))).div(np.square(x).add(x.mul(b3)).add(b4)).sub(y)
    },
  },
  {
    name: 'Rat43', starts: [[100, 10, 1, 1], [700, 5, 0.75, 1.3]], certified: [699.6415127, 5.2771253025, 0.75962938329, 1.2792483859],
    residuals: (b) => {
      const [b1, b2, b3, b4] = pieces(b, 4) as [Tensor, Tensor, Tensor, Tensor]
      const y = np.array([16.08, 33.83, 65.8, 97.2, 191.55, 326.2, 386.87, 520.53, 590.03, 651.92, 724.93, 699.56, 689.96, 637.56, 717.41])
      return b1.div(np.power(np.add(1, np.exp(b2.sub(b3.mul(np.arange(1, 16))))), np.divide(1, b4))).sub(y)
    },
  },
]

describe('NIST', () => {
  it('has its files', () => expect(files.length).toBeGreaterThanOrEqual(13))

  it.each([...files, ...more].flatMap((p) => [1, 2].map((start) => [p.name, start, p] as const)))('%s from start %i agrees with what is certified', (_name, start, p) => {
    const fit = leastSquares(p.residuals, np.array(p.starts[start - 1]!))
    expect(fit.converged.item()).toBe(true)
    const x = fit.x.data()
    p.certified.forEach((c, k) => expect(Math.abs(x[k]! - c) / Math.abs(c)).toBeLessThan(1e-8))
  })
})

describe('leastSquares', () => {
  const x = np.linspace(0, 1, 6)
  const y = np.exp(x.mul(-1.5)).add(np.sin(x.mul(9)).mul(0.01))
  const fit = (data: Tensor): ReturnType<typeof leastSquares<{ a: number; b: number }, Tensor>> => leastSquares(({ a, b }: { a: Tensor; b: Tensor }) => a.mul(np.exp(b.mul(x))).sub(data), { a: 2, b: 0 }, { jacobian: true })

  it('gives parameters, cost, residuals and Jacobian', () => {
    const r = fit(y)
    close(r.residuals, r.x.a.mul(np.exp(r.x.b.mul(x))).sub(y), 14)
    close(r.cost, np.sum(np.square(r.residuals)).mul(0.5), 14)
    close(r.jacobian, np.stack([np.exp(r.x.b.mul(x)), r.x.a.mul(x).mul(np.exp(r.x.b.mul(x)))], 1), 14)
    close(np.matmul(r.jacobian!.T, r.residuals), [0, 0], 12)
    expect(Number(r.steps.item())).toBeLessThan(40)
    expect(r.converged.item()).toBe(true)
  })

  it('of a linear model is the normal equations', () => {
    const A = np.array([[1, 2], [3, 4], [5, 7], [1, 0]])
    const b = np.array([1, 2, 2, 0.5])
    const linear = (data: Tensor): Tensor => leastSquares((v: Tensor) => np.matmul(A, v).sub(data), np.zeros([2])).x
    const inverse = solve(np.matmul(A.T, A), A.T)
    close(linear(b), np.matmul(inverse, b), 11)
    close(jacfwd(linear)(b), inverse, 10)
    close(jit(jacfwd(linear))(b), inverse, 10)
  })

  it('has the derivatives of the fit, not only Gauss–Newton’s', () => {
    const slope = (data: Tensor): Tensor => fit(data).x.b
    const h = 1e-4
    const difference = [0, 1, 2, 3, 4, 5].map((i) => {
      const e = np.zeros([6]).set(i, h)
      return slope(y.add(e)).sub(slope(y.sub(e))).div(2 * h)
    })
    close(grad(slope)(y), np.stack(difference), 7)
    close(jacfwd(slope)(y), np.stack(difference), 7)
    const second = hessian(slope)(y) as Tensor
    close(second, second.T, 8)
    const along = [0, 1, 2, 3, 4, 5].map((i) => {
      const e = np.zeros([6]).set(i, h)
      return np.subtract(grad(slope)(y.add(e)), grad(slope)(y.sub(e))).div(2 * h)
    })
    close(second, np.stack(along), 6)
  })

  it('is mapped: each lane to its own minimum', () => {
    const ys = np.stack([y, np.exp(x.mul(0.7))])
    close(vmap((data: Tensor) => fit(data).x.b)(ys), [Number(fit(y).x.b.item()), 0.7], 10)
  })

  it('solves equations with as many unknowns, and starts at the solution', () => {
    close(leastSquares((v: Tensor) => np.square(v).sub(np.array([4, 9])), np.array([1, 1])).x, [2, 3], 12)
    const still = leastSquares((v: Tensor) => v.sub(1), 1)
    close(still.x, 1, 15)
    expect(still.converged.item()).toBe(true)
  })

  it('says where it did not converge', () => {
    const r = leastSquares((b: Tensor) => more[1]!.residuals(b), np.array([25, 39, 41.5, 39]), { maxSteps: 3 })
    expect(r.converged.item()).toBe(false)
  })
})
