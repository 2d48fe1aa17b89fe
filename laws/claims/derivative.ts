/**
 * What is claimed of derivatives: jvp against differences, its linearity, symbolic zeros, and the adjoint law.
 *
 * Law (adjoint): |⟨v, J w⟩ − ⟨Jᵀ v, w⟩| ≤ 1e-12 · (Σ |vᵢ (J w)ᵢ| + Σ |wⱼ (Jᵀ v)ⱼ|) in float64, 1e-4 in float32.
 */
import { vjp, type Tensor } from '../../src/index'
import { smooth, toleranceOf, type Case, type Claim, type Smooth } from '../case'
import { directional } from '../differences'
import { combine, directions, elements, inner, largest, pseudo, strays } from '../elements'
import { forward } from '../forward'
import { refute } from '../law'

type Flat = readonly Tensor[]

/** Cotangents of the arguments, on flat lists. */
export const backward = (call: (...xs: Flat) => Flat, args: Flat, cts: Flat): Flat =>
  vjp((...xs: Tensor[]) => [...call(...xs)], [...args])[1]([...cts]) as unknown as Flat

/** Runs a claim on what is differentiable of a case, if anything is. */
export const onSmooth =
  (claim: (c: Smooth, seed: number) => void): Claim['holds'] =>
  (c: Case, seed) => {
    const s = smooth(c)
    if (s.args.length > 0 && s.outs.length > 0) claim(s, seed)
  }

const finite = (ts: Flat): boolean => ts.every((t) => elements(t).every(Number.isFinite))

/** How far a derivative may be from differences, relative to its size. */
const closeness = (c: Case): number => (c.coarse ? 2e-2 : 1e-6)

/**
 * Whether the differences of one element are additive in the direction, as derivatives are and one-sided slopes at a
 * kink are not: D(w + u) = D w + D u for other directions u.
 */
function differentiable(c: Smooth, w: Flat, o: number, i: number, seed: number): boolean {
  const here = directional(c, w)[o]![i]!
  return [1, 2].every((k) => {
    const u = directions(c.args.map((t) => t.aval), seed + 333 * k)
    const along = directional(c, u)[o]![i]!
    const both = directional(c, w.map((t, j) => combine([1, 1], [t, u[j]!])))[o]![i]!
    const gap = Math.abs(both.value - here.value - along.value)
    return gap <= 10 * (both.error + here.error + along.error) + closeness(c) * Math.max(1, Math.abs(here.value), Math.abs(along.value))
  })
}

export const differences = (tolerance?: number): Claim => ({
  name: 'jvp = differences',
  statement: 'J w is the limit of (f(x + h w) − f(x − h w)) / 2h.',
  holds: onSmooth((c, seed) => {
    if (c.stopped) return
    const w = directions(c.args.map((t) => t.aval), seed)
    const [, tangents] = forward(c.call, c.args, w)
    directional(c, w).forEach((want, o) => {
      const got = elements(tangents[o]!)
      want.forEach(({ value, error }, i) => {
        const close = (tolerance ?? closeness(c)) * Math.max(1, Math.abs(value))
        if (!(error <= close)) return
        if (!(Math.abs(got[i]! - value) <= close + 10 * error) && differentiable(c, w, o, i, seed))
          refute(`result ${o}, element ${i}: jvp gives ${got[i]}, differences give ${value} ± ${error.toPrecision(1)}\nin the direction ${w.map(String).join(', ')}`)
      })
    })
  }),
})

export const linearTangent: Claim = {
  name: 'jvp is linear in the tangent',
  statement: 'J (α v + β w) = α J v + β J w.',
  holds: onSmooth((c, seed) => {
    const avals = c.args.map((t) => t.aval)
    const [v, w] = [directions(avals, seed), directions(avals, seed + 1000)]
    const [a, b] = [pseudo(seed, 7), 2 * pseudo(seed, 8)]
    const along = (t: Flat): Flat => forward(c.call, c.args, t)[1]
    const both = along(v.map((t, i) => combine([a, b], [t, w[i]!])))
    const [jv, jw] = [along(v), along(w)]
    if (!finite(jv) || !finite(jw)) return
    both.forEach((got, o) => {
      const want = combine([a, b], [jv[o]!, jw[o]!])
      const scale = Math.max(c.magnitude, largest(elements(jv[o]!)), largest(elements(jw[o]!)))
      const wrong = strays(got, want, toleranceOf(c), scale)
      if (wrong) refute(`result ${o}: J (${a} v + ${b} w) ${wrong}\nwith v = ${v.map(String).join(', ')}, w = ${w.map(String).join(', ')}`)
    })
  }),
}

/** Masks over n operands, not all false: all of them up to three operands, else each alone, all, and a chosen one. */
export function masks(n: number, seed: number): boolean[][] {
  const every = 2 ** n - 1
  const codes = n <= 3 ? Array.from({ length: every }, (_, i) => i + 1) : [every, ...Array.from({ length: n }, (_, i) => 2 ** i), (seed % every) + 1]
  return [...new Set(codes)].map((code) => Array.from({ length: n }, (_, i) => Math.floor(code / 2 ** i) % 2 === 1))
}

export const symbolicZeros: Claim = {
  name: 'what is held constant has tangent zero',
  statement: 'The jvp in some arguments, the others being constants, is the jvp in all with zeros for the others.',
  holds: onSmooth((c, seed) => {
    const w = directions(c.args.map((t) => t.aval), seed)
    for (const mask of masks(c.args.length, seed)) {
      const moving = c.args.flatMap((_, i) => (mask[i] ? [i] : []))
      const some = (...xs: Flat): Flat => {
        const full = [...c.args]
        moving.forEach((at, k) => (full[at] = xs[k]!))
        return c.call(...full)
      }
      const got = forward(some, moving.map((i) => c.args[i]!), moving.map((i) => w[i]!))[1]
      const want = forward(c.call, c.args, w.map((t, i) => (mask[i] ? t : combine([0], [t]))))[1]
      // 0 · ∞ differs from a zero that is never made.
      if (!finite(want)) continue
      got.forEach((t, o) => {
        const wrong = strays(t, want[o]!, toleranceOf(c), c.magnitude)
        if (wrong) refute(`arguments ${moving.join(', ')} vary; result ${o}: ${wrong}`)
      })
    }
  }),
}

export const adjoint: Claim = {
  name: 'adjoint',
  statement: '⟨v, J w⟩ = ⟨Jᵀ v, w⟩.',
  holds: onSmooth((c, seed) => {
    const w = directions(c.args.map((t) => t.aval), seed)
    const v = directions(c.outs.map((t) => t.aval), seed + 500)
    const jw = forward(c.call, c.args, w)[1]
    const jtv = backward(c.call, c.args, v)
    if (!finite(jw) || !finite(jtv)) return
    const [left, right] = [inner(v, jw), inner(jtv, w)]
    // Where the terms themselves are left from cancellation, they are as wrong as what cancelled was rounded.
    const rounding = 64 * (c.coarse ? 2 ** -23 : 2 ** -52) * c.magnitude
    const allowed = toleranceOf(c) * (left.size + right.size) + rounding
    if (!(Math.abs(left.sum - right.sum) <= allowed))
      refute([
        `⟨v, J w⟩ = ${left.sum}, ⟨Jᵀ v, w⟩ = ${right.sum}; allowed ${allowed.toPrecision(3)}`,
        ...v.map((t, i) => `v${i} = ${String(t)}, (J w)${i} = ${String(jw[i])}`),
        ...w.map((t, i) => `w${i} = ${String(t)}, (Jᵀ v)${i} = ${String(jtv[i])}`),
      ].join('\n'))
  }),
}
