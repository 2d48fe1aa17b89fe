/**
 * A step in parts, run by the caller and by threads: the caller stages what is to be staged, in order, and runs parts itself
 * while others do.
 *
 * Law: what JavaScript does before and after parts it does in the order of the parts, so results do not depend on who ran which.
 * When a step has ended, also by an exception, no thread is in it.
 */
import type { Code } from '../wasm/assembler'
import type { Staging } from '../wasm/staging'
import type { Outside } from '../wasm/site'
import { ringOf, word } from './control'
import { ring, summoned, type Kernel } from './pool'

/** A part function: address of the memory, beginning and end, owner of memory, number of the part. */
export type Part = (base: number, from: number, to: number, own: number, index: number) => void

/** A step in parts. */
export interface Parts {
  /** Units of a part, and of the whole step: bytes of elements, where there is staging. */
  readonly length: number
  readonly units: number
  readonly staging: Staging | undefined
  /** Slots that have a block for each place of the ring, and the doubles of one: blocks begin at the place's own. */
  readonly scratch: readonly number[]
  readonly stride: number
  /** Joins the results of the parts. */
  readonly finish: Outside | undefined
}

/** When a step is worth its parts, and how large those are. */
export interface Measure {
  /** Nanoseconds of one thread's that a step takes, at least. */
  readonly least: number
  /** Elements of a part. */
  readonly elements: number
}

/** The code of a part, and how it is run. */
export interface Cut {
  readonly code: Code
  readonly parts: Parts
}

/** Jobs that the caller does alone after threads could not do most of theirs. */
const rest = 15
/** Looks at a part that a thread runs before the caller sleeps a little. */
const looks = 2000

/** Whether the caller may sleep: the main thread of a page may not. */
let sleeps = true
function sleep(c: Int32Array, at: number, seen: number): void {
  if (!sleeps) return
  try {
    Atomics.wait(c, at, seen, 1)
  } catch {
    sleeps = false
  }
}

/** What is done with one part. */
interface Steps {
  readonly before: (k: number) => void
  readonly run: (k: number) => void
  readonly after: (k: number) => void
}

/** Runs `count` parts with the threads of a job that is described in c; says whether threads refused most of theirs. */
function together(c: Int32Array, count: number, places: number, ahead: number, { before, run, after }: Steps): boolean {
  const first = Atomics.load(c, word.next)
  const place = (k: number): number => word.done + (k % places)
  const claimed = (k: number): boolean => Atomics.compareExchange(c, word.next, (first + k) | 0, (first + k + 1) | 0) === ((first + k) | 0)
  const next = (): number => (Atomics.load(c, word.next) - first) | 0
  const settle = (k: number): void => void Atomics.store(c, place(k), 2 * k + 2)
  /** Whether a thread refused part k, once it is done; `meanwhile` says whether it did something in the time. */
  const refused = (k: number, meanwhile: () => boolean): boolean => {
    for (let looked = 0; ; ) {
      const seen = Atomics.load(c, place(k))
      if (seen >> 1 === k + 1) return (seen & 1) === 1
      if (!meanwhile() && ++looked > looks) sleep(c, place(k), seen)
    }
  }
  c[word.first] = first
  c.fill(0, word.done, word.done + places)
  let [ready, done, running] = [0, 0, -1]
  let [taken, returned] = [count, 0]
  /** Makes as many parts ready as are soon claimed: the ring has room for more while a thread that has one does not run. */
  const offer = (): void => {
    for (const most = Math.min(count, done + places, next() + ahead); ready < most; ready++) {
      before(ready)
      Atomics.store(c, word.ready, (first + ready + 1) | 0)
      if (ready === 0 || Atomics.load(c, word.asleep) > 0) ring(c)
    }
  }
  const help = (): boolean => {
    offer()
    const k = next()
    if (k >= ready) return false
    if (!claimed(k)) return true
    running = k
    run(k)
    running = -1
    taken--
    settle(k)
    return true
  }
  try {
    for (; done < count; done++) {
      if (refused(done, help)) {
        returned++
        run(done)
      }
      after(done)
    }
  } catch (error) {
    if (running >= 0) settle(running)
    for (let k = next(); k < ready; k = next()) if (claimed(k)) settle(k)
    for (; done < ready; done++) refused(done, () => false)
    throw error
  }
  return returned > 0 && 2 * returned >= taken
}

/** Runs the parts of a step; `part` is function `number` of the kernel, in the caller's instance. */
export function regionOf(parts: Parts, threads: number, number: number, kernel: () => Kernel, part: () => Part): Outside {
  const { length, units, staging, scratch, stride, finish } = parts
  const count = Math.ceil(units / length)
  const places = ringOf(threads)
  const end = (k: number): number => Math.min(units, (k + 1) * length)
  let alone = 0
  /** The table that was last run on, and its blocks of all places; blocks of each are put in their stead while its part is staged. */
  let of: readonly Float64Array[] | undefined
  let wholes: readonly Float64Array[] = []
  let blocks: (readonly Float64Array[])[] = []
  const put = (m: readonly Float64Array[], arrays: readonly Float64Array[]): void => scratch.forEach((slot, i) => ((m as Float64Array[])[slot] = arrays[i]!))
  return (r, m, base) => {
    const call = part()
    if (of !== m) [of, wholes, blocks] = [m, scratch.map((slot) => m[slot]!), []]
    const staged = (runs: readonly Outside[] | undefined, k: number): void => {
      if (!runs || runs.length === 0) return
      const place = k % places
      put(m, (blocks[place] ??= wholes.map((a) => a.subarray(place * stride, (place + 1) * stride))))
      for (const f of runs) f(r, m, (k * length) / 8, (end(k) - k * length) / 8)
    }
    const steps: Steps = {
      before: (k) => staged(staging?.before, k),
      run: (k) => call(base, k * length, end(k), staging ? k % places : 0, k),
      after: (k) => staged(staging?.after, k),
    }
    try {
      const c = alone > 0 ? undefined : summoned(threads, kernel())
      if (c) {
        c.set([kernel().id, number, base, length, units, places, threads, staging ? 1 : 0], word.kernel)
        if (together(c, count, places, threads + 1, steps)) alone = rest
      } else {
        alone--
        for (let k = 0; k < count; k++) {
          steps.before(k)
          steps.run(k)
          steps.after(k)
        }
      }
    } finally {
      put(m, wholes)
    }
    if (staging) for (const f of staging.ends) f(r, m, 0, 0)
    finish?.(r, m, 0, 0)
  }
}
