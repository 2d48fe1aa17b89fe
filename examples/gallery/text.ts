/**
 * Any result on one line: tensors as NumPy prints them, lists and records around them.
 */
export function text(x: unknown): string {
  if (Array.isArray(x)) return `[${x.map(text).join(', ')}]`
  if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype)
    return `{ ${Object.entries(x).map(([key, value]) => `${key}: ${text(value)}`).join(', ')} }`
  return String(x).replace(/\s*\n\s*/g, ' ')
}
