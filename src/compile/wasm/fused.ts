/**
 * Whether the engine has relaxed SIMD, which multiplies and adds in one instruction: found out once, silently.
 *
 * Source: the WebAssembly proposal "Relaxed SIMD" (2022).
 */
import { Assembly, Code, signature } from './assembler'
import { makePairs } from './pairs'

let known: boolean | undefined

function valid(): boolean {
  const engine = (globalThis as { readonly WebAssembly?: { readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean } }).WebAssembly
  try {
    const assembly = new Assembly()
    const code = new Code(signature([]))
    const w = makePairs(code, { fused: true, scalar: () => 0, table: () => 0 })
    w.add(w.mul(w.number(1), w.number(1)), w.number(1))()
    code.op('drop')
    assembly.add(code)
    return engine!.validate(assembly.bytes())
  } catch {
    return false
  }
}

export const fuses = (): boolean => (known ??= valid())
