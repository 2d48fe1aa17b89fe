/**
 * How a scan runs: the compiled body over slices, `unroll` copies of it in one turn of the loop.
 *
 * Law: the number of copies changes no bit of the results. The steps that are left over run one by one.
 */
import { written } from '../compile/control'
import { copy } from '../data/dtype'
import { keeping, type CompileBody, type KernelSpec, type OpaqueRun } from '../ir/kernel'
import { freshVar, isLit, type Atom, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { simplified } from '../transforms/program'
import { inNumbers } from './numbers'
import { buffersOf, bytesOf } from './reversal'
import { scanParts, type Scan } from './scan-types'

/** The body `copies` times in a row: its inputs are constants, carries, then the slices of each copy; results likewise. */
export function repeated({ body, consts, carries }: Pick<Scan, 'body' | 'consts' | 'carries'>, copies: number): Jaxpr {
  const fresh = (v: Var): Var => freshVar(v.aval)
  const [constVars, initVars] = scanParts({ consts, carries }, body.inputs).map((g) => g.map(fresh)) as [Var[], Var[], Var[]]
  const inputs = [...constVars, ...initVars]
  const eqns: Eqn[] = []
  const ys: Atom[] = []
  let carry: readonly Atom[] = initVars
  for (let k = 0; k < copies; k++) {
    const slices = body.inputs.slice(consts + carries).map(fresh)
    inputs.push(...slices)
    const given = [...constVars, ...carry, ...slices]
    const names = new Map<number, Atom>(body.inputs.map((v, i) => [v.id, given[i]!]))
    const atom = (a: Atom): Atom => (isLit(a) ? a : names.get(a.id)!)
    for (const e of body.eqns) {
      const outs = e.outs.map(fresh)
      eqns.push({ ...e, inputs: e.inputs.map(atom), outs })
      e.outs.forEach((o, i) => names.set(o.id, outs[i]!))
    }
    carry = body.outs.slice(0, carries).map(atom)
    ys.push(...body.outs.slice(carries).map(atom))
  }
  return simplified({ inputs, constCount: 0, eqns, outs: [...carry, ...ys] })
}

interface Block {
  readonly run: OpaqueRun
  readonly copies: number
  readonly until: number
  /** Of all copies, one copy after another. */
  readonly slices: readonly Float64Array[]
  readonly results: readonly Float64Array[]
}

export const scanKernel: KernelSpec = {
  _tag: 'Programs',
  prepare: inNumbers,
  // With several copies in a turn, the loop is the kernel's own.
  control: ({ body, consts, carries, length, reverse, unroll }: Scan) =>
    unroll === undefined ? { ...written, _tag: 'Scan', body, consts, carries, length, reverse } : undefined,
  make: (compile: CompileBody, ins, _outs, params: Scan) => {
    const { body, consts, carries, length, reverse } = params
    const copies = Math.max(1, Math.min(params.unroll ?? 1, length))
    const block = (n: number, until: number): Block => ({
      run: compile(n === 1 ? body : repeated(params, n)),
      copies: n,
      until,
      slices: Array.from({ length: n }, () => buffersOf(body.inputs.slice(consts + carries).map((v) => v.aval))).flat(),
      results: Array.from({ length: n }, () => buffersOf(body.outs.slice(carries).map((o) => o.aval))).flat(),
    })
    const whole = length - (length % copies)
    const blocks = [...(whole > 0 ? [block(copies, whole)] : []), ...(whole < length ? [block(1, length)] : [])]
    const xs = ins.length - consts - carries
    const ys = body.outs.length - carries
    const [, carryIn] = scanParts(params, ins)
    let now = buffersOf(carryIn)
    let next = buffersOf(carryIn)
    const run: OpaqueRun = (inputs, outputs) => {
      for (let i = 0; i < carries; i++) now[i]!.set(inputs[consts + i]!.subarray(0, now[i]!.length))
      let t = 0
      for (const b of blocks) {
        const operands = [...inputs.slice(0, consts), ...now, ...b.slices]
        const targets = [...next, ...b.results]
        for (; t < b.until; t += b.copies) {
          for (let k = 0, j = 0; k < b.copies; k++) {
            const at = reverse ? length - 1 - t - k : t + k
            for (let i = 0; i < xs; i++, j++) {
              const s = b.slices[j]!
              copy(inputs[consts + carries + i]!, at * s.length, s, 0, s.length)
            }
          }
          b.run(operands, targets)
          for (let k = 0, j = 0; k < b.copies; k++) {
            const at = reverse ? length - 1 - t - k : t + k
            for (let i = 0; i < ys; i++, j++) {
              const r = b.results[j]!
              copy(r, 0, outputs[carries + i]!, at * r.length, r.length)
            }
          }
          const swap = now
          now = next
          next = swap
          for (let i = 0; i < carries; i++) {
            operands[consts + i] = now[i]!
            targets[i] = next[i]!
          }
        }
      }
      for (let i = 0; i < carries; i++) outputs[i]!.set(now[i]!)
    }
    return keeping(run, () => bytesOf(now, next, ...blocks.map((b) => [...b.slices, ...b.results])))
  },
}

/** Which inputs of a program are read. */
export function reads(p: Jaxpr): boolean[] {
  const ids = new Set<number>()
  const note = (a: Atom): void => {
    if (!isLit(a)) ids.add(a.id)
  }
  for (const e of p.eqns) e.inputs.forEach(note)
  p.outs.forEach(note)
  return p.inputs.map((v) => ids.has(v.id))
}

