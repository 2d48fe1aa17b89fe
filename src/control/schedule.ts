/**
 * Checkpointing schedules: which states of a loop are kept, and from which of them the backward sweep sets out again.
 *
 * Law: β(s, r) = C(s + r, s) steps can be reversed with s states kept (the initial one among them) when no step is run
 * forward more than r times before it is turned. With r the least such that l ≤ β(s, r), the least number of forward
 * steps is t(l, s) = r l − β(s + 1, r − 1); `reverse` makes just so many. Without a known length, `place` keeps states
 * such that t(l, s) + 1 are made for all l ≤ β(s, 2), the last step being run to learn that it is the last; beyond, r is
 * the same, and so at most r l are made. Tests measure both; the bounds of Stumm & Walther 2010 ("New algorithms for
 * optimal online checkpointing"), who set the problem, were not compared.
 * Method up to β(s, 2): all slots are used at all times, and what follows the i-th state is not longer than s − i + 1, which
 * can be turned with each step run once more. The gaps grow one after another, by dropping the state after the first that
 * is not full. At β(s, 2) they are those of the scheme that goes on from there.
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
  /** β(s, 2), up to which gaps are filled; the one that is being filled. */
  readonly #limit: number
  #filling = 0

  constructor(count: number) {
    this.#count = count
    this.#limit = count === 1 ? Infinity : reach(count, 2)
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
    this.#filling = 0
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

  /** The step before which the last state that is kept stands. */
  get last(): number {
    return this.#positions[this.#top]!
  }

  /** Keeps the state before step `at` − 1: if `at` is the last step, that state is at hand anyway. */
  #fill(at: number): number {
    const position = at - 1
    if (position < 1) return -1
    const [positions, slots] = [this.#positions, this.#slots]
    if (this.#top + 1 < this.#count) this.#top++
    else {
      let i = this.#filling
      while (i < this.#count - 1 && positions[i + 1]! - positions[i]! === this.#count - i + 1) i++
      this.#filling = i
      if (i + 1 >= this.#count) return -1
      const slot = slots[i + 1]!
      positions.copyWithin(i + 1, i + 2, this.#top + 1)
      slots.copyWithin(i + 1, i + 2, this.#top + 1)
      slots[this.#top] = slot
    }
    positions[this.#top] = position
    return slots[this.#top]!
  }

  /** At β(s, 2): entry i is level i, and all levels have reached β(s − i, 2). */
  #settle(): void {
    for (let i = 0; i <= this.#top; i++) {
      this.#levels[i] = i
      this.#bases[i] = this.#positions[i]!
      this.#phases[i] = 2
      this.#ends[i] = this.#limit
    }
    this.#deepest = this.#count - 2
    this.#next = this.#limit
  }

  /**
   * The slot in which to keep a state, that before step `last`, or −1; to be asked before the steps `at` = 1, 2, … in turn,
   * while nobody knows where it ends. That state is the one before step `at`, or the one before that. From β(s, 2) on level k has s − k slots and reaches β(s − k, r) steps; there it places its next level anew, with
   * r + 1. What deeper levels had placed stays until its slot is wanted, the last first: that costs the fewest steps.
   */
  place(at: number): number {
    if (at < this.#limit) return this.#fill(at)
    if (at === this.#limit) this.#settle()
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

  /** Keeps the states that `reverse` would set out to keep of the steps before `end`; the last of them, and its step. */
  sweep(end: number, advance: Steps['advance']): { readonly slot: number; readonly at: number } {
    for (;;) {
      const at = this.#positions[this.#top]!
      const slot = this.#slots[this.#top]!
      const free = this.#count - this.#top
      if (end - at <= 1 || free === 1) return { slot, at }
      this.#keep(at, at + advanceBy(end - at, free), slot, advance)
    }
  }

  #keep(at: number, to: number, slot: number, advance: Steps['advance']): void {
    this.#top++
    this.#positions[this.#top] = to
    advance(slot, at, to, this.#slots[this.#top]!)
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
        this.#keep(at, at + advanceBy(left - at, free), slot, (from, first, to, into) => steps.advance(from, first, to, into))
      }
    }
  }
}
