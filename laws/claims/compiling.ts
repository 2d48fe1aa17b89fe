/**
 * What is claimed of compilation: the same bits, dtypes and shapes as one operation after another, on every backend.
 *
 * Law: jit f = f, with threads too; evalJaxpr(makeJaxpr f) = f; compile(makeJaxpr f) = f on every backend. No run writes to its arguments.
 */
import { backends, evalJaxpr, jit, makeJaxpr, scan, type Aval, type Tensor } from '../../src/index'
import type { Case, Claim } from '../case'
import { differs, elements, otherAval, stack, tensorOf } from '../elements'
import { refute } from '../law'

type Flat = readonly Tensor[]

const demandBits = (what: string, got: Flat, want: Flat): void => {
  if (got.length !== want.length) refute(`${what} gives ${got.length} results instead of ${want.length}`)
  got.forEach((t, o) => {
    const wrong = differs(t, want[o]!)
    if (wrong) refute(`${what}, result ${o}: ${wrong}\ngot ${String(t)}\nwant ${String(want[o])}`)
  })
}

const listed = (c: Case) => (...xs: Tensor[]): Tensor[] => [...c.call(...xs)]

/** The elements of kernel results as tensors. */
const asTensors = (buffers: readonly (ArrayLike<number> | number)[], avals: readonly Pick<Aval, 'shape' | 'dtype'>[]): Tensor[] =>
  buffers.map((b, i) => tensorOf(typeof b === 'number' ? [b] : Array.from(b), avals[i]!.shape, avals[i]!.dtype))

const buffer = (t: Tensor): ReturnType<Tensor['data']> | number => (t.ndim === 0 ? elements(t)[0]! : t.data())

export const deterministic: Claim = {
  name: 'a second run gives the same bits',
  statement: 'f is a function: equal arguments give equal results, and the arguments are not written to.',
  holds: (c) => {
    const before = c.args.map(elements)
    const first = c.call(...c.args)
    const kept = first.map(elements)
    demandBits('the second run', c.call(...c.args), first.map((t, i) => tensorOf(kept[i]!, t.shape, t.dtype)))
    c.args.forEach((t, i) => {
      if (elements(t).some((x, k) => !Object.is(x, before[i]![k]))) refute(`argument ${i} was ${before[i]!.join(' ')} and is ${elements(t).join(' ')}`)
    })
  },
}

export const jitted: Claim = {
  name: 'jit f = f',
  statement: 'jit f gives the bits, dtypes and shapes of f, at its first call and at later ones.',
  holds: (c) => {
    const compiled = jit(listed(c)) as unknown as (...xs: Flat) => Flat
    const want = c.call(...c.args)
    demandBits('jit', compiled(...c.args), want)
    const other = c.lane(1)
    demandBits('jit at other arguments', compiled(...other), c.call(...other))
    demandBits('jit at the first arguments again', compiled(...c.args), want)
  },
}

export const threaded: Claim = {
  name: 'threads = no threads',
  statement: 'jit f gives the same bits with two and with three threads as with one, at its first call and at later ones.',
  holds: (c) => {
    const want = (jit(listed(c)) as unknown as (...xs: Flat) => Flat)(...c.args)
    for (const threads of [2, 3]) {
      const compiled = jit(listed(c), { threads, backend: 'wasm' }) as unknown as (...xs: Flat) => Flat
      for (let round = 0; round < 2; round++) demandBits(`jit with ${threads} threads`, compiled(...c.args), want)
    }
  },
}

export const evaluated: Claim = {
  name: 'evalJaxpr ∘ makeJaxpr = id',
  statement: 'The program of f, simplified and run, gives the bits of f run one operation after another.',
  holds: (c) => demandBits('evalJaxpr', evalJaxpr(makeJaxpr(listed(c))(...c.args), ...c.args), c.call(...c.args)),
}

export const onEveryBackend: Claim = {
  name: 'every backend = f',
  statement: 'The program of f as it is traced, compiled by any backend, gives the bits of f, into given outputs too.',
  holds: (c) => {
    const program = makeJaxpr(listed(c))(...c.args)
    const want = c.call(...c.args)
    const inputs = [...program.consts, ...c.args].map(buffer)
    for (const backend of backends) {
      const kernel = backend.compile(program.jaxpr)
      const first = asTensors(kernel.run(inputs), program.outAvals)
      demandBits(backend.name, first, want)
      const outputs = want.map((t) => (t.ndim === 0 ? undefined : t.data().fill(77)))
      const given = kernel.run(inputs, outputs)
      demandBits(`${backend.name} into given outputs`, asTensors(given, program.outAvals), want)
    }
  },
}

const turns = 3

export const looped: Claim = {
  name: 'in a loop = by itself',
  statement: 'The turns of a compiled scan over f give the bits of f, on every backend, whichever arguments are constants, the carry, or rows of what is stacked.',
  holds: (c, seed) => {
    const lanes = Array.from({ length: turns }, (_, k) => c.lane(k))
    const first = c.call(...c.args)[0]
    const carried = seed % 3 === 0 || !first ? -1 : c.args.findIndex((t) => otherAval(first, t) === undefined)
    const isRow = c.args.map((_, i) => i !== carried && (seed >> i) % 2 === 1)
    const rows = (list: readonly unknown[]): unknown[] => list.filter((_, i) => isRow[i])
    const run = (carry: Tensor[], given: readonly Tensor[]): readonly [Tensor[], readonly Tensor[]] => {
      let at = 0
      const results = c.call(...c.args.map((t, i) => (i === carried ? carry[0]! : isRow[i] ? given[at++]! : t)))
      return [carried < 0 ? [] : [results[0]!], results]
    }
    const start = carried < 0 ? [] : [c.args[carried]!]
    let carry = start
    const want = lanes.map((lane) => {
      const [next, results] = run(carry, rows(lane) as Tensor[])
      carry = next
      return results
    })
    const stacked = c.args.flatMap((_, i) => (isRow[i] ? [stack(lanes.map((lane) => lane[i]!))] : []))
    const loop = (...xs: Tensor[]): Tensor[] => scan((s: Tensor[], x: readonly Tensor[]) => run(s, x) as never, start, xs as never, { length: turns })[1] as unknown as Tensor[]
    const all = (want[0] ?? []).map((_, i) => stack(want.map((results) => results[i]!)))
    for (const { name } of backends) demandBits(`a loop by ${name}`, (jit(loop as never, { backend: name as 'js' }) as unknown as (...xs: Flat) => Flat)(...stacked), all)
  },
}
