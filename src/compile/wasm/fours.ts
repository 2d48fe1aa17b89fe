/**
 * Loops over arrays of float32 four elements at a time, where every operation is as exact on singles as on doubles that are
 * rounded: + − × ÷ √, what changes no digit, comparisons and choices. All others run over pairs of doubles.
 *
 * Law: the bits of the closure backend. Rounding a sum, difference, product, quotient or root of singles from double to single
 * gives what rounding once gives, as a double has more than twice the digits and two more.
 * Eight elements are taken at a time, and what is behind them one by one. Sums of all elements are of doubles.
 * Source: Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30 (1995).
 */
import { choose, type Choice } from '../closure/choose'
import { chunkLength } from '../closure/monoid'
import { lineState } from '../closure/rows'
import { counted } from '../loop/reads'
import { isDirect } from '../closure/gather'
import type { Nest, NestValue, Operation, Ref } from '../loop/types'
import { add, type Code } from './assembler'
import { productsOfSums } from './madds'
import { comparisonsOn, exactOn, type Instruction } from './opcodes'
import type { Pair, Pairs } from './pairs'
import { conditions } from './masks'
import { rowReduction } from './rows'
import { base, functionOf, readRegister, storeResult, type Site } from './site'
import type { Computed } from './survey'

/** Values of a loop, at most. */
const most = 200
type Kind = 'float32' | 'bool'

const bitsOf = new DataView(new ArrayBuffer(4))
/** The single in all lanes. */
const single = (w: Pairs, value: number): Pair => {
  if (Object.is(value, 0)) return w.number(0)
  bitsOf.setFloat32(0, value)
  const bits = bitsOf.getUint32(0)
  return w.bits(bits, bits)
}
const truth = (w: Pairs, mask: Pair): Pair => w.truth(mask, single(w, 1))
const isTrue = (w: Pairs, x: Pair): Pair => w.isTrue(x, 'f32x4.ne')

const plain = /* @__PURE__ */ exactOn('f32x4')
const tests = /* @__PURE__ */ comparisonsOn('f32x4')
const logic: { readonly [name: string]: Instruction | undefined } = { and: 'v128.and', or: 'v128.or', xor: 'v128.xor' }

/** The operation on vectors; undefined where there is none. */
function form(c: Choice): ((w: Pairs, x: Pair, y: Pair, z: Pair) => Pair) | undefined {
  if (c._tag === 'Select') return (w, t, x, y) => w.choose(isTrue(w, t), x, y)
  if (c._tag !== 'Unary' && c._tag !== 'Binary') return undefined
  const { name } = c
  if (name === 'copy' || name === 'single') return (_w, x) => x
  if (name === 'square') return (w, x) => w.op('f32x4.mul', x, x)
  if (name === 'truth') return (w, x) => truth(w, isTrue(w, x))
  if (name === 'not') return (w, x) => truth(w, w.op('v128.not', isTrue(w, x)))
  const [exact, test, joined] = [plain[name], tests[name], logic[name]]
  if (exact) return (w, ...xs) => w.op(exact, ...xs.slice(0, c._tag === 'Unary' ? 1 : 2))
  if (test) return (w, x, y) => truth(w, w.op(test, x, y))
  return joined && ((w, x, y) => truth(w, w.op(joined, isTrue(w, x), isTrue(w, y))))
}

/** The dtype of each operand; undefined where there are others than singles and booleans. */
function operandsOf(o: Operation): readonly Kind[] | undefined {
  if (o._tag === 'Call' || (o.dtype !== 'float32' && o.dtype !== 'bool')) return undefined
  if (o._tag === 'Select') return ['bool', o.dtype, o.dtype]
  return o.from === 'float32' || o.from === 'bool' ? [o.from, o.from] : undefined
}

const known = new WeakMap<Nest, ReadonlyMap<Ref, Kind> | null>()

/** The dtypes of the nest's values, where it can be run by fours. */
function kindsOf(nest: Nest): ReadonlyMap<Ref, Kind> | undefined {
  let kinds = known.get(nest)
  if (kinds === undefined) known.set(nest, (kinds = found(nest) ?? null))
  return kinds ?? undefined
}

function found(nest: Nest): ReadonlyMap<Ref, Kind> | undefined {
  const { values, size, line, reductions, windows } = nest
  if (values.length > most || line > 0 || windows.length > 0) return undefined
  // Sums of all elements; to add what is read and not computed, singles would only have to be made doubles.
  if (reductions.some((r) => r.op !== 'add' || r.dtype !== 'float32' || r.inner > 1 || r.length < size || values[r.value]!._tag !== 'Compute')) return undefined
  const kinds = new Map<Ref, Kind>()
  const reads = counted(nest)
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (reads[i] === 0) continue
    if (v._tag === 'Load' ? !isDirect(v.walk) : v._tag !== 'Compute') return undefined
    if (v._tag !== 'Compute') continue
    const operands = operandsOf(v.operation)
    if (!operands || !form(choose(v.operation))) return undefined
    kinds.set(i, v.operation.dtype as Kind)
    v.args.forEach((a, k) => kinds.set(a, operands[k]!))
  }
  return values.every((_, i) => reads[i] === 0 || kinds.has(i)) ? kinds : undefined
}

export const isByFours = (nest: Nest): boolean => kindsOf(nest) !== undefined

/** The buffers that such a nest reads or writes, and whether they are of singles. */
export function buffersOf(nest: Nest): readonly (readonly [buffer: number, single: boolean])[] {
  const kinds = kindsOf(nest)!
  return [...kinds].flatMap(([i, kind]) => {
    const v: NestValue | undefined = nest.values[i]
    const list = [...(v?._tag === 'Load' ? [v.walk.buffer] : []), ...(v && v.store >= 0 ? [v.store] : [])]
    return list.map((b) => [b, kind === 'float32'] as const)
  })
}

/** The loop; undefined where the nest is to be run over pairs. */
export function emitFours(nest: Nest, site: Site): Code | undefined {
  const kinds = kindsOf(nest)
  const { values, size, reductions } = nest
  const buffers = kinds ? buffersOf(nest) : []
  // Sums of doubles gain nothing.
  if (!kinds || !buffers.every(([b]) => site.isResident(b)) || (reductions.length > 0 && !buffers.some(([b]) => site.isSingle(b)))) return undefined
  const { layout } = site
  const { code, pairs: w } = functionOf(site)
  // Addresses of the element as if all arrays were at the base: of singles, and of doubles.
  const [narrow, wide, last, stop] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
  const registers = new Map<number, Pair>()
  for (const ref of kinds.keys()) {
    if (ref >= 0) continue
    const value = site.constants.get(~ref)
    registers.set(ref, value !== undefined ? single(w, value) : w.let(() => {
      readRegister(site, code, ~ref)
      code.op('f32.demote', 'f32x4.splat')
    }))
  }
  /** Of the elements from the k-th on; `one`: at least of that one. There is room behind arrays for what is read with it. */
  const load = (buffer: number, k: number, one: boolean): void => {
    const slot = layout.bufferSlot(buffer)
    if (site.isSingle(buffer)) return void code.get(narrow).inSlot('v128.load', slot, 4 * k)
    for (const j of one ? [0] : [0, 2]) code.get(wide).inSlot('v128.load', slot, 8 * (k + j)).op('f32x4.demote_f64x2_zero')
    if (!one) code.shuffleWords([0, 1, 4, 5])
  }
  const lower = (x: Pair): Pair => w.op('f64x2.promote_low_f32x4', x)
  const upper = (x: Pair): Pair => () => {
    x()
    x()
    code.shuffle(1, 2).op('f64x2.promote_low_f32x4')
  }
  const store = (buffer: number, x: Pair, k: number, one: boolean): void => {
    const slot = layout.bufferSlot(buffer)
    const put = (address: number, value: Pair, bytes: number): void => {
      code.get(address)
      value()
      code.inSlot(!one ? 'v128.store' : address === narrow ? 'v128.store32_lane' : 'v128.store64_lane', slot, bytes, one ? 0 : undefined)
    }
    if (site.isSingle(buffer)) put(narrow, x, 4 * k)
    else {
      put(wide, lower(x), 8 * k)
      if (!one) put(wide, upper(x), 8 * k + 16)
    }
  }
  const reduced = reductions.map((r) => r.value)
  const order = [...kinds.keys()].filter((i) => values[i]?._tag === 'Compute')
  const products = site.imports.fused ? productsOfSums(values, order, [], reduced, 'float32') : undefined
  const masks = conditions(values, order, new Set([...reduced, ...values.flatMap((v, i) => (v.store >= 0 ? [i] : []))]))
  const sums = reductions.map((r) => ({ r, ...rowReduction(site, w, r, () => layout.state(lineState), base, true) }))
  /** The values of four elements, the k-th the first, or of one; what is summed is taken. */
  const body = (k: number, one: boolean): void => w.scope(() => {
    const of = new Map<Ref, Pair>(registers)
    const computed = ({ operation, args }: Computed): Pair => {
      const [a, b, c] = args.map((i) => of.get(i)!) as [Pair, Pair, Pair]
      const [p, q] = args.map((i) => (products?.has(i) ? (values[i] as Computed).args.map((f) => of.get(f)!) : undefined))
      const minus = operation._tag === 'Binary' && operation.op === 'sub'
      if (q) return w.op(minus ? 'f32x4.relaxed_nmadd' : 'f32x4.relaxed_madd', ...q, a)
      if (p) return w.op('f32x4.relaxed_madd', ...p, minus ? w.op('f32x4.neg', b) : b)
      return form(choose(operation))!(w, a, b, c)
    }
    values.forEach((v, i) => {
      if (!kinds.has(i)) return
      const value = v._tag === 'Load' ? (): void => load(v.walk.buffer, v.walk.offset + k, one) : computed(v as Computed)
      const x = masks.has(i) ? truth(w, w.let(isTrue(w, value))) : products?.has(i) ? value : w.let(value)
      of.set(i, x)
      if (v.store >= 0) store(v.store, x, k, one)
    })
    for (const { r, take, takeRest } of sums) {
      const x = of.get(r.value)!
      if (one) takeRest(lower(x), () => void code.i32(0))
      else [lower, upper].forEach((half, j) => take(half(x), k / 2 + j))
    }
  })
  /** Whether an element so many bytes on is there. */
  const has = (end: number, bytes: number) => (): void => void code.get(narrow).i32(bytes).op('i32.add').get(end).op('i32.lt_u')
  const on = (n: number): void => {
    add(code, narrow, 4 * n)
    add(code, wide, 8 * n)
  }
  code.get(base).tee(narrow).tee(wide).i32(4 * size).op('i32.add').set(last)
  for (const s of sums) s.startRow()
  code.repeat(() => {
    code.get(narrow).i32(4 * (sums.length > 0 ? chunkLength : size)).op('i32.add').tee(stop).get(last).get(stop).get(last).op('i32.lt_u', 'select').set(stop)
    for (const s of sums) s.startChunk()
    code.while(has(stop, 28), () => {
      body(0, false)
      body(4, false)
      on(8)
    })
    for (const s of sums) s.fold()
    code.while(has(stop, 0), () => {
      body(0, true)
      on(1)
    })
    for (const s of sums) s.endChunk()
  }, has(last, 0))
  for (const { r, endRow } of sums) storeResult(site, code, r.target, base, () => endRow(false))
  return code
}
