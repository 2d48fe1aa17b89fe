/** Functions that have a reverse rule only: right rules are no violation, wrong ones are found. */
import { customVjp, np, type Tensor } from 'adjoint'
import { check, LawViolation, rule, tensor, transforms, type Arguments, type Law } from 'adjoint/laws'
import { describe, expect, it } from 'vitest'

type Bwd = (x: Tensor, ct: Tensor) => Tensor

/** sin x with the rule given. */
const sine = (bwd: Bwd, fwd = np.sin): ((x: Tensor) => Tensor) => customVjp((x: Tensor) => np.sin(x), { fwd: (x: Tensor) => [fwd(x), x], bwd: (x: Tensor, ct: Tensor) => [bwd(x, ct)] })

const right: Bwd = (x, ct) => ct.mul(np.cos(x))

const violated = (f: (x: Tensor) => Tensor, laws: (f: (x: Tensor) => Tensor, args: Arguments) => Law[] = rule): string[] =>
  laws(f, [tensor({ shape: [2] })]).flatMap((law) => {
    try {
      check(law, { seed: 1, numRuns: 8 })
      return []
    } catch (e) {
      expect(e).toBeInstanceOf(LawViolation)
      return [law.name]
    }
  })

describe('reverse rules without a forward rule', () => {
  it('hold where they are right, also of two arguments and of trees', () => {
    expect(violated(sine(right))).toEqual([])
    expect(violated(sine(right), transforms)).toEqual([])
    const product = customVjp((p: { a: Tensor; b: Tensor }) => p.a.mul(p.b), { fwd: (p) => [p.a.mul(p.b), p], bwd: ({ a, b }: { a: Tensor; b: Tensor }, ct: Tensor) => [{ a: ct.mul(b), b: ct.mul(a) }] })
    expect(violated((x) => product({ a: x, b: np.square(x) }))).toEqual([])
  })

  const wrong: readonly (readonly [string, (x: Tensor) => Tensor, string])[] = [
    ['a factor', sine((x, ct) => right(x, ct).mul(1.00001)), 'jvp = differences'],
    ['a sign', sine((x, ct) => right(x, ct).neg()), 'jvp = differences'],
    ['no cotangent in it', sine((x) => np.cos(x)), 'jvp = differences'],
    ['the cotangent squared', sine((x, ct) => right(x, ct).mul(ct)), 'adjoint'],
    ['the cotangent clipped', sine((x, ct) => right(x, np.clip(ct, -0.25, 0.25))), 'adjoint'],
    ['a derivative that is itself constant', sine((x, ct) => ct.mul(np.cos(np.array(x.shape).mul(0).add(0.3)))), 'jvp = differences'],
  ]
  it.each(wrong)('are found where there is %s', (_, f, name) => {
    expect(violated(f).some((law) => law.endsWith(name))).toBe(true)
  })

  it('are found where the value of the forward sweep is another', () => {
    expect(violated(sine(right, np.cos), transforms).length).toBeGreaterThan(0)
  })
})
