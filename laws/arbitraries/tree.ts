/**
 * `tree(leaf)`: pytrees of leaves: objects, arrays and null, nested.
 *
 * Example: tree(tensor()) draws x, [x, y], { a: [x], b: null }, …
 */
import { array, constant, constantFrom, letrec, oneof, uniqueArray, type Arbitrary } from 'fast-check'

export interface TreeOptions {
  /** How deep containers nest; default 3. */
  readonly maxDepth?: number
  /** Most children of a container; default 3. */
  readonly maxWidth?: number
}

/** Trees; they shrink to a single leaf. */
export function tree<L>(leaf: Arbitrary<L>, { maxDepth = 3, maxWidth = 3 }: TreeOptions = {}): Arbitrary<unknown> {
  const { any } = letrec<{ any: unknown }>((tie) => {
    const list = array(tie('any'), { maxLength: maxWidth })
    const record = uniqueArray(constantFrom('a', 'b', 'w', 'x', 'layer'), { maxLength: maxWidth }).chain((keys) =>
      array(tie('any'), { minLength: keys.length, maxLength: keys.length }).map((values) => Object.fromEntries(keys.map((k, i) => [k, values[i]]))),
    )
    return { any: oneof({ maxDepth, depthSize: 'small' }, { arbitrary: leaf, weight: 3 }, { arbitrary: list, weight: 1 }, { arbitrary: record, weight: 1 }, { arbitrary: constant(null), weight: 1 }) }
  })
  return any
}
