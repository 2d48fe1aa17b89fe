/**
 * The recipes: for each primitive, how to choose operands and parameters that its shape rule accepts.
 *
 * Law: every primitive in `primitives` has one (a test says which do not). A user's primitive brings its own.
 */
import { primitives, type Primitive } from '../../src/index'
import type { Recipe } from '../program/choices'
import { arrays } from './arrays'
import { elementwise } from './elementwise'
import { generators } from './generators'
import { indexing } from './indexing'
import { matrices } from './matrices'

export const families: readonly { readonly [name: string]: Recipe }[] = [elementwise, arrays, indexing, matrices, generators]

const byName: { readonly [name: string]: Recipe } = Object.assign({}, ...families) as { [name: string]: Recipe }

/** What is known of adjoint's own primitives. */
export const recipes: ReadonlyMap<Primitive, Recipe> = new Map(
  primitives.flatMap((p) => (Object.hasOwn(byName, p.name) ? [[p, byName[p.name]!] as const] : [])),
)
