/**
 * A tape: residuals of steps, one record of numbers a step, written forward and read backward.
 *
 * Law: what is read at a step is what was written there. It grows by blocks that stay where they are, so that it has the bytes
 * of its records and at most one block more, also while it grows; it keeps its memory between sweeps.
 */

/** Numbers of a block, about; a record is never cut. */
const block = 8192

/** A growing run of records of equal size. */
export class Tape {
  readonly #blocks: Float64Array[] = []
  readonly #record: number
  /** Steps of a block. */
  readonly #steps: number
  constructor(record: number) {
    this.#record = record
    this.#steps = Math.ceil(block / Math.max(1, record))
  }
  get bytes(): number {
    return this.#blocks.length * this.#steps * this.#record * 8
  }
  write(step: number, parts: readonly Float64Array[]): void {
    const to = (this.#blocks[Math.floor(step / this.#steps)] ??= new Float64Array(this.#steps * this.#record))
    let at = (step % this.#steps) * this.#record
    for (const p of parts) for (let i = 0; i < p.length; i++) to[at++] = p[i]!
  }
  read(step: number, parts: readonly Float64Array[]): void {
    const from = this.#blocks[Math.floor(step / this.#steps)]!
    let at = (step % this.#steps) * this.#record
    for (const p of parts) for (let i = 0; i < p.length; i++) p[i] = from[at++]!
  }
}
