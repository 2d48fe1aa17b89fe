/**
 * What a function and its derivatives cost, counted over the simplified programs.
 *
 * Law (cheap gradient principle): cost(f and ∇f) ≤ c · cost(f) with a small constant c, whatever the number of inputs;
 * a tangent costs as little. So a Jacobian of m × n costs n tangents or m gradients.
 * Source: Griewank & Walther 2008, chapters 3 and 4 (Baur & Strassen 1983: c = 5 for arithmetic).
 */
import { demandFunction } from '../data/options'
import { byteSize, isFloat } from '../data/dtype'
import { printed } from '../data/print'
import { size } from '../data/shape'
import { isLit, type Aval, type Eqn, type Jaxpr } from '../ir/types'
import { leavesOf, unflatten } from '../transforms/arguments'
import { traceFunction } from '../transforms/differentiate'
import { stageJvp, stageReverse } from '../transforms/linearize'
import { simplified } from '../transforms/program'
import type { AnyFunction } from '../transforms/types'
import { htmlTable, textTable, type Table } from './table'

/** A program's size: operations on elements, bytes read and written by them, equations. */
export interface Cost {
  readonly operations: number
  readonly bytes: number
  readonly equations: number
}

/** The cost of one equation; moving nothing (a view) costs nothing, an elementwise operation one per element. */
function eqnCost(e: Eqn, inner: (p: Jaxpr) => Cost): Cost {
  const ins = e.inputs.map((a) => a.aval)
  const outs = e.outs.map((o) => o.aval)
  const programs = e.prim.programs?.(e.params) ?? []
  const bodies = programs.map(inner)
  const own = e.prim.cost?.(ins, outs, e.params)
  if (e.prim.kernel._tag === 'View') return { operations: 0, bytes: 0, equations: 1 }
  const equations = 1 + bodies.reduce((n, c) => n + c.equations, 0)
  const touched = e.inputs.filter((a) => !isLit(a)).map((a) => a.aval)
  const updated = e.prim.kernel._tag === 'Opaque' ? e.prim.kernel.inPlace : undefined
  if (updated !== undefined) {
    // Added into what is there: only the pieces are read, and their places written.
    const pieces = ins.filter((_, i) => i !== updated)
    return { operations: own ?? elements(pieces), bytes: 2 * bytesOf(pieces), equations }
  }
  const operations = own ?? (programs.length > 0 ? bodies.reduce((n, c) => n + c.operations, 0) : elements(outs))
  return { operations, bytes: bytesOf([...touched, ...outs]), equations }
}

const elements = (avals: readonly Aval[]): number => avals.reduce((n, a) => n + size(a.shape), 0)
const bytesOf = (avals: readonly Aval[]): number => avals.reduce((n, a) => n + size(a.shape) * byteSize(a.dtype), 0)

/** The cost of a program as it stands; programs that equations hold count once, unless the primitive says otherwise. */
export function programCost(jaxpr: Jaxpr): Cost {
  const costs = new Map<Jaxpr, Cost>()
  const of = (p: Jaxpr): Cost => {
    const known = costs.get(p)
    if (known) return known
    const sum = p.eqns.reduce<Cost>(
      (total, e) => {
        const c = eqnCost(e, of)
        return { operations: total.operations + c.operations, bytes: total.bytes + c.bytes, equations: total.equations + c.equations }
      },
      { operations: 0, bytes: 0, equations: 0 },
    )
    costs.set(p, sum)
    return sum
  }
  return of(jaxpr)
}

/** The costs of f (`forward`), of f with a pullback (`gradient`) and of f with a tangent (`tangent`). */
export class Costs {
  readonly forward: Cost
  readonly gradient: Cost
  readonly tangent: Cost
  /** Elements of the arguments that can be differentiated, and of the results. */
  readonly inputs: number
  readonly outputs: number

  constructor(forward: Cost, gradient: Cost, tangent: Cost, inputs: number, outputs: number) {
    this.forward = forward
    this.gradient = gradient
    this.tangent = tangent
    this.inputs = inputs
    this.outputs = outputs
    printed(this)
  }

  /** Operations of value and gradient together for one of the value. */
  get ratio(): number {
    return this.gradient.operations / Math.max(1, this.forward.operations)
  }

  /** Operations of a whole Jacobian, by n tangents or by m pullbacks. */
  get jacobian(): { readonly forward: number; readonly reverse: number } {
    return { forward: this.inputs * this.tangent.operations, reverse: this.outputs * this.gradient.operations }
  }

  #table(): Table {
    const count = (n: number): string => n.toLocaleString('en-US')
    const times = (n: number): string => (this.forward.operations === 0 ? '' : (n / this.forward.operations).toFixed(2))
    const row = (name: string, c: Cost): string[] => [name, count(c.operations), count(c.bytes), count(c.equations), times(c.operations)]
    const whole = (name: string, n: number): string[] => [name, count(n), '', '', times(n)]
    return {
      titles: ['program', 'operations', 'bytes', 'equations', '÷ f'],
      rows: [
        row('f', this.forward),
        row('f and ∇f (reverse)', this.gradient),
        row('f and a tangent (forward)', this.tangent),
        whole(`Jacobian by ${count(this.inputs)} tangent${this.inputs === 1 ? '' : 's'}`, this.jacobian.forward),
        whole(`Jacobian by ${count(this.outputs)} gradient${this.outputs === 1 ? '' : 's'}`, this.jacobian.reverse),
      ],
      between: [' │ ', ' │ ', ' │ ', ' │ '],
      numeric: [1, 2, 3, 4],
    }
  }

  toString(): string {
    return textTable(this.#table())
  }

  toHTML(): string {
    return htmlTable(this.#table())
  }
}

/**
 * The costs of f and of its derivatives at arguments of these shapes.
 * @example show.cost((x) => np.sum(np.sin(x)))(np.ones(1000)).ratio // => about 1.5
 */
export function cost(f: AnyFunction): (...args: unknown[]) => Costs {
  demandFunction('show.cost', f)
  return (...args) => {
    const leaves = leavesOf(args, 'args')
    const { staged } = traceFunction('show.cost', leaves.tensors, (x) => f(...(unflatten(leaves.def, x) as never[])), false)
    const program = simplified(staged.jaxpr)
    const varying = program.inputs.map((v, i) => i >= program.constCount && isFloat(v.aval.dtype))
    const degrees = (avals: readonly Aval[]): number => elements(avals.filter((a) => isFloat(a.dtype)))
    const outAvals = program.outs.map((o) => o.aval)
    const scalar = outAvals.length === 1 && outAvals[0]!.shape.length === 0
    return new Costs(
      programCost(program),
      programCost(simplified(stageReverse(program, varying, scalar ? 'one' : 'given').jaxpr)),
      programCost(simplified(stageJvp(program, varying).staged.jaxpr)),
      degrees(program.inputs.slice(program.constCount).map((v) => v.aval)),
      degrees(outAvals),
    )
  }
}
