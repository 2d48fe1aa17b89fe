/**
 * The textbook's tables: the forward primal trace beside the reverse adjoint trace, and beside the forward tangent trace.
 *
 * Law: the adjoints of the inputs are the gradient; each adjoint is the sum of its contributions, v̄ᵢ ∂vᵢ/∂vⱼ, which are
 * the pullbacks of single equations. Example: show.trace((x, y) => np.log(x).add(x.mul(y)).sub(np.sin(y)))(2, 5)
 * Source: Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic Differentiation in Machine Learning", tables 2 and 3.
 */
import { demandOptions } from '../data/options'
import { isFloat } from '../data/dtype'
import { printed } from '../data/print'
import { isLit, type Atom, type Eqn, type Var } from '../ir/types'
import { ops } from '../primitives/core'
import type { NestedArray, Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { matching } from '../transforms/arguments'
import { runForward, runVjp } from '../transforms/differentiate'
import type { AnyFunction } from '../transforms/types'
import { brief, follow, shortParams, type Followed } from './follow'
import { htmlTable, textTable, type Table } from './table'

/** A line of the primal trace: `name = op(inputs)`. Inputs and captured arrays have no operands. */
export interface PrimalRow {
  readonly name: string
  readonly op: string
  /** Names of variables; literals as they are printed. */
  readonly inputs: readonly string[]
  readonly shape: readonly number[]
  readonly value: NestedArray
}

/** What one equation (or an output: `y`) gives to the sum. */
export interface ContributionRow {
  readonly from: string
  readonly value: NestedArray
}

/** The derivative that belongs to a variable: `v̄3` of `v3`, or its tangent `v̇3`. */
export interface DerivativeRow {
  readonly name: string
  readonly of: string
  readonly value: NestedArray
  readonly contributions: readonly ContributionRow[]
}

export interface TraceOptions {
  /** One tree an argument: adds the forward tangent trace in this direction. */
  readonly tangents?: readonly unknown[]
  /** The cotangent of the result; default: ones. */
  readonly cotangent?: unknown
}

/** The traces of one run, as data and as tables. Rows of `adjoint` are in the order of the backward sweep. */
export class Traces {
  readonly primal: readonly PrimalRow[]
  readonly adjoint: readonly DerivativeRow[]
  readonly tangent?: readonly DerivativeRow[]
  readonly #tables: readonly Table[]

  constructor(primal: readonly PrimalRow[], adjoint: readonly DerivativeRow[], tangent: readonly DerivativeRow[] | undefined, tables: readonly Table[]) {
    this.primal = primal
    this.adjoint = adjoint
    if (tangent) this.tangent = tangent
    this.#tables = tables
    printed(this)
  }

  /** For a terminal. The adjoint column is read upwards. */
  toString(): string {
    return this.#tables.map(textTable).join('\n\n')
  }

  /** HTML tables that need no style sheet. */
  toHTML(): string {
    return this.#tables.map(htmlTable).join('\n')
  }
}

/** A letter with a mark above it: v̄3 of v3. */
const marked = (name: string, mark: string): string => (name[0]! + mark).normalize('NFC') + name.slice(1)
const bar = (name: string): string => marked(name, '\u0304')
const dot = (name: string): string => marked(name, '\u0307')

/** One line of a derivative column: what it says, and the value so far. */
type Line = readonly [name: string, expression: string, value: string]

interface Derivatives {
  readonly rows: readonly DerivativeRow[]
  /** The lines beside inputs, equations and outputs. */
  readonly beside: ReadonlyMap<object, readonly Line[]>
}

/** The program of one equation alone, in its distinct variables. */
function alone(e: Eqn): { readonly staged: Staged; readonly vars: readonly Var[] } {
  const vars = [...new Map(e.inputs.flatMap((a) => (isLit(a) ? [] : [[a.id, a] as const]))).values()]
  return { vars, staged: { jaxpr: { inputs: vars, constCount: 0, eqns: [e], outs: e.outs }, captured: [] } }
}

/** What has been added up for a variable. */
interface Sum {
  value: Tensor
  readonly contributions: ContributionRow[]
}

const add = (sums: Map<number, Sum>, v: Var, value: Tensor, from: string): Sum => {
  const before = sums.get(v.id)
  const sum: Sum = before ?? { value, contributions: [] }
  if (before) sum.value = ops.add(before.value, value)
  sum.contributions.push({ from, value: value.toArray() })
  sums.set(v.id, sum)
  return sum
}

/** The backward sweep: every equation's pullback, from the last to the first. */
function adjoints(run: Followed, seeds: readonly Tensor[]): Derivatives {
  const sums = new Map<number, Sum>()
  const beside = new Map<object, Line[]>()
  const rows: DerivativeRow[] = []
  const push = (v: Var, { value, contributions }: Sum): void => void rows.push({ name: bar(run.name(v)), of: run.name(v), value: value.toArray(), contributions })
  const receive = (at: object, v: Var, value: Tensor, from: string, partial: string): void => {
    const name = bar(run.name(v))
    const expression = `${sums.has(v.id) ? `${name} + ` : ''}${partial}`
    const lines = beside.get(at) ?? []
    lines.unshift([name, expression, brief(add(sums, v, value, from).value)])
    beside.set(at, lines)
  }
  run.outs.forEach((out, i) => {
    if (!isLit(out.variable) && run.varies(out.variable)) receive(out, out.variable, seeds[i]!, out.path, bar(out.path))
  })
  for (const e of [...run.program.eqns].reverse()) {
    const outs = e.outs.filter((o) => sums.has(o.id))
    for (const o of [...outs].reverse()) push(o, sums.get(o.id)!)
    if (outs.length === 0) continue
    const { staged, vars } = alone(e)
    const { pull } = runVjp(staged, vars.map(run.value))
    const grads = pull(e.outs.map((o) => sums.get(o.id)?.value ?? zeros(o)))
    const source = run.name(outs[0]!)
    vars.forEach((v, i) => {
      if (run.varies(v)) receive(e, v, grads[i]!, source, outs.map((o) => `${bar(run.name(o))} ∂${run.name(o)}/∂${run.name(v)}`).join(' + '))
    })
  }
  for (const arg of [...run.args].reverse()) {
    const v = arg.variable as Var
    if (!run.varies(v)) continue
    const sum = sums.get(v.id) ?? { value: zeros(v), contributions: [] }
    push(v, sum)
    beside.set(arg, [[bar(arg.path), bar(run.name(v)), brief(sum.value)]])
  }
  return { rows, beside }
}

const zeros = ({ aval: { shape, dtype } }: Var): Tensor => ops.full(shape, 0, isFloat(dtype) ? dtype : 'float64')

/** The forward sweep: every equation's derivative in each operand that moves. */
function tangentsOf(run: Followed, given: readonly Tensor[]): Derivatives {
  const sums = new Map<number, Sum>()
  const beside = new Map<object, Line[]>()
  const rows: DerivativeRow[] = []
  const close = (v: Var): void => {
    const { value, contributions } = sums.get(v.id)!
    rows.push({ name: dot(run.name(v)), of: run.name(v), value: value.toArray(), contributions })
  }
  run.args.forEach((arg, i) => {
    const v = arg.variable as Var
    if (!run.varies(v)) return
    beside.set(arg, [[dot(run.name(v)), dot(arg.path), brief(add(sums, v, given[i]!, arg.path).value)]])
    close(v)
  })
  for (const e of run.program.eqns) {
    const { staged, vars } = alone(e)
    const values = vars.map(run.value)
    const moving = vars.filter((v) => sums.has(v.id))
    for (const v of moving) {
      const outs = runForward(staged, values, vars.map((u) => (u.id === v.id ? sums.get(v.id)!.value : null)))
      e.outs.forEach((o, i) => {
        if (isFloat(o.aval.dtype)) add(sums, o, outs[e.outs.length + i]!, run.name(v))
      })
    }
    const lines = e.outs.filter((o) => sums.has(o.id)).map((o): Line => {
      close(o)
      return [dot(run.name(o)), moving.map((v) => `${dot(run.name(v))} ∂${run.name(o)}/∂${run.name(v)}`).join(' + '), brief(sums.get(o.id)!.value)]
    })
    beside.set(e, lines)
  }
  run.outs.forEach((out) => {
    const a = out.variable
    if (!isLit(a) && sums.has(a.id)) beside.set(out, [[dot(out.path), dot(run.name(a)), brief(sums.get(a.id)!.value)]])
  })
  return { rows, beside }
}

const expressionOf = (run: Followed, e: Eqn): string => `${e.prim.name}${shortParams(e)}(${e.inputs.map(run.name).join(', ')})`

/** The lines of the primal trace, each with what it stands for. */
const primalLines = (run: Followed): { readonly of: object; readonly lines: readonly Line[] }[] => [
  ...run.captured.map((v) => ({ of: v, lines: [[run.name(v), 'constant', brief(run.value(v))] as const] })),
  ...run.args.map((arg) => ({ of: arg, lines: [[run.name(arg.variable), arg.path, brief(run.value(arg.variable))] as const] })),
  ...run.program.eqns.map((e) => ({ of: e, lines: e.outs.map((o) => [run.name(o), expressionOf(run, e), brief(run.value(o))] as const) })),
  ...run.outs.map((out) => ({ of: out, lines: [[out.path, run.name(out.variable), brief(run.value(out.variable))] as const] })),
]

function sideBySide(run: Followed, title: string, { beside }: Derivatives): Table {
  const rows = primalLines(run).flatMap(({ of, lines }) => {
    const right = beside.get(of) ?? []
    return Array.from({ length: Math.max(lines.length, right.length) }, (_, i) => [...(lines[i] ?? ['', '', '']), ...(right[i] ?? ['', '', ''])])
  })
  return { titles: ['Forward primal trace', '', '', title, '', ''], rows, between: [' = ', ' = ', ' │ ', ' = ', ' = '] }
}

const primalRow = (run: Followed, v: Atom, op: string, inputs: readonly Atom[]): PrimalRow => ({
  name: run.name(v),
  op,
  inputs: inputs.map(run.name),
  shape: v.aval.shape,
  value: run.value(v).toArray(),
})

/**
 * The primal, adjoint and (with `tangents`) tangent traces of f at the arguments.
 * @example show.trace((x) => x.mul(x))(3).adjoint[1].value // => 6
 */
export function trace(f: AnyFunction, options: TraceOptions = {}): (...args: unknown[]) => Traces {
  demandOptions('show.trace', options, ['tangents', 'cotangent'])
  const { tangents, cotangent } = options
  return (...args) => {
    const run = follow('show.trace', f, args)
    const primal = [
      ...run.captured.map((v) => primalRow(run, v, 'constant', [])),
      ...run.args.map((a) => primalRow(run, a.variable, 'input', [])),
      ...run.program.eqns.flatMap((e) => e.outs.map((o) => primalRow(run, o, e.prim.name, e.inputs))),
    ]
    const avals = run.outs.map((o) => o.variable.aval)
    const seeds = cotangent === undefined ? avals.map((a) => ops.full(a.shape, 1, a.dtype)) : matching('show.trace', cotangent, 'cotangent', run.outDef, avals)
    const reverse = adjoints(run, seeds)
    const forward = tangents && tangentsOf(run, directions(run, tangents))
    const tables = [...(forward ? [sideBySide(run, 'Forward tangent trace', forward)] : []), sideBySide(run, 'Reverse adjoint trace (upwards)', reverse)]
    return new Traces(primal, reverse.rows, forward?.rows, tables)
  }
}

const directions = (run: Followed, tangents: readonly unknown[]): readonly Tensor[] =>
  matching('show.trace', tangents, 'tangents', run.argDef, run.args.map((a) => a.variable.aval))
