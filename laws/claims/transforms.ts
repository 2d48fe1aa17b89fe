/**
 * What is claimed of the transforms together: each is what the others say it is.
 *
 * Derivatives leave values as they are; linearize = jvp; jacfwd = jacrev; grad = vjp with 1; grad and vmap commute; mixed
 * partials commute; transposing twice changes nothing; jit of a transform is the transform.
 */
import { grad, hessian, hvp, jacfwd, jacobian, jacrev, jit, jvp, linearTranspose, linearize, valueAndGrad, vjp, vmap, type Tensor } from '../../src/index'
import { toleranceOf, type Claim, type Smooth } from '../case'
import { scalarized } from '../derive'
import { combine, differs, directions, elements, inner, largest, pseudo, sizeOf, stack, strays, tensorOf } from '../elements'
import { forward } from '../forward'
import { refute } from '../law'
import { backward, onSmooth } from './derivative'

type Flat = readonly Tensor[]
type Call = (...xs: Flat) => Flat

const listed = (c: { readonly call: Call }) => (...xs: Tensor[]): Tensor[] => [...c.call(...xs)]
const finite = (ts: Flat): boolean => ts.every((t) => elements(t).every(Number.isFinite))

const demandClose = (c: Smooth, what: string, got: Flat, want: Flat): void => {
  if (got.length !== want.length) refute(`${what}: ${got.length} results instead of ${want.length}`)
  const scale = Math.max(c.magnitude, ...want.map((t) => largest(elements(t))))
  got.forEach((t, o) => {
    const wrong = strays(t, want[o]!, toleranceOf(c, 1e-11), scale)
    if (wrong) refute(`${what}: result ${o}: ${wrong}\n${String(t)}\n${String(want[o])}`)
  })
}

const tangentsFor = (c: Smooth, seed: number): Tensor[] => directions(c.args.map((t) => t.aval), seed)
const cotangentsFor = (c: Smooth, seed: number): Tensor[] => directions(c.outs.map((t) => t.aval), seed)
const loss = (c: Smooth, seed: number): ((...xs: Tensor[]) => Tensor) => scalarized(c.call, c.outs.map((t) => t.aval), seed)
const every = (c: Smooth): number[] => c.args.map((_, i) => i)
const count = (ts: Flat): number => ts.reduce((n, t) => n + sizeOf(t.shape), 0)

const claim = (name: string, statement: string, holds: (c: Smooth, seed: number) => void): Claim => ({ name, statement, holds: onSmooth(holds) })

export const sameValue = claim('derivatives leave the value', 'jvp, vjp, linearize and valueAndGrad give the bits of f beside its derivative.', (c, seed) => {
  const demandBits = (what: string, got: Flat, want: Flat): void => got.forEach((t, o) => {
    const wrong = differs(t, want[o]!)
    if (wrong) refute(`the value beside ${what}: result ${o}: ${wrong}`)
  })
  demandBits('jvp', forward(c.call, c.args, tangentsFor(c, seed))[0], c.outs)
  demandBits('vjp', vjp(listed(c), [...c.args])[0], c.outs)
  demandBits('linearize', linearize(listed(c), [...c.args])[0], c.outs)
  const f = loss(c, seed)
  demandBits('grad', [valueAndGrad(f, { argnums: every(c) })(...c.args)[0]], [f(...c.args)])
})

export const linearizeIsJvp = claim('linearize = jvp', 'linearize(f, x)[1](w) = J w, for every w.', (c, seed) => {
  const linear = linearize(listed(c), [...c.args])[1] as unknown as Call
  for (const s of [seed, seed + 1]) {
    const w = tangentsFor(c, s)
    demandClose(c, 'linearize against jvp', linear(...w), forward(c.call, c.args, w)[1])
  }
})

export const transposeTwice = claim('transpose ∘ transpose = id', 'Transposing the linear map J twice gives J; transposing it once gives vjp.', (c, seed) => {
  const linear = linearize(listed(c), [...c.args])[1] as unknown as (...t: Tensor[]) => Tensor[]
  const once = linearTranspose(linear, [...c.args])
  const v = cotangentsFor(c, seed)
  demandClose(c, 'linearTranspose against vjp', once(v) as unknown as Flat, backward(c.call, c.args, v))
  const twice = linearTranspose((...cts: Tensor[]) => once(cts), [...c.outs])
  const w = tangentsFor(c, seed)
  const want = linear(...w)
  // Where J is not finite, a zero of it may be one that masks it.
  if (finite(want)) demandClose(c, 'transposed twice', twice(w) as unknown as Flat, want)
})

export const gradIsVjp = claim('grad = vjp with 1', 'grad f = the pullback of f at 1, and Σ grad f · w = J w.', (c, seed) => {
  const f = loss(c, seed)
  const got = grad(f, { argnums: every(c) })(...c.args) as unknown as Flat
  const one = tensorOf([1], [], 'float64')
  demandClose(c, 'grad against vjp', got, vjp(f, [...c.args])[1](one) as unknown as Flat)
  const w = tangentsFor(c, seed)
  const along = elements(jvp(f, [...c.args], w)[1])[0]!
  if (!finite(got) || !Number.isFinite(along)) return
  const { sum, size } = inner(got, w)
  if (!(Math.abs(sum - along) <= toleranceOf(c, 1e-11) * Math.max(1, c.magnitude, size))) refute(`⟨grad f, w⟩ = ${sum}, J w = ${along}`)
})

/** Jacobians only of what is this small. */
const small = 400

const modes = { jacfwd, jacrev, jacobian }

export const jacobians = claim('jacfwd = jacrev', 'All Jacobians are the matrix whose product with w is J w.', (c, seed) => {
  if (count(c.args) * count(c.outs) > small) return
  const w = tangentsFor(c, seed)
  const want = forward(c.call, c.args, w)[1]
  const made = Object.entries(modes).map(([name, mode]) => [name, mode(listed(c), { argnums: every(c) })(...c.args) as unknown as Flat[]] as const)
  const reference = made[0]![1].flat()
  if (!finite(reference)) return
  // Forward mode gives blocks of the result's dtype, reverse mode of the argument's.
  const alike = (t: Tensor, i: number): Tensor => tensorOf(elements(t), t.shape, reference[i]!.dtype)
  for (const [name, blocks] of made) demandClose(c, `${name} against jacfwd`, blocks.flat().map(alike), reference)
  const product = made[0]![1].map((row, o) => {
    const n = sizeOf(c.outs[o]!.shape)
    const sums = new Array<number>(n).fill(0)
    row.forEach((block, k) => {
      const direction = elements(w[k]!)
      elements(block).forEach((x, i) => (sums[Math.floor(i / direction.length)]! += x * direction[i % direction.length]!))
    })
    return tensorOf(sums, c.outs[o]!.shape, c.outs[o]!.dtype)
  })
  demandClose(c, 'jacfwd times w against J w', product, want)
})

export const hessians = claim('the Hessian is symmetric', 'hessian f is symmetric, and its product with w is hvp(f, x, w).', (c, seed) => {
  const f = loss(c, seed)
  const n = c.args.length
  if (count(c.args) ** 2 > small) return
  const blocks = hessian(f, { argnums: every(c) })(...c.args) as unknown as Tensor[][]
  if (!finite(blocks.flat())) return
  const entry = (i: number, j: number): readonly number[] => elements(blocks[i]![j]!)
  const sizes = c.args.map((t) => sizeOf(t.shape))
  const turned = blocks.map((row, i) => row.map((b, j) => {
    const other = entry(j, i)
    return tensorOf(Array.from({ length: sizes[i]! * sizes[j]! }, (_, k) => other[(k % sizes[j]!) * sizes[i]! + Math.floor(k / sizes[j]!)]!), b.shape, b.dtype)
  }))
  demandClose(c, 'the Hessian against its transpose', blocks.flat(), turned.flat())
  const w = tangentsFor(c, seed)
  const got = hvp(f, [...c.args], w) as unknown as Flat | Tensor
  const want = c.args.map((t, i) => {
    const sums = new Array<number>(sizes[i]!).fill(0)
    for (let j = 0; j < n; j++) {
      const d = elements(w[j]!)
      entry(i, j).forEach((x, k) => (sums[Math.floor(k / sizes[j]!)]! += x * d[k % sizes[j]!]!))
    }
    return tensorOf(sums, t.shape, t.dtype)
  })
  demandClose(c, 'hvp against hessian · w', n === 1 ? [got as Tensor] : (got as Flat), want)
})

export const gradOfVmap = claim('grad and vmap commute', 'vmap(grad f) = grad of the sum of vmap f = the stack of the gradients.', (c, seed) => {
  const f = loss(c, seed)
  const argnums = every(c)
  const lanes = [0, 1, 2].map((k) => c.lane(k))
  const xs = c.args.map((_, i) => stack(lanes.map((l) => l[i]!)))
  const singles = lanes.map((l) => grad(f, { argnums })(...l) as unknown as Flat)
  const inside = vmap(grad(f, { argnums }) as (...a: Tensor[]) => Tensor[])(...xs) as unknown as Flat
  const outside = grad((...a: Tensor[]) => (vmap(f)(...a) as Tensor).sum(), { argnums })(...xs) as unknown as Flat
  demandClose(c, 'vmap of grad against the stack of the gradients', inside, argnums.map((i) => stack(singles.map((g) => g[i]!))))
  demandClose(c, 'vmap of grad against grad of the sum', inside, outside)
})

export const mixedPartials = claim('mixed partials commute', 'The derivative in v of the derivative in w is the derivative in w of the one in v, also by argnums.', (c, seed) => {
  const [v, w] = [tangentsFor(c, seed), tangentsFor(c, seed + 77)]
  const along = (outer: Flat, between: Flat): Flat => forward((...xs) => forward(c.call, xs, between)[1], c.args, outer)[1]
  const [vw, wv] = [along(v, w), along(w, v)]
  if (finite(vw) && finite(wv)) demandClose(c, 'in v of in w, against in w of in v', vw, wv)
  if (c.args.length < 2) return
  const f = loss(c, seed)
  const [i, j] = [seed % c.args.length, (seed + 1) % c.args.length]
  // ∂ⱼ of the derivative along wᵢ in argument i, both ways round.
  const partial = (a: number, b: number): number => {
    const first = (...xs: Tensor[]): Tensor => {
      const g = grad(f, { argnums: a })(...xs) as unknown as Tensor
      return g.mul(w[a]!).sum()
    }
    return inner([grad(first, { argnums: b })(...c.args) as unknown as Tensor], [w[b]!]).sum
  }
  const [ij, ji] = [partial(i, j), partial(j, i)]
  if (!Number.isFinite(ij) || !Number.isFinite(ji)) return
  if (!(Math.abs(ij - ji) <= toleranceOf(c, 1e-10, 1e-3) * Math.max(1, c.magnitude, Math.abs(ij), Math.abs(ji)))) refute(`∂${j}∂${i} f = ${ij}, ∂${i}∂${j} f = ${ji}`)
})

export const jitOfTransforms = claim('jit of a transform is the transform', 'jit(T f) and T(jit f) give what T f gives, for T = grad, jvp, vjp, vmap; jit(T f) its bits.', (c, seed) => {
  const f = loss(c, seed)
  const argnums = every(c)
  const w = tangentsFor(c, seed)
  const v = cotangentsFor(c, seed)
  const xs = c.args.map((_, i) => stack([0, 1].map((k) => c.lane(k)[i]!)))
  const transforms: readonly (readonly [string, (g: Call, s: typeof f) => Call, Flat])[] = [
    ['grad', (_g, s) => grad(s, { argnums }) as unknown as Call, c.args],
    ['jvp', (g) => (...a) => forward(g, a, w)[1], c.args],
    ['vjp', (g) => (...a) => backward(g, a, v), c.args],
    ['vmap', (g) => vmap(listed({ call: g })) as unknown as Call, xs],
  ]
  for (const [name, transform, at] of transforms) {
    const want = transform(c.call, f)(...at)
    const within = transform(jit(listed(c)) as unknown as Call, jit(f) as unknown as typeof f)(...at)
    demandClose(c, `${name} of jit`, within, want)
    const outside = (jit(listed({ call: transform(c.call, f) })) as unknown as Call)(...at)
    outside.forEach((t, o) => {
      const wrong = differs(t, want[o]!)
      if (wrong) refute(`jit of ${name}: result ${o}: ${wrong}`)
    })
  }
})

export const homogeneous = claim('f (α x + β y) = α f x + β f y', 'f is linear in all its arguments together, and is its own derivative.', (c, seed) => {
  const [x, y] = [tangentsFor(c, seed), tangentsFor(c, seed + 1)]
  const [a, b] = [pseudo(seed, 1), 2 * pseudo(seed, 2)]
  const got = c.call(...x.map((t, i) => combine([a, b], [t, y[i]!])))
  const [fx, fy] = [c.call(...x), c.call(...y)]
  demandClose(c, 'f (α x + β y) against α f x + β f y', got, fx.map((t, o) => combine([a, b], [t, fy[o]!])))
  demandClose(c, 'J x against f x', forward(c.call, c.args, x)[1], fx)
})

export const linearAdjoint = claim('linearTranspose is the adjoint', '⟨v, f w⟩ = ⟨fᵀ v, w⟩, and transposing twice gives f.', (c, seed) => {
  const w = tangentsFor(c, seed)
  const v = cotangentsFor(c, seed)
  if (!finite(c.call(...w))) return
  const once = linearTranspose(listed(c), [...c.args])
  const [left, right] = [inner(v, c.call(...w)), inner(once(v) as unknown as Flat, w)]
  if (!(Math.abs(left.sum - right.sum) <= toleranceOf(c) * (left.size + right.size))) refute(`⟨v, f w⟩ = ${left.sum}, ⟨fᵀ v, w⟩ = ${right.sum}`)
  const twice = linearTranspose((...cts: Tensor[]) => once(cts), [...c.outs])
  demandClose(c, 'fᵀᵀ w against f w', twice(w) as unknown as Flat, c.call(...w))
})
