/**
 * Functions of many passes over large arrays, run as one program: it is compiled, and reads each array once.
 *
 * Law: `whole(…, xs, f)` = f(…xs), bits included. Where an operand is traced, or none is large, f is run as it stands.
 */
import { engine } from '../primitives/core'
import { stage } from '../trace/bind'
import { isKnown, type Tensor } from '../trace/tensor'
import { Executable } from '../transforms/program'
import { avalKey } from '../ir/fingerprint'

/** Elements from which on a program is worth its making, and how many are kept. */
const large = 65_536
const limit = 64

const programs = new Map<string, Executable>()

/** `key`: all that f depends on besides the operands' avals; what it closes over has to be an operand. */
export function whole(key: string, operands: readonly Tensor[], f: (...xs: readonly Tensor[]) => Tensor): Tensor {
  if (!operands.every(isKnown) || !operands.some((x) => x.size >= large)) return f(...operands)
  const id = `${key} ${operands.map((x) => avalKey(x.aval)).join('')}`
  let program = programs.get(id)
  if (!program) {
    if (programs.size >= limit) programs.delete(programs.keys().next().value!)
    programs.set(id, (program = new Executable(stage(engine, key, operands.map((x) => x.aval), null, (xs) => [f(...xs)]))))
  }
  return program.run(operands)[0]!
}
