/** The loops of an operation on two operands, from the table that has it. */

import { arithmeticLoops, type ArithmeticName } from './loops.arithmetic.table'
import { logicLoops, type LogicName } from './loops.logic.table'
import type { Forms } from './loops.types'

export type BinaryName = ArithmeticName | LogicName

const isArithmetic = (name: BinaryName): name is ArithmeticName => name in arithmeticLoops

export const binaryLoops = (name: BinaryName): Forms => (isArithmetic(name) ? arithmeticLoops[name] : logicLoops[name])
