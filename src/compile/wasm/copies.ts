/**
 * Bytes copied, and runs of doubles added, as instructions; elements that lie in strides, in loops.
 */
import type { Strides } from '../puts'
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

/** Bytes of a page, and by how many a place may follow another in one for loads from there to wait for stores to here. */
const [page, near] = [4096, 128]

/**
 * Copies n elements after the address in `from` to those after the address in `to`, from the end where they go to a few bytes further
 * on within a page than they come from: else each load seems to wait for the store before it.
 */
function copyRun(code: Code, to: number, from: number, n: number): void {
  code.get(to).get(from).op('i32.sub').i32(page - 1).op('i32.and').i32(-1).op('i32.add').i32(near).op('i32.lt_u').if(
    () => {
      const rest = n % turn
      on(code, to, 8 * (n - rest))
      on(code, from, 8 * (n - rest))
      for (let k = rest; k > 0; k--) code.get(to).get(from).memory('f64.load', 8 * (k - 1)).memory('f64.store', 8 * (k - 1))
      times(code, (n - rest) / turn, () => {
        on(code, to, -8 * turn)
        on(code, from, -8 * turn)
        for (let k = turn - 2; k >= 0; k -= 2) code.get(to).get(from).memory('v128.load', 8 * k).memory('v128.store', 8 * k)
      })
    },
    () => void code.get(to).get(from).i32(8 * n).copy(),
  )
}

/** Elements that are added, or copied, in one turn of a loop. */
const turn = 8

/** Adds n elements after the address in `from` to those after the address in `to`. */
function addRun(code: Code, to: number, from: number, n: number): void {
  const pair = (at: number): void => void code.get(to).get(to).memory('v128.load', at).get(from).memory('v128.load', at).op('f64x2.add').memory('v128.store', at)
  const turns = n < 2 * turn ? 0 : Math.floor(n / turn)
  if (turns > 0)
    times(code, turns, () => {
      for (let k = 0; k < turn; k += 2) pair(8 * k)
      on(code, to, 8 * turn)
      on(code, from, 8 * turn)
    })
  const rest = n - turns * turn
  for (let k = 0; k + 2 <= rest; k += 2) pair(8 * k)
  if (rest % 2 === 1) {
    const at = 8 * (rest - 1)
    code.get(to).get(to).memory('f64.load', at).get(from).memory('f64.load', at).op('f64.add').memory('f64.store', at)
  }
  on(code, to, -8 * turn * turns)
  on(code, from, -8 * turn * turns)
}

/** Runs the body so often. */
export function times(code: Code, n: number, body: () => void): void {
  if (n === 1) return body()
  const left = code.local('i32')
  code.i32(n).set(left)
  code.repeat(body, () => void code.get(left).i32(-1).op('i32.add').tee(left))
  code.release(left)
}

/** So many bytes on. */
export const on = (code: Code, p: number, bytes: number): void => {
  if (bytes !== 0) code.get(p).i32(bytes).op('i32.add').set(p)
}

/**
 * Elements at the address in `from` and on put to those at `to`, or added, axis after axis; both are left as they were.
 * `added`: the sum of what is at the addresses, on the stack, where it is not that of doubles.
 */
export function lay(code: Code, to: number, from: number, { extents, tos, froms }: Strides, how: 'set' | 'add', added?: () => void): void {
  const at = (p: number): Place => ({ address: () => void code.get(p) })
  const load = (p: number): Code => code.get(p).memory('f64.load', 0)
  const elements = (axis: number): void => {
    const n = extents[axis]
    if (n === undefined) {
      code.get(to)
      if (how === 'set') load(from)
      else if (added) added()
      else {
        load(to)
        load(from).op('f64.add')
      }
      code.memory('f64.store', 0)
      return
    }
    const [over, under] = [8 * tos[axis]!, 8 * froms[axis]!]
    if (axis === extents.length - 1 && over === 8 && under === 8 && !(how === 'add' && added)) {
      if (how === 'set') return 8 * n > few ? copyRun(code, to, from, n) : move(code, at(to), at(from), 8 * n)
      return addRun(code, to, from, n)
    }
    times(code, n, () => {
      elements(axis + 1)
      on(code, to, over)
      on(code, from, under)
    })
    on(code, to, -over * n)
    on(code, from, -under * n)
  }
  elements(0)
}
