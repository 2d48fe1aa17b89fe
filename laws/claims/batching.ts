/**
 * What is claimed of vmap: it is the stack of single calls, for every choice of batched arguments and of axes, nested too.
 *
 * Law: vmap(f)(stack xs) = stack(map f xs). Floating results agree to rounding, others exactly.
 */
import { vmap, type Tensor } from '../../src/index'
import { toleranceOf, type Case, type Claim } from '../case'
import { stack, strays } from '../elements'
import { refute } from '../law'
import { masks } from './derivative'

type Flat = readonly Tensor[]

/** f over the arguments that have an axis; results are stacked along `out`. */
const mapped = (c: Case, inAxes: readonly (number | null)[], outAxes: number): ((...xs: Flat) => Flat) =>
  vmap((...xs: Tensor[]) => [...c.call(...xs)], { inAxes: [...inAxes], outAxes }) as unknown as (...xs: Flat) => Flat

const demandSame = (c: Case, what: string, got: Flat, want: Flat): void =>
  got.forEach((t, o) => {
    const wrong = strays(t, want[o]!, toleranceOf(c), c.magnitude)
    if (wrong) refute(`${what}: result ${o}: ${wrong}\nvmap gives ${String(t)}\nstacked are ${String(want[o])}`)
  })

const transposed = (rows: readonly Flat[]): Flat[] => rows[0]!.map((_, o) => rows.map((r) => r[o]!))

/** Arguments of n lanes: the batched ones differ, the others are those of lane 0. */
const lanes = (c: Case, n: number, batched: (i: number) => boolean): Flat[] =>
  Array.from({ length: n }, (_, k) => c.args.map((t, i) => (batched(i) ? c.lane(k)[i]! : t)))

const sizeFor = (seed: number): number => 2 + (seed % 2)

export const stackOfSingles: Claim = {
  name: 'batch = stack of singles',
  statement: 'vmap f = stack ∘ map f, whichever arguments are batched.',
  holds: (c, seed) => {
    if (c.args.length === 0) return
    for (const mask of masks(c.args.length, seed)) {
      const rows = lanes(c, sizeFor(seed), (i) => mask[i]!)
      const columns = transposed(rows).map((ts, i) => (mask[i] ? stack(ts) : ts[0]!))
      const got = mapped(c, mask.map((b) => (b ? 0 : null)), 0)(...columns)
      const want = transposed(rows.map((r) => c.call(...r))).map((ts) => stack(ts))
      demandSame(c, `batched are arguments ${mask.flatMap((b, i) => (b ? [i] : [])).join(', ')}`, got, want)
    }
  },
}

export const anyAxes: Claim = {
  name: 'vmap along any axes',
  statement: 'vmap with inAxes and outAxes takes the batch from there and puts it there.',
  holds: (c, seed) => {
    if (c.args.length === 0) return
    const rows = lanes(c, sizeFor(seed), () => true)
    const results = transposed(rows.map((r) => c.call(...r)))
    const rank = Math.min(...results.map((ts) => ts[0]!.ndim))
    const out = seed % (rank + 1)
    const inAxes = c.args.map((t, i) => (seed + i) % (t.ndim + 1))
    // Axes may also count from the end.
    const named = inAxes.map((a, i) => (seed % 3 === 0 ? a - c.args[i]!.ndim - 1 : a))
    const got = mapped(c, named, out)(...transposed(rows).map((ts, i) => stack(ts, inAxes[i])))
    demandSame(c, `inAxes ${named.join(', ')}, outAxes ${out}`, got, results.map((ts) => stack(ts, out)))
  },
}

export const nested: Claim = {
  name: 'vmap in vmap',
  statement: 'vmap(vmap(f)) maps over two axes, in either order of the axes.',
  holds: (c, seed) => {
    if (c.args.length === 0) return
    const first = seed % 2
    const rows = [0, 1].map((k) => [0, 1, 2].map((j) => c.lane(3 * k + j)))
    const inputs = c.args.map((_, i) => stack(rows.map((r) => stack(r.map((a) => a[i]!))), first))
    const inside = vmap((...xs: Tensor[]) => [...c.call(...xs)]) as unknown as (...xs: Tensor[]) => Tensor[]
    const got = vmap(inside, { inAxes: first })(...inputs) as unknown as Flat
    const singles = rows.map((r) => transposed(r.map((a) => c.call(...a))).map((ts) => stack(ts)))
    demandSame(c, `the outer vmap along axis ${first}`, got, transposed(singles).map((ts) => stack(ts)))
  },
}
