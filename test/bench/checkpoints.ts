/**
 * What checkpoints save: bytes that the gradient of a loop over 8 numbers keeps, and the bodies that it runs forward before the
 * backward ones, counted where they are run.
 *
 * Run: npm run bench:checkpoints. The README's table is what it prints.
 */
import { definePrimitive, grad, jit, np, opaque, ops, primitives, scan, whileLoop, type Tensor } from 'adjoint'
import { row } from './rounds'

let runs = 0
/** sin x, as code that counts how often it runs; its cosine is what the backward sweep keeps. */
const sine = definePrimitive({
  ...primitives.find((p) => p.name === 'sin')!,
  name: 'counted_sin',
  simplify: undefined,
  kernel: opaque(() => ([x], [y]) => {
    runs++
    x!.forEach((v, i) => void (y![i] = Math.sin(v)))
  }),
})

type Step = (s: Tensor) => Tensor
const blended = (sin: Step): Step => (s) => np.add(np.multiply(s, 0.99), np.multiply(0.01, sin(s)))
/** The pullback reads what was counted: a step that is turned has run it once. */
const squared: Step = (s) => np.square(ops.bind(sine, [s], {})[0] as Tensor)

type Options = { readonly checkpoint?: number }
const loops: Readonly<Record<string, (step: Step, n: number, options: Options) => Step>> = {
  scan: (step, n, options) => (x) => np.sum(scan((s: Tensor) => [step(s), null] as const, x, null, { length: n, ...options })[0]),
  whileLoop: (step, n, options) => (x) => np.sum(whileLoop(([, i]: [Tensor, Tensor]) => np.less(i, n), ([s, i]: [Tensor, Tensor]) => [step(s), np.add(i, 1)] as [Tensor, Tensor], [x, np.array(0, { dtype: 'int32' })] as [Tensor, Tensor], options)[0]),
}

for (const [n, kept] of [[10_000, 0], [100_000, 0], [100_000, 10], [100_000, 50]] as const) {
  const options: Options = kept === 0 ? {} : { checkpoint: kept }
  for (const [name, loop] of Object.entries(loops)) {
    const x = np.ones(8)
    const plain = jit(grad(loop(blended(np.sin), n, options)), { backend: 'closure' })
    plain(x)
    const counted = jit(grad(loop(squared, n, options)), { backend: 'closure' })
    runs = 0
    counted(x)
    row(`${n} steps, ${kept === 0 ? 'all' : kept} kept, ${name}`, `bytes ${plain.lower(x).bytes.scratch}`, `bodies run ${runs}, forward before backward ${kept === 0 ? runs : runs - n}`)
  }
}
