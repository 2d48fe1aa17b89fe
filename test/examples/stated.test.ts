import { describe, expect, it } from 'vitest'
import { missing, says, stated } from './stated'

describe('stated', () => {
  it('reads what stands behind the arrow', () => {
    expect(stated('show(1) // => 1\n// => [2. 3.]\nshow(2) // no statement')).toEqual(['1', '[2. 3.]'])
  })

  it('compares text exactly, blanks aside, and numbers to the digits written', () => {
    expect(says('[1. 2.]', '[ 1.  2.]')).toBe(true)
    expect(says('a 0.3333333', 'a 0.3333333333333333')).toBe(true)
    expect(says('a 0.3333333', 'a 0.3333')).toBe(false)
    expect(says('a 0.3333333', 'b 0.3333333')).toBe(false)
    expect(says('0.1', '0.2')).toBe(false)
    expect(says('3 steps', '4 steps')).toBe(false)
    expect(says('starts … ends', 'starts anywhere and ends')).toBe(true)
    expect(says('starts … ends', 'starts anywhere')).toBe(false)
  })

  it('wants the statements in order', () => {
    expect(missing(['1', '2'], ['1', 'x', '2'])).toBeUndefined()
    expect(missing(['2', '1'], ['1', '2'])).toEqual({ statement: '1', after: [] })
  })
})
