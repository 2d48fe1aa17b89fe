/**
 * Whether the environment compiles strings: a Content-Security-Policy can forbid it.
 *
 * Law: nothing needs it; where it is refused, composed closures do the same.
 * Decision: it is found out when first asked, not at import, and silently.
 */
let allowed: boolean | undefined

function tried(): boolean {
  try {
    return (new Function('return 1') as () => number)() === 1
  } catch {
    return false
  }
}

export const canGenerate = (): boolean => (allowed ??= tried())
