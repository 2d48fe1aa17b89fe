/**
 * Memory that kernels keep between calls, below the stack: all of it together is bounded, and the kernel that has not run for
 * the longest time loses its part to one that wants more.
 */
import type { Space } from './memory'

export interface Lease {
  readonly space: Space
  readonly address: number
  readonly bytes: number
  /** Whether the memory is still the kernel's. */
  valid: boolean
  /** When it was last used. */
  used: number
}

/** Bytes of all leases together. */
const most = 2 ** 28
const leases = new Set<Lease>()
let total = 0
let clock = 0

export function end(lease: Lease): void {
  if (!lease.valid) return
  lease.valid = false
  leases.delete(lease)
  total -= lease.bytes
  lease.space.letGo(lease.address, lease.bytes)
}

const collected = typeof FinalizationRegistry === 'undefined' ? undefined : new FinalizationRegistry<Lease>(end)

/** Memory for as long as the owner lives; undefined where there is none. */
export function lease(space: Space, bytes: number, owner: object): Lease | undefined {
  if (bytes > most || !collected) return undefined
  while (total + bytes > most) end([...leases].reduce((a, b) => (a.used < b.used ? a : b)))
  const address = space.keep(bytes)
  if (address < 0) return undefined
  const made: Lease = { space, address, bytes, valid: true, used: ++clock }
  leases.add(made)
  total += bytes
  collected.register(owner, made)
  return made
}

export const use = (l: Lease): void => void (l.used = ++clock)
