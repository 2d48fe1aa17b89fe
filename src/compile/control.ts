/**
 * The writers of loops and choices, which the primitives that hold programs bring with them.
 */
import type { Written } from '../ir/kernel'
import { controlText } from './js/control'
import { shareStacks, starts } from './loop/carried'
import { emitControl } from './wasm/control'
import { held } from './wasm/held'
import { moverIn } from './wasm/joins'
import { isMoved } from './wasm/short'

export const written: Written = { text: controlText, module: emitControl, held, isMoved, moverIn, starts, shareStacks }
