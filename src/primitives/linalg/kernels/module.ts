/**
 * The inner loops of dense matrices as functions of a WebAssembly module, over addresses in bytes.
 *
 * Law: the bits of `rows.ts`: every element is computed by the same operations in the same order, two elements at a time.
 */
import { Assembly, Code, signature, words } from '../../../compile/wasm/assembler'

/** Runs the body while a number of elements is at least `size`, and takes it away each time. */
function whileLeft(code: Code, left: number, size: number, body: () => void): void {
  code.while(
    () => void code.get(left).i32(size).op('i32.ge_u'),
    () => {
      body()
      code.get(left).i32(size).op('i32.sub').set(left)
    },
  )
}

const move = (code: Code, pointer: number, bytes: number): Code => code.get(pointer).i32(bytes).op('i32.add').set(pointer)
const moveBy = (code: Code, pointer: number, by: number): Code => code.get(pointer).get(by).op('i32.add').set(pointer)

/** Runs the body for each pair of elements at the pointers, and for a last one alone: then the other lane is not stored. */
function eachPair(code: Code, left: number, pointers: readonly number[], body: (load: (p: number) => Code, store: (p: number, value: number) => void) => void): void {
  whileLeft(code, left, 2, () => {
    body((p) => code.get(p).memory('v128.load', 0), (p, value) => void code.get(p).get(value).memory('v128.store', 0))
    for (const p of pointers) move(code, p, 16)
  })
  code.get(left)
  code.if(() => body((p) => code.get(p).memory('v128.load64_zero', 0), (p, value) => void code.get(p).get(value).memory('v128.store64_lane', 0, 0)))
}

/** Both lanes of a local the number in another. */
function splat(code: Code, number: number): number {
  const both = code.local('v128')
  code.get(number).op('f64x2.splat').set(both)
  return both
}

/** Leaves c·x − s·y, or s·x + c·y, of what is in locals. */
const minus = (code: Code, c: number, x: number, s: number, y: number): Code => code.get(c).get(x).op('f64x2.mul').get(s).get(y).op('f64x2.mul', 'f64x2.sub')
const plus = (code: Code, s: number, x: number, c: number, y: number): Code => code.get(s).get(x).op('f64x2.mul').get(c).get(y).op('f64x2.mul', 'f64x2.add')

function rotate(): Code {
  const code = new Code(signature(['i32', 'i32', 'i32', 'f64', 'f64']))
  const [n, p, q] = [0, 1, 2]
  const [c, s] = [splat(code, 3), splat(code, 4)]
  const [x, y, to] = [code.local('v128'), code.local('v128'), code.local('v128')]
  eachPair(code, n, [p, q], (load, store) => {
    load(p).set(x)
    load(q).set(y)
    minus(code, c, x, s, y).set(to)
    store(p, to)
    plus(code, s, x, c, y).set(to)
    store(q, to)
  })
  return code
}

function rotateTwice(): Code {
  const code = new Code(signature(['i32', 'i32', 'i32', 'f64', 'f64', 'i32', 'f64', 'f64']))
  const [n, p, q, r] = [0, 1, 2, 5]
  const [c, s, c2, s2] = [splat(code, 3), splat(code, 4), splat(code, 6), splat(code, 7)]
  const [x, y, z, to] = [code.local('v128'), code.local('v128'), code.local('v128'), code.local('v128')]
  eachPair(code, n, [p, q, r], (load, store) => {
    load(p).set(x)
    load(q).set(y)
    plus(code, s, x, c, y).set(to)
    store(q, to)
    minus(code, c, x, s, y).set(x)
    load(r).set(z)
    minus(code, c2, x, s2, z).set(to)
    store(p, to)
    plus(code, s2, x, c2, z).set(to)
    store(r, to)
  })
  return code
}

/** Σ of what the body leaves for each pair of elements. */
function sumPairs(code: Code, left: number, pointers: readonly number[], body: Parameters<typeof eachPair>[3]): void {
  const sum = code.local('v128')
  eachPair(code, left, pointers, (load, store) => {
    body(load, store)
    code.get(sum).op('f64x2.add').set(sum)
  })
  code.get(sum).lane('f64x2.extract_lane', 0).get(sum).lane('f64x2.extract_lane', 1).op('f64.add')
}

function dot(): Code {
  const code = new Code(signature(['i32', 'i32', 'i32'], 'f64'))
  sumPairs(code, 0, [1, 2], (load) => {
    load(1)
    load(2).op('f64x2.mul')
  })
  return code
}

function rotateDot(): Code {
  const code = new Code(signature(['i32', 'i32', 'i32', 'f64', 'f64', 'i32'], 'f64'))
  const [n, p, q, r] = [0, 1, 2, 5]
  const [c, s] = [splat(code, 3), splat(code, 4)]
  const [x, y, to] = [code.local('v128'), code.local('v128'), code.local('v128')]
  sumPairs(code, n, [p, q, r], (load, store) => {
    load(p).set(x)
    load(q).set(y)
    plus(code, s, x, c, y).set(to)
    store(q, to)
    minus(code, c, x, s, y).set(to)
    store(p, to)
    load(r).get(to).op('f64x2.mul')
  })
  return code
}

function reflectRows(): Code {
  const code = new Code(signature(['f64', 'i32', 'i32', 'i32', 'i32', 'i32']))
  const [tau, count, n, v, top, row] = [0, 1, 2, 3, 4, 5]
  const i32 = (): number => code.local('i32')
  const [left, at, vs, rows] = [i32(), i32(), i32(), [i32(), i32(), i32(), i32()]]
  const [part, value, sum] = [code.local('v128'), code.local('v128'), code.local('f64')]
  const sums = rows.map(() => code.local('v128'))
  /** For each pair of elements of v and of so many rows. */
  const along = (together: readonly number[], body: (load: (p: number) => Code, store: (p: number, value: number) => void) => void): void => {
    code.get(n).set(left).get(v).set(vs).get(top).set(at)
    for (const p of together) {
      code.get(at).i32(8).op('i32.add').set(p)
      moveBy(code, at, row)
    }
    eachPair(code, left, [vs, ...together], (load, store) => {
      load(vs).set(part)
      body(load, store)
    })
  }
  for (const many of [4, 1])
    whileLeft(code, count, many, () => {
      const together = rows.slice(0, many)
      for (let k = 0; k < many; k++) code.pair(0).set(sums[k]!)
      along(together, (load) => together.forEach((p, k) => void load(p).get(part).op('f64x2.mul').get(sums[k]!).op('f64x2.add').set(sums[k]!)))
      code.get(top).set(at)
      for (let k = 0; k < many; k++) {
        code.get(at).memory('f64.load', 0).get(sums[k]!).lane('f64x2.extract_lane', 0).get(sums[k]!).lane('f64x2.extract_lane', 1)
        code.op('f64.add', 'f64.add').get(tau).op('f64.mul').set(sum).get(sum).op('f64x2.splat').set(sums[k]!)
        code.get(at).get(at).memory('f64.load', 0).get(sum).op('f64.sub').memory('f64.store', 0)
        moveBy(code, at, row)
      }
      along(together, (load, store) => together.forEach((p, k) => {
        load(p).get(sums[k]!).get(part).op('f64x2.mul', 'f64x2.sub').set(value)
        store(p, value)
      }))
      code.get(top).get(row).i32(many).op('i32.mul', 'i32.add').set(top)
    })
  return code
}

/** Rows that are worked on together, with the pairs of columns that then fit the registers. */
const tiles = [[4, 2], [2, 4], [1, 4]] as const

function addProduct(): Code {
  const code = new Code(signature(['f64', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']))
  const [m, n, k, c, cRow, a, aRow, aColumn, b, bRow] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const times = splat(code, 0)
  const i32 = (): number => code.local('i32')
  const [left, cj, bj, bp, count] = [i32(), i32(), i32(), i32(), i32()]
  const [cs, as] = [0, 1].map(() => [i32(), i32(), i32(), i32()])
  const [factor, ...vs] = Array.from({ length: 5 }, () => code.local('v128'))
  const sums = Array.from({ length: 8 }, () => code.local('v128'))
  /** Columns of a tile, by pairs, or a single one. */
  const tile = (rows: number, pairs: number, single: boolean): void => {
    for (let r = 0; r < rows; r++) {
      code.get(r === 0 ? cj : cs[r - 1]!)
      if (r > 0) code.get(cRow).op('i32.add')
      code.set(cs[r]!).get(r === 0 ? a : as[r - 1]!)
      if (r > 0) code.get(aRow).op('i32.add')
      code.set(as[r]!)
      for (let v = 0; v < pairs; v++) code.get(cs[r]!).memory(single ? 'v128.load64_zero' : 'v128.load', 16 * v).set(sums[r * pairs + v]!)
    }
    code.get(k).set(count).get(bj).set(bp)
    code.repeat(
      () => {
        for (let v = 0; v < pairs; v++) code.get(bp).memory(single ? 'v128.load64_zero' : 'v128.load', 16 * v).set(vs[v]!)
        for (let r = 0; r < rows; r++) {
          code.get(as[r]!).memory('v128.load64_splat', 0).get(times).op('f64x2.mul').set(factor!)
          for (let v = 0; v < pairs; v++) code.get(sums[r * pairs + v]!).get(factor!).get(vs[v]!).op('f64x2.mul', 'f64x2.add').set(sums[r * pairs + v]!)
          moveBy(code, as[r]!, aColumn)
        }
        moveBy(code, bp, bRow)
      },
      () => void code.get(count).i32(1).op('i32.sub').tee(count),
    )
    for (let r = 0; r < rows; r++)
      for (let v = 0; v < pairs; v++) {
        code.get(cs[r]!).get(sums[r * pairs + v]!)
        if (single) code.memory('v128.store64_lane', 0, 0)
        else code.memory('v128.store', 16 * v)
      }
    const bytes = single ? 8 : 16 * pairs
    move(code, cj, bytes)
    move(code, bj, bytes)
  }
  code.get(k)
  code.if(() => {
    for (const [rows, most] of tiles)
      whileLeft(code, m, rows, () => {
        code.get(n).set(left).get(c).set(cj).get(b).set(bj)
        for (let pairs: number = most; pairs >= 1; pairs /= 2) whileLeft(code, left, 2 * pairs, () => tile(rows, pairs, false))
        whileLeft(code, left, 1, () => tile(rows, 1, true))
        for (let r = 0; r < rows; r++) {
          moveBy(code, c, cRow)
          moveBy(code, a, aRow)
        }
      })
  })
  return code
}

/** Runs the body for the columns of a row of so many, by tiles of so many pairs or a single one, which it is to go past. */
function eachTile(code: Code, left: number, body: (pairs: number, load: (p: number, pair: number) => Code, store: (p: number, pair: number, value: number) => void, bytes: number) => void): void {
  for (const pairs of [4, 2, 1])
    whileLeft(code, left, 2 * pairs, () =>
      body(pairs, (p, v) => code.get(p).memory('v128.load', 16 * v), (p, v, value) => void code.get(p).get(value).memory('v128.store', 16 * v), 16 * pairs))
  code.get(left)
  code.if(() => body(1, (p) => code.get(p).memory('v128.load64_zero', 0), (p, _v, value) => void code.get(p).get(value).memory('v128.store64_lane', 0, 0), 8))
}

/** Takes away from sums, for each row until one is at `end`, its elements times a factor. */
function takeRows(code: Code, sums: readonly number[], load: (p: number, pair: number) => Code, row: number, end: number, step: number, factor: number, next: number): void {
  const both = code.local('v128')
  const test = (): Code => code.get(row).get(end).op('i32.ne')
  test().if(() =>
    void code.repeat(() => {
      code.get(factor).memory('v128.load64_splat', 0).set(both)
      sums.forEach((sum, v) => {
        code.get(sum).get(both)
        load(row, v).op('f64x2.mul', 'f64x2.sub').set(sum)
      })
      moveBy(code, factor, next)
      moveBy(code, row, step)
    }, test))
  code.release(both)
}

function solveRows(): Code {
  const code = new Code(words(11))
  const [count, n, k, a, aRow, aColumn, aNext, x, xRow, xNext, unit] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const i32 = (): number => code.local('i32')
  const [left, rows, c, ai, aij, xi, xj] = [i32(), i32(), i32(), i32(), i32(), i32(), i32()]
  const divisor = code.local('v128')
  const all = Array.from({ length: 4 }, () => code.local('v128'))
  whileLeft(code, count, 1, () => {
    code.get(k).set(left).get(x).set(c)
    eachTile(code, left, (pairs, load, store, bytes) => {
      const sums = all.slice(0, pairs)
      code.get(c).set(xi).get(a).set(ai).get(n).set(rows)
      code.repeat(
        () => {
          sums.forEach((sum, v) => void load(xi, v).set(sum))
          code.get(c).set(xj).get(ai).set(aij)
          takeRows(code, sums, load, xj, xi, xRow, aij, aColumn)
          code.get(unit).op('i32.eqz').if(() => {
            code.get(aij).memory('v128.load64_splat', 0).set(divisor)
            for (const sum of sums) code.get(sum).get(divisor).op('f64x2.div').set(sum)
          })
          sums.forEach((sum, v) => store(xi, v, sum))
          moveBy(code, xi, xRow)
          moveBy(code, ai, aRow)
        },
        () => void code.get(rows).i32(1).op('i32.sub').tee(rows),
      )
      move(code, c, bytes)
    })
    moveBy(code, a, aNext)
    moveBy(code, x, xNext)
  })
  return code
}

export function factorRows(): Code {
  const code = new Code(words(6))
  const [count, rows, width, a, aRow, aNext] = [0, 1, 2, 3, 4, 5]
  const i32 = (): number => code.local('i32')
  const [todo, columns, left, top, diagonal, c, q, p, f] = [i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32()]
  const [square, root] = [code.local('f64'), code.local('v128')]
  const all = Array.from({ length: 4 }, () => code.local('v128'))
  whileLeft(code, count, 1, () => {
    code.get(rows).set(todo).get(width).set(columns).get(a).tee(top).set(diagonal)
    whileLeft(code, todo, 1, () => {
      code.get(columns).set(left).get(diagonal).set(c).get(top).set(q)
      eachTile(code, left, (pairs, load, store, bytes) => {
        const sums = all.slice(0, pairs)
        sums.forEach((sum, v) => void load(c, v).set(sum))
        code.get(q).set(p).get(top).set(f)
        takeRows(code, sums, load, p, c, aRow, f, aRow)
        code.get(c).get(diagonal).op('i32.eq').if(() => {
          code.get(all[0]!).lane('f64x2.extract_lane', 0).tee(square).op('f64.sqrt').f64(NaN).f64(0).get(square).op('f64.lt', 'select', 'f64x2.splat').set(root)
        })
        sums.forEach((sum, v) => {
          code.get(sum).get(root).op('f64x2.div').set(sum)
          store(c, v, sum)
        })
        move(code, c, bytes)
        move(code, q, bytes)
      })
      code.get(diagonal).get(root).memory('v128.store64_lane', 0, 0)
      move(code, top, 8)
      move(code, diagonal, 8)
      moveBy(code, diagonal, aRow)
      code.get(columns).i32(1).op('i32.sub').set(columns)
    })
    moveBy(code, a, aNext)
  })
  return code
}

export interface Loops {
  readonly rotate: (n: number, p: number, q: number, c: number, s: number) => void
  readonly rotateTwice: (n: number, p: number, q: number, c: number, s: number, r: number, c2: number, s2: number) => void
  readonly dot: (n: number, p: number, q: number) => number
  readonly rotateDot: (n: number, p: number, q: number, c: number, s: number, r: number) => number
  readonly reflectRows: (tau: number, count: number, n: number, v: number, top: number, row: number) => void
  readonly addProduct: (alpha: number, m: number, n: number, k: number, c: number, cRow: number, a: number, aRow: number, aColumn: number, b: number, bRow: number) => void
  readonly solveRows: (count: number, n: number, k: number, a: number, aRow: number, aColumn: number, aNext: number, x: number, xRow: number, xNext: number, unit: number) => void
  readonly factorRows: (count: number, rows: number, width: number, a: number, aRow: number, aNext: number) => void
}

/** A module that exports them. */
export function loopsModule(): Uint8Array<ArrayBuffer> {
  const assembly = new Assembly()
  for (const [name, code] of Object.entries({ rotate, rotateTwice, dot, rotateDot, reflectRows, addProduct, solveRows, factorRows })) assembly.export(name, assembly.add(code()))
  return assembly.bytes()
}
