/**
 * Scalar operations as instructions: on pairs, and on single numbers.
 *
 * Law: the bits of `unaryLoops` and `binaryLoops` of the same names. What has no instructions here is computed lane by lane by
 * the scalar function.
 */
import type { Choice } from '../closure/choose'
import { exactBinary, exactUnary, onNumber, onTwo } from '../scalar'
import { comparisonsOn, exactOn, type Instruction } from './opcodes'
import type { Pair, PairFunction, Pairs } from './pairs'
import { functionPairs, parts } from './powers'

/** 1.5 · 2⁵²: added to an integer, it leaves it, modulo 2³², in the low word. */
const magic = 6755399441055744
const least = -(2 ** 51)

/** The low words of both lanes, as a pair of doubles. */
const fromWords = (w: Pairs, y: Pair, name: 'f64x2.convert_low_i32x4_s' | 'f64x2.convert_low_i32x4_u'): Pair => () => {
  const bound = w.let(y)
  bound()
  bound()
  w.code.shuffleWords([0, 2, 0, 2]).op(name)
}
const toWords = (w: Pairs, x: Pair): Pair => w.add(w.op('f64x2.trunc', x), w.number(magic))
const integers = (name: 'f64x2.convert_low_i32x4_s' | 'f64x2.convert_low_i32x4_u', otherwise: (x: number) => number) => (w: Pairs, x: Pair): Pair => {
  const inside = w.op('v128.and', w.op('f64x2.gt', x, w.number(least)), w.op('f64x2.lt', x, w.number(-least)))
  return w.guarded(inside, fromWords(w, toWords(w, x), name), otherwise, x)
}
const logic = (name: Instruction) => (w: Pairs, x: Pair, y: Pair): Pair => w.truth(w.op(name, w.isTrue(x), w.isTrue(y)))
const words = (name: Instruction) => (w: Pairs, x: Pair, y: Pair): Pair => fromWords(w, w.op(name, toWords(w, x), toWords(w, y)), 'f64x2.convert_low_i32x4_s')

const signed = integers('f64x2.convert_low_i32x4_s', (x) => x | 0)

const onPair = /* @__PURE__ */ exactOn('f64x2')
const testsOnPair = /* @__PURE__ */ comparisonsOn('f64x2')

const unary: { readonly [name: string]: ((w: Pairs, x: Pair) => Pair) | undefined } = {
  copy: (_w, x) => x,
  square: (w, x) => w.mul(x, x),
  sign: (w, x) => w.choose(w.op('v128.or', w.op('f64x2.eq', x, w.number(0)), w.op('f64x2.ne', x, x)), x, w.op('v128.or', w.op('v128.and', x, w.bits(0x80000000, 0)), w.number(1))),
  not: (w, x) => w.truth(w.op('v128.not', w.isTrue(x))),
  truth: (w, x) => w.truth(w.isTrue(x)),
  isFinite: (w, x) => w.truth(w.op('f64x2.eq', w.sub(x, x), w.number(0))),
  isNaN: (w, x) => w.truth(w.op('f64x2.ne', x, x)),
  bitNot: (w, x) => w.sub(w.number(-1), x),
  single: (w, x) => w.op('f64x2.promote_low_f32x4', w.op('f32x4.demote_f64x2_zero', x)),
  signed,
  unsigned: integers('f64x2.convert_low_i32x4_u', (x) => x >>> 0),
}

const binary: { readonly [name: string]: ((w: Pairs, x: Pair, y: Pair) => Pair) | undefined } = {
  and: logic('v128.and'), or: logic('v128.or'), xor: logic('v128.xor'),
  bitAnd: words('v128.and'), bitOr: words('v128.or'), bitXor: words('v128.xor'), mulInt: words('i32x4.mul'),
  add: (w, x, y) => w.add(x, y), mul: (w, x, y) => w.mul(x, y),
  // A product less y is a product and −y: there is no instruction for the difference.
  sub: (w, x, y) => (w.isProduct(x) && !w.isProduct(y) ? w.add(x, w.op('f64x2.neg', y)) : w.sub(x, y)),
  addInt: (w, x, y) => signed(w, w.let(w.add(x, y))),
}

/** What a choice without instructions of its own calls, number by number. */
function callee(c: Exclude<Choice, { _tag: 'Select' }>): (...xs: number[]) => number {
  switch (c._tag) {
    case 'Unary':
      return exactUnary[c.name as keyof typeof exactUnary] as (...xs: number[]) => number
    case 'Binary':
      return exactBinary[c.name as keyof typeof exactBinary] as (...xs: number[]) => number
    case 'Function':
      return onNumber(c.code) as (...xs: number[]) => number
    case 'Function2':
      return onTwo(c.code, c.from) as (...xs: number[]) => number
    case 'Call':
      return c.fn
  }
}

/** The form over pairs of an operation, if it has one. */
const form = (c: Choice): ((w: Pairs, x: Pair, y: Pair) => Pair) | undefined => {
  if (c._tag === 'Unary' || c._tag === 'Binary') {
    const [name, test] = [onPair[c.name], testsOnPair[c.name]]
    if (test) return (w, x, y) => w.truth(w.op(test, x, y))
    if (c._tag === 'Unary') return name ? (w, x) => w.op(name, x) : unary[c.name]
    return binary[c.name] ?? (name && ((w, x, y) => w.op(name, x, y)))
  }
  if (c._tag === 'Select') return undefined
  const pairs = (c._tag === 'Call' ? c.fn.pairs : (functionPairs[c.name] ?? c.code.pairs)) as PairFunction | undefined
  return pairs && ((w, x, y) => pairs(w, callee(c), x, y, parts))
}

/** Whether the operation calls JavaScript for every number. */
export const isLaneByLane = (c: Choice): boolean => c._tag !== 'Select' && !form(c)

/** The operation on pairs; its operands are bound, so that they may be read several times. */
export function onPairs(w: Pairs, c: Choice, args: readonly Pair[]): Pair {
  const [x, y, z] = args as [Pair, Pair, Pair]
  if (c._tag === 'Select') return w.choose(w.isTrue(x), y, z)
  const value = form(c)?.(w, x, y) ?? w.byLanes(callee(c), ...args)
  return c._tag !== 'Call' && c.rounding ? unary[c.rounding]!(w, w.let(value)) : value
}

/** The rounding of sums, on pairs. */
export const roundPair = (w: Pairs, name: string, x: Pair): Pair => unary[name]!(w, w.let(x))

const onNumber64 = /* @__PURE__ */ exactOn('f64')
const testsOnNumber = /* @__PURE__ */ comparisonsOn('f64')

/** The operation on numbers: leaves one on the stack. `args` leave one each. */
export function onNumbers(w: Pairs, c: Choice, args: readonly (() => void)[]): void {
  const { code } = w
  const all = (): void => { for (const a of args) a() }
  if ((c._tag === 'Unary' || c._tag === 'Binary') && c.rounding === undefined) {
    const { name } = c
    const [exact, test] = [onNumber64[name], testsOnNumber[name]]
    if (exact ?? test ?? name === 'copy') {
      all()
      if (exact) code.op(exact)
      if (test) code.op(test, 'f64.convert_i32_u')
      return
    }
  }
  if (c._tag !== 'Select' && !form(c) && (c._tag === 'Call' || c.rounding === undefined)) {
    all()
    code.call(w.imports.scalar(callee(c), args.length))
    return
  }
  if (c._tag === 'Select') {
    args[1]!()
    args[2]!()
    args[0]!()
    code.f64(0).op('f64.ne', 'select')
    return
  }
  w.scope(() => {
    const pairs = args.map((a) => w.let(() => {
      a()
      code.op('f64x2.splat')
    }))
    onPairs(w, c, pairs)()
    code.lane('f64x2.extract_lane', 0)
  })
}
