/**
 * Bytes copied, and runs of doubles added, as instructions.
 */
import type { Code } from './assembler'

/** Bytes up to which elements are copied one by one. */
const few = 128

/** What leaves the address of a place. */
export interface Place {
  readonly address: () => void
}

/** So many bytes from one place to another. */
export function move(code: Code, to: Place, from: Place, bytes: number): void {
  if (bytes > few || bytes === 0) {
    if (bytes === 0) return
    to.address()
    from.address()
    code.i32(bytes).copy()
    return
  }
  const [source, target] = [code.local('i32'), code.local('i32')]
  from.address()
  code.set(source)
  to.address()
  code.set(target)
  let at = 0
  for (; at + 16 <= bytes; at += 16) code.get(target).get(source).memory('v128.load', at).memory('v128.store', at)
  if (at < bytes) code.get(target).get(source).memory('f64.load', at).memory('f64.store', at)
  code.release(source)
  code.release(target)
}

/** Adds n elements after the address in `from` to those after the address in `to`; both go on to what comes after them. */
export function addRun(code: Code, to: number, from: number, n: number): void {
  const add = (load: 'v128.load' | 'f64.load', sum: 'f64x2.add' | 'f64.add', store: 'v128.store' | 'f64.store', bytes: number): void => {
    code.get(to).get(to).memory(load, 0).get(from).memory(load, 0).op(sum).memory(store, 0)
    for (const p of [to, from]) code.get(p).i32(bytes).op('i32.add').set(p)
  }
  if (n > 1) {
    const end = code.local('i32')
    code.get(from).i32(16 * Math.floor(n / 2)).op('i32.add').set(end)
    code.repeat(() => add('v128.load', 'f64x2.add', 'v128.store', 16), () => void code.get(from).get(end).op('i32.lt_u'))
    code.release(end)
  }
  if (n % 2 === 1) add('f64.load', 'f64.add', 'f64.store', 8)
}

