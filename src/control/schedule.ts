/**
 * Checkpointing schedules: which states of a loop are kept, and from which of them the backward sweep sets out again.
 *
 * Law: β(s, r) = C(s + r, s) steps can be reversed with s states kept (the initial one among them) when no step is run
 * forward more than r times before it is turned. With r the least such that l ≤ β(s, r), the least number of forward
 * steps is t(l, s) = r l − β(s + 1, r − 1); `reverse` makes just so many. Without a known length, `place` keeps states
 * such that r is the same, and so at most r l steps are made.
 * Source: Griewank 1992, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
 * differentiation"; Griewank & Walther 2000, Algorithm 799: revolve; Wang, Moin & Iaccarino 2009, "Minimal repetition
 * dynamic checkpointing algorithm for unsteady adjoint calculation".
 */

/** β(s, r): how many steps can be reversed with s states, where each is run forward at most r times. */
export function reach(slots: number, repetitions: number): number {
  if (repetitions < 0) return 0
  const [few, many] = slots < repetitions ? [slots, repetitions] : [repetitions, slots]
  let n = 1
  for (let k = 1; k <= few && Number.isSafeInteger(n); k++) n = (n * (many + k)) / k
  return Number.isSafeInteger(n) ? n : Infinity
}

/** The least r such that l ≤ β(s, r). */
export function repetitions(steps: number, slots: number): number {
  let r = 0
  for (let n = 1; n < steps; n = (n * (slots + r)) / r) r++
  return r
}

/** t(l, s): the least number of forward steps before the l turns, with s states kept. */
export function forwardSteps(steps: number, slots: number): number {
  const r = repetitions(steps, slots)
  return r * steps - reach(slots + 1, r - 1)
}

/**
 * How many steps to advance before the next state is kept: m + t(m, s) + t(l − m, s − 1) is least. t(·, s) is convex
 * with slope r between β(s, r − 1) and β(s, r), so the minimum is where m ≤ β(s, r − 1) and l − m ≥ β(s − 1, r − 1), and
 * as far down as l − m ≤ β(s − 1, r): the largest such m, for then the fewest states are written.
 */
export function advanceBy(steps: number, slots: number): number {
  const r = repetitions(steps, slots)
  return Math.min(reach(slots, r - 1), steps - reach(slots - 1, r - 1))
}

/** What a schedule drives. Slot −1 is a place for a state that is turned at once. */
export interface Steps {
  /** Runs the steps from `at` up to `to`, from the state in one slot to that in another. */
  readonly advance: (from: number, at: number, to: number, into: number) => void
  /** Turns a step: its pullback, at the state in the slot. */
  readonly turn: (slot: number, at: number) => void
}

/** An entry that is no longer needed for the bound, but saves steps until its slot is wanted. */
const spare = -1

/** The states that are kept, in the order of their steps. The initial state is always one, and in slot 0. */
export class Snapshots {
  readonly #count: number
  readonly #positions: Float64Array
  /** A permutation: the slots of the entries, then those that are free. */
  readonly #slots: Int32Array
  #top = 0
  /** Entry i of level k was placed by level k − 1, whose reach ended there. */
  readonly #levels: Int32Array
  readonly #bases: Float64Array
  readonly #phases: Int32Array
  readonly #ends: Float64Array
  #deepest = 0
  #next = 0

  constructor(count: number) {
    this.#count = count
    this.#positions = new Float64Array(count)
    this.#slots = Int32Array.from({ length: count }, (_, i) => i)
    this.#levels = new Int32Array(count)
    this.#bases = new Float64Array(count)
    this.#phases = new Int32Array(count)
    this.#ends = new Float64Array(count)
  }

  /** Keeps the initial state only. */
  begin(): void {
    this.#slots.forEach((_, i) => (this.#slots[i] = i))
    this.#top = 0
    this.#positions[0] = 0
    this.#open(0, 0)
  }

  #open(level: number, at: number): void {
    this.#levels[this.#top] = level
    this.#bases[level] = at
    this.#phases[level] = 0
    this.#ends[level] = at + 1
    // The last slot has none left to place.
    this.#deepest = Math.min(level, this.#count - 2)
    this.#next = this.#deepest < 0 ? Infinity : this.#ends[this.#deepest]!
  }

  /**
   * The slot in which to keep the state before step `at`, or −1; to be asked for `at` = 1, 2, … in turn, while nobody
   * knows where it ends. Level k has s − k slots and reaches β(s − k, r) steps; there it places its next level anew, with
   * r + 1. What deeper levels had placed stays until its slot is wanted, the last first: that costs the fewest steps.
   */
  place(at: number): number {
    if (at < this.#next) return -1
    let level = this.#deepest
    while (level > 0 && this.#ends[level - 1] === at) level--
    for (let i = 0; i <= this.#top; i++) if (this.#levels[i]! > level) this.#levels[i] = spare
    this.#phases[level]!++
    this.#ends[level] = this.#bases[level]! + reach(this.#count - level, this.#phases[level]!)
    if (this.#top + 1 === this.#count) this.#drop()
    else this.#top++
    this.#positions[this.#top] = at
    this.#open(level + 1, at)
    return this.#slots[this.#top]!
  }

  /** Frees the slot of the last spare entry, for a new last one. */
  #drop(): void {
    let i = this.#top
    while (this.#levels[i] !== spare) i--
    const slot = this.#slots[i]!
    for (; i < this.#top; i++) {
      this.#positions[i] = this.#positions[i + 1]!
      this.#slots[i] = this.#slots[i + 1]!
      this.#levels[i] = this.#levels[i + 1]!
    }
    this.#slots[i] = slot
  }

  /** Turns the steps before `end`, the last first, from the states that are kept; those are used up. */
  reverse(end: number, steps: Steps): void {
    let left = end
    while (this.#top > 0 && this.#positions[this.#top]! >= left) this.#top--
    while (left > 0) {
      const at = this.#positions[this.#top]!
      const slot = this.#slots[this.#top]!
      const free = this.#count - this.#top
      if (left - at === 1) {
        steps.turn(slot, at)
        left = at
        if (at > 0) this.#top--
      } else if (free === 1) {
        steps.advance(slot, at, left - 1, -1)
        steps.turn(-1, --left)
      } else {
        const to = at + advanceBy(left - at, free)
        this.#top++
        this.#positions[this.#top] = to
        steps.advance(slot, at, to, this.#slots[this.#top]!)
      }
    }
  }
}
