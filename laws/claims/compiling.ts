/**
 * What is claimed of compilation: the same bits, dtypes and shapes as one operation after another, on every backend.
 *
 * Law: jit f = f, with threads too; evalJaxpr(makeJaxpr f) = f; compile(makeJaxpr f) = f on every backend. No run writes to its arguments.
 */
import { backends, evalJaxpr, jit, makeJaxpr, type Aval, type Tensor } from '../../src/index'
import type { Case, Claim } from '../case'
import { differs, elements, tensorOf } from '../elements'
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
