/**
 * The kernels of a while loop's gradient: a run that records, and the sweep back over it.
 *
 * Law: both run the same recording program, so a sweep back that records for itself has the bits of one that was given a run.
 * A step allocates nothing; tapes and states go back to the kernel that made them.
 */
import { keeping, type CompileBody, type KernelSpec, type OpaqueRun } from '../ir/kernel'
import { aval, type Aval } from '../ir/types'
import { keep, taken, type Kept } from './kept'
import { buffersOf, bytesOf, Reversal, Sweep, type States } from './reversal'
import { Tape } from './tape'
import { blockLength, inBlocks, recordBlock, sweepBlock } from './while-blocks'
import type { WhileGrad } from './while-types'

type Buffers = readonly Float64Array[]

/** The operands of a recording run: the loop's, then what `record` captured. */
interface Given {
  readonly cc: Buffers
  readonly bc: Buffers
  readonly carry: Buffers
  readonly lead: Buffers
}

const carriesOf = (p: WhileGrad, avals: readonly Aval[]): readonly Aval[] => avals.slice(p.condConsts + p.bodyConsts, p.condConsts + p.bodyConsts + p.body.outs.length)

function given(p: WhileGrad, xs: Buffers): Given {
  let at = 0
  const take = (n: number): Buffers => xs.slice(at, (at += n))
  return { cc: take(p.condConsts), bc: take(p.bodyConsts), carry: take(p.body.outs.length), lead: take(p.recordCaptured) }
}

/** A run onto a tape. */
interface Taped {
  readonly tape: Tape
  readonly steps: number
}

/** Runs the loop and writes residuals onto tapes. */
class Recorder {
  readonly #test: OpaqueRun
  readonly #step: OpaqueRun
  #now: Buffers
  #next: Buffers
  readonly #records: Float64Array[]
  readonly #free: Tape[] = []
  readonly #verdict = [new Float64Array(1)]

  constructor(compile: CompileBody, p: WhileGrad, carry: readonly Aval[]) {
    this.#test = compile(p.cond)
    this.#step = compile(p.record)
    this.#now = buffersOf(carry)
    this.#next = buffersOf(carry)
    this.#records = buffersOf(p.record.outs.slice(carry.length).map((o) => o.aval))
  }

  get bytes(): number {
    return bytesOf(this.#now, this.#next, this.#records) + this.#free.reduce((n, t) => n + t.bytes, 0)
  }

  /** The last carry of the last run. */
  get carry(): Buffers {
    return this.#now
  }

  release(tape: Tape): void {
    this.#free.push(tape)
  }

  run({ cc, bc, carry, lead }: Given): Taped {
    const tape = this.#free.pop() ?? new Tape(this.#records.reduce((n, r) => n + r.length, 0))
    const verdict = this.#verdict
    carry.forEach((x, i) => this.#now[i]!.set(x.subarray(0, this.#now[i]!.length)))
    const [test, step, records] = [this.#test, this.#step, this.#records]
    const turn = (now: Buffers, next: Buffers) => ({ seen: [...cc, ...now], operands: [...lead, ...bc, ...now], results: [...next, ...records] })
    const turns = [turn(this.#now, this.#next), turn(this.#next, this.#now)] as const
    for (let steps = 0; ; steps++) {
      const { seen, operands, results } = turns[steps & 1]!
      test(seen, verdict)
      if (verdict[0]![0] === 0) {
        if (steps & 1) [this.#now, this.#next] = [this.#next, this.#now]
        return { tape, steps }
      }
      step(operands, results)
      tape.write(steps, records)
    }
  }
}

/** Puts the results of a recorded run: the carry, and its number. */
function put(outputs: Buffers, carry: Buffers, number: number): void {
  carry.forEach((x, i) => outputs[i]!.set(x))
  outputs[carry.length]![0] = number
}

function tapeRecorder(compile: CompileBody, ins: readonly Aval[], p: WhileGrad): OpaqueRun {
  const recorder = new Recorder(compile, p, carriesOf(p, ins))
  const run: OpaqueRun = (inputs, outputs) => {
    const { tape, steps } = recorder.run(given(p, inputs))
    put(outputs, recorder.carry, keep<Taped>({ program: p.record, run: { tape, steps }, bytes: tape.bytes, release: () => recorder.release(tape) }))
  }
  return keeping(run, () => recorder.bytes)
}

function tapeSweep(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad): OpaqueRun {
  const sweep = compile(p.back)
  const carry = carriesOf(p, ins)
  const recorder = new Recorder(compile, p, carry)
  const records = buffersOf(p.record.outs.slice(carry.length).map((o) => o.aval))
  let sums = buffersOf(outs)
  let fresh = buffersOf(outs)
  const numberAt = p.condConsts + p.bodyConsts + carry.length + p.fixed
  const constCount = outs.length - (ins.length - numberAt - 1)
  const run: OpaqueRun = (inputs, outputs) => {
    const kept = taken<Taped>(inputs[numberAt]![0]!, p.record)
    const { tape, steps } = kept?.run ?? recorder.run(given(p, inputs))
    for (let i = 0; i < constCount; i++) sums[i]!.fill(0)
    for (let i = constCount; i < sums.length; i++) sums[i]!.set(inputs[numberAt + 1 + i - constCount]!.subarray(0, sums[i]!.length))
    const operands = [sums, fresh].map((s) => [...inputs.slice(numberAt - p.backCaptured, numberAt), ...records, ...s])
    for (let t = steps - 1, k = 0; t >= 0; t--, k ^= 1) {
      tape.read(t, records)
      sweep(operands[k]!, k ? sums : fresh)
    }
    if (steps & 1) [sums, fresh] = [fresh, sums]
    sums.forEach((x, i) => outputs[i]!.set(x))
    if (kept) kept.release()
    else recorder.release(tape)
  }
  return keeping(run, () => recorder.bytes + bytesOf(records, sums, fresh))
}

/** A run in blocks: the residuals of each, and how many steps were run. */
interface Blocked {
  readonly blocks: Buffers[]
  steps: number
}

/** Runs the loop in blocks of steps. */
class BlockRecorder {
  readonly #block: OpaqueRun
  readonly #residuals: readonly Aval[]
  #now: Buffers
  #next: Buffers
  readonly #free: Blocked[] = []

  constructor(compile: CompileBody, p: WhileGrad, carry: readonly Aval[]) {
    const program = recordBlock(p)
    this.#block = compile(program)
    this.#residuals = program.outs.slice(carry.length + 1).map((o) => o.aval)
    const avals = [...carry, aval([], 'float64')]
    this.#now = buffersOf(avals)
    this.#next = buffersOf(avals)
  }

  get bytes(): number {
    return bytesOf(this.#now, this.#next) + this.#free.reduce((n, r) => n + bytesOf(...r.blocks), 0)
  }

  get carry(): Buffers {
    return this.#now.slice(0, -1)
  }

  release(run: Blocked): void {
    this.#free.push(run)
  }

  run({ cc, bc, carry, lead }: Given): Blocked {
    const kept = this.#free.pop() ?? { blocks: [], steps: 0 }
    const consts = [...lead, ...bc, ...cc]
    const last = carry.length
    carry.forEach((x, i) => this.#now[i]!.set(x.subarray(0, this.#now[i]!.length)))
    this.#now[last]![0] = 0
    for (let b = 0; ; b++) {
      const block = (kept.blocks[b] ??= buffersOf(this.#residuals))
      this.#block([...consts, ...this.#now], [...this.#next, ...block])
      ;[this.#now, this.#next] = [this.#next, this.#now]
      kept.steps = this.#now[last]![0]!
      if (kept.steps < (b + 1) * blockLength) return kept
    }
  }
}

function blockRecorder(compile: CompileBody, ins: readonly Aval[], p: WhileGrad): OpaqueRun {
  const recorder = new BlockRecorder(compile, p, carriesOf(p, ins))
  const run: OpaqueRun = (inputs, outputs) => {
    const run = recorder.run(given(p, inputs))
    put(outputs, recorder.carry, keep<Blocked>({ program: p.record, run, bytes: bytesOf(...run.blocks), release: () => recorder.release(run) }))
  }
  return keeping(run, () => recorder.bytes)
}

function blockSweep(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad): OpaqueRun {
  const carry = carriesOf(p, ins)
  const sweep = compile(sweepBlock(p))
  const recorder = new BlockRecorder(compile, p, carry)
  let sums = buffersOf(outs)
  let fresh = buffersOf(outs)
  const count = [new Float64Array(1)]
  const steps = [Float64Array.from({ length: blockLength }, (_, k) => k)]
  const numberAt = p.condConsts + p.bodyConsts + carry.length + p.fixed
  const constCount = outs.length - (ins.length - numberAt - 1)
  const run: OpaqueRun = (inputs, outputs) => {
    const kept = taken<Blocked | Taped>(inputs[numberAt]![0]!, p.record)
    const own = kept && 'blocks' in kept.run ? undefined : recorder.run(given(p, inputs))
    const done = own ?? (kept!.run as Blocked)
    for (let i = 0; i < constCount; i++) sums[i]!.fill(0)
    for (let i = constCount; i < sums.length; i++) sums[i]!.set(inputs[numberAt + 1 + i - constCount]!.subarray(0, sums[i]!.length))
    for (let b = Math.ceil(done.steps / blockLength) - 1; b >= 0; b--) {
      count[0]![0] = done.steps - b * blockLength
      sweep([...inputs.slice(numberAt - p.backCaptured, numberAt), ...count, ...sums, ...done.blocks[b]!, ...steps], fresh)
      ;[sums, fresh] = [fresh, sums]
    }
    sums.forEach((x, i) => outputs[i]!.set(x))
    kept?.release()
    if (own) recorder.release(own)
  }
  return keeping(run, () => recorder.bytes + bytesOf(sums, fresh, count, steps))
}

/** The loop's condition on a state. */
function condition(test: OpaqueRun, cc: Buffers, carry: Buffers): (state: Buffers) => boolean {
  const seen = [...cc, ...carry]
  const verdict = [new Float64Array(1)]
  return (state) => {
    for (let i = 0; i < state.length; i++) seen[cc.length + i] = state[i]!
    test(seen, verdict)
    return verdict[0]![0] !== 0
  }
}

function stateRecorder(compile: CompileBody, ins: readonly Aval[], p: WhileGrad): OpaqueRun {
  const test = compile(p.cond)
  const sweep = new Sweep({ step: compile(p.record), carry: carriesOf(p, ins), slices: [], slots: p.checkpoint! })
  const free: States[] = []
  const run: OpaqueRun = (inputs, outputs) => {
    const g = given(p, inputs)
    sweep.start([...g.lead, ...g.bc], g.carry)
    const last = sweep.online(condition(test, g.cc, g.carry))
    last.forEach((x, i) => outputs[i]!.set(x))
    const run = sweep.stop(free.pop() ?? sweep.fresh())
    outputs[last.length]![0] = keep<States>({ program: p.record, run, bytes: run.bytes, release: () => void free.push(run) })
  }
  return keeping(run, () => sweep.bytes + free.reduce((n, s) => n + s.bytes, 0))
}

function stateSweep(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad): OpaqueRun {
  const test = compile(p.cond)
  const carry = carriesOf(p, ins)
  const reversal = new Reversal({ step: compile(p.record), turn: compile(p.back), carry, sums: outs, slices: [], cotangents: [], turned: [], slots: p.checkpoint! })
  const own = reversal.states
  const numberAt = p.condConsts + p.bodyConsts + carry.length + p.fixed
  const run: OpaqueRun = (inputs, outputs) => {
    const g = given(p, inputs)
    const kept: Kept<States> | undefined = taken(inputs[numberAt]![0]!, p.record)
    reversal.begin([...g.lead, ...g.bc], [...inputs.slice(numberAt - p.backCaptured, numberAt), ...g.bc], g.carry, kept?.run)
    reversal.seed(inputs.slice(numberAt + 1))
    if (!kept) reversal.online(condition(test, g.cc, g.carry))
    reversal.back()
    reversal.end(own).forEach((x, i) => outputs[i]!.set(x))
    kept?.release()
  }
  return keeping(run, () => reversal.bytes)
}

/** A run of the loop that is kept. */
export const recordKernel: KernelSpec = {
  _tag: 'Programs',
  make: (compile, ins, _outs, p: WhileGrad) => (inBlocks(p) ? blockRecorder : p.checkpoint === undefined ? tapeRecorder : stateRecorder)(compile, ins, p),
}

/** The sweep back over a run, or over one of its own. */
export const sweepKernel: KernelSpec = {
  _tag: 'Programs',
  make: (compile, ins, outs, p: WhileGrad) => (inBlocks(p) ? blockSweep : p.checkpoint === undefined ? tapeSweep : stateSweep)(compile, ins, outs, p),
}
