/**
 * The kernels of a checkpointed scan's gradient: a run that keeps few carries, and the sweep back over it.
 *
 * Law: a sweep back without a run sets out from the initial carry, and has the same bits; it runs as many steps forward as
 * the schedule says, and a run that also gives the scan's value one more, the last.
 */
import { written } from '../compile/control'
import { copy } from '../data/dtype'
import { keeping, type KernelSpec, type OpaqueRun } from '../ir/kernel'
import { aval, type Aval } from '../ir/types'
import { keep, taken } from './kept'
import { buffersOf, bytesOf, Reversal, Sweep, type States } from './reversal'
import { reads } from './scan-kernel'
import { scanParts, segments, type ScanGrad } from './scan-types'

const rowOf = (a: Aval): Aval => aval(a.shape.slice(1), a.dtype)
const slotsOf = (p: ScanGrad): number => Math.max(1, Math.min(p.checkpoint, p.length))
const rowAt = ({ reverse, length }: ScanGrad, t: number): number => (reverse ? length - 1 - t : t)

/** Puts step t's slices of arrays into buffers; only those that are read. */
const filler = (p: ScanGrad, from: readonly Float64Array[], to: readonly Float64Array[], read: readonly boolean[]) => (t: number): void => {
  for (let i = 0; i < to.length; i++) {
    const n = to[i]!.length
    if (read[i]) copy(from[i]!, rowAt(p, t) * n, to[i]!, 0, n)
  }
}

/** A run of the scan that is kept. Operands: the scan's, and what `advance` captured. */
export const scanRecordKernel: KernelSpec = {
  _tag: 'Programs',
  make: (compile, ins, _outs, p: ScanGrad) => {
    const { consts, carries } = p
    const [, carry, xs] = scanParts(p, ins.slice(0, p.body.inputs.length))
    const ys = buffersOf(p.record.outs.slice(carries).map((o) => o.aval))
    const targets: Float64Array[] = [...buffersOf(carry), ...ys]
    const record = compile(p.record, written)
    const step: OpaqueRun = (operands, next) => {
      for (let i = 0; i < carries; i++) targets[i] = next[i]!
      record(operands, targets)
    }
    const sweep = new Sweep({ step: Object.assign(step, { still: record.still }), carry, slices: xs.map(rowOf), slots: slotsOf(p) })
    const stepReads = reads(p.record).slice(p.advanceCaptured + consts + carries)
    const free: States[] = []
    const run: OpaqueRun = (inputs, outputs) => {
      const [constants, init, arrays] = scanParts(p, inputs.slice(0, p.body.inputs.length))
      sweep.load = filler(p, arrays, sweep.slices, stepReads)
      sweep.took = (t) => {
        for (let i = 0; i < ys.length; i++) copy(ys[i]!, 0, outputs[carries + i]!, rowAt(p, t) * ys[i]!.length, ys[i]!.length)
      }
      sweep.start([...inputs.slice(p.body.inputs.length), ...constants], init)
      sweep.offline(p.length).forEach((x, i) => outputs[i]!.set(x.subarray(0, outputs[i]!.length)))
      const states = sweep.stop(free.pop() ?? sweep.fresh())
      outputs[carries + ys.length]![0] = keep<States>({ program: p.advance, run: states, bytes: states.bytes, release: () => void free.push(states) })
    }
    return keeping(run, () => sweep.bytes + bytesOf(ys) + free.reduce((n, s) => n + s.bytes, 0))
  },
}

/** The sweep back over a run, or from the initial carry. */
export const scanSweepKernel: KernelSpec = {
  _tag: 'Programs',
  make: (compile, ins, outs, p: ScanGrad) => {
    const { consts, carries, length } = p
    const s = segments(p, ins)
    const [, carry, xs] = scanParts(p, s.scan)
    const ctCarries = p.wanted.slice(consts, consts + carries).filter(Boolean).length
    const sums = p.wanted.slice(0, consts + carries).filter(Boolean).length
    const reversal = new Reversal({
      step: compile(p.advance, written),
      turn: compile(p.turn, written),
      carry,
      sums: outs.slice(0, sums),
      slices: xs.map(rowOf),
      cotangents: s.cts.slice(ctCarries).map(rowOf),
      turned: outs.slice(sums).map(rowOf),
      slots: slotsOf(p),
    })
    const own = reversal.states
    const { slices, cotangents, turned } = reversal
    const stepReads = reads(p.advance).slice(p.advanceCaptured + consts + carries)
    const turnReads = reads(p.turn).slice(p.turnCaptured + consts + carries)
    const all = cotangents.map(() => true)
    const run: OpaqueRun = (inputs, outputs) => {
      const given = segments(p, inputs)
      const [constants, init, arrays] = scanParts(p, given.scan)
      reversal.load = filler(p, arrays, slices, stepReads)
      const [turnSlices, rows] = [filler(p, arrays, slices, turnReads), filler(p, given.cts.slice(ctCarries), cotangents, all)]
      reversal.ready = (t) => {
        turnSlices(t)
        rows(t)
      }
      reversal.take = (t) => {
        for (let i = 0; i < turned.length; i++) copy(turned[i]!, 0, outputs[sums + i]!, rowAt(p, t) * turned[i]!.length, turned[i]!.length)
      }
      const kept = taken<States>(given.number[0]!, p.advance)
      reversal.begin([...given.advance, ...constants], [...given.turn, ...constants], init, kept?.run)
      reversal.seed(given.cts.slice(0, ctCarries))
      if (kept) reversal.back()
      else reversal.states.snapshots.reverse(length, reversal)
      reversal.end(own).forEach((x, i) => outputs[i]!.set(x))
      kept?.release()
    }
    return keeping(run, () => reversal.bytes)
  },
}
