/**
 * A walk over exported functions with odd arguments in every position.
 *
 * For each function some accepted argument lists are looked for among ordinary values; then each position in turn, and one
 * after the last, holds each odd value. What comes back as a function, or as an object of functions, is called as well.
 */
import { np, random, Tensor } from '../../src/index'

/** Ordinary values; among lists of them are argument lists that most functions take. */
export const ordinary: readonly (readonly [string, () => unknown])[] = [
  ['2', () => 2],
  ['[1,2,3]', () => np.array([1, 2, 3])],
  ['matrix', () => np.array([[2, 1], [1, 3]])],
  ['f(x)', () => (x: Tensor) => np.multiply(x as never, x as never)],
  ['[f64]', () => [np.array([1, 2, 3])]],
  ['0.5', () => 0.5],
  ['g', () => (x: Tensor) => np.sum(np.square(x))],
  ['f(c,x)', () => (c: Tensor) => [c, c]],
  ['key', () => random.key(1)],
  ['i32', () => np.array([0, 1, 1], { dtype: 'int32' })],
  ["'a'", () => 'ij,jk->ik'],
  ['0', () => 0],
  ['true', () => true],
  ['[2]', () => [2]],
  ['{x}', () => ({ x: np.array([1, 2]) })],
]

/** Values that hardly any function takes in most places. */
export const odd: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['-Infinity', () => -Infinity],
  ['-1', () => -1],
  ['1.5', () => 1.5],
  ['1e15', () => 1e15],
  ['1e300', () => 1e300],
  ["''", () => ''],
  ["'x'", () => 'x'],
  ["'__proto__'", () => '__proto__'],
  ['true', () => true],
  ['{}', () => ({})],
  ['{misspelt}', () => ({ misspelt: 1 })],
  ['[]', () => []],
  ['[[]]', () => [[]]],
  ['[-1,-1]', () => [-1, -1]],
  ['[1.5]', () => [1.5]],
  ['[null]', () => [null]],
  ['[undefined]', () => [undefined]],
  ['[[1,2],[3]]', () => [[1, 2], [3]]],
  ["['x']", () => ['x']],
  ['[1e12,1e12]', () => [1e12, 1e12]],
  ['Symbol()', () => Symbol('s')],
  ['[Symbol()]', () => [Symbol('s')]],
  ['function', () => () => undefined],
  ['identity', () => (x: unknown) => x],
  ['1n', () => 1n],
  ['[1n]', () => [1n]],
  ['Promise', () => Promise.resolve(1)],
  ['Date', () => new Date(0)],
  ['Map', () => new Map([[1, 2]])],
  ['Object.create(null)', () => Object.create(null) as unknown],
  ['BigInt64Array', () => new BigInt64Array(2)],
  ['Float64Array(0)', () => new Float64Array(0)],
  ['bool tensor', () => np.array([true, false, true])],
  ['int tensor', () => np.array([1, 2, 5], { dtype: 'int32' })],
  ['uint tensor', () => np.array([1, 2, 5], { dtype: 'uint32' })],
  ['f32 tensor', () => np.array([1, 2, 3], { dtype: 'float32' })],
  ['empty tensor', () => np.zeros([0])],
  ['empty matrix', () => np.zeros([0, 3])],
  ['NaN tensor', () => np.array([NaN, 1, Infinity])],
  ['rank 0 tensor', () => np.array(2)],
  ['rank 4 tensor', () => np.ones([2, 1, 1, 2])],
]

type Callable = (...args: unknown[]) => unknown
type Choice = readonly [string, () => unknown]

/** mulberry32: small and fixed. */
function* numbers(seed: number): Generator<number, never> {
  for (let a = seed; ; ) {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    yield ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** What is told of each call: its name, and what it raised (undefined where it returned). */
export type Report = (call: string, raised: { readonly error: unknown } | undefined) => void

const shown = (name: string, args: readonly Choice[]): string => `${name}(${args.map(([n]) => n).join(', ')})`

function attempt(name: string, f: Callable, args: readonly Choice[], report: Report, before: (call: string) => void, depth: number): boolean {
  const call = shown(name, args)
  before(call)
  let result: unknown
  try {
    result = f(...args.map(([, make]) => make()))
    if (result instanceof Promise) result.catch(() => undefined)
  } catch (error) {
    report(call, { error })
    return false
  }
  report(call, undefined)
  if (depth > 0) inside(call, result, report, before, depth - 1)
  return true
}

/** Functions that came back are called with ordinary values, then with odd ones. */
function inside(call: string, result: unknown, report: Report, before: (call: string) => void, depth: number): void {
  const functions: [string, Callable][] = []
  if (typeof result === 'function') functions.push([call, result as Callable])
  else if (result !== null && typeof result === 'object' && !(result instanceof Tensor) && !ArrayBuffer.isView(result) && (Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype))
    for (const [k, v] of Object.entries(result as object)) if (typeof v === 'function') functions.push([`${call}.${k}`, v as Callable])
  for (const [name, f] of functions) {
    attempt(name, f, [], report, before, depth)
    for (const a of [...ordinary.slice(0, 5), ...odd]) attempt(name, f, [a], report, before, 0)
    for (const a of ordinary.slice(0, 3)) attempt(name, f, [a, a], report, before, 0)
  }
}

/** Calls one function with odd arguments in every position. */
export function walk(name: string, f: Callable, report: Report, before: (call: string) => void = () => undefined, tries = 150): void {
  const random = numbers(name.length * 7919 + name.charCodeAt(name.length - 1))
  const pick = (xs: readonly Choice[]): Choice => xs[Math.floor(random.next().value * xs.length)]!
  const accepted = new Map<string, readonly Choice[]>()
  const lists: (readonly Choice[])[] = [[]]
  for (const a of ordinary) lists.push([a])
  for (const a of ordinary.slice(0, 9)) for (const b of ordinary.slice(0, 9)) lists.push([a, b])
  for (let i = 0; i < tries; i++) lists.push(Array.from({ length: 2 + Math.floor(random.next().value * 4) }, () => pick(ordinary)))
  const lengths = new Map<number, number>()
  for (const list of lists) {
    const taken = lengths.get(list.length) ?? 0
    if (taken >= 2) continue
    if (attempt(name, f, list, report, before, 0)) {
      accepted.set(shown(name, list), list)
      lengths.set(list.length, taken + 1)
    }
  }
  for (const o of odd) attempt(name, f, [o], report, before, 1)
  for (const list of accepted.values()) {
    for (let i = 0; i <= list.length; i++) for (const o of odd) attempt(name, f, [...list.slice(0, i), o, ...list.slice(i + 1)], report, before, i === list.length ? 0 : 0)
    attempt(name, f, list, report, before, 2)
  }
}
