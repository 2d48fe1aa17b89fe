/**
 * Nests that reduce wide columns: all rows of one strip of columns, then those of the next, so that the lanes of a strip stay in
 * the cache. The loop over the elements of a strip of one row is a function; JavaScript goes from one to the next.
 *
 * Law: the bits of `closure/columns`, whose lanes these are.
 */
import { byStrips, strip } from '../closure/nest'
import type { Nest } from '../loop/types'
import type { Code } from './assembler'
import { columnStates } from './columns'
import { emitNest } from './nest'
import { calling, type Site } from './site'
import type { Staging } from './staging'
import type { Survey } from './survey'

const none = (): void => {}

export function emitWide(nest: Nest, site: Site, plan: Survey): Code {
  const { layout } = site
  const states = columnStates([...plan.columns], strip, site)
  const stride = strip + plan.reach + 2
  let staged: Staging | undefined
  const room = (): number => layout.state(stride)
  const part = site.entry(site.assembly.add(emitNest(nest, site, plan, { length: strip, stride, scratch: room, state: room, staged: (s) => void (staged = s), columns: states, partial: none })))
  const { inner } = nest.reductions[0]!
  const run = byStrips(nest, (m, i, n) => {
    const line = Math.floor(i / inner)
    const { before, after } = staged!
    states.start(m, line, n)
    for (const f of before) f(m[0]!, m, i, n)
    part()(m[0]!.byteOffset - 8 * site.places()[0]!, 8 * i, 8 * (i + n), 0, 0)
    for (const f of after) f(m[0]!, m, i, n)
    states.end(m, line, n, i - line * inner)
  })
  return calling(site, run)
}
