/**
 * Expressions over pairs of doubles (f64x2), written as values: each is code that leaves one pair on the stack.
 *
 * Law: an expression may be used any number of times; what is computed once and read again is bound with `let`.
 */
import type { Callee, Code } from './assembler'
import { signature } from './assembler'
import type { Instruction } from './opcodes'

/** Code that leaves a pair on the stack. */
export type Pair = () => void

/** Imports of JavaScript functions of numbers. */
export interface Imports {
  /** Whether a product that is added to something may be rounded with the sum. */
  readonly fused: boolean
  readonly scalar: (fn: Scalar, arity: number) => Callee
  /** The address of a table, in the memory that the code runs in. */
  readonly table: (values: Float64Array) => number
}
type Scalar = (...xs: number[]) => number

/** A function over pairs; the operands are read several times, `fn` is it on numbers. */
export type PairFunction = (w: Pairs, fn: Scalar, x: Pair, y: Pair, parts: Parts) => Pair

/** What functions over pairs are made of. Those that come with their primitives are handed it: they import no compiler. */
export interface Parts {
  /** What the rounding of the product p = a·b lost, as in `math`. */
  readonly lost: (w: Pairs, a: Pair, b: Pair, p: Pair) => Pair
  /** A pair of table entries at byte offsets in the low words of the lanes of `a`: words `first` and `first + 1` of each entry. */
  readonly entries: (w: Pairs, a: Pair, table: Float64Array, first?: number) => readonly [first: Pair, second: Pair]
  /** x + low = (128 e + i)·ln 2/128 + r: the two parts whose difference is r, r, 2^(i/128 + e), its relative tail, the series of e^r from r² on. */
  readonly exponential: (w: Pairs, x: Pair, low?: Pair) => { readonly [K in 'd' | 'e' | 'r' | 't' | 'tail' | 'series']: Pair }
  /** ln x as the sum of two numbers, for x from 10⁻³⁰⁰ to 2¹⁰²². */
  readonly natural: (w: Pairs, x: Pair) => readonly [high: Pair, low: Pair]
}

/** The words of pair expressions over one function's code. */
export interface Pairs {
  readonly code: Code
  readonly imports: Imports
  readonly op: (name: Instruction, ...xs: readonly Pair[]) => Pair
  readonly add: (x: Pair, y: Pair) => Pair
  readonly sub: (x: Pair, y: Pair) => Pair
  readonly mul: (x: Pair, y: Pair) => Pair
  /** Whether it is a product that may be rounded with the sum that it is added to. */
  readonly isProduct: (x: Pair) => boolean
  readonly div: (x: Pair, y: Pair) => Pair
  readonly number: (value: number) => Pair
  readonly bits: (high: number, low: number) => Pair
  /** Both lanes shifted by a constant number of bits. */
  readonly shift: (name: 'i64x2.shl' | 'i64x2.shr_u' | 'i64x2.shr_s', x: Pair, by: number) => Pair
  /** Computed now, read later; gone when `scope` ends. */
  readonly let: (x: Pair) => Pair
  /** Computed now into a local that the caller gives back; what is bound on the way is gone. */
  readonly held: (x: () => Pair) => number
  /** What is bound within lives as long as `f` runs. */
  readonly scope: (f: () => void) => void
  /** 1 (in all its lanes) where the mask is set, else 0. */
  readonly truth: (mask: Pair, one?: Pair) => Pair
  /** The mask of what came of `truth`; else where it is not 0, found by the instruction. */
  readonly isTrue: (x: Pair, differs?: Instruction) => Pair
  /** x where the mask is set, else y. */
  readonly choose: (mask: Pair, x: Pair, y: Pair) => Pair
  /** y, which is not negative, with the sign of x. */
  readonly signed: (x: Pair, y: Pair) => Pair
  /** Lane by lane through a JavaScript function. */
  readonly byLanes: (fn: Scalar, ...xs: readonly Pair[]) => Pair
  /** `usual` where `mask` holds for both lanes, else `fn` lane by lane. */
  readonly guarded: (mask: Pair, usual: Pair, fn: Scalar, ...xs: readonly Pair[]) => Pair
}

export function makePairs(code: Code, imports: Imports): Pairs {
  let bound: number[] = []
  const op: Pairs['op'] = (name, ...xs) => () => {
    for (const x of xs) x()
    code.op(name)
  }
  const zeros = new Set<Pair>()
  const masks = new Map<Pair, Pair>()
  const number: Pairs['number'] = (value) => {
    const x = (): void => void code.pair(value)
    if (Object.is(value, 0)) zeros.add(x)
    return x
  }
  const bind: Pairs['let'] = (x) => {
    x()
    const local = code.local('v128')
    bound.push(local)
    code.set(local)
    return () => void code.get(local)
  }
  const byLanes: Pairs['byLanes'] = (fn, ...xs) => () => {
    const callee = imports.scalar(fn, xs.length)
    const lane = (k: number): void => {
      for (const x of xs) {
        x()
        code.lane('f64x2.extract_lane', k)
      }
      code.call(callee)
    }
    lane(0)
    code.op('f64x2.splat')
    lane(1)
    code.lane('f64x2.replace_lane', 1)
  }
  const scope: Pairs['scope'] = (f) => {
    const outer = bound
    bound = []
    f()
    for (const local of bound) code.release(local)
    bound = outer
  }
  /** Products that nothing was bound to, by their factors. */
  const products = new Map<Pair, readonly [Pair, Pair]>()
  const fused = (name: 'f64x2.relaxed_madd' | 'f64x2.relaxed_nmadd', product: Pair, z: Pair): Pair | undefined => {
    const factors = products.get(product)
    return factors && op(name, ...factors, z)
  }
  const mul: Pairs['mul'] = (x, y) => {
    const product = op('f64x2.mul', x, y)
    if (imports.fused) products.set(product, [x, y])
    return product
  }
  return {
    code, imports, op, number, byLanes, scope, mul,
    isProduct: (x) => products.has(x),
    held: (x) => {
      const local = code.local('v128')
      scope(() => {
        x()()
        code.set(local)
      })
      return local
    },
    add: (x, y) => fused('f64x2.relaxed_madd', x, y) ?? fused('f64x2.relaxed_madd', y, x) ?? op('f64x2.add', x, y),
    sub: (x, y) => fused('f64x2.relaxed_nmadd', y, x) ?? op('f64x2.sub', x, y),
    div: (x, y) => op('f64x2.div', x, y),
    bits: (high, low) => () => void code.bits(high, low),
    shift: (name, x, by) => () => {
      x()
      code.i32(by).op(name)
    },
    let: bind,
    truth: (mask, one = number(1)) => {
      const x = op('v128.and', mask, one)
      masks.set(x, mask)
      return x
    },
    isTrue: (x, differs = 'f64x2.ne') => masks.get(x) ?? op(differs, x, number(0)),
    signed: (x, y) => op('v128.or', op('v128.and', () => void code.bits(0x80000000, 0), x), y),
    choose: (mask, x, y) => (zeros.has(y) ? op('v128.and', mask, x) : zeros.has(x) ? op('v128.andnot', y, mask) : op('v128.bitselect', x, y, mask)),
    guarded: (mask, usual, fn, ...xs) => {
      const result = code.local('v128')
      bound.push(result)
      usual()
      code.set(result)
      mask()
      code.op('i64x2.bitmask').i32(3).op('i32.ne').if(() => {
        byLanes(fn, ...xs)()
        code.set(result)
      })
      return () => void code.get(result)
    },
  }
}

export function lost(w: Pairs, a: Pair, b: Pair, p: Pair): Pair {
  const { add, sub, mul } = w
  const halves = (x: Pair): readonly [Pair, Pair] => {
    const c = w.let(mul(x, w.number(134217729)))
    const top = w.let(sub(c, sub(c, x)))
    return [top, w.let(sub(x, top))]
  }
  const [ah, al] = halves(a)
  const [bh, bl] = halves(b)
  return add(add(add(sub(mul(ah, bh), p), mul(ah, bl)), mul(al, bh)), mul(al, bl))
}

/** What √v lacks of √(v + low), for its value s, as in `math`. */
export function below(w: Pairs, v: Pair, s: Pair, low: Pair): Pair {
  const z = w.let(w.mul(s, s))
  return w.div(w.add(w.sub(w.sub(v, z), lost(w, s, s, z)), low), w.add(s, s))
}

export const between = (w: Pairs, x: Pair, low: number, high: number): Pair =>
  low === -high ? w.op('f64x2.lt', w.op('f64x2.abs', x), w.number(high)) : w.op('v128.and', w.op('f64x2.gt', x, w.number(low)), w.op('f64x2.lt', x, w.number(high)))

export const numbersToNumber = (arity: number): ReturnType<typeof signature> => signature(Array.from({ length: arity }, () => 'f64' as const), 'f64')
