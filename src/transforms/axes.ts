/**
 * The named axes that are being mapped over, innermost last.
 *
 * Law: an axis is in scope exactly while the function that is mapped over it is traced.
 */
import { fault, raise, shown } from '../data/errors'

interface Axis {
  readonly name: string
  readonly size: number
}

let scope: readonly Axis[] = []

/** Runs `body` with an axis in scope; without a name, as it is. */
export function withAxis<T>(name: string | undefined, size: number, body: () => T): T {
  if (name === undefined) return body()
  const before = scope
  scope = [...scope, { name, size }]
  try {
    return body()
  } finally {
    scope = before
  }
}

/** The size of an axis in scope, or an error that lists those that are. */
export function axisSize(caller: string, name: string): number {
  const found = [...scope].reverse().find((a) => a.name === name)
  return (
    found?.size ??
    raise(fault('axis', `${caller}: no axis named ${shown(name)} is being mapped over${scope.length > 0 ? ` (there are ${scope.map((a) => a.name).join(', ')})` : ''}`, `Call it inside vmap(f, {axisName: ${shown(name)}}).`))
  )
}

/** A key of what is in scope. */
export const axesInScope = (): string => (scope.length === 0 ? '' : scope.map((a) => `${a.name}:${a.size}`).join(','))
