/**
 * A program as steps in order, under construction: its registers, its arrays, and which of them each step touches.
 *
 * Law: an array is given back after the step that reads it last; a step may write over an array that nobody reads after it.
 * Decision: where every value lies (which array, at which strides) is known before the program runs, so views cost nothing.
 */
import { rowMajor, size, type Shape } from '../../data/shape'
import { isContiguous, merge, reshaped, whole, type Strided } from '../loop/views'
import { gather } from './loops'

/** Where a value is: one number, of every element, in a register; or in an array, seen through strides. */
export type Place = { readonly _tag: 'Number'; readonly at: number } | { readonly _tag: 'Array'; readonly view: Strided }

/** Runs on the table of arrays, whose first holds the registers; `take` makes the array of a slot. */
export type Run = (m: Float64Array[], take: (slot: number) => Float64Array) => void

export interface Step {
  readonly run: Run
  /** Arrays that the first one written may take the memory of. */
  readonly over: readonly number[]
  readonly writes: readonly number[]
}

export const inRegister = (at: number): Place => ({ _tag: 'Number', at })
export const inArray = (view: Strided): Place => ({ _tag: 'Array', view })

export class Builder {
  /** Values of registers before a run: constants, else 0. */
  readonly registers: number[] = []
  /** Elements of each array; slot 0 is the registers. */
  readonly sizes: number[] = [0]
  readonly steps: Step[] = []
  /** Where opaque kernels say what they keep between runs, in bytes. */
  readonly kept: (() => number)[] = []
  /** Whether code that is not the kernel's runs within. */
  callsOut = false
  /** The last step that touches each array. */
  readonly last: number[] = [Infinity]

  register(value = 0): number {
    return this.registers.push(value) - 1
  }
  constant(value: number): Place {
    return inRegister(this.register(value))
  }
  array(elements: number): number {
    this.last.push(-1)
    return this.sizes.push(elements) - 1
  }
  /** A fresh place for a value of the shape. */
  fresh(shape: Shape): Place {
    const n = size(shape)
    return n > 1 ? inArray(whole(this.array(n), shape)) : inRegister(this.register())
  }

  step(run: Run, reads: readonly number[], writes: readonly number[], over: readonly number[] = []): void {
    for (const slot of [...reads, ...writes]) if (slot > 0) this.last[slot] = this.steps.length
    this.steps.push({ run, writes, over: over.filter((s) => this.sizes[s] === this.sizes[writes[0]!]) })
  }

  /** The elements of a value one after another in an array of `n`. */
  contiguous(p: Place, n: number): Strided {
    if (p._tag === 'Array' && isContiguous(p.view.shape, p.view.strides)) return p.view
    const slot = this.array(n)
    if (p._tag === 'Number') this.step((m, take) => { take(slot).fill(m[0]![p.at]!) }, [], [slot])
    else {
      const { buffer, offset, shape } = p.view
      const { extents, strides } = merge(shape, p.view.strides)
      this.step((m, take) => { gather(take(slot), 0, m[buffer]!, offset, extents, strides, 0, n) }, [buffer], [slot])
    }
    return whole(slot, [n])
  }

  /** The value as a strided array of this very shape. */
  strided(p: Place, shape: Shape): Strided {
    return (p._tag === 'Array' && reshaped(p.view, shape)) || { ...this.contiguous(p, size(shape)), shape, strides: rowMajor(shape) }
  }
}
