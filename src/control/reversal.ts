/**
 * The backward sweep of a loop from few kept states: steps are run forward again, and turned one by one.
 *
 * Law: turns the steps before `end`, the last first, each at the state before it; so it equals the sweep over all states.
 * Memory is the kept states, two more, the slices and cotangents of one step; a step allocates nothing.
 */
import { size } from '../data/shape'
import type { OpaqueRun } from '../ir/kernel'
import type { Aval } from '../ir/types'
import { Snapshots, type Steps } from './schedule'

type Buffers = readonly Float64Array[]
export const buffersOf = (avals: readonly Aval[]): Float64Array[] => avals.map((a) => new Float64Array(size(a.shape)))
export const bytesOf = (...groups: readonly Buffers[]): number => groups.reduce((n, g) => g.reduce((m, b) => m + b.byteLength, n), 0)

/** What a run forward leaves behind: states by slot, which are made when first wanted, and those of the last two steps. */
export class States {
  readonly snapshots: Snapshots
  /** Slot 0 is the caller's initial state. */
  readonly slots: Buffers[] = []
  now: Buffers
  next: Buffers
  /** The state before the last step. */
  before: Buffers = []
  steps = 0

  constructor(carry: readonly Aval[], slots: number) {
    this.snapshots = new Snapshots(slots)
    this.now = buffersOf(carry)
    this.next = buffersOf(carry)
  }
  get bytes(): number {
    return bytesOf(this.now, this.next, ...this.slots.slice(1))
  }
}

export interface SweepSpec {
  /** From its constants, a state and a step's slices to the next state. */
  readonly step: OpaqueRun
  readonly carry: readonly Aval[]
  /** Slices that a step reads. */
  readonly slices: readonly Aval[]
  readonly slots: number
}

/** A run forward that keeps few states. */
export class Sweep {
  readonly slices: Float64Array[]
  /** Called before a step, to fill `slices`, and after it. */
  load: (at: number) => void = () => undefined
  took: (at: number) => void = () => undefined
  readonly #spec: SweepSpec
  #states: States
  #operands: Float64Array[] = []
  #at = 0

  constructor(spec: SweepSpec) {
    this.#spec = spec
    this.slices = buffersOf(spec.slices)
    this.#states = this.fresh()
  }

  fresh(): States {
    return new States(this.#spec.carry, this.#spec.slots)
  }

  get states(): States {
    return this.#states
  }

  get bytes(): number {
    return bytesOf(this.slices) + this.#states.bytes
  }

  /** Begins at an initial state; or after a run that left states behind, which are taken over. */
  start(consts: Buffers, init: Buffers, left?: States): void {
    if (left) this.#states = left
    else {
      this.#states.snapshots.begin()
      this.#states.steps = 0
    }
    this.#states.slots[0] = init
    this.#operands = [...consts, ...init, ...this.slices]
    this.#at = consts.length
    this.#spec.step.still?.(consts.length)
  }

  /** Lets go of the caller's arrays, and of the states, for others. */
  stop(next: States): States {
    const states = this.#states
    if (states !== next && states.before === states.slots[0]) states.before = states.before.map((b) => b.slice())
    states.slots[0] = []
    this.#operands = []
    this.#states = next
    return states
  }

  /** The state in a slot. */
  state(slot: number): Buffers {
    return slot < 0 ? this.#states.now : (this.#states.slots[slot] ??= buffersOf(this.#spec.carry))
  }

  /** Steps on from a state before step `at`, while `goesOn` says so; `visit` is called before each. The state at the end. */
  #run(state: Buffers, at: number, goesOn: (state: Buffers, at: number) => boolean, visit: (state: Buffers, at: number) => void): Buffers {
    const s = this.#states
    let now = state
    let t = at
    for (; goesOn(now, t); t++) {
      visit(now, t)
      const target = s.next
      this.step(now, target, t)
      s.before = now
      now = target
      s.next = s.now
      s.now = target
    }
    s.steps = t
    return now
  }

  /** Steps from the initial state while `goesOn` says so, keeping states on the way. The state at the end. */
  online(goesOn: (state: Buffers) => boolean): Buffers {
    const { snapshots } = this.#states
    return this.#run(this.state(0), 0, goesOn, (state, at) => {
      const slot = at > 0 ? snapshots.place(at) : -1
      if (slot < 0) return
      const kept = snapshots.last === at ? state : this.#states.before
      this.state(slot).forEach((b, i) => b.set(kept[i]!))
    })
  }

  /** The same for a number of steps, where the states to keep are known. */
  offline(end: number): Buffers {
    const { slot, at } = this.#states.snapshots.sweep(end, (from, first, to, into) => this.advance(from, first, to, into))
    return this.#run(this.state(slot), at, (_state, t) => t < end, () => undefined)
  }

  advance(from: number, at: number, to: number, into: number): void {
    const s = this.#states
    let state = this.state(from)
    for (let t = at; t < to; t++) {
      const last = t === to - 1 && into >= 0
      const target = last ? this.state(into) : s.next
      this.step(state, target, t)
      state = target
      if (!last) {
        s.next = s.now
        s.now = target
      }
    }
  }

  step(state: Buffers, target: Buffers, at: number): void {
    this.load(at)
    for (let i = 0; i < state.length; i++) this.#operands[this.#at + i] = state[i]!
    this.#spec.step(this.#operands, target)
    this.took(at)
  }
}

export interface ReversalSpec extends SweepSpec {
  /** From its constants, a state, a step's slices, its result's cotangents, sums and cotangents of the next state to the latter two and cotangents of slices. */
  readonly turn: OpaqueRun
  /** Sums of constants' cotangents, then cotangents of the carry. */
  readonly sums: readonly Aval[]
  /** The cotangents of results that only `turn` reads. */
  readonly cotangents: readonly Aval[]
  /** Cotangents of slices that `turn` gives. */
  readonly turned: readonly Aval[]
}

/** The backward sweep over the steps of such a run. */
export class Reversal extends Sweep implements Steps {
  readonly cotangents: Float64Array[]
  readonly turned: Float64Array[]
  /** Called before and after a turn, to fill `cotangents` and take `turned`. */
  ready: (at: number) => void = () => undefined
  take: (at: number) => void = () => undefined
  readonly #turn: OpaqueRun
  #sums: Float64Array[]
  #fresh: Float64Array[]
  #operands: Float64Array[] = []
  #turnAt = 0
  #sumsAt = 0
  readonly #results: Float64Array[]

  constructor(spec: ReversalSpec) {
    super(spec)
    this.#turn = spec.turn
    this.cotangents = buffersOf(spec.cotangents)
    this.turned = buffersOf(spec.turned)
    this.#sums = buffersOf(spec.sums)
    this.#fresh = buffersOf(spec.sums)
    this.#results = [...this.#fresh, ...this.turned]
  }

  override get bytes(): number {
    return super.bytes + bytesOf(this.cotangents, this.turned, this.#sums, this.#fresh)
  }

  begin(stepConsts: Buffers, turnConsts: Buffers, init: Buffers, left?: States): void {
    this.start(stepConsts, init, left)
    this.#turn.still?.(turnConsts.length)
    this.#operands = [...turnConsts, ...init, ...this.slices, ...this.cotangents, ...this.#sums]
    this.#turnAt = turnConsts.length
    this.#sumsAt = this.#operands.length - this.#sums.length
  }

  /** Sets the sums to zero and the cotangents of the final state. */
  seed(cts: Buffers): void {
    const consts = this.#sums.length - cts.length
    for (let i = 0; i < consts; i++) this.#sums[i]!.fill(0)
    cts.forEach((ct, i) => this.#sums[consts + i]!.set(ct))
  }

  /** Turns all steps of the run that left these states. */
  back(): void {
    const { steps, before, snapshots } = this.states
    // The state before the last step is still there.
    if (steps > 0) this.turnAt(before, steps - 1)
    snapshots.reverse(Math.max(0, steps - 1), this)
  }

  /** Lets go of the caller's arrays, and of states taken over; the sums are there until the next seed. */
  end(own: States): readonly Float64Array[] {
    this.stop(own)
    this.#operands = []
    return this.#sums
  }

  turn(slot: number, at: number): void {
    this.turnAt(this.state(slot), at)
  }

  turnAt(state: Buffers, at: number): void {
    const operands = this.#operands
    this.load(at)
    this.ready(at)
    const sums = this.#sums
    const fresh = this.#fresh
    for (let i = 0; i < state.length; i++) operands[this.#turnAt + i] = state[i]!
    for (let i = 0; i < sums.length; i++) {
      operands[this.#sumsAt + i] = sums[i]!
      this.#results[i] = fresh[i]!
    }
    this.#turn(operands, this.#results)
    this.#sums = fresh
    this.#fresh = sums
    this.take(at)
  }
}
