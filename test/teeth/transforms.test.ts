/** A function that misbehaves against each law of the transforms: it must be seen. */
import { describe, expect, it } from 'vitest'
import { np, type Tensor } from 'adjoint'
import { batched, check, compiled, linear, tensor, transforms, type Law } from 'adjoint/laws'
import { call, cubic, named, triple, violation, wave } from './wrong'

const vector = tensor({ shape: { minRank: 1, maxRank: 2, minExtent: 1 } })
const pair = [tensor({ shape: [2] }), tensor({ shape: [2] })]

/** A function that is another one at each call. */
const moody = (): ((x: Tensor) => Tensor) => {
  let n = 1
  return (x) => np.multiply(np.sin(x), n++)
}
const wrongTranspose = call(triple({ transpose: (ops, [ct]) => [ops.mul(ct!, 4)] }))
const reversing = call(triple({ batch: (ops, [x]) => [ops.reverse(ops.mul(3, x!), [0])] }))
/** Every lane is the first one. */
const firstLane = call(triple({ batch: (ops, [x]) => [ops.broadcast(ops.mul(3, ops.slice(x!, x!.aval.shape.map(() => 0), [1, ...x!.aval.shape.slice(1)])), x!.aval.shape, x!.aval.shape.map((_, i) => i))] }))
/** Its second derivatives are those of no function: ∂x = y², ∂y = x. */
const crooked = call(cubic({ jvp: (ops, [x, y], _z, [dx, dy]) => ops.add(ops.mul(dx!, ops.mul(y!, y!)), ops.mul(dy!, x!)) }))
const lying = call(wave({ simplify: (_ctx, { inputs: [x] }) => x }))

/** Says that result i depends on element i; it depends on the one before it in its row too. */
const narrow = call(triple({
  kernel: {
    _tag: 'Opaque',
    make: ([x]) => ([from], [to]) => {
      const n = x!.shape[x!.shape.length - 1] ?? 1
      for (let i = 0; i < from!.length; i++) to![i] = from![i]! + (i % n === 0 ? 0 : from![i - 1]!)
    },
  },
  transpose: (ops, [ct]) => {
    const last = ct!.aval.shape.length - 1
    return [ops.add(ct!, ops.pad(ct!, 0, ct!.aval.shape.map((_, a) => (a === last ? [-1, 1, 0] : [0, 0, 0]))))]
  },
  pattern: (_sets, [x]) => [x!.sets],
}))
/** Its Taylor coefficients of the second order on are those of another function. */
const bent = call(wave({ taylor: (o, [x], [y]) => {
  const tail = o.mul(o.instantiate(x!.series), o.broadcast(o.cos(o.mul(2, x!.primal)), x!.series.aval.shape, x!.primal.aval.shape.map((_, a) => a + 1)))
  return [o.concatenate([o.reshape(y!, [1, ...y!.aval.shape]), tail], 0)]
} }))

const wrongs: readonly (readonly [law: string, what: string, laws: readonly Law[], evidence: RegExp])[] = [
  ['batch = stack of singles', 'a wrong batch rule', batched(reversing, [vector]), /vmap gives/],
  ['vmap along any axes', 'a wrong batch rule', batched(reversing, [vector]), /inAxes .* outAxes/],
  ['vmap in vmap', 'a wrong batch rule', batched(reversing, [vector]), /the outer vmap/],
  ['a second run gives the same bits', 'a function with a memory', compiled(moody(), [vector]), /the second run/],
  ['jit f = f', 'a function with a memory', compiled(moody(), [vector]), /jit/],
  ['jit f = f', 'a false algebraic rule', compiled(lying, [vector]), /jit.*result 0/],
  ['evalJaxpr ∘ makeJaxpr = id', 'a false algebraic rule', compiled(lying, [vector]), /evalJaxpr, result 0/],
  ['every backend = f', 'a function with a memory', compiled(moody(), [vector]), /closure.*result 0/],
  ['threads = no threads', 'a function with a memory', compiled(moody(), [vector]), /jit with 2 threads, result 0/],
  ['f (α x + β y) = α f x + β f y', 'a function that is not linear', linear(np.square, [vector]), /against α f x \+ β f y/],
  ['f (α x + β y) = α f x + β f y', 'a function that is affine', linear((x: Tensor) => np.add(x, 1), [vector]), /against α f x/],
  ['linearTranspose is the adjoint', 'a wrong transpose', linear(wrongTranspose, [vector]), /⟨v, f w⟩/],
  ['derivatives leave the value', 'a function with a memory', transforms(moody(), [vector]), /the value beside jvp/],
  ['linearize = jvp', 'a function with a memory', transforms(moody(), [vector]), /linearize against jvp/],
  ['transpose ∘ transpose = id', 'a wrong transpose', transforms(wrongTranspose, [vector]), /transposed twice|linearTranspose against vjp/],
  ['grad = vjp with 1', 'a wrong transpose', transforms(wrongTranspose, [vector]), /⟨grad f, w⟩ = .*, J w =/],
  ['jacfwd = jacrev', 'a wrong transpose', transforms(wrongTranspose, [vector]), /jacrev against jacfwd/],
  ['the Hessian is symmetric', 'a jvp that belongs to no function', transforms(crooked, pair), /the Hessian against its transpose/],
  ['grad and vmap commute', 'a wrong batch rule', transforms(firstLane, [vector]), /vmap of grad/],
  ['mixed partials commute', 'a jvp that belongs to no function', transforms(crooked, pair), /in v of in w|∂/],
  ['sparse = dense', 'a pattern that is too small', transforms(narrow, [vector]), /sparseJacobian against jacfwd/],
  ['jet = nested jvp', 'a wrong Taylor rule', transforms(bent, [vector]), /term [23] of the jet/],
  ['own rules = built-in', 'a function with a memory', transforms(moody(), [vector]), /of customJvp/],
  ['jit of a transform is the transform', 'a function with a memory', transforms(moody(), [vector]), /jit/],
]

describe('a function that misbehaves', () => {
  it.each(wrongs)('%s: %s', (law, _what, laws, evidence) => {
    expect(violation(named(laws, law)).message).toMatch(evidence)
  })
})

describe('the same functions when they behave', () => {
  it('obey every law', () => {
    const laws = [...transforms(call(triple()), [vector]), ...transforms(call(cubic()), pair), ...linear(call(triple()), [vector]), ...compiled(call(wave()), [vector])]
    for (const law of laws) expect(check(law, { numRuns: 10 }).failed).toBe(false)
  })
})
