/**
 * Code of the scatters that multiply or take extrema, and of the recurrence in which products are differentiated.
 */
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { IndexParams } from '../../ir/types'
import { codeOf, settle, settledProduct } from './element'
import { addressing, type Combine } from './indexing'

export const mulRuns: Combine = (to, at, n, from, p, rest, code) => {
  for (let i = 0; i < n; i++, p += rest) {
    const o = at[i]!
    if (o >= 0) for (let j = 0; j < rest; j++) to[o + j] = settledProduct(code, to[o + j]!, from[p + j]!)
  }
}

export const minRuns: Combine = (to, at, n, from, p, rest) => {
  for (let i = 0; i < n; i++, p += rest) {
    const o = at[i]!
    if (o >= 0) for (let j = 0; j < rest; j++) if (!(from[p + j]! >= to[o + j]!) && to[o + j] === to[o + j]) to[o + j] = from[p + j]!
  }
}

export const maxRuns: Combine = (to, at, n, from, p, rest) => {
  for (let i = 0; i < n; i++, p += rest) {
    const o = at[i]!
    if (o >= 0) for (let j = 0; j < rest; j++) if (!(from[p + j]! <= to[o + j]!) && to[o + j] === to[o + j]) to[o + j] = from[p + j]!
  }
}

/** For each row in turn (or from the last): notes the state where it points, then state ← a·state + b. */
export const indexedRecurrenceKernel: KernelSpec = opaque(([x, indices], _outs, params: IndexParams & { readonly reverse: boolean }) => {
  const { rest, visit } = addressing(x!.shape, indices!.shape, params)
  const code = codeOf(x!.dtype)
  const { reverse } = params
  return ([, index, a, b], [state, before]) =>
    visit(index!, (first, n, at) => {
      for (let i = 0; i < n; i++) {
        const row = reverse ? n - 1 - i : i
        const o = at[row]!
        for (let j = 0, p = (first + row) * rest; j < rest; j++, p++) {
          if (o < 0) before![p] = 0
          else {
            const s = state![o + j]!
            before![p] = s
            state![o + j] = settle(code, settledProduct(code, a![p]!, s) + b![p]!)
          }
        }
      }
    }, reverse)
}, 0)
