/** The module of inner loops has the bits of JavaScript, for all extents and strides. */
import { describe, expect, it } from 'vitest'
import { addProduct, dot, factorRows, reflectRows, roomFor, rotate, rotateDot, rotateTwice, solveRows } from '../../src/primitives/linalg/kernels/rows'

let state = 7
const next = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return (state / 2 ** 31 - 1) * 10 ** ((state % 7) - 3)
}
const room = 4096

/** Whether a body leaves and gives the same in the memory of the module and outside. Throws where not. */
function same(body: (x: Float64Array, at: number) => unknown): boolean {
  const start = Float64Array.from({ length: room }, next)
  let inside: unknown
  roomFor(room)((x, at) => {
    expect(x.length > room).toBe('WebAssembly' in globalThis)
    x.set(start, at)
    const given = body(x, at)
    inside = [given, x.slice(at, at + room)]
  })
  const own = start.slice()
  expect(inside).toEqual([body(own, 0), own])
  return true
}

describe('the module', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31])('rows of %i numbers', (n) => {
    expect(same((x, at) => dot(n, x, at, at + 100))).toBe(true)
    expect(same((x, at) => rotate(n, x, at, at + 100, 0.6, 0.8))).toBe(true)
    expect(same((x, at) => rotateDot(n, x, at, at + 100, 0.28, -0.96, at + 201))).toBe(true)
    expect(same((x, at) => rotateTwice(n, x, at, at + 100, 0.6, 0.8, at + 201, 0.28, -0.96))).toBe(true)
  })

  it.each([0, 1, 2, 3, 4, 5, 9])('%i rows reflected', (count) => {
    for (const n of [0, 1, 2, 3, 8, 29]) expect(same((x, at) => reflectRows(1.25, count, n, x, at + 5, at + 100, 37))).toBe(true)
  })

  it.each([[1, 1, 1], [0, 3, 2], [3, 0, 2], [2, 3, 0], [4, 4, 4], [5, 7, 3], [7, 9, 5], [3, 13, 70], [6, 15, 2], [9, 21, 17]])('products %i × %i over %i', (m, n, k) => {
    for (const alpha of [1, -1, -0.3]) {
      expect(same((x, at) => addProduct(alpha, m, n, k, x, at, 31, x, at + 600, 70, 1, x, at + 1300, 33))).toBe(true)
      expect(same((x, at) => addProduct(alpha, m, n, k, x, at, 31, x, at + 600, 1, 10, x, at + 3900, -33))).toBe(true)
    }
  })

  it.each([[0, 3, 2], [2, 0, 3], [2, 3, 0], [1, 1, 1], [3, 5, 1], [2, 8, 8], [2, 7, 13], [1, 16, 31]])('%i systems of %i rows and %i columns', (count, n, k) => {
    for (const unit of [false, true]) {
      expect(same((x, at) => solveRows(count, n, k, x, at, 17, 1, 300, x, at + 1000, 33, 600, unit))).toBe(true)
      expect(same((x, at) => solveRows(count, n, k, x, at + 300, -1, -17, 300, x, at + 1600, -33, 600, unit))).toBe(true)
    }
  })

  it.each([[0, 3, 3], [2, 0, 3], [1, 1, 1], [3, 5, 5], [2, 8, 8], [2, 3, 14], [1, 16, 31]])('%i factors of %i rows, %i wide', (count, rows, width) => {
    for (const shift of [1e3, 0])
      expect(same((x, at) => {
        for (let p = at; p < at + room; p += 34) x[p] = shift + Math.abs(x[p]!)
        factorRows(count, rows, width, x, at, 33, 34 * 40)
      })).toBe(true)
  })

  it('gives the memory back, also after a fault', () => {
    const places: number[] = []
    const withRoom = roomFor(room)
    expect(() => withRoom(() => { throw new Error('stop') })).toThrow('stop')
    for (let i = 0; i < 2; i++) withRoom((_x, at) => void places.push(at))
    expect(places[0]).toBe(places[1])
  })
})
