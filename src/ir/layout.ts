/**
 * Documents: text with places where a line may be broken, laid out in a given width.
 *
 * Law: a group stands on one line if it fits in what is left of the line; otherwise all its own breaks are taken.
 * Example: layout(group([text('a'), line('; '), text('b')])) // => 'a; b'
 * Source: Lindig 2000, "Strictly Pretty", with JAX's `pretty_printer.py`: whether a group fits, only the group decides.
 */
export type Doc =
  | { readonly _tag: 'Text'; readonly text: string }
  | { readonly _tag: 'Concat'; readonly docs: readonly Doc[] }
  /** A line break, or `flat` where its group stands on one line; no group with a null one does. */
  | { readonly _tag: 'Line'; readonly flat: string | null }
  | { readonly _tag: 'Group'; readonly doc: Doc }
  | { readonly _tag: 'Nest'; readonly indent: number; readonly doc: Doc }

export const text = (s: string): Doc => ({ _tag: 'Text', text: s })
export const concat = (...docs: readonly Doc[]): Doc => ({ _tag: 'Concat', docs })
export const line = (flat: string | null = ' '): Doc => ({ _tag: 'Line', flat })
export const group = (...docs: readonly Doc[]): Doc => ({ _tag: 'Group', doc: concat(...docs) })
export const nest = (indent: number, ...docs: readonly Doc[]): Doc => ({ _tag: 'Nest', indent, doc: concat(...docs) })
export const join = (separator: Doc, docs: readonly Doc[]): Doc =>
  concat(...docs.flatMap((d, i) => (i === 0 ? [d] : [separator, d])))

interface Placed {
  readonly doc: Doc
  readonly indent: number
  readonly flat: boolean
}

const fits = (doc: Doc, width: number): boolean => {
  let left = width
  const stack: Doc[] = [doc]
  while (left >= 0 && stack.length > 0) {
    const d = stack.pop()!
    if (d._tag === 'Text') left -= d.text.length
    else if (d._tag === 'Line') left -= d.flat?.length ?? Infinity
    else if (d._tag === 'Concat') for (let i = d.docs.length - 1; i >= 0; i--) stack.push(d.docs[i]!)
    else stack.push(d.doc)
  }
  return left >= 0
}

/** The text of a document, in lines of at most `width` columns where its groups allow it. */
export function layout(doc: Doc, width = 80): string {
  const out: string[] = []
  const stack: Placed[] = [{ doc, indent: 0, flat: false }]
  let column = 0
  while (stack.length > 0) {
    const { doc: d, indent, flat } = stack.pop()!
    switch (d._tag) {
      case 'Text':
        out.push(d.text)
        column += d.text.length
        break
      case 'Line':
        out.push(flat && d.flat !== null ? d.flat : `\n${' '.repeat(indent)}`)
        column = flat && d.flat !== null ? column + d.flat.length : indent
        break
      case 'Concat':
        for (let i = d.docs.length - 1; i >= 0; i--) stack.push({ doc: d.docs[i]!, indent, flat })
        break
      case 'Nest':
        stack.push({ doc: d.doc, indent: indent + d.indent, flat })
        break
      case 'Group':
        stack.push({ doc: d.doc, indent, flat: flat || fits(d.doc, width - column) })
        break
    }
  }
  return out.join('')
}
