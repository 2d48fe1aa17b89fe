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

export interface ReversalSpec {
  /** From its constants, a state and a step's slices to the next state. */
  readonly step: OpaqueRun
  /** From its constants, a state, a step's slices, its result's cotangents, sums and cotangents of the next state to the latter two and cotangents of slices. */
  readonly turn: OpaqueRun
  readonly carry: readonly Aval[]
  /** Sums of constants' cotangents, then cotangents of the carry. */
  readonly sums: readonly Aval[]
  /** Slices that `step` reads, then the cotangents of results that only `turn` reads. */
  readonly slices: readonly Aval[]
  readonly cotangents: readonly Aval[]
  /** Cotangents of slices that `turn` gives. */
  readonly turned: readonly Aval[]
  readonly slots: number
}

export class Reversal implements Steps {
  readonly snapshots: Snapshots
  readonly slices: Float64Array[]
  readonly cotangents: Float64Array[]
  readonly turned: Float64Array[]
  /** Called before a step, to fill `slices`; before and after a turn, to fill `cotangents` and take `turned`. */
  load: (at: number) => void = () => undefined
  ready: (at: number) => void = () => undefined
  take: (at: number) => void = () => undefined
  readonly #spec: ReversalSpec
  /** States by slot; made when first wanted. Slot 0 is the caller's initial state. */
  readonly #states: Buffers[] = []
  #now: Buffers
  #next: Buffers
  #sums: Float64Array[]
  #fresh: Float64Array[]
  #stepOperands: Float64Array[] = []
  #turnOperands: Float64Array[] = []
  #stepAt = 0
  #turnAt = 0
  #sumsAt = 0
  readonly #results: Float64Array[]

  constructor(spec: ReversalSpec) {
    this.#spec = spec
    this.snapshots = new Snapshots(spec.slots)
    this.slices = buffersOf(spec.slices)
    this.cotangents = buffersOf(spec.cotangents)
    this.turned = buffersOf(spec.turned)
    this.#now = buffersOf(spec.carry)
    this.#next = buffersOf(spec.carry)
    this.#sums = buffersOf(spec.sums)
    this.#fresh = buffersOf(spec.sums)
    this.#results = [...this.#fresh, ...this.turned]
  }

  get bytes(): number {
    return bytesOf(this.slices, this.cotangents, this.turned, this.#now, this.#next, this.#sums, this.#fresh, ...this.#states.slice(1))
  }

  begin(stepConsts: Buffers, turnConsts: Buffers, init: Buffers): void {
    this.#states[0] = init
    this.#stepOperands = [...stepConsts, ...init, ...this.slices]
    this.#turnOperands = [...turnConsts, ...init, ...this.slices, ...this.cotangents, ...this.#sums]
    this.#stepAt = stepConsts.length
    this.#turnAt = turnConsts.length
    this.#sumsAt = this.#turnOperands.length - this.#sums.length
    this.snapshots.begin()
  }

  /** Sets the sums to zero and the cotangents of the final state. */
  seed(cts: Buffers): void {
    const consts = this.#sums.length - cts.length
    for (let i = 0; i < consts; i++) this.#sums[i]!.fill(0)
    cts.forEach((ct, i) => this.#sums[consts + i]!.set(ct))
  }

  /** Lets go of the caller's arrays; the sums are there until the next seed. */
  end(): readonly Float64Array[] {
    this.#states[0] = []
    this.#stepOperands = []
    this.#turnOperands = []
    return this.#sums
  }

  /** Steps from the initial state while `goesOn` says so, keeping states on the way; then turns the last step. Returns how many steps are left to turn. */
  online(goesOn: (state: Buffers) => boolean): number {
    let state = this.state(0)
    let before = state
    let at = 0
    for (; goesOn(state); at++) {
      const slot = at > 0 ? this.snapshots.place(at) : -1
      if (slot >= 0) {
        const kept = this.snapshots.last === at ? state : before
        this.state(slot).forEach((b, i) => b.set(kept[i]!))
      }
      const target = this.#next
      this.step(state, target, at)
      before = state
      state = target
      this.#next = this.#now
      this.#now = target
    }
    // The state before the last step is still there.
    if (at > 0) this.turnAt(before, at - 1)
    return Math.max(0, at - 1)
  }

  /** The state in a slot. */
  state(slot: number): Buffers {
    return slot < 0 ? this.#now : (this.#states[slot] ??= buffersOf(this.#spec.carry))
  }

  advance(from: number, at: number, to: number, into: number): void {
    let state = this.state(from)
    for (let t = at; t < to; t++) {
      const last = t === to - 1 && into >= 0
      const target = last ? this.state(into) : this.#next
      this.step(state, target, t)
      state = target
      if (!last) {
        this.#next = this.#now
        this.#now = target
      }
    }
  }

  step(state: Buffers, target: Buffers, at: number): void {
    this.load(at)
    for (let i = 0; i < state.length; i++) this.#stepOperands[this.#stepAt + i] = state[i]!
    this.#spec.step(this.#stepOperands, target)
  }

  turn(slot: number, at: number): void {
    this.turnAt(this.state(slot), at)
  }

  turnAt(state: Buffers, at: number): void {
    const operands = this.#turnOperands
    this.load(at)
    this.ready(at)
    const sums = this.#sums
    const fresh = this.#fresh
    for (let i = 0; i < state.length; i++) operands[this.#turnAt + i] = state[i]!
    for (let i = 0; i < sums.length; i++) {
      operands[this.#sumsAt + i] = sums[i]!
      this.#results[i] = fresh[i]!
    }
    this.#spec.turn(operands, this.#results)
    this.#sums = fresh
    this.#fresh = sums
    this.take(at)
  }
}
