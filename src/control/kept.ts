/**
 * Runs that are kept: what a loop left behind for the backward sweep over it, by a number that flows from the one equation
 * to the other.
 *
 * Law: a number is given once, and its run is taken at most once. Who does not find it (0, taken, or given up for want of
 * room) runs the loop again, to the same bits; so programs mean what they would mean if nothing was kept.
 * Decision: the number is an ordinary value, and what it stands for is not: a tape as a value of run-time length would need
 * its own avals, storage and rules in every transform.
 */
import { silent } from '../ir/effects'
import { fingerprint } from '../ir/fingerprint'
import { aval, lit, type Dual, type Eqn, type Jaxpr, type Primitive, type Var } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { broadcast } from '../primitives/movement'
import { coreOps } from '../primitives/core'

/** What is left of one run of a program. */
export interface Kept<R> {
  readonly program: Jaxpr
  readonly run: R
  readonly bytes: number
  /** Called when nobody needs the run any more. */
  readonly release: () => void
}

/** Bytes of runs that wait, at most; the last one is kept whatever its size. */
const room = 2 ** 26

const runs = new Map<number, Kept<unknown>>()
let bytes = 0
let given = 0

/** Keeps a run: its number. */
export function keep<R>(k: Kept<R>): number {
  for (const [n, old] of runs) {
    if (bytes + k.bytes <= room) break
    give(n, old)
    old.release()
  }
  runs.set(++given, k)
  bytes += k.bytes
  return given
}

function give(n: number, k: Kept<unknown>): void {
  runs.delete(n)
  bytes -= k.bytes
}

/** The run of a number, if it is there and is one of this program. */
export function taken<R>(n: number, program: Jaxpr): Kept<R> | undefined {
  const k = runs.get(n)
  if (!k) return undefined
  // The run itself acts on the world, what runs it again does not.
  const [had, wanted] = [silent(k.program), silent(program)]
  if (had !== wanted && fingerprint(had).key !== fingerprint(wanted).key) return undefined
  give(n, k)
  return k as Kept<R>
}

export const numberAval = aval([], 'float64')
/** The number of no run. */
export const noRun = (): Value => coreOps.full([], 0, 'float64')
/** The equation that says so. */
export const noRunEqn = (out: Var): Eqn => ({ prim: broadcast, inputs: [lit(0, numberAval)], params: { shape: [], dims: [] }, outs: [out] })
/** The derivative of a sweep back over a loop that stays as it is: it is linear in the cotangents, which come last, after the number. */
export function alongCotangents(prim: Primitive, primals: readonly Value[], tangents: readonly Value[], params: object): readonly Dual[] {
  const outs = coreOps.bind(prim, primals, { ...params })
  const still = primals.slice(0, -1 - tangents.length)
  const moved = tangents.every(isZero) ? [] : coreOps.bind(prim, [...still, noRun(), ...tangents.map(coreOps.instantiate)], { ...params })
  return outs.map((primal, i) => ({ primal, tangent: moved[i] ?? new Zero(primal.aval) }))
}

/** The results of a loop that is not recorded, as those of one that is. */
export const withoutRun = (duals: readonly Dual[]): readonly Dual[] => [...duals, { primal: noRun(), tangent: new Zero(numberAval) }]
