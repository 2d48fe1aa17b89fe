/**
 * einsum: sums of products by index labels, as pairwise contractions.
 *
 * Two operands at a time are contracted, at each step the pair whose result outgrows its operands least (the first on a
 * tie). Law: einsum(s, …xs)[out] = Σ over the labels not in out of Π xᵢ[labelsᵢ].
 * Source: the greedy order of opt_einsum (Smith & Gray 2018).
 * Example: np.einsum('ij,ij->i', [[1, 2], [3, 4]], [[1, 1], [1, 1]]).toArray() // => [3, 7]
 */
import { fault, raise, shown } from '../data/errors'
import { range, showShape } from '../data/shape'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { alike, cut, number } from './arguments'

/** An array whose axes are named. */
interface Term {
  readonly labels: readonly string[]
  readonly x: Tensor
}

const wrong = (subscripts: string, what: string): never =>
  raise(fault('shape', `einsum '${subscripts}': ${what}`, "Write one list of letters for each operand, e.g. 'ij,jk->ik'; '...' stands for further axes."))

/** The axes that '...' stands for are labelled from the right: •1 is the last. */
const dots = (n: number): string[] => range(n).map((i) => `•${n - i}`)

function labelsOf(subscripts: string, term: string, rank: number): string[] {
  const [left, right, ...more] = term.split('...')
  if (more.length > 0 || !/^[A-Za-z]*$/.test(left! + (right ?? ''))) wrong(subscripts, `'${term}' is no list of letters`)
  const letters = [...left!, ...(right ?? '')]
  if (right === undefined ? letters.length !== rank : letters.length > rank)
    wrong(subscripts, `'${term}' has ${letters.length} letters for an array of rank ${rank}`)
  return [...left!, ...(right === undefined ? [] : dots(rank - letters.length)), ...(right ?? '')]
}

/** The result's labels where none are written: those that occur once, in alphabetical order, after those of '...'. */
function implicit(terms: readonly string[], ellipsis: readonly string[]): string[] {
  const letters = terms.join('').replaceAll('.', '')
  const single = [...new Set(letters)].filter((l) => letters.split(l).length === 2)
  return [...ellipsis, ...single.sort()]
}

/** Repeated labels of one operand replaced by the diagonal. */
function diagonalized({ labels, x }: Term): Term {
  const j = labels.findIndex((l, i) => labels.indexOf(l) < i)
  if (j < 0) return { labels, x }
  const i = labels.indexOf(labels[j]!)
  const n = x.shape[i]!
  const rest = range(x.ndim).filter((k) => k !== i && k !== j)
  const flat = ops.reshape(ops.transpose(x, [i, j, ...rest]), [n * n, ...rest.map((k) => x.shape[k]!)])
  const diagonal = n === 0 ? flat : cut(flat, 0, 0, n * n, n + 1)
  return diagonalized({ labels: [labels[j]!, ...rest.map((k) => labels[k]!)], x: diagonal })
}

/** Without the labels that are not wanted, which are summed over. */
function summed({ labels, x }: Term, wanted: (label: string) => boolean): Term {
  const axes = range(labels.length).filter((i) => !wanted(labels[i]!))
  return axes.length === 0 ? { labels, x } : { labels: labels.filter(wanted), x: ops.sum(x, axes) }
}

/** Axes of extent 1 beside longer ones of the same label stretch: they are left out, as factors that do not depend on it. */
function narrowed({ labels, x }: Term, extents: ReadonlyMap<string, number>): Term {
  const keep = range(labels.length).filter((i) => x.shape[i] === extents.get(labels[i]!))
  return keep.length === labels.length ? { labels, x } : { labels: keep.map((i) => labels[i]!), x: ops.reshape(x, keep.map((i) => x.shape[i]!)) }
}

/** The axes of a term in another order. */
const ordered = ({ labels, x }: Term, order: readonly string[]): Tensor => ops.transpose(x, order.map((l) => labels.indexOf(l)))

/** The product of two terms, summed over the labels that are not wanted afterwards. */
function contract(p: Term, q: Term, wanted: (label: string) => boolean): Term {
  const a = summed(p, (l) => wanted(l) || q.labels.includes(l))
  const b = summed(q, (l) => wanted(l) || p.labels.includes(l))
  const shared = a.labels.filter((l) => b.labels.includes(l))
  const batch = shared.filter(wanted)
  const over = shared.filter((l) => !wanted(l))
  const free = [a, b].map((t) => t.labels.filter((l) => !shared.includes(l))) as [string[], string[]]
  const labels = [...batch, ...free[0], ...free[1]]
  if (over.length > 0) {
    const at = (t: Term, ls: readonly string[]): number[] => ls.map((l) => t.labels.indexOf(l))
    return { labels, x: ops.dot(a.x, b.x, { lhsContract: at(a, over), rhsContract: at(b, over), lhsBatch: at(a, batch), rhsBatch: at(b, batch) }) }
  }
  const extents = new Map([a, b].flatMap((t) => t.labels.map((l, i) => [l, t.x.shape[i]!] as const)))
  const shape = labels.map((l) => extents.get(l)!)
  const spread = (t: Term): Tensor => {
    const order = labels.filter((l) => t.labels.includes(l))
    return ops.broadcast(ordered(t, order), shape, order.map((l) => labels.indexOf(l)))
  }
  return { labels, x: ops.mul(spread(a), spread(b)) }
}

/** The pair of terms whose product grows least over its operands. */
function cheapest(terms: readonly Term[], extents: ReadonlyMap<string, number>, out: readonly string[]): [number, number] {
  let best: [number, number] = [0, 1]
  let least = Infinity
  const volume = (labels: Iterable<string>): number => {
    let n = 1
    for (const l of labels) n *= extents.get(l)!
    return n
  }
  for (let i = 0; i < terms.length; i++)
    for (let j = i + 1; j < terms.length; j++) {
      const others = terms.filter((_, k) => k !== i && k !== j)
      const both = new Set([...terms[i]!.labels, ...terms[j]!.labels])
      const kept = [...both].filter((l) => out.includes(l) || others.some((t) => t.labels.includes(l)))
      const growth = volume(kept) - volume(terms[i]!.labels) - volume(terms[j]!.labels)
      if (growth < least) [best, least] = [[i, j], growth]
    }
  return best
}

/**
 * Σ of products by Einstein's convention: `subscripts` lists the labels of each operand's axes and, after '->', those of
 * the result. A label that is repeated in one operand takes its diagonal; '...' stands for axes that broadcast.
 * Raises `ShapeError` where labels and shapes do not fit.
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  if (typeof subscripts !== 'string') wrong('', `the subscripts are ${shown(subscripts)}`)
  const plain = subscripts.replaceAll(' ', '')
  const [left, right, ...more] = plain.split('->')
  const written = left!.split(',')
  if (more.length > 0 || written.length !== operands.length) wrong(subscripts, `${written.length} lists of labels for ${operands.length} operands`)
  const xs = alike(operands).map(number)
  const labelled = xs.map((x, i) => ({ x, labels: labelsOf(subscripts, written[i]!, x.ndim) }))
  const extents = new Map<string, number>()
  for (const { labels, x } of labelled)
    labels.forEach((l, i) => {
      const [had, n] = [extents.get(l), x.shape[i]!]
      if (had !== undefined && had !== n && had !== 1 && n !== 1) wrong(subscripts, `label ${l} has extents ${had} and ${n} in shapes ${xs.map((t) => showShape(t.shape)).join(', ')}`)
      if (had === undefined || had === 1) extents.set(l, n)
    })
  const ellipsis = dots(Math.max(0, ...labelled.map(({ labels }) => labels.filter((l) => l.startsWith('•')).length)))
  const out = right === undefined ? implicit(written, ellipsis) : resultLabels(subscripts, right, ellipsis)
  const absent = out.find((l) => !extents.has(l))
  if (absent !== undefined || new Set(out).size !== out.length) wrong(subscripts, `the result's labels '${right}' must occur in the operands, each once`)

  const repeats = ({ labels, x }: Term): boolean => labels.some((l, i) => x.shape[i] !== x.shape[labels.indexOf(l)])
  if (labelled.some(repeats)) wrong(subscripts, 'a repeated label has different extents in one operand')
  let terms = labelled.map((t) => narrowed(diagonalized(t), extents))
  if (terms.length === 1) terms = [summed(terms[0]!, (l) => out.includes(l))]
  while (terms.length > 1) {
    const [i, j] = cheapest(terms, extents, out)
    const others = terms.filter((_, k) => k !== i && k !== j)
    const product = contract(terms[i]!, terms[j]!, (l) => out.includes(l) || others.some((t) => t.labels.includes(l)))
    terms = [...others.slice(0, i), product, ...others.slice(i)]
  }
  return ordered(terms[0]!, out)
}

function resultLabels(subscripts: string, right: string, ellipsis: readonly string[]): string[] {
  const [before, after, ...more] = right.split('...')
  if (more.length > 0 || !/^[A-Za-z]*$/.test(before! + (after ?? ''))) wrong(subscripts, `'${right}' is no list of letters`)
  if (after === undefined && ellipsis.length > 0) wrong(subscripts, "the axes of '...' are missing in the result")
  return after === undefined ? [...before!] : [...before!, ...ellipsis, ...after]
}
