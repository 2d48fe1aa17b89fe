/**
 * What the simplifier does to a program: the difference that each of its passes made.
 *
 * Law: the patches applied one after another to the program give the simplified program. Names are those of the program
 * that was given. Example: String(show.rewrites(makeJaxpr((x) => np.exp(x).mul(1))(2)))
 */
import { demand, shown } from '../data/errors'
import { printed } from '../data/print'
import { enablePatches, Immer, type Patch } from 'immer'
import { inlined } from '../ir/inline'
import { printerOf, printJaxpr } from '../ir/print'
import type { Edit } from '../ir/simplify'
import type { Eqn, Jaxpr } from '../ir/types'
import { simplified } from '../transforms/program'
import { escapeHtml } from './table'

/** One equation before and after; an absent side was added or removed. */
export interface Change {
  readonly before?: string
  readonly after?: string
}

/** One pass: equations in all, and those that it changed. */
export interface Pass {
  readonly pass: string
  readonly equations: number
  readonly changes: readonly Change[]
  readonly patches: readonly Patch[]
}

/** The passes that changed something, in order. */
export class Rewrites {
  readonly passes: readonly Pass[]
  readonly before: Jaxpr
  readonly after: Jaxpr

  constructor(passes: readonly Pass[], before: Jaxpr, after: Jaxpr) {
    this.passes = passes
    this.before = before
    this.after = after
    printed(this)
  }

  /** The lines of a difference: `- ` removed, `+ ` added. */
  #lines(): { readonly mark: '' | '- ' | '+ '; readonly text: string }[] {
    return this.passes.flatMap(({ pass, changes, equations }) => [
      { mark: '' as const, text: `${pass}: ${changes.length} changed, ${equations} equation${equations === 1 ? '' : 's'} left` },
      ...changes.flatMap(({ before, after }) => [
        ...(before === undefined ? [] : [{ mark: '- ' as const, text: before }]),
        ...(after === undefined ? [] : [{ mark: '+ ' as const, text: after }]),
      ]),
    ])
  }

  toString(): string {
    const lines = this.#lines().map(({ mark, text }) => text.split('\n').map((t) => mark + t).join('\n'))
    return [printJaxpr(this.before), ...lines, printJaxpr(this.after)].join('\n')
  }

  toHTML(): string {
    const color = { '': 'inherit;font-weight:bold', '- ': '#b91c1c', '+ ': '#15803d' }
    const lines = this.#lines().map(({ mark, text }) => `<div style="color:${color[mark]}">${escapeHtml(mark + text)}</div>`)
    const block = (p: Jaxpr): string => `<div>${escapeHtml(printJaxpr(p))}</div>`
    return `<pre style="font:14px/1.5 ui-monospace,monospace">${block(this.before)}\n${lines.join('')}\n${block(this.after)}</pre>`
  }
}

/** Equations are known by what they bind: those of one program beside those of the other, and the results. */
function changes(before: Jaxpr, after: Jaxpr, print: (e: Eqn) => string): Change[] {
  const binds = (e: Eqn): string => e.outs.map((o) => o.id).join()
  const kept = new Map(after.eqns.map((e) => [binds(e), e]))
  const had = new Set(before.eqns.map(binds))
  const edited = before.eqns.flatMap((e): Change[] => {
    const now = kept.get(binds(e))
    const [was, is] = [print(e), now && print(now)]
    return was === is ? [] : [is === undefined ? { before: was } : { before: was, after: is }]
  })
  return [...edited, ...after.eqns.filter((e) => !had.has(binds(e))).map((e) => ({ after: print(e) }))]
}

const immer = new Immer({ autoFreeze: false })

/** The program after an edit, and the patches that say the same. */
const patched = (jaxpr: Jaxpr, edit: Edit): readonly [Jaxpr, readonly Patch[]] => {
  const [after, patches] = immer.produceWithPatches(jaxpr, (draft) => {
    const d = draft as { eqns: readonly Eqn[]; outs: Jaxpr['outs'] }
    if (edit.eqns.length < jaxpr.eqns.length) d.eqns = edit.eqns
    else
      edit.eqns.forEach((e, i) => {
        if (e !== jaxpr.eqns[i]) (d.eqns as Eqn[])[i] = e
      })
    d.outs = edit.outs
  })
  return [after, patches]
}

/** The passes of the simplifier over a program, as `makeJaxpr` gives it or as plain data. */
export function rewrites(program: Jaxpr | { readonly jaxpr: Jaxpr }): Rewrites {
  const whole = Object(program) as Partial<Jaxpr & { jaxpr: Jaxpr }>
  demand(Array.isArray((whole.jaxpr ?? whole).eqns), 'tree', () => `show.rewrites: ${shown(program)} is no program`, 'Give what makeJaxpr returns, or its jaxpr.')
  enablePatches()
  const before = inlined('jaxpr' in program ? program.jaxpr : program)
  const print = printerOf(before)
  const passes: Pass[] = []
  const after = simplified(before, (pass, was, edit) => {
    const [is, patches] = patched(was, edit)
    passes.push({ pass, patches, equations: is.eqns.length, changes: changes(was, is, print) })
  })
  return new Rewrites(passes, before, after)
}
