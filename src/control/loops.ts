/**
 * The loops that users write: scan, map, foriLoop, whileLoop.
 *
 * Law: each equals the JavaScript loop that its doc comment states, in value and derivatives. Bodies are staged once;
 * what they close over takes part in every transform.
 */
import { fault, raise, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { isInteger } from '../data/dtype'
import { hasEffects } from '../ir/effects'
import { aval } from '../ir/types'
import type { Value } from '../ir/value'
import { asTensor, converted } from '../primitives/vocabulary/context'
import { coreContext as context, ops } from '../primitives/core'
import { isKnown, type Tensor, type TensorLike } from '../trace/tensor'
import { demandKnown } from '../primitives/vocabulary/vocabulary'
import { leavesOf, paths, unflatten, type Leaves, type TreeDef } from '../transforms/arguments'
import { interpret } from '../transforms/interpret'
import type { Tensors, TensorTree } from '../transforms/types'
import { countLeaves } from '../tree/tree'
import { type Body, demandFunctions, stageBody } from './body'
import { avalsOf, settled, type Caller } from './carry'
import { stageUnrun } from './deferral'
import { bindScan } from './scan'
import { bindWhile } from './while'

export interface ScanOptions {
  /** The number of steps; needed where xs has no leaves. */
  readonly length?: number
  /** From the last slice to the first; results stay in the order of xs. */
  readonly reverse?: boolean
  /**
   * How many copies of the body stand in one turn of the compiled loop: a positive integer (default 1), or `true` for all
   * steps. Results are the same bits; programs grow, and each step costs less. Backward sweeps are unrolled alike, those
   * between checkpoints are not.
   */
  readonly unroll?: number | boolean
  /**
   * The most carries that reverse mode keeps, the initial one among them; what lies between is run again. Without it the
   * residuals of every step are kept. With r the least such that length ≤ C(n + r, n), the backward sweep makes
   * r·length − C(n + r, n + 1) forward steps, the fewest that n carries allow (Griewank & Walther 2000), and turns each
   * step once. Gradients have the same bits; values and forward mode are not affected.
   */
  readonly checkpoint?: number
}

export interface LoopOptions {
  /** As `scan`'s; for bounds that are numbers. */
  readonly unroll?: number | boolean
  /** As `whileLoop`'s, or as `scan`'s where the bounds are numbers. */
  readonly checkpoint?: number
}

export interface WhileOptions {
  /**
   * The most carries that reverse mode keeps, the initial one among them; what lies between is run again. Without it the
   * residuals of every step are kept. The number of steps l need not be known: with r the least such that
   * l ≤ C(n + r, n), as few as for a known number, no step is run forward more than max(r, 1) times before it is turned
   * (Wang, Moin & Iaccarino 2009). Gradients have the same bits; values and forward mode are not affected.
   */
  readonly checkpoint?: number
}

const positive = (name: string, option: string, n: number): number =>
  Number.isInteger(n) && n > 0 ? n : raise((demandKnown(n, name, option), fault('shape', `${name}: ${option} ${shown(n)}`, 'Give a positive integer.')))

/** The options as parameters of a loop of `length` steps. */
function running(name: string, { unroll = 1, checkpoint }: LoopOptions, length: number): { readonly unroll: number; readonly checkpoint?: number } {
  const copies = unroll === true ? Math.max(1, length) : positive(name, 'unroll', unroll as number)
  return checkpoint === undefined ? { unroll: copies } : { unroll: copies, checkpoint: positive(name, 'checkpoint', checkpoint) }
}

const listOf = (...children: readonly TreeDef[]): TreeDef => ({ _tag: 'List', children })

function lengthOf(name: string, xs: Leaves, wanted: number | undefined): number {
  demandKnown(wanted, name, 'length')
  if (wanted !== undefined && (!Number.isSafeInteger(wanted) || wanted < 0)) raise(fault('shape', `${name}: length ${shown(wanted)}`, 'Give a non-negative integer.'))
  const sizes = xs.tensors.map((t, i) => t.shape[0] ?? raise(fault('shape', `${name}: ${paths(xs.def, 'xs')[i]} is a scalar`, 'Arrays in xs are read slice by slice along their leading axis. A JS list is a tree of its elements: of numbers write np.array([…]).')))
  const n = wanted ?? sizes[0] ?? raise(fault('shape', `${name}: xs has no arrays, and no length was given`, 'Give arrays in xs, or scan the option {length: n}.'))
  sizes.forEach((s, i) => {
    if (s !== n) raise(fault('shape', `${name}: ${paths(xs.def, 'xs')[i]} has ${s} slices, expected ${n}`, 'All arrays in xs (and length) must agree.'))
  })
  return n
}

/**
 * `let c = init; for (x of xs) { [c, y] = f(c, x); ys.push(y) }; return [c, stack(ys)]`, over trees, along leading axes.
 * The carry keeps its tree, shapes and dtypes. Throws `TreeError`, `ShapeError` or `DTypeError` naming the leaf where not.
 * Reverse mode keeps the residuals of every step, or with `{checkpoint: n}` n carries.
 * @example scan((c, x) => [np.add(c, x), c], 0, np.array([1, 2, 3])) // => [6, [0, 1, 3]]
 */
export function scan<C extends TensorTree<C>, X, Y>(f: (carry: C, x: Tensors<X>) => readonly [unknown, Y], init: C, xs: X, options?: ScanOptions): [C, Tensors<Y>]
export function scan<C, X, Y>(f: (carry: Tensors<C>, x: Tensors<X>) => readonly [unknown, Y], init: C, xs: X, options?: ScanOptions): [Tensors<C>, Tensors<Y>]
export function scan<C, X, Y>(f: (carry: Tensors<C>, x: Tensors<X>) => readonly [unknown, Y], init: C, xs: X, options: ScanOptions = {}): [Tensors<C>, Tensors<Y>] {
  demandFunctions('scan', f)
  demandOptions('scan', options, ['length', 'reverse', 'unroll', 'checkpoint'])
  return scanned({ name: 'scan' }, f, init, xs, options)
}

function scanned<C, X, Y>(caller: Caller, f: (carry: Tensors<C>, x: Tensors<X>) => readonly [unknown, Y], init: C, xs: X, options: ScanOptions): [Tensors<C>, Tensors<Y>] {
  const { name } = caller
  const carry = leavesOf(init, 'carry')
  const arrays = leavesOf(xs ?? null, 'xs')
  const { reverse = false } = options
  const length = lengthOf(name, arrays, options.length)
  const how = running(name, options, length)
  let yDef: TreeDef = arrays.def
  const slices = arrays.tensors.map((t) => aval(t.shape.slice(1), t.dtype))
  const { body, init: ready } = settled(caller, carry, (avals) => {
    const b = (length > 0 ? stageBody : stageUnrun)(name, listOf(carry.def, arrays.def), [...avals, ...slices], (c, x) => {
      const r = f(c as Tensors<C>, x as Tensors<X>)
      if (!Array.isArray(r) || r.length !== 2) raise(fault('tree', `${name}: the body must return [carry, y]`, 'Return a pair; y may be null.'))
      return r
    })
    const [cDef, y] = (b.def as Extract<TreeDef, { _tag: 'List' }>).children as [TreeDef, TreeDef]
    yDef = y
    return { body: b, carryDef: cDef, carry: b.jaxpr.outs.slice(0, countLeaves(cDef)).map((o) => o.aval) }
  })
  const outs = bindScan(body, [], ready, arrays.tensors, { length, reverse, ...how }) as Tensor[]
  return [unflatten(carry.def, outs.slice(0, ready.length)), unflatten(yDef, outs.slice(ready.length))] as [Tensors<C>, Tensors<Y>]
}

/** f over the slices of xs along their leading axes, one after another; results stacked. Uses the memory of one f. */
export function map<X, Y>(f: (x: Tensors<X>) => Y, xs: X): Tensors<Y> {
  demandFunctions('map', f)
  return scanned({ name: 'map' }, (_c: null, x: Tensors<X>) => [null, f(x)] as const, null, xs as never, {})[1] as Tensors<Y>
}

const asIndex = (name: string, x: TensorLike): Tensor => {
  const t = asTensor(context, x)
  const whole = typeof x === 'number' ? Number.isInteger(x) : isInteger(t.dtype)
  if (t.ndim > 0 || !whole) raise(fault('dtype', `${name}: a bound must be an integer scalar, got ${typeof x === 'number' ? x : `${t.dtype}[${t.shape.join(',')}]`}`, 'Give integers, or integer tensors of rank 0.'))
  return converted(context, t, 'int32')
}

/**
 * `let c = init; for (i = lower; i < upper; i++) c = body(i, c); return c`. With numbers as bounds it is a scan, else a
 * while loop; both differentiate in forward and in reverse mode, with `{checkpoint: n}` keeping n carries for the latter.
 * @example foriLoop(0, 3, (i, c) => np.add(c, i), 10) // => 13
 */
export function foriLoop<C extends TensorTree<C>>(lower: TensorLike, upper: TensorLike, body: (i: Tensor, carry: C) => unknown, init: C, options?: LoopOptions): C
export function foriLoop<C>(lower: TensorLike, upper: TensorLike, body: (i: Tensor, carry: Tensors<C>) => unknown, init: C, options?: LoopOptions): Tensors<C>
export function foriLoop<C>(lower: TensorLike, upper: TensorLike, body: (i: Tensor, carry: Tensors<C>) => unknown, init: C, options: LoopOptions = {}): Tensors<C> {
  demandFunctions('foriLoop', body)
  demandOptions('foriLoop', options, ['unroll', 'checkpoint'])
  const [from, to] = [asIndex('foriLoop', lower), asIndex('foriLoop', upper)]
  if (typeof lower === 'number' && typeof upper === 'number')
    return scanned({ name: 'foriLoop', at: 1 }, (s: readonly [Tensor, unknown]) => [[ops.add(s[0], 1), body(s[0], s[1] as Tensors<C>)], null] as never, [from, init] as never, null, { ...options, length: Math.max(0, upper - lower) })[0][1 as never] as Tensors<C>
  const end = loopWhile<unknown>(
    { name: 'foriLoop', at: 1 },
    (s) => ops.lt((s as readonly [Tensor, unknown])[0], to),
    (s) => {
      const [i, c] = s as readonly [Tensor, unknown]
      return [ops.add(i, 1), body(i, c as Tensors<C>)]
    },
    [from, init],
    options,
  ) as readonly [Tensor, Tensors<C>]
  return end[1]
}

/**
 * `let c = init; while (condition(c)) c = body(c); return c`. The number of steps may depend on values; forward and
 * reverse mode pass through it; the latter keeps residuals of every step, or with `{checkpoint: n}` n carries.
 * @example whileLoop((c) => np.less(c, 100), (c) => np.multiply(c, 3), 1) // => 243
 */
export function whileLoop<C extends TensorTree<C>>(condition: (carry: C) => TensorLike, body: (carry: C) => unknown, init: C, options?: WhileOptions): C
export function whileLoop<C>(condition: (carry: Tensors<C>) => TensorLike, body: (carry: Tensors<C>) => unknown, init: C, options?: WhileOptions): Tensors<C>
export function whileLoop<C>(condition: (carry: Tensors<C>) => TensorLike, body: (carry: Tensors<C>) => unknown, init: C, options: WhileOptions = {}): Tensors<C> {
  demandFunctions('whileLoop', condition, body)
  demandOptions('whileLoop', options, ['checkpoint'])
  return loopWhile({ name: 'whileLoop' }, condition, body, init, options)
}

function loopWhile<C>(caller: Caller, condition: (carry: Tensors<C>) => TensorLike, body: (carry: Tensors<C>) => unknown, init: C, { checkpoint }: WhileOptions): Tensors<C> {
  const { name } = caller
  const carry = leavesOf(init, 'carry')
  const settledBy = (stageAs: typeof stageBody): ReturnType<typeof settled> =>
    settled(caller, carry, (avals) => {
      const staged = stageAs(name, listOf(carry.def), avals, (c) => body(c as Tensors<C>))
      return { body: staged, carryDef: staged.def, carry: staged.jaxpr.outs.map((o) => o.aval) }
    })
  const testOf = (ready: readonly Tensor[]): Body => stageBody(name, listOf(carry.def), avalsOf(ready), (c) => condition(c as Tensors<C>))
  /** As the body would be that is not run, or what is wrong with it where it is, or may be. */
  const unrun = (wrong: unknown): ReturnType<typeof settled> => {
    if (!carry.tensors.every(isKnown)) throw wrong
    const { body: b, init: ready } = settledBy(stageUnrun)
    const test = testOf(ready)
    const operands = [...test.captured, ...ready]
    if (hasEffects(test.jaxpr) || !operands.every(isKnown) || Number((interpret(test.jaxpr, operands)[0] as Tensor).item()) !== 0) throw wrong
    return { body: b, init: ready }
  }
  const stagedOr = (otherwise: (e: unknown) => ReturnType<typeof settled>): ReturnType<typeof settled> => {
    try {
      return settledBy(stageBody)
    } catch (e) {
      return otherwise(e)
    }
  }
  const { body: b, init: ready } = stagedOr(unrun)
  const test = testOf(ready)
  const verdict = test.jaxpr.outs[0]
  if (test.def._tag !== 'Leaf' || !verdict || verdict.aval.shape.length > 0 || verdict.aval.dtype !== 'bool')
    raise(fault('dtype', `${name}: the condition must return one boolean, got ${verdict ? `${verdict.aval.dtype}[${verdict.aval.shape.join(',')}]` : 'a tree'}`, 'Compare: np.less(x, y), np.all(…).'))
  const outs = bindWhile(test, b, ready as readonly Value[], {}, checkpoint === undefined ? undefined : positive(name, 'checkpoint', checkpoint)) as Tensor[]
  return unflatten(carry.def, outs) as Tensors<C>
}

