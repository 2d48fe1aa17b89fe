/** A violation says what was stated, what was found, at which program and arguments, and how to see it again. */
import { describe, expect, it } from 'vitest'
import { check, rule, type Law } from 'adjoint/laws'
import { named, one, violation, wave } from './wrong'

const runs = [[100, undefined], [1, 22680016]] as const // The second ends at two elements: with one, the direction that is drawn anew is 0.
const law = (): Law => named(rule(wave({ jvp: (ops, _x, _y, [dx]) => ops.neg(dx!) }), one), 'jvp = differences')

describe('evidence', () => {
  it.each(runs)('holds statement, counterexample, seed and path (%s, %s)', (numRuns, seed) => {
    const { message } = violation(law(), numRuns, seed)
    expect(message).toMatch(/^wave: jvp = differences: the law does not hold/)
    expect(message).toContain('J w is the limit of (f(x + h w) − f(x − h w)) / 2h.')
    expect(message).toMatch(/evidence:\n {2}result 0, element 0: jvp gives -?[\d.]+, differences give -?[\d.]+/)
    expect(message).toMatch(/\{ lambda a:(float\d\d\[[1-4,]*\])\. let\n\s+b:\1 = wave a\n\s+in \(b\) \}\n\s+argument 0: \1/)
    expect(message).toMatch(/run it again: check\(law, \{ seed: -?\d+, path: "[\d:]+" \}\)/)
  })

  it('is found again by seed and path', () => {
    const first = violation(law())
    let again: unknown
    try {
      check(law(), { seed: first.seed, path: first.path })
    } catch (e) {
      again = e
    }
    expect(String((again as { counterexample: unknown[] }).counterexample[0])).toBe(String((first.counterexample as unknown[])[0]))
  })

  it('an error that the library throws is a violation too, with the place', () => {
    const broken = wave({ jvp: () => { throw new TypeError('no such rule') } })
    const { message } = violation(named(rule(broken, one), 'jvp = differences'))
    expect(message).toMatch(/it threw TypeError: no such rule\n\s+at /)
  })

  it('a law that holds returns the details of its run', () => {
    const details = check(named(rule(wave(), one), 'adjoint'), { numRuns: 7, seed: 3 })
    expect([details.failed, details.numRuns, details.seed]).toEqual([false, 7, 3])
  })
})
