/**
 * Products: vector · vector, matrix · vector by rows and by columns, and matrix · matrix by packed tiles of 4 × 4.
 *
 * Law: the order of `closure/dot/vectors`: k in blocks of 256, within a block one term after another from 0, block sums one after
 * another. Lanes are different elements of the result (or different blocks), never parts of one sum.
 * Source: Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34 (2008).
 */
import { isFloat } from '../../data/dtype'
import { block } from '../closure/dot/vectors'
import { roundingTo } from '../closure/choose'
import type { Dot, Factor } from '../loop/types'
import { Code, signature, type Callee } from './assembler'
import { roundPair } from './operations'
import { base, functionOf, type Site } from './site'

/** Columns of y that are packed at once. */
const columns = 256
/** Doubles of memory for the packed operands: four rows, a tile, and the columns. */
const packed = (n: number, k: number): number => block * 4 + 16 + Math.min(block, k) * (Math.min(columns, n) + 4)
const tile = 8 * block * 4
const panels = tile + 8 * 16

const add = (code: Code, local: number, bytes: number): void => void code.get(local).i32(bytes).op('i32.add').set(local)
const plus = (code: Code, local: number, other: number): void => void code.get(local).get(other).op('i32.add').set(local)
/** The body n times, n in a local that counts down; n ≥ 1. */
const times = (code: Code, n: number, body: () => void): void => {
  code.repeat(body, () => void code.get(n).i32(1).op('i32.sub').tee(n))
}

/** Four strided lines side by side: parameters from, to, line step, element step (bytes), lines (1 to 4), elements. */
function pack(site: Site): Callee {
  return site.library('pack', () => {
    const code = new Code(signature(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']))
    const [from, to, line, step, lines, count] = [0, 1, 2, 3, 4, 5]
    const at = [from, ...Array.from({ length: 3 }, () => code.local('i32'))]
    // Where there are fewer lines, the last again.
    for (let k = 1; k < 4; k++)
      code.get(at[k - 1]!).get(line).i32(0).get(lines).i32(k).op('i32.gt_u', 'select', 'i32.add').set(at[k]!)
    times(code, count, () => {
      for (let k = 0; k < 4; k += 2) {
        code.get(to)
        code.get(at[k + 1]!).get(at[k]!).memory('v128.load64_zero', 0).memory('v128.load64_lane', 0, 1)
        code.memory('v128.store', 8 * k)
      }
      add(code, to, 32)
      for (const a of at) plus(code, a, step)
    })
    return code
  })
}

/**
 * A tile of 4 × 4 over packed operands: parameters x panel, y panel, depth, address of the result, its row step (bytes),
 * and whether it is added to what is there.
 */
function multiply(site: Site): Callee {
  return site.library('tile', () => {
    const code = new Code(signature(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']))
    const [x, y, depth, out, step, more] = [0, 1, 2, 3, 4, 5]
    const sums = Array.from({ length: 8 }, () => code.local('v128'))
    const [left, right, factor] = [code.local('v128'), code.local('v128'), code.local('v128')]
    times(code, depth, () => {
      code.get(y).memory('v128.load', 0).set(left).get(y).memory('v128.load', 16).set(right)
      for (let r = 0; r < 4; r++) {
        code.get(x).memory('v128.load64_splat', 8 * r).set(factor)
        ;[left, right].forEach((v, c) => {
          const s = sums[2 * r + c]!
          code.get(s).get(factor).get(v).op('f64x2.mul', 'f64x2.add').set(s)
        })
      }
      add(code, x, 32)
      add(code, y, 32)
    })
    const rows = (emit: (s: number, bytes: number) => void): void => {
      for (let r = 0; r < 4; r++) {
        emit(sums[2 * r]!, 0)
        emit(sums[2 * r + 1]!, 16)
        if (r < 3) plus(code, out, step)
      }
    }
    code.get(more).if(
      () => rows((s, b) => void code.get(out).get(out).memory('v128.load', b).get(s).op('f64x2.add').memory('v128.store', b)),
      () => rows((s, b) => void code.get(out).get(s).memory('v128.store', b)),
    )
    return code
  })
}

/** Matrix · matrix: x, its row and element steps, y, its column and element steps, m, n, k, result, memory (steps in bytes). */
function matrices(site: Site): Callee {
  return site.library('matrices', () => {
    const code = new Code(signature(Array.from({ length: 11 }, () => 'i32' as const)))
    const [x, xRow, xStep, y, yColumn, yStep, m, n, k, out, memory] = Array.from({ length: 11 }, (_, i) => i) as [number, number, number, number, number, number, number, number, number, number, number]
    const i32 = (): number => code.local('i32')
    const [j0, width, k0, depth, i, rows, j, panel, at, r, c, cols] = [i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32()]
    const least = (a: () => void, b: number): void => {
      const t = i32()
      a()
      code.tee(t).i32(b).get(t).i32(b).op('i32.lt_u', 'select')
      code.release(t)
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
    const [packing, tiles] = [pack(site), multiply(site)]
    loop(j0, () => void code.get(n), columns, () => {
      least(() => void code.get(n).get(j0).op('i32.sub'), columns)
      code.set(width)
      loop(k0, () => void code.get(k), block, () => {
        least(() => void code.get(k).get(k0).op('i32.sub'), block)
        code.set(depth)
        code.get(memory).i32(panels).op('i32.add').set(panel)
        loop(j, () => void code.get(width), 4, () => {
          code.get(y)
          code.get(j0).get(j).op('i32.add').get(yColumn).op('i32.mul', 'i32.add')
          product(k0, yStep)
          code.op('i32.add').get(panel).get(yColumn).get(yStep)
          least(() => void code.get(width).get(j).op('i32.sub'), 4)
          code.get(depth).call(packing)
          code.get(panel).get(depth).i32(5).op('i32.shl', 'i32.add').set(panel)
        })
        loop(i, () => void code.get(m), 4, () => {
          least(() => void code.get(m).get(i).op('i32.sub'), 4)
          code.set(rows)
          code.get(x)
          product(i, xRow)
          code.op('i32.add')
          product(k0, xStep)
          code.op('i32.add').get(memory).get(xRow).get(xStep).get(rows).get(depth).call(packing)
          code.get(memory).i32(panels).op('i32.add').set(panel)
          loop(j, () => void code.get(width), 4, () => {
            least(() => void code.get(width).get(j).op('i32.sub'), 4)
            code.set(cols)
            code.get(out)
            product(i, n)
            code.get(j0).get(j).op('i32.add', 'i32.add').i32(3).op('i32.shl', 'i32.add').set(at)
            const call = (target: () => void, step: () => void, more: () => void): void => {
              code.get(memory).get(panel).get(depth)
              target()
              step()
              more()
              code.call(tiles)
            }
            code.get(rows).i32(4).op('i32.eq').get(cols).i32(4).op('i32.eq', 'i32.and').if(
              () => call(() => void code.get(at), () => void code.get(n).i32(3).op('i32.shl'), () => void code.get(k0)),
              () => {
                // A tile that is not whole is made apart.
                call(() => void code.get(memory).i32(tile).op('i32.add'), () => void code.i32(32), () => void code.i32(0))
                loop(r, () => void code.get(rows), 1, () =>
                  loop(c, () => void code.get(cols), 1, () => {
                    const target = (): void => {
                      code.get(at)
                      product(r, n)
                      code.get(c).op('i32.add').i32(3).op('i32.shl', 'i32.add')
                    }
                    const made = (): void => void code.get(memory).get(r).i32(2).op('i32.shl').get(c).op('i32.add').i32(3).op('i32.shl', 'i32.add').memory('f64.load', tile)
                    code.get(k0).if(
                      () => {
                        target()
                        target()
                        code.memory('f64.load', 0)
                        made()
                        code.op('f64.add').memory('f64.store', 0)
                      },
                      () => {
                        target()
                        made()
                        code.memory('f64.store', 0)
                      },
                    )
                  }),
                )
              },
            )
            code.get(panel).get(depth).i32(5).op('i32.shl', 'i32.add').set(panel)
          })
        })
      })
    })
    return code
  })
}

/**
 * Matrix · vector: two results in a pair, eight at a time. Parameters: matrix, row and element steps, vector, its step, rows, k,
 * result, its step (bytes).
 */
function rowsTimesVector(site: Site): Callee {
  return site.library('rows', () => {
    const code = new Code(signature(Array.from({ length: 9 }, () => 'i32' as const)))
    const [x, xRow, xStep, v, vStep, m, k, out, outStep] = Array.from({ length: 9 }, (_, i) => i) as [number, number, number, number, number, number, number, number, number]
    const i32 = (): number => code.local('i32')
    const [left, depth, at, from, p, count, vector] = [i32(), i32(), i32(), i32(), i32(), i32(), i32()]
    const group = (pairs: number, lanes: 1 | 2): void => {
      const sums = Array.from({ length: pairs }, () => code.local('v128'))
      const factor = code.local('v128')
      const rowAt = Array.from({ length: 2 * pairs }, () => i32())
      code.i32(0).set(from).get(k).set(left)
      code.get(x).set(at).get(v).set(vector)
      code.repeat(
        () => {
          code.get(left).i32(block).get(left).i32(block).op('i32.lt_u', 'select').set(depth)
          code.get(depth).set(count)
          for (const s of sums) code.f64(0).op('f64x2.splat').set(s)
          code.get(at).set(rowAt[0]!)
          for (let r = 1; r < 2 * pairs; r++) code.get(rowAt[r - 1]!).get(xRow).op('i32.add').set(rowAt[r]!)
          const term = (s: number, pair: () => void): void => {
            code.get(s)
            pair()
            code.get(factor).op('f64x2.mul', 'f64x2.add').set(s)
          }
          const one = (): void => {
            code.get(vector).memory('v128.load64_splat', 0).set(factor)
            sums.forEach((s, g) => term(s, () => void code.get(rowAt[2 * g + 1]!).get(rowAt[2 * g]!).memory('v128.load64_zero', 0).memory('v128.load64_lane', 0, 1)))
            for (const r of rowAt) plus(code, r, xStep)
            plus(code, vector, vStep)
          }
          // Elements one after another are read two at a time.
          code.get(xStep).i32(8).op('i32.eq').if(() => {
            const [even, odd] = [code.local('v128'), code.local('v128')]
            code.while(() => void code.get(count).i32(1).op('i32.gt_u'), () => {
              const second = code.local('v128')
              code.get(vector).memory('v128.load64_splat', 0).set(factor)
              plus(code, vector, vStep)
              code.get(vector).memory('v128.load64_splat', 0).set(second)
              plus(code, vector, vStep)
              sums.forEach((s, g) => {
                code.get(rowAt[2 * g]!).memory('v128.load', 0).set(even).get(rowAt[2 * g + 1]!).memory('v128.load', 0).set(odd)
                term(s, () => void code.get(even).get(odd).shuffle(0, 2))
                code.get(s).get(even).get(odd).shuffle(1, 3).get(second).op('f64x2.mul', 'f64x2.add').set(s)
              })
              for (const r of rowAt) add(code, r, 16)
              code.get(count).i32(2).op('i32.sub').set(count)
              code.release(second)
            })
            code.release(even)
            code.release(odd)
          })
          // Rows one after another are a pair in memory.
          code.get(xRow).i32(8).op('i32.eq').if(() =>
            void code.while(() => void code.get(count), () => {
              code.get(vector).memory('v128.load64_splat', 0).set(factor)
              sums.forEach((s, g) => term(s, () => void code.get(rowAt[0]!).memory('v128.load', 16 * g)))
              plus(code, rowAt[0]!, xStep)
              plus(code, vector, vStep)
              code.get(count).i32(1).op('i32.sub').set(count)
            }),
          )
          code.while(() => void code.get(count), () => {
            one()
            code.get(count).i32(1).op('i32.sub').set(count)
          })
          // The sums of the first block are put, others are added.
          code.get(out).set(p)
          sums.forEach((s) => {
            for (let lane = 0; lane < lanes; lane++) {
              code.get(from).if(
                () => void code.get(p).get(p).memory('f64.load', 0).get(s).lane('f64x2.extract_lane', lane).op('f64.add').memory('f64.store', 0),
                () => void code.get(p).get(s).lane('f64x2.extract_lane', lane).memory('f64.store', 0),
              )
              plus(code, p, outStep)
            }
          })
          code.get(depth).get(xStep).op('i32.mul').get(at).op('i32.add').set(at)
          add(code, from, block)
          code.get(left).get(depth).op('i32.sub').set(left)
        },
        () => void code.get(left),
      )
      code.get(x).get(xRow).i32(2 * pairs).op('i32.mul', 'i32.add').set(x)
      code.get(out).get(outStep).i32(2 * pairs).op('i32.mul', 'i32.add').set(out)
      code.get(m).i32(2 * pairs).op('i32.sub').set(m)
      for (const r of rowAt) code.release(r)
      for (const s of sums) code.release(s)
      code.release(factor)
    }
    code.while(() => void code.get(m).i32(8).op('i32.ge_u'), () => group(4, 2))
    code.while(() => void code.get(m).i32(2).op('i32.ge_u'), () => group(1, 2))
    code.get(m).if(() => {
      code.i32(0).set(xRow)
      group(1, 1)
    })
    return code
  })
}

/** One product: a function of the program. Undefined where closures are to do it. */
export function emitDot(d: Dot, site: Site): Code | undefined {
  if (!isFloat(d.dtype)) return undefined
  const resident = (f: Dot['target']): boolean => f._tag === 'Register' || site.isResident(f.buffer)
  if (![d.x.from, d.y.from, d.target].every(resident)) return undefined
  const { m, n, k } = d
  const { code, pairs: w } = functionOf(site)
  const batch = code.local('i32')
  const address = (f: Dot['target'], offset: number): void => {
    code.get(base)
    if (f._tag === 'Register') code.slotOffset(0, 8 * f.register)
    else code.slotOffset(site.layout.bufferSlot(f.buffer), 8 * offset)
    code.op('i32.add')
  }
  /** The operand's address in this round of the batch: its offsets must be even steps. */
  const step = (f: Factor): number | undefined => {
    const s = f.batch.length > 1 ? f.batch[1]! - f.batch[0]! : 0
    return f.batch.every((b, i) => b === i * s) ? s : undefined
  }
  const [bx, by] = [step(d.x), step(d.y)]
  if (bx === undefined || by === undefined) return undefined
  const operand = (f: Factor, s: number): void => {
    address(f.from, f.offset)
    if (s !== 0) code.get(batch).i32(8 * s).op('i32.mul', 'i32.add')
  }
  const result = (): void => {
    address(d.target, 0)
    code.get(batch).i32(8 * m * n).op('i32.mul', 'i32.add')
  }
  const state = m > 1 && n > 1 ? site.layout.state(packed(n, k)) : -1
  const run = (): void => {
    if (m > 1 && n > 1) {
      operand(d.x, bx)
      code.i32(8 * d.x.free).i32(8 * d.x.contract)
      operand(d.y, by)
      code.i32(8 * d.y.free).i32(8 * d.y.contract).i32(m).i32(n).i32(k)
      result()
      code.get(base).slotOffset(state).op('i32.add').call(matrices(site))
      return
    }
    const [f, fb, v, vb, rows] = n === 1 ? ([d.x, bx, d.y, by, m] as const) : ([d.y, by, d.x, bx, n] as const)
    operand(f, fb)
    code.i32(8 * f.free).i32(8 * f.contract)
    operand(v, vb)
    code.i32(8 * v.contract).i32(rows).i32(k)
    result()
    code.i32(8).call(rowsTimesVector(site))
  }
  if (d.batch === 1) {
    code.i32(0).set(batch)
    run()
  } else
    code.repeat(run, () => void code.get(batch).i32(1).op('i32.add').tee(batch).i32(d.batch).op('i32.lt_u'))
  const rounding = d.dtype === 'float64' ? undefined : roundingTo(d.dtype)
  if (rounding) {
    const at = code.local('i32')
    const end = code.local('i32')
    address(d.target, 0)
    code.tee(at).i32(8 * d.batch * m * n).op('i32.add').set(end)
    code.repeat(
      () => {
        w.scope(() => {
          const x = w.let(() => void code.get(at).memory('v128.load64_splat', 0))
          const y = w.let(roundPair(w, rounding, x))
          code.get(at)
          y()
          code.lane('f64x2.extract_lane', 0).memory('f64.store', 0)
        })
        add(code, at, 8)
      },
      () => void code.get(at).get(end).op('i32.lt_u'),
    )
  }
  return code
}
