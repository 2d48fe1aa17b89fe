import { describe, expect, it } from 'vitest'
import { concat, group, join, layout, line, nest, text } from '../../src/ir/layout'

const list = group(text('['), nest(2, line(''), join(concat(text(','), line()), ['one', 'two', 'three'].map(text))), line(''), text(']'))

describe('layout', () => {
  it('puts a group on one line where it fits', () => {
    expect(layout(list)).toBe('[one, two, three]')
    expect(layout(list, 17)).toBe('[one, two, three]')
  })
  it('breaks all of a group where it does not', () => expect(layout(list, 16)).toBe('[\n  one,\n  two,\n  three\n]'))
  it('breaks an outer group before an inner one', () => expect(layout(group(text('f'), line(), list), 18)).toBe('f\n[one, two, three]'))
  it('always breaks at a hard line', () => expect(layout(group(text('a'), line(null), text('b'), line(), text('c')))).toBe('a\nb\nc'))
})
