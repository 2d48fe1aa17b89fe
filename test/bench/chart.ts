/** Bar charts on a logarithmic axis, as SVG that stands by itself and reads on light and dark pages. */

export interface Chart {
  readonly title: string
  readonly series: readonly string[]
  /** One value for each series, or none. */
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[]
  readonly shown: (x: number) => string
}

const colours = ['#0969da', '#bf8700', '#8250df', '#cf222e']
const grey = '#808080'
const [left, width, bar, gap, top] = [330, 470, 11, 9, 64]

const escaped = (s: string): string => s.replace(/&/g, '&amp;').replace(/</g, '&lt;')

export function svg({ title, series, rows, shown }: Chart): string {
  const all = rows.flatMap((r) => r.values.filter((x): x is number => x !== undefined))
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))]
  const at = (x: number): number => left + (width * (Math.log10(x) - low)) / Math.max(1, high - low)
  const parts: string[] = []
  const text = (x: number, y: number, s: string, anchor = 'start', size = 12): void => void parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${escaped(s)}</text>`)
  let y = top
  const bars: (() => void)[] = []
  for (const { name, values } of rows) {
    const present = values.filter((x) => x !== undefined).length
    const middle = y + (present * bar) / 2 + 4
    bars.push(() => text(left - 8, middle, name, 'end'))
    values.forEach((v, i) => {
      if (v === undefined) return
      const here = y
      y += bar
      bars.push(() => {
        parts.push(`<rect x="${left}" y="${here}" width="${Math.max(1, at(v) - left).toFixed(1)}" height="${bar - 1}" fill="${colours[i]!}"><title>${escaped(`${series[i]!}: ${shown(v)}`)}</title></rect>`)
        text(at(v) + 4, here + bar - 2, shown(v), 'start', 10)
      })
    })
    y += gap
  }
  for (let k = low; k <= high; k++) {
    const x = at(10 ** k)
    parts.push(`<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top - 6}" y2="${y}" stroke="${grey}" stroke-opacity="${k === 0 ? 0.9 : 0.3}"/>`)
    text(x, top - 10, shown(10 ** k), 'middle', 10)
  }
  for (const draw of bars) draw()
  text(8, 18, title, 'start', 14)
  series.forEach((s, i) => {
    const x = left + i * 110
    parts.push(`<rect x="${x}" y="28" width="11" height="11" fill="${colours[i]!}"/>`)
    text(x + 16, 38, s)
  })
  const [w, h] = [left + width + 70, y + 8]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" font-family="system-ui,sans-serif" fill="${grey}">\n${parts.join('\n')}\n</svg>\n`
}
