/**
 * Matrix · vector: the results of several rows in a vector, four vectors at a time.
 *
 * Law: the order of `tiles.ts`.
 */
import { range } from '../../data/shape'
import { block } from '../tiles'
import { add, Code, plus, words, type Callee } from './assembler'
import { addProduct, loadEach, loadNumber, loadSplat, loadVector, storeNumber, turned } from './lanes'
import type { Form } from './matrices'
import type { Site } from './site'

/** Parameters: matrix, row and element steps, vector, its step, rows, k, result, its step (bytes). The form's x is the matrix. */
export function rowsTimesVector(site: Site, { lanes: l, x: width, y: vWidth, out: outWidth }: Form): Callee {
  return site.library(`rows ${l.name} ${width} ${vWidth} ${outWidth}`, () => {
    const code = new Code(words(9))
    const [x, xRow, xStep, v, vStep, m, k, out, outStep] = range(9) as [number, number, number, number, number, number, number, number, number]
    const i32 = (): number => code.local('i32')
    const [left, depth, at, from, p, count, vector] = [i32(), i32(), i32(), i32(), i32(), i32(), i32()]
    /** `lanes`: how many lanes of each vector are rows; if there is one row, all lanes are it. */
    const group = (vectors: number, lanes: number): void => {
      const sums = Array.from({ length: vectors }, () => code.local('v128'))
      const factor = code.local('v128')
      const rowAt = Array.from({ length: l.count * vectors }, () => i32())
      const rowsOf = (g: number): readonly number[] => rowAt.slice(g * l.count, (g + 1) * l.count)
      code.i32(0).set(from).get(k).set(left)
      code.get(x).set(at).get(v).set(vector)
      code.repeat(
        () => {
          code.get(left).i32(block).get(left).i32(block).op('i32.lt_u', 'select').tee(depth).set(count)
          for (const s of sums) code.f64(0).op('f64x2.splat').set(s)
          code.get(at).set(rowAt[0]!)
          for (let r = 1; r < rowAt.length; r++) {
            code.get(rowAt[r - 1]!)
            if (lanes > 1) code.get(xRow).op('i32.add')
            code.set(rowAt[r]!)
          }
          const term = (s: number, elements: () => void, by: number): void => addProduct(code, l, site.imports.fused, s, elements, () => void code.get(by))
          const read = (into: number): void => {
            code.get(vector)
            loadSplat(code, l, vWidth)
            code.set(into)
            plus(code, vector, vStep)
          }
          const less = (n: number): void => void code.get(count).i32(n).op('i32.sub').set(count)
          // Elements one after another are read as squares.
          code.get(xStep).i32(width).op('i32.eq').if(() => {
            const factors = Array.from({ length: l.count }, () => code.local('v128'))
            code.while(() => void code.get(count).i32(l.count).op('i32.ge_u'), () => {
              factors.forEach(read)
              sums.forEach((s, g) => turned(code, l, width, rowsOf(g), (column, elements) => term(s, elements, factors[column]!)))
              for (const r of rowAt) add(code, r, l.count * width)
              less(l.count)
            })
            for (const f of factors) code.release(f)
          })
          // Rows one after another are a vector in memory.
          if (lanes > 1)
            code.get(xRow).i32(width).op('i32.eq').if(() =>
              void code.while(() => void code.get(count), () => {
                read(factor)
                sums.forEach((s, g) => term(s, () => loadVector(code, l, width, rowAt[0]!, l.count * g), factor))
                plus(code, rowAt[0]!, xStep)
                less(1)
              }),
            )
          code.while(() => void code.get(count), () => {
            read(factor)
            sums.forEach((s, g) => term(s, () => loadEach(code, l, width, rowsOf(g)), factor))
            for (const r of rowAt) plus(code, r, xStep)
            less(1)
          })
          // The sums of the first block are put, others are added.
          code.get(out).set(p)
          for (const s of sums)
            for (let lane = 0; lane < lanes; lane++) {
              code.get(from).if(
                () => {
                  code.get(p).get(p)
                  loadNumber(code, l, outWidth)
                  l.extract(code.get(s), lane)
                  code.op(l.addNumbers)
                  storeNumber(code, l, outWidth)
                },
                () => {
                  code.get(p)
                  l.extract(code.get(s), lane)
                  storeNumber(code, l, outWidth)
                },
              )
              plus(code, p, outStep)
            }
          code.get(depth).get(xStep).op('i32.mul').get(at).op('i32.add').set(at)
          add(code, from, block)
          code.get(left).get(depth).op('i32.sub').set(left)
        },
        () => void code.get(left),
      )
      const rows = lanes * vectors
      code.get(x).get(xRow).i32(rows).op('i32.mul', 'i32.add').set(x)
      code.get(out).get(outStep).i32(rows).op('i32.mul', 'i32.add').set(out)
      code.get(m).i32(rows).op('i32.sub').set(m)
      for (const r of rowAt) code.release(r)
      for (const s of sums) code.release(s)
      code.release(factor)
    }
    const groups = (vectors: number, lanes: number): void => void code.while(() => void code.get(m).i32(vectors * lanes).op('i32.ge_u'), () => group(vectors, lanes))
    groups(4, l.count)
    groups(1, l.count)
    groups(1, 1)
    return code
  })
}
