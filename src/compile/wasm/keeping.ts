/**
 * Large arguments that are the same at every call (the data of a fit, while its parameters change) stay in the wasm memory:
 * after a few calls the program is compiled once more, with them as residents that are copied in once.
 *
 * Law: the same bits; what is kept is told by number (`lasting`), never held; where the numbers differ the plain kernel runs.
 */
import { size } from '../../data/shape'
import type { Jaxpr } from '../../ir/types'
import type { Buffer, Kernel } from '../backend'
import { numberOf } from '../lasting'

/** Elements from which on an argument is worth being kept. */
const large = 4096
/** Calls with the same elements before they are kept, and calls with others before they are given up. */
const patience = 3
/** How often a program is compiled for this. */
const tries = 3

export interface Keeper {
  readonly kernel: Kernel
  /** Whether the memory is still its own. */
  readonly isValid: () => boolean
  /** Whether it is not running. */
  readonly isFree: () => boolean
  readonly end: () => void
}

export function keeping(jaxpr: Jaxpr, plain: Kernel, make: (inputs: ReadonlySet<number>) => Keeper | undefined): Kernel {
  const candidates = jaxpr.inputs.flatMap((v, i) => (size(v.aval.shape) >= large ? [i] : []))
  if (candidates.length === 0) return plain
  const seen = candidates.map(() => 0)
  const times = candidates.map(() => 0)
  let keeper: Keeper | undefined
  let kept: readonly (readonly [input: number, number: number])[] = []
  let missed = 0
  let left = tries

  const begin = (): void => {
    const chosen = candidates.flatMap((input, k) => (times[k]! >= patience ? [[input, seen[k]!] as const] : []))
    if (chosen.length === 0) return
    left--
    keeper = make(new Set(chosen.map(([input]) => input)))
    if (!keeper) return void (left = 0)
    kept = chosen
    missed = 0
  }
  const look = (inputs: readonly Buffer[]): void => {
    candidates.forEach((input, k) => {
      const n = numberOf(inputs[input]!)
      times[k] = n !== 0 && n === seen[k] ? times[k]! + 1 : 0
      seen[k] = n
    })
    begin()
  }
  const fits = (inputs: readonly Buffer[]): boolean => {
    for (const [input, n] of kept) if (numberOf(inputs[input]!) !== n) return false
    return true
  }
  return {
    run: (inputs, outputs) => {
      if (keeper && !keeper.isValid()) keeper = undefined
      if (!keeper && left > 0) look(inputs)
      if (keeper) {
        if (keeper.isFree() && fits(inputs)) {
          missed = 0
          return keeper.kernel.run(inputs, outputs)
        }
        if (++missed === patience) {
          keeper.end()
          keeper = undefined
        }
      }
      return plain.run(inputs, outputs)
    },
    get bytes() {
      return (keeper?.kernel ?? plain).bytes
    },
    describe: () => (keeper?.kernel ?? plain).describe(),
  }
}
