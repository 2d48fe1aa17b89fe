/**
 * Matrix · matrix by packed tiles: four rows by two vectors of columns, so that eight sums and their operands fit the registers.
 *
 * Law: the order of `tiles.ts`. Lanes are different elements of the result, never parts of one sum.
 * Source: Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34 (2008).
 */
import { range } from '../../data/shape'
import { block } from '../tiles'
import { add, Code, plus, words, type Callee } from './assembler'
import { addProduct, loadEach, loadNumber, loadVector, storeNumber, storeVector, turned, type Lanes, type Width } from './lanes'
import type { Site } from './site'

/** Rows of a tile. */
const down = 4
/** Bytes of y's panel for each term, and of a row of a tile: two vectors. */
export const across = 32

/** Bytes of a cache line, at which panels begin. */
export const line = 64

/** The dtype of a product, and the bytes of its elements in memory. */
export interface Form {
  readonly lanes: Lanes
  readonly x: Width
  readonly y: Width
  readonly out: Width
}

/** Columns of y that are packed at once: half a megabyte. */
export const columnsOf = (l: Lanes): number => (l.single ? 512 : 256)
/** Bytes of four packed rows; behind them lies a tile, and behind it the packed columns. */
const rowsOf = (l: Lanes): number => down * block * l.bytes
export const panelsOf = (l: Lanes): number => rowsOf(l) + down * across

/** Doubles of memory for the packed operands. */
export const packedState = (l: Lanes, n: number, k: number): number => Math.ceil((line + panelsOf(l) + Math.min(block, k) * across * Math.ceil((Math.min(columnsOf(l), n) * l.bytes) / across)) / 8)


/**
 * Strided lines side by side, in panels of so many: parameters from, to, line step, element step, lines, elements, and bytes
 * from one panel to the next.
 */
export function pack(site: Site, l: Lanes, width: Width, wide: number): Callee {
  return site.library(`pack ${l.name} ${width} ${wide}`, () => {
    const code = new Code(words(7))
    const [from, start, line, step, lines, count, beyond] = [0, 1, 2, 3, 4, 5, 6]
    const at = Array.from({ length: wide }, () => code.local('i32'))
    const [to, left] = [code.local('i32'), code.local('i32')]
    const groups = Array.from({ length: wide / l.count }, (_, g) => at.slice(g * l.count, (g + 1) * l.count))
    const put = (column: number, g: number, vector: () => void): void => {
      code.get(to)
      vector()
      code.memory('v128.store', l.bytes * (column * wide + g * l.count))
    }
    const next = (columns: number): void => {
      add(code, to, columns * wide * l.bytes)
      add(code, left, -columns)
    }
    code.while(() => void code.get(lines).i32(0).op('i32.gt_s'), () => {
      code.get(start).set(to).get(count).set(left).get(from).set(at[0]!)
      // Lines that lie side by side already.
      code.get(line).i32(width).op('i32.eq').get(lines).i32(wide).op('i32.ge_u', 'i32.and').if(() =>
        void code.while(() => void code.get(left), () => {
          groups.forEach((_, g) => put(0, g, () => loadVector(code, l, width, at[0]!, g * l.count)))
          plus(code, at[0]!, step)
          next(1)
        }),
      )
      // Where there are fewer lines, the last again.
      for (let k = 1; k < wide; k++) code.get(at[k - 1]!).get(line).i32(0).get(lines).i32(k).op('i32.gt_u', 'select', 'i32.add').set(at[k]!)
      // Lines whose elements lie one after another are turned by squares.
      code.get(step).i32(width).op('i32.eq').if(() =>
        void code.while(() => void code.get(left).i32(l.count).op('i32.ge_u'), () => {
          groups.forEach((group, g) => turned(code, l, width, group, (column, vector) => put(column, g, vector)))
          for (const a of at) add(code, a, l.count * width)
          next(l.count)
        }),
      )
      code.while(() => void code.get(left), () => {
        groups.forEach((group, g) => put(0, g, () => loadEach(code, l, width, group)))
        for (const a of at) plus(code, a, step)
        next(1)
      })
      code.get(line).i32(wide).op('i32.mul').get(from).op('i32.add').set(from)
      plus(code, start, beyond)
      add(code, lines, -wide)
    })
    return code
  })
}

/**
 * A tile over packed operands: parameters x panel, y panel, depth, address of the result, its row step (bytes), and whether it
 * is added to what is there.
 */
function multiply(site: Site, l: Lanes, width: Width): Callee {
  return site.library(`tile ${l.name} ${width}`, () => {
    const code = new Code(words(6))
    const [x, y, depth, out, step, more] = [0, 1, 2, 3, 4, 5]
    const sums = Array.from({ length: 2 * down }, () => code.local('v128'))
    const [left, right, factor] = [code.local('v128'), code.local('v128'), code.local('v128')]
    code.repeat(
      () => {
        code.get(y).memory('v128.load', 0).set(left).get(y).memory('v128.load', 16).set(right)
        for (let r = 0; r < down; r++) {
          code.get(x).memory(l.splat, l.bytes * r).set(factor)
          ;[left, right].forEach((v, c) => {
            const s = sums[2 * r + c]!
            addProduct(code, l, site.imports.fused, s, () => void code.get(factor), () => void code.get(v))
          })
        }
        add(code, x, down * l.bytes)
        add(code, y, across)
      },
      () => void code.get(depth).i32(1).op('i32.sub').tee(depth),
    )
    const rows = (emit: (s: number, elements: number) => void): void => {
      for (let r = 0; r < down; r++) {
        emit(sums[2 * r]!, 0)
        emit(sums[2 * r + 1]!, l.count)
        if (r < down - 1) plus(code, out, step)
      }
    }
    const put = (s: number, e: number): void => storeVector(code, l, width, out, e, s)
    code.get(more).if(
      () => rows((s, e) => {
        loadVector(code, l, width, out, e)
        code.get(s).op(l.add).set(s)
        put(s, e)
      }),
      () => rows(put),
    )
    return code
  })
}

/**
 * Parameters: x, its row and element steps, y (0: its columns are packed already, block after block), its column and element
 * steps, m, n, k, result, memory, elements from one row of the result to the next, and whether it is added to what is there
 * (other steps in bytes).
 */
export function matrices(site: Site, { lanes: l, x: xWidth, y: yWidth, out: width }: Form): Callee {
  return site.library(`matrices ${l.name} ${xWidth} ${yWidth} ${width}`, () => {
    const code = new Code(words(13))
    const [x, xRow, xStep, y, yColumn, yStep, m, n, k, out, memory, row, more] = range(13) as [number, number, number, number, number, number, number, number, number, number, number, number, number]
    const [j0, columns, k0, depth, i, rows, j, first, panel, at, r, c, cols, t] = Array.from({ length: 14 }, () => code.local('i32')) as [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
    const number = code.local(l.single ? 'f32' : 'f64')
    const [tile, panels, wide, most] = [rowsOf(l), panelsOf(l), across / l.bytes, columnsOf(l)]
    const least = (a: () => void, b: number): void => {
      a()
      code.tee(t).i32(b).get(t).i32(b).op('i32.lt_u', 'select')
    }
    const loop = (v: number, limit: () => void, step: number, body: () => void): void => {
      code.i32(0).set(v)
      code.while(
        () => {
          code.get(v)
          limit()
          code.op('i32.lt_u')
        },
        () => {
          body()
          add(code, v, step)
        },
      )
    }
    const product = (a: number, b: number): void => void code.get(a).get(b).op('i32.mul')
    const bytes = (size: number): void => void code.i32(size).op('i32.mul')
    const nextPanel = (): void => void code.get(panel).get(depth).i32(across).op('i32.mul', 'i32.add').set(panel)
    const [packRows, packed, whole, apart] = [pack(site, l, xWidth, down), pack(site, l, yWidth, wide), multiply(site, l, width), multiply(site, l, l.bytes)]
    code.get(memory).i32(line - 1).op('i32.add').i32(-line).op('i32.and').tee(memory).i32(panels).op('i32.add').set(first)
    loop(j0, () => void code.get(n), most, () => {
      least(() => void code.get(n).get(j0).op('i32.sub'), most)
      code.set(columns)
      loop(k0, () => void code.get(k), block, () => {
        least(() => void code.get(k).get(k0).op('i32.sub'), block)
        code.set(depth)
        code.get(y).if(() => {
          code.get(y).get(j0).get(yColumn).op('i32.mul', 'i32.add')
          product(k0, yStep)
          code.op('i32.add').get(first).get(yColumn).get(yStep).get(columns).get(depth)
          code.get(depth)
          bytes(across)
          code.call(packed)
        })
        loop(i, () => void code.get(m), down, () => {
          least(() => void code.get(m).get(i).op('i32.sub'), down)
          code.set(rows)
          code.get(x)
          product(i, xRow)
          code.op('i32.add')
          product(k0, xStep)
          code.op('i32.add').get(memory).get(xRow).get(xStep).get(rows).get(depth).i32(0).call(packRows)
          code.get(first).set(panel)
          loop(j, () => void code.get(columns), wide, () => {
            least(() => void code.get(columns).get(j).op('i32.sub'), wide)
            code.set(cols)
            code.get(out)
            product(i, row)
            code.get(j0).get(j).op('i32.add', 'i32.add')
            bytes(width)
            code.op('i32.add').set(at)
            const operands = (): void => void code.get(memory).get(panel).get(depth)
            code.get(rows).i32(down).op('i32.eq').get(cols).i32(wide).op('i32.eq', 'i32.and').if(
              () => {
                operands()
                code.get(at).get(row)
                bytes(width)
                code.get(k0).get(more).op('i32.or').call(whole)
              },
              () => {
                // A tile that is not whole is made apart.
                operands()
                code.get(memory).i32(tile).op('i32.add').i32(across).i32(0).call(apart)
                loop(r, () => void code.get(rows), 1, () =>
                  loop(c, () => void code.get(cols), 1, () => {
                    const target = (): void => {
                      code.get(at)
                      product(r, row)
                      code.get(c).op('i32.add')
                      bytes(width)
                      code.op('i32.add')
                    }
                    code.get(memory).get(r).i32(wide).op('i32.mul').get(c).op('i32.add')
                    bytes(l.bytes)
                    code.op('i32.add').memory(l.load, tile).set(number)
                    code.get(k0).get(more).op('i32.or').if(() => {
                      target()
                      loadNumber(code, l, width)
                      code.get(number).op(l.addNumbers).set(number)
                    })
                    target()
                    code.get(number)
                    storeNumber(code, l, width)
                  }),
                )
              },
            )
            nextPanel()
          })
        })
        code.get(panel).get(first).get(y).op('i32.eqz', 'select').set(first)
      })
    })
    return code
  })
}
