/** jacobian and hessian by sparsity where it pays: the same dense matrices, of every tree and under every transform. */
import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { customVjp, grad, hessian, jacfwd, jacobian, jacrev, jit, jvp, makeJaxpr, np, scan, vmap, type Tensor } from '../../src/index'

type F = (x: Tensor) => Tensor
const numbers = (t: Tensor): number[] => Array.from(np.ravel(t).data())
const line = (n: number): Tensor => np.sin(np.arange(1, n + 1)).mul(2)
const difference = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape)
  expect(a.dtype).toBe(b.dtype)
  return numbers(a.sub(b)).reduce((m, x) => Math.max(m, Math.abs(x)), 0)
}
const isSparse = (f: (...args: never[]) => unknown, ...args: readonly unknown[]): boolean => /scatter/.test(String(makeJaxpr(f as never)(...(args as never[]))))

const banded: F = (x) => np.sin(x.slice([0, -1]).mul(x.slice([1, null])))
const coupled: F = (x) => np.sin(x).mul(np.sum(x))
const chain: F = (x) => np.sum(banded(x)).add(np.sum(np.square(x).mul(x)))

describe('jacobian', () => {
  it('goes by few products where the program is sparse, and by the dense modes elsewhere', () => {
    expect(isSparse(jacobian(banded), line(64))).toBe(true)
    expect(difference(jacobian(banded)(line(64)), jacfwd(banded)(line(64)))).toBe(0)
    expect(isSparse(jacobian(banded), line(10))).toBe(false)
    expect(isSparse(jacobian((x: Tensor) => np.matmul(np.outer(np.arange(40), np.arange(40)), x)), line(40))).toBe(false)
    expect(isSparse(jacobian((x: Tensor) => np.cumsum(np.sin(x))), line(400))).toBe(false)
    // One dense row goes backwards, the others forwards.
    const arrow: F = (x) => np.concatenate([np.square(x), np.sum(np.sin(x)).reshape(1)])
    expect(isSparse(jacobian(arrow), line(64))).toBe(true)
    expect(difference(jacobian(arrow)(line(64)), jacrev(arrow)(line(64)))).toBeLessThan(1e-15)
    expect(difference(jacobian(coupled)(line(64)), jacfwd(coupled)(line(64)))).toBeLessThan(1e-14)
  })
  it('equals jacfwd for gathers at random', () => {
    assert(property(array(integer({ min: 0, max: 29 }), { minLength: 16, maxLength: 60 }), (list) => {
      const [a, b] = [Int32Array.from(list), Int32Array.from(list).reverse()]
      const f: F = (x) => np.sin(x.at(a)).mul(x.at(b))
      expect(difference(jacobian(f)(line(30)), jacfwd(f)(line(30)))).toBeLessThan(1e-14)
    }), { numRuns: 30 })
  })
  it('keeps trees of arguments and results, and aux', () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }, c: Tensor): unknown => [{ y: np.sin(a).mul(c.at(0)), z: np.square(b) }, np.sum(b)]
    const args = [{ a: line(24), b: line(20).reshape(4, 5) }, line(2)] as const
    for (const argnums of [0, [0], [1, 0]] as const) {
      const [got, aux] = jacobian(f as never, { argnums, hasAux: true })(...(args as unknown as never[])) as unknown as [unknown, Tensor]
      const [want, same] = jacfwd(f as never, { argnums, hasAux: true })(...(args as unknown as never[])) as unknown as [unknown, Tensor]
      expect(String(JSON.stringify(got))).toBe(JSON.stringify(want))
      expect(aux.item()).toBe(same.item())
    }
    expect(isSparse(jacobian((x: Tensor) => ({ y: np.sin(x) })), line(24))).toBe(true)
  })
  it('composes with jit, vmap, jvp and grad', () => {
    const x = line(40)
    const dense: F = (y) => jacfwd(banded)(y)
    expect(difference(jit(jacobian(banded))(x), dense(x))).toBe(0)
    const batch = np.stack([x, x.mul(3)])
    expect(isSparse((y: Tensor) => vmap(jacobian(banded))(y), batch)).toBe(true)
    expect(difference(vmap(jacobian(banded))(batch) as Tensor, vmap(dense)(batch) as Tensor)).toBe(0)
    const total = (g: F): F => (y) => np.sum(np.square(g(y)))
    expect(difference(grad(total((y) => jacobian(banded)(y)))(x), grad(total(dense))(x))).toBeLessThan(1e-12)
    expect(difference(jit(grad(total((y) => jacobian(banded)(y))))(x), grad(total(dense))(x))).toBeLessThan(1e-12)
    const moved = (g: F): Tensor => (jvp(g, [x], [np.cos(x)]) as unknown as [Tensor, Tensor])[1]
    expect(difference(moved((y) => jacobian(banded)(y)), moved(dense))).toBeLessThan(1e-13)
    expect(difference(jacobian((y: Tensor) => np.ravel(jacobian(banded)(y.slice([0, 20]))))(x), jacfwd((y: Tensor) => np.ravel(jacfwd(banded)(y.slice([0, 20]))))(x))).toBeLessThan(1e-13)
  })
  it('is dense where the pattern cannot be known, or not cheaply', () => {
    const at = Int32Array.from({ length: 30 }, (_, i) => (i * 7) % 30)
    const gathered = (x: Tensor, k: Tensor): Tensor => np.square(x.at(k))
    expect(isSparse((x: Tensor) => jacobian(gathered)(x, at as never), line(30))).toBe(true)
    expect(isSparse((x: Tensor, k: Tensor) => jacobian(gathered)(x, k), line(30), at)).toBe(false)
    expect(difference(jit((x: Tensor, k: Tensor) => jacobian(gathered)(x, k))(line(30), at as never), jacobian(gathered)(line(30), at as never))).toBe(0)
    const looped: F = (x) => scan((c: Tensor, y: Tensor) => [c, np.sin(y)] as const, np.array(0), x)[1]
    expect(isSparse(jacobian(looped), line(30))).toBe(false)
    expect(difference(jacobian(looped)(line(30)), jacfwd(looped)(line(30)))).toBe(0)
    const backwards = customVjp((x: Tensor) => np.square(x.slice([0, 20])), { fwd: (x: Tensor) => [np.square(x.slice([0, 20])), x] as const, bwd: (x: Tensor, ct: Tensor) => [np.pad(ct.mul(x.slice([0, 20])).mul(2), [[0, 10]])] })
    expect(numbers(np.diag(jacobian(backwards)(line(30)) as Tensor))).toEqual(numbers(line(20).mul(2)))
  })
  it('keeps float32, and mixed dtypes by the dense modes', () => {
    const single = jacobian(banded)(line(40).astype('float32'))
    expect(single.dtype).toBe('float32')
    expect(difference(single, jacfwd(banded)(line(40).astype('float32')))).toBe(0)
    expect((jacobian((x: Tensor) => x.astype('float64'))(line(40).astype('float32')) as Tensor).dtype).toBe('float64')
    expect(jacobian(banded)(line(17)).shape).toEqual([16, 17])
  })
})

describe('hessian', () => {
  it('goes by few products where the program is sparse', () => {
    const dense: F = (x) => jacfwd(grad(chain))(x)
    expect(isSparse(hessian(chain), line(40))).toBe(true)
    expect(isSparse(hessian(chain), line(8))).toBe(false)
    expect(difference(hessian(chain)(line(40)), dense(line(40)))).toBeLessThan(1e-13)
    expect(difference(jit(hessian(chain))(line(40)), dense(line(40)))).toBeLessThan(1e-13)
    expect(difference(vmap(hessian(chain))(line(40).reshape(2, 20)) as Tensor, vmap(dense)(line(40).reshape(2, 20)) as Tensor)).toBeLessThan(1e-13)
    const total = (g: F): F => (y) => np.sum(np.square(g(y)))
    expect(difference(grad(total((y) => hessian(chain)(y)))(line(20)), grad(total(dense))(line(20)))).toBeLessThan(1e-10)
  })
  it('keeps trees, several arguments and aux', () => {
    const f = ({ a }: { a: Tensor }, c: Tensor): unknown => [np.sum(np.sin(a.mul(c))), c.at(0)]
    for (const argnums of [0, [1, 0]] as const) {
      const [got, aux] = hessian(f as never, { argnums, hasAux: true })(...([{ a: line(20) }, line(20).mul(2)] as unknown as never[])) as unknown as [unknown, Tensor]
      const [want] = jacfwd(((...xs: never[]) => [(grad(f as never, { argnums, hasAux: true })(...xs) as unknown as [unknown])[0], 0]) as never, { argnums, hasAux: true })(...([{ a: line(20) }, line(20).mul(2)] as unknown as never[])) as unknown as [unknown]
      const flat = (t: unknown): number[] => JSON.stringify(t).match(/-?[\d.]+(e-?\d+)?/g)!.map(Number)
      expect(flat(got).length).toBe(flat(want).length)
      flat(got).forEach((x, k) => expect(x).toBeCloseTo(flat(want)[k], 12))
      expect(aux.item()).toBe(line(20).mul(2).at(0).item())
    }
  })
  it('of functions that are not sparse, or not scalar, is as before', () => {
    const f: F = (x) => np.square(np.sum(np.sin(x)))
    expect(isSparse(hessian(f), line(30))).toBe(false)
    expect(difference(hessian(f)(line(30)), jacfwd(grad(f))(line(30)))).toBe(0)
    expect((hessian((x: Tensor) => np.square(x))(line(20)) as Tensor).shape).toEqual([20, 20, 20])
  })
})
