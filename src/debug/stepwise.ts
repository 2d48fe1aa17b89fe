/**
 * The watch for NaNs: programs run one equation at a time, and every result is looked at.
 *
 * Law: returns the same bits as the program's kernel, or throws `NaNError` naming the first equation whose result holds
 * a NaN, its operands and the user's source line.
 */
import type { Backend, Buffer, Kernel } from '../compile/backend'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { formatArray } from '../data/print'
import { explain } from '../ir/print'
import { sourceOf, userLine } from '../ir/lines'
import { isLit, type Atom, type Eqn, type Jaxpr } from '../ir/types'

type Stepwise = Kernel['run']

/** Runs a program equation by equation, looking at every result; calls are looked into. */
export function stepwise(backend: Backend, jaxpr: Jaxpr): Stepwise {
  const steps = jaxpr.eqns.map((e): Stepwise => {
    const callee = e.prim.inline?.(e.params)
    if (callee) return stepwise(backend, callee)
    // Operands are inputs of their own, literals too, so that an equation on literals alone is run as it stands.
    const one: Jaxpr = { inputs: e.inputs.filter((a, i) => !isLit(a) && first(e, a) === i) as Jaxpr['inputs'], constCount: 0, eqns: [e], outs: e.outs }
    const kernel = backend.compile(one)
    return (operands) => kernel.run(operands.filter((_, i) => !isLit(e.inputs[i]!) && first(e, e.inputs[i]!) === i))
  })
  return (inputs, outputs) => {
    const values = new Map<number, Buffer>(jaxpr.inputs.map((v, i) => [v.id, inputs[i]!]))
    const read = (a: Atom): Buffer => (isLit(a) ? a.value : values.get(a.id)!)
    jaxpr.eqns.forEach((e, i) => {
      const operands = e.inputs.map(read)
      const results = steps[i]!(operands)
      e.outs.forEach((o, k) => {
        if (isFloat(o.aval.dtype) && hasNaN(results[k]!)) raiseNaN(jaxpr, i, k, operands, results[k]!)
        values.set(o.id, results[k]!)
      })
    })
    return jaxpr.outs.map((a, i) => fill(read(a), outputs?.[i]))
  }
}

/** Where an atom first stands among an equation's operands. */
const first = (e: Eqn, a: Atom): number => e.inputs.findIndex((b) => !isLit(a) && !isLit(b) && a.id === b.id)

const hasNaN = (b: Buffer): boolean => (typeof b === 'number' ? Number.isNaN(b) : (b as Float64Array).some(Number.isNaN))

function fill(value: Buffer, output: Exclude<Buffer, number> | undefined): Buffer {
  if (!output) return value
  if (typeof value === 'number') output[0] = value
  else output.set(value)
  return output
}

/** The position of an element in an array of the shape. */
function position(flat: number, shape: readonly number[]): string {
  const index: number[] = []
  for (let i = shape.length - 1, rest = flat; i >= 0; i--) {
    index.unshift(rest % shape[i]!)
    rest = Math.floor(rest / shape[i]!)
  }
  return `[${index.join(', ')}]`
}

function raiseNaN(jaxpr: Jaxpr, index: number, out: number, operands: readonly Buffer[], result: Buffer): never {
  const e = jaxpr.eqns[index]!
  const { shape } = e.outs[out]!.aval
  const at = typeof result === 'number' || shape.length === 0 ? '' : ` at ${position((result as Float64Array).findIndex(Number.isNaN), shape)}`
  const source = sourceOf(e) ?? userLine()
  const given = e.inputs.map((a, i) => formatArray(operands[i]!, a.aval.shape, a.aval.dtype, false).replace(/\s+/g, ' '))
  const brief = given.map((t) => (t.length > 60 ? `${t.slice(0, 59)}…` : t)).join(', ')
  const inherited = operands.some((o, i) => isFloat(e.inputs[i]!.aval.dtype) && hasNaN(o))
  const what = `a NaN appeared in equation ${index} (${e.prim.name})${at}${source ? `, from ${source}` : ''}${given.length > 0 ? `; its operands: ${brief}` : ''}`
  const fix = inherited
    ? 'An operand holds a NaN already: look at where it comes from.'
    : 'Keep the operands inside the function\'s domain (for instance np.where on the operand, not on the result).'
  return raise(fault('nan', what, `${fix}\n${explain(jaxpr, index, 'a NaN appears here')}`))
}
