/** The laws of the transforms, on functions as users write them. */
import { describe, expect, it } from 'vitest'
import { cond, np, scan, stopGradient, vmap, grad, jit, type Tensor } from 'adjoint'
import { batched, check, compiled, linear, rule, tensor, transforms } from 'adjoint/laws'
import { constant, tuple } from 'fast-check'

const numRuns = 15
const vector = tensor({ shape: { minRank: 1, maxRank: 1, minExtent: 1 } })
const fixed = (...shape: number[]): ReturnType<typeof tensor> => tensor({ shape })
const positive = tensor({ min: 0.5, max: 3 })

const softmax = (x: Tensor): Tensor => {
  const e = np.exp(np.subtract(x, stopGradient(np.max(x))))
  return np.divide(e, np.sum(e))
}
const dense = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor): Tensor => np.tanh(np.add(np.matmul(x, w), b))
const norm = (x: Tensor): Tensor => np.sqrt(np.add(1, np.sum(np.square(x))))
const windows = (x: Tensor): Tensor => np.multiply(x.slice([1, null]), x.slice([null, -1]))
const pairwise = (x: Tensor, y: Tensor): Tensor => np.sum(np.square(np.subtract(np.expandDims(x, 1), np.expandDims(y, 0))), -1)
const entropy = (p: Tensor): Tensor => np.negative(np.sum(np.multiply(p, np.log(p))))
const running = (x: Tensor): Tensor => scan((c: Tensor, e: Tensor) => {
  const next = np.tanh(np.add(np.multiply(0.5, c), e))
  return [next, np.multiply(next, c)] as const
}, np.array(0.25), x)[1]
const branches = (x: Tensor): Tensor => cond(np.greater(np.sum(x), 0.3), (v: Tensor) => np.sin(v), (v: Tensor) => np.multiply(v, v), x) as Tensor
const selected = (x: Tensor): Tensor => np.where(np.greater(x, 0.1), np.log1p(np.abs(x)), np.multiply(x, 2))
/** Zero at 1, where its cotangent is zero and its second derivative is not. */
const halfSquare = (x: Tensor): Tensor => np.multiply(0.5, np.square(np.where(np.greater(x, -1), np.log(x), 0)))
const innerGradient = (x: Tensor, y: Tensor): Tensor => np.multiply(x, grad((z: Tensor) => np.sum(np.multiply(np.sin(z), np.sum(x))))(y))
const mapped = (x: Tensor): Tensor => vmap(jit((row: Tensor) => np.cumsum(np.multiply(row, row))))(x) as Tensor
const gathered = (x: Tensor): Tensor => np.take(np.exp(x), np.array([0, 2, 0, 1], 'int32'))

describe('transforms', () => {
  const functions = [
    [softmax, [vector]],
    [dense, [tuple(fixed(3, 2), fixed(2)).map(([w, b]) => ({ w, b })), fixed(4, 3)]],
    [norm, [tensor()]],
    [windows, [fixed(5)]],
    [pairwise, [fixed(3, 2), fixed(4, 2)]],
    [entropy, [positive]],
    [running, [fixed(4)]],
    [branches, [vector]],
    [selected, [tensor()]],
    [halfSquare, [constant(np.array([1, 2, 1, 0.5]))]],
    [innerGradient, [fixed(2), fixed(2)]],
    [mapped, [fixed(2, 3)]],
    [gathered, [fixed(3)]],
  ] as const
  describe.each(functions.map(([f, args]) => [f.name, f, args] as const))('%s', (_name, f, args) => {
    for (const law of transforms(f, args)) it(`${law.name}`, () => expect(check(law, { numRuns }).failed).toBe(false))
    for (const law of rule(f, args)) it(`rule: ${law.name}`, () => expect(check(law, { numRuns: 6 }).failed).toBe(false))
  })
})

describe('linear', () => {
  const second = (x: Tensor): Tensor => np.subtract(np.add(x.slice([2, null]), x.slice([null, -2])), np.multiply(2, x.slice([1, -1])))
  const mixed = (x: Tensor, y: Tensor): Tensor => np.concatenate([np.cumsum(x), np.flip(np.multiply(y, 3))])
  const matrix = np.array([[1, -2, 0.5], [3, 0.25, -1]])
  const product = (x: Tensor): Tensor => np.matmul(matrix, x)
  for (const law of [...linear(second, [fixed(5)]), ...linear(mixed, [fixed(3), fixed(2)]), ...linear(product, [fixed(3)])]) it(`${law.name}`, () => expect(check(law, { numRuns }).failed).toBe(false))
})

describe('batched and compiled', () => {
  const sorted = (x: Tensor): Tensor[] => [np.sort(x, -1), np.argsort(x, -1)]
  const counted = (x: Tensor): Tensor => np.sum(np.greater(x, 0))
  const special = tensor({ special: true, shape: { minRank: 1, maxRank: 2, minExtent: 1 } })
  const laws = [...batched(sorted, [special]), ...compiled(sorted, [special]), ...batched(counted, [special]), ...compiled(counted, [special]), ...compiled(softmax, [special]), ...compiled(dense, [constant({ w: np.eye(3), b: np.zeros([3]) }), fixed(2, 3)])]
  for (const law of laws) it(`${law.name}`, () => expect(check(law, { numRuns }).failed).toBe(false))
})
