import { describe, expect, it } from 'vitest'
import { escapeHtml, htmlTable, textTable, width } from '../../src/show/table'

describe('tables', () => {
  it('are aligned, combining marks taking no room', () => {
    expect(width('v̄1')).toBe(2)
    expect(textTable({ titles: ['name', 'n'], rows: [['v̄1', '1'], ['v10', '100']], between: [' │ '], numeric: [1] })).toMatchInlineSnapshot(`
      "name │   n
      ─────┼────
      v̄1   │   1
      v10  │ 100"
    `)
  })

  it('let a title run over the columns to its right', () => {
    expect(textTable({ titles: ['a long title', '', 'b'], rows: [['x', '1', '2']], between: [' = ', ' │ '] })).toMatchInlineSnapshot(`
      "a long title │ b
      ─────────────┼──
      x = 1        │ 2"
    `)
  })

  it('are escaped in HTML', () => {
    expect(escapeHtml('<a href="b">&</a>')).toBe('&lt;a href=&quot;b&quot;&gt;&amp;&lt;/a&gt;')
    expect(htmlTable({ titles: ['a', ''], rows: [['<', '1']], between: [], numeric: [1] })).toContain('<th colspan="2"')
  })
})
