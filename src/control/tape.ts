/**
 * A tape: residuals of steps, one record of numbers a step, written forward and read backward.
 *
 * Law: what is read at a step is what was written there. It grows by doubling, and keeps its memory between sweeps.
 */

/** A growing run of records of equal size. */
export class Tape {
  #data = new Float64Array(1024)
  readonly #record: number
  constructor(record: number) {
    this.#record = record
  }
  get bytes(): number {
    return this.#data.byteLength
  }
  write(step: number, parts: readonly Float64Array[]): void {
    const end = (step + 1) * this.#record
    if (end > this.#data.length) {
      const larger = new Float64Array(Math.max(end, 2 * this.#data.length))
      larger.set(this.#data)
      this.#data = larger
    }
    let at = step * this.#record
    for (const p of parts) for (let i = 0; i < p.length; i++) this.#data[at++] = p[i]!
  }
  read(step: number, parts: readonly Float64Array[]): void {
    let at = step * this.#record
    for (const p of parts) for (let i = 0; i < p.length; i++) p[i] = this.#data[at++]!
  }
}
