/**
 * Nests that reduce wide columns: all rows of one strip of columns, then those of the next, so that the lanes of a strip stay in
 * the cache. The loop over a strip is a function, of its rows, or of one where JavaScript has something to do for each.
 *
 * Law: the bits of `closure/columns`, whose lanes these are.
 */
import { byStrips, strip } from '../closure/nest'
import type { Nest } from '../loop/types'
import type { Code } from './assembler'
import { emitNest } from './nest'
import { calling, type Site } from './site'
import type { Staging } from './staging'
import type { Survey } from './survey'

export function emitWide(nest: Nest, site: Site, plan: Survey): Code {
  const { layout } = site
  const stride = strip + plan.reach + 2
  let staged: Staging | undefined
  // What is staged comes row by row.
  const rows = plan.isStaged ? 1 : nest.reductions[0]!.length
  const part = site.entry(site.assembly.add(emitNest(nest, site, plan, { length: strip, stride, scratch: () => layout.state(stride), state: layout.state, staged: (s) => void (staged = s), strip: rows })))
  const run = byStrips(nest, (m, i, n) => {
    const { before, after } = staged!
    for (const f of before) f(m[0]!, m, i, n)
    part()(m[0]!.byteOffset - 8 * site.places()[0]!, 8 * i, 8 * (i + n), 0, 0)
    for (const f of after) f(m[0]!, m, i, n)
  }, rows)
  return calling(site, run)
}
