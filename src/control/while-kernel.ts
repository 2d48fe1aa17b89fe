/**
 * The kernels of a while loop's gradient: a run that records, and the sweep back over it.
 *
 * Law: both run the same recording program, so a sweep back that records for itself has the bits of one that was given a run.
 * A step allocates nothing; tapes and states go back to the kernel that made them.
 */
import { written } from '../compile/control'
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

/** Runs the loop and keeps what the sweep back needs. */
interface Recording<R> {
  readonly run: (g: Given) => R
  /** The last carry of the last run. */
  readonly carry: Buffers
  readonly release: (run: R) => void
  readonly bytes: number
}

/** A run onto a tape. */
interface Taped {
  readonly tape: Tape
  readonly steps: number
}

/** Step by step, residuals onto a tape. */
class Recorder implements Recording<Taped> {
  readonly #test: OpaqueRun
  readonly #step: OpaqueRun
  #now: Buffers
  #next: Buffers
  readonly #records: Float64Array[]
  readonly #free: Tape[] = []
  readonly #verdict = [new Float64Array(1)]

  constructor(compile: CompileBody, p: WhileGrad, carry: readonly Aval[]) {
    this.#test = compile(p.cond, written)
    this.#step = compile(p.record, written)
    this.#now = buffersOf(carry)
    this.#next = buffersOf(carry)
    this.#records = buffersOf(p.record.outs.slice(carry.length).map((o) => o.aval))
  }

  get bytes(): number {
    return bytesOf(this.#now, this.#next, this.#records) + this.#free.reduce((n, t) => n + t.bytes, 0)
  }

  get carry(): Buffers {
    return this.#now
  }

  release({ tape }: Taped): void {
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

/** A run that is kept. */
function recorded<R>(p: WhileGrad, recording: Recording<R>, bytesOfRun: (run: R) => number): OpaqueRun {
  const run: OpaqueRun = (inputs, outputs) => {
    const run = recording.run(given(p, inputs))
    put(outputs, recording.carry, keep<R>({ program: p.record, run, bytes: bytesOfRun(run), release: () => recording.release(run) }))
  }
  return keeping(run, () => recording.bytes)
}

/**
 * The sweep back over a run that was kept and is of this kind, or over one of its own. `back` goes over it, given what the
 * backward program captured, sums and cotangents, and as many buffers for the next ones: what it leaves the former in.
 */
function swept<R extends object>(ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad, recording: Recording<R>, kind: string, back: (run: R, captured: Buffers, sums: Buffers, fresh: Buffers) => Buffers): OpaqueRun {
  const pair = [buffersOf(outs), buffersOf(outs)] as const
  const numberAt = p.condConsts + p.bodyConsts + p.body.outs.length + p.fixed
  const constCount = outs.length - (ins.length - numberAt - 1)
  const run: OpaqueRun = (inputs, outputs) => {
    const kept = taken<R>(inputs[numberAt]![0]!, p.record)
    const found = kept && kind in kept.run ? kept.run : undefined
    const run = found ?? recording.run(given(p, inputs))
    const [sums, fresh] = pair
    for (let i = 0; i < constCount; i++) sums[i]!.fill(0)
    for (let i = constCount; i < sums.length; i++) sums[i]!.set(inputs[numberAt + 1 + i - constCount]!.subarray(0, sums[i]!.length))
    back(run, inputs.slice(numberAt - p.backCaptured, numberAt), sums, fresh).forEach((x, i) => outputs[i]!.set(x))
    kept?.release()
    if (!found) recording.release(run)
  }
  return keeping(run, () => recording.bytes + bytesOf(...pair))
}

function tapeRecorder(compile: CompileBody, ins: readonly Aval[], p: WhileGrad): OpaqueRun {
  return recorded(p, new Recorder(compile, p, carriesOf(p, ins)), ({ tape }) => tape.bytes)
}

function tapeSweep(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad): OpaqueRun {
  const step = compile(p.back, written)
  const carry = carriesOf(p, ins)
  const records = buffersOf(p.record.outs.slice(carry.length).map((o) => o.aval))
  const sweep = swept(ins, outs, p, new Recorder(compile, p, carry), 'tape', ({ tape, steps }, captured, sums, fresh) => {
    const operands = [sums, fresh].map((s) => [...captured, ...records, ...s])
    for (let t = steps - 1, k = 0; t >= 0; t--, k ^= 1) {
      tape.read(t, records)
      step(operands[k]!, k ? sums : fresh)
    }
    return steps & 1 ? fresh : sums
  })
  return keeping(sweep, () => sweep.bytes!() + bytesOf(records))
}

/** A run in blocks: the residuals of each, and how many steps were run. */
interface Blocked {
  readonly blocks: Buffers[]
  steps: number
}

/** In blocks of steps. */
class BlockRecorder implements Recording<Blocked> {
  readonly #block: OpaqueRun
  readonly #residuals: readonly Aval[]
  #now: Buffers
  #next: Buffers
  readonly #free: Blocked[] = []

  constructor(compile: CompileBody, p: WhileGrad, carry: readonly Aval[]) {
    const program = recordBlock(p)
    this.#block = compile(program, written)
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
  return recorded(p, new BlockRecorder(compile, p, carriesOf(p, ins)), ({ blocks }) => bytesOf(...blocks))
}

function blockSweep(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], p: WhileGrad): OpaqueRun {
  const block = compile(sweepBlock(p), written)
  const count = [new Float64Array(1)]
  const numbers = [Float64Array.from({ length: blockLength }, (_, k) => k)]
  return swept(ins, outs, p, new BlockRecorder(compile, p, carriesOf(p, ins)), 'blocks', ({ blocks, steps }, captured, sums, fresh) => {
    let [now, next] = [sums, fresh]
    for (let b = Math.ceil(steps / blockLength) - 1; b >= 0; b--) {
      count[0]![0] = steps - b * blockLength
      block([...captured, ...count, ...now, ...blocks[b]!, ...numbers], next)
      ;[now, next] = [next, now]
    }
    return now
  })
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
  const test = compile(p.cond, written)
  const sweep = new Sweep({ step: compile(p.record, written), carry: carriesOf(p, ins), slices: [], slots: p.checkpoint! })
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
  const test = compile(p.cond, written)
  const carry = carriesOf(p, ins)
  const reversal = new Reversal({ step: compile(p.record, written), turn: compile(p.back, written), carry, sums: outs, slices: [], cotangents: [], turned: [], slots: p.checkpoint! })
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
