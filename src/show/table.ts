/**
 * Tables as text for a terminal, and as HTML.
 *
 * Example: textTable(['a', 'b'], [['1', '22']], [' │ ']) // => 'a │ b\n──┼───\n1 │ 22'
 */

/** Columns that a text takes: combining marks take none. */
export const width = (s: string): number => [...s.normalize('NFD')].filter((c) => !/\p{M}/u.test(c)).length

const pad = (s: string, n: number, right: boolean): string =>
  right ? ' '.repeat(Math.max(0, n - width(s))) + s : s + ' '.repeat(Math.max(0, n - width(s)))

/** Rows of cells. `between[i]` stands after column i, where both its neighbours have something to separate. */
export interface Table {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly between: readonly string[]
  /** Columns aligned to the right. */
  readonly numeric?: readonly number[]
}

/** The table in columns, with a line below its titles. A title may run on over empty titles to its right. */
export function textTable({ titles, rows, between, numeric = [] }: Table): string {
  const groups = spans(titles)
  const widths = titles.map((_, i) => Math.max(0, ...rows.map((r) => width(r[i] ?? ''))))
  for (const { from, to } of groups) {
    const inner = widths.slice(from, to).reduce((n, w) => n + w, 0) + between.slice(from, to - 1).reduce((n, b) => n + b.length, 0)
    widths[to - 1]! += Math.max(0, width(titles[from]!) - inner)
  }
  const gap = (i: number, cells: readonly string[]): string => {
    const b = between[i] ?? ''
    return b.trim() === '=' && (cells[i + 1] ?? '') === '' ? ' '.repeat(b.length) : b
  }
  const row = (cells: readonly string[]): string =>
    titles.map((_, i) => pad(cells[i] ?? '', widths[i]!, numeric.includes(i)) + (i < titles.length - 1 ? gap(i, cells) : '')).join('').trimEnd()
  const head = groups.map(({ from, to }) => {
    const inner = widths.slice(from, to).reduce((n, w) => n + w, 0) + between.slice(from, to - 1).reduce((n, b) => n + b.length, 0)
    return pad(titles[from]!, inner, numeric.includes(from)) + (to < titles.length ? between[to - 1]! : '')
  })
  const rule = titles.map((_, i) => '─'.repeat(widths[i]!) + (i < titles.length - 1 ? between[i]!.replace(/[^│]/g, '─').replace('│', '┼') : ''))
  return [head.join('').trimEnd(), rule.join(''), ...rows.map(row)].join('\n')
}

/** A title and the empty ones after it. */
function spans(titles: readonly string[]): { readonly from: number; readonly to: number }[] {
  const starts = titles.flatMap((t, i) => (t !== '' || i === 0 ? [i] : []))
  return starts.map((from, k) => ({ from, to: starts[k + 1] ?? titles.length }))
}

export const escapeHtml = (s: string): string =>
  s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = 'border-collapse:collapse;font:14px/1.5 ui-monospace,monospace'

/** A `<table>` that needs no style sheet. */
export function htmlTable({ titles, rows, numeric = [] }: Table): string {
  const groups = spans(titles)
  const edge = (i: number): boolean => i > 0 && groups.some((g) => g.from === i)
  const css = (i: number): string => `padding:2px 8px;text-align:${numeric.includes(i) ? 'right' : 'left'}${edge(i) ? ';border-left:1px solid' : ''}`
  const head = groups.map(({ from, to }) => `<th colspan="${to - from}" style="${css(from)};border-bottom:1px solid">${escapeHtml(titles[from]!)}</th>`)
  const body = rows.map((r) => `<tr>${titles.map((_, i) => `<td style="${css(i)}">${escapeHtml(r[i] ?? '')}</td>`).join('')}</tr>`)
  return `<table style="${style}"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`
}
