/**
 * Any result on one line: tensors as NumPy prints them, lists and records around them.
 */
import { Tensor } from 'adjoint'

export function text(x: unknown): string {
  if (x instanceof Tensor) return String(x).replace(/\s*\n\s*/g, ' ')
  if (Array.isArray(x)) return `[${x.map(text).join(', ')}]`
  if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype)
    return `{ ${Object.entries(x).map(([key, value]) => `${key}: ${text(value)}`).join(', ')} }`
  return String(x)
}
