/**
 * What users define primitives with: the same functions as the library's own, which look at what they are given.
 *
 * Example: definePrimitive({ name: 'triple' }) raises `CustomRuleError`: definePrimitive: the kernel of triple is undefined
 */
import { fault, raise, shown } from '../data/errors'
import { demandFunction, itself } from '../data/options'
import type { KernelSpec } from '../ir/kernel'
import type { Params, Primitive, PrimitiveRecord } from '../ir/types'
import { Tensor } from '../trace/tensor'
import { bind as bindTensors } from './core'
import * as words from './words'

const rules = 'A record has a name, a kernel, functions shape and jvp, transpose (a function or "nonlinear") and batch (a function or "elementwise").'

/** A primitive from its record: its rules are handed the whole vocabulary. Raises `CustomRuleError` where one is missing. */
export function definePrimitive(record: PrimitiveRecord): Primitive {
  const wrong = (what: string): never => raise(fault('custom-rule', `definePrimitive: ${what}`, rules))
  if (typeof record !== 'object' || record === null) wrong(`${shown(record)} is no record`)
  const { name, kernel, shape, jvp, transpose, batch } = record
  if (typeof name !== 'string') wrong(`the name is ${shown(name)}`)
  if (typeof (kernel as KernelSpec | undefined)?._tag !== 'string') wrong(`the kernel of ${name} is ${shown(kernel)}`)
  for (const [rule, f, other] of [['shape', shape], ['jvp', jvp], ['transpose', transpose, 'nonlinear'], ['batch', batch, 'elementwise']] as const)
    if (typeof f !== 'function' && (f === undefined || f !== other)) wrong(`the rule ${rule} of ${name} is ${shown(f)}`)
  return words.definePrimitive(record)
}

/** An elementwise kernel of all words: `elementwise(({ sin }, x) => sin(x))`. */
export const elementwise: typeof words.elementwise = (expr) => {
  demandFunction('elementwise', expr, itself)
  return words.elementwise(expr)
}
/** An elementwise kernel that also reads its parameters or the output's aval. */
export const elementwiseWith: typeof words.elementwiseWith = (expr) => {
  demandFunction('elementwiseWith', expr, itself)
  return words.elementwiseWith(expr)
}

/** The results of a primitive: computed, or recorded where an operand is traced. */
export function bind(prim: Primitive, operands: readonly Tensor[], params: Params = {}): readonly Tensor[] {
  const wrong = (what: string, how: string): never => raise(fault('tree', `bind: ${what}`, how))
  if (typeof (prim as Primitive | undefined)?.shape !== 'function') wrong(`${shown(prim)} is no primitive`, 'Give what definePrimitive returns.')
  if (!Array.isArray(operands) || !operands.every((x) => x instanceof Tensor)) wrong(`the operands of ${prim.name} are no list of tensors`, 'Write bind(primitive, [np.asarray(x)], params).')
  return bindTensors(prim, operands, params)
}
