/**
 * Forward mode on flat lists, of functions too that have a reverse rule only (customVjp without a jvp rule).
 *
 * Law: J is the transpose of Jᵀ: where a function cannot be pushed forward, its pullback is, by transposing it once more. So
 * a reverse rule is held to differences, to linearity and to the adjoint law as any other is.
 */
import { AdjointError, jvp, ops, vjp, type Tensor } from '../src/index'

type Flat = readonly Tensor[]

/** Whether forward mode was refused for want of a rule. */
export const reverseOnly = (error: unknown): boolean => error instanceof AdjointError && error.code === 'custom-rule' && error.what.includes('has a reverse rule only')

/** Value and tangent, on flat lists. */
export function forward(call: (...xs: Flat) => Flat, args: Flat, tangents: Flat): readonly [Flat, Flat] {
  const listed = (...xs: Tensor[]): Tensor[] => [...call(...xs)]
  try {
    return jvp(listed, [...args], [...tangents]) as unknown as [Flat, Flat]
  } catch (error) {
    if (!reverseOnly(error)) throw error
    const [outs, pull] = vjp(listed, [...args])
    const ones = outs.map(({ shape, dtype }) => ops.full(shape, 1, dtype) as Tensor)
    const [, push] = vjp((...cts: Tensor[]) => [...pull(cts)], ones)
    return [outs, push([...tangents])]
  }
}
