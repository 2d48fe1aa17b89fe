/**
 * The workloads in other libraries: `@jax-js/jax`, TensorFlow.js with its wasm backend, and `rose`.
 *
 * They are installed into `.bench/peers` by `npm run bench`, of these versions, and are no dependencies of the project. All
 * results of a run are read, as ours can be. TensorFlow.js has float32 only; jax-js computes float64 transcendentals in
 * float32; rose has scalar programs only. What a library cannot do is left out, with its own message.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Contender } from './contenders'
import type { Input, Workload } from './workload'

export const versions = { '@jax-js/jax': '0.1.25', '@tensorflow/tfjs': '4.22.0', '@tensorflow/tfjs-backend-wasm': '4.22.0', rose: '0.4.10' } as const
export const folder = fileURLToPath(new URL('../../.bench/peers/', import.meta.url))
export const peerNames = ['jax-js', 'TF.js', 'rose'] as const
export type PeerName = (typeof peerNames)[number]

/** Libraries without types of ours. */
// eslint-disable-next-line typescript/no-explicit-any
type Foreign = any

const required = createRequire(new URL('../../.bench/peers/package.json', import.meta.url))
const load = async (name: string): Promise<Foreign> => import(pathToFileURL(required.resolve(name)).href)

const data = (x: Input): { data: Float64Array | Float32Array; shape: readonly number[] } =>
  typeof x === 'number' ? { data: Float64Array.of(x), shape: [] } : x instanceof Float64Array ? { data: x, shape: [x.length] } : { data: x.data() as Float64Array, shape: x.shape }

/** Where they are, keyed as workloads are. */
type Versions = Readonly<Record<string, (...xs: Foreign[]) => Foreign>>

/** jax-js counts references: a use that is not the last one is of `.ref`. */
async function jaxjs(w: Workload): Promise<Contender | undefined> {
  Object.assign(globalThis, { Float16Array: (globalThis as Foreign).Float16Array ?? class extends Uint16Array {} })
  const { lax, numpy: np, jit, valueAndGrad, hessian, jvp, grad, init, defaultDevice } = await load('@jax-js/jax')
  await init('wasm')
  defaultDevice('wasm')
  const rosenbrock = (x: Foreign): Foreign => {
    const [n] = x.shape
    const [a, b] = [x.ref.slice([0, n - 1]), x.slice([1, n])]
    return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a.ref)))), np.square(np.subtract(1, a))))
  }
  // The maximum is held constant: its derivatives cancel, and in float64 jax-js has them wrong.
  const lse = (z: Foreign): Foreign => {
    const m = lax.stopGradient(np.max(z.ref, 1, { keepdims: true }))
    return np.add(np.log(np.sum(np.exp(np.subtract(z, m.ref)), 1)), m.reshape([-1]))
  }
  const functions: Versions = {
    scalar: (x) => np.add(np.multiply(np.sin(x.ref), np.exp(np.negative(np.square(x.ref)))), np.log(np.add(1, np.square(x)))),
    banana: rosenbrock,
    mapReduce: (x, a, b) => np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, x.ref), b)), np.divide(1, np.add(1, np.exp(np.negative(x.ref))))), np.exp(np.negative(np.square(x))))),
    logistic: (v, x, y) => {
      const z = np.matmul(x, v)
      return np.mean(np.subtract(np.log1p(np.exp(z.ref)), np.multiply(y, z)))
    },
    perceptron: (v1, c1, v2, c2, x, y) => {
      const z = np.add(np.matmul(np.tanh(np.add(np.matmul(x, v1), c1)), v2), c2)
      return np.multiply(np.sum(np.subtract(lse(z.ref), np.sum(np.multiply(y, z), 1))), 1 / 64)
    },
    matmul: (a, b) => np.matmul(a, b),
    logsumexp: (x) => np.sum(lse(x)),
    recurrent: (a, b, xs) => {
      let s = np.zeros([32], { dtype: np.float64 })
      for (let t = 0; t < 100; t++) s = np.tanh(np.add(np.matmul(a.ref, s), np.matmul(b.ref, xs.ref.slice(t))))
      for (const x of [a, b, xs]) x.dispose()
      return np.sum(np.square(s))
    },
    bodies: (p) => {
      const eye = np.eye(200, 200, { dtype: np.float64 })
      const r2 = np.sum(np.square(np.subtract(np.expandDims(p.ref, 1), np.expandDims(p, 0))), 2)
      return np.multiply(-0.5, np.sum(np.multiply(np.subtract(1, eye.ref), np.divide(1, np.sqrt(np.add(r2, np.add(0.01, eye)))))))
    },
    hessians: hessian(rosenbrock),
    product: (x, v) => jvp(grad(rosenbrock), [x], [v])[1],
  }
  const f = functions[w.key]
  if (!f) return undefined
  const args = w.args.map(data).map((a) => np.array(a.data).reshape([...a.shape]))
  const read = (r: Foreign): Foreign[] => (Array.isArray(r) ? r.flatMap(read) : [r.dataSync()])
  const runner = (g: Foreign): (() => Foreign) => {
    const compiled = jit(g)
    return () => read(compiled(...args.map((a: Foreign) => a.ref)))
  }
  const value = w.argnums ? { value: runner(f) } : {}
  return { name: 'jax-js', ...value, all: runner(w.argnums ? valueAndGrad(f, { argnums: [...w.argnums] }) : f), results: (r) => r as ArrayLike<number>[], tolerance: 1e-4 }
}

async function tensorflow(w: Workload): Promise<Contender | undefined> {
  const module_ = await load('@tensorflow/tfjs')
  const tf = module_.default ?? module_
  const { setWasmPaths } = await load('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(`${dirname(required.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  await tf.setBackend('wasm')
  const rosenbrock = (x: Foreign): Foreign => {
    const [n] = x.shape
    const [a, b] = [tf.slice(x, [0], [n - 1]), tf.slice(x, [1], [n - 1])]
    return tf.sum(tf.add(tf.mul(100, tf.square(tf.sub(b, tf.square(a)))), tf.square(tf.sub(1, a))))
  }
  const matvec = (a: Foreign, x: Foreign): Foreign => tf.reshape(tf.matMul(a, tf.reshape(x, [-1, 1])), [-1])
  const lse = (z: Foreign): Foreign => tf.logSumExp(z, 1)
  const functions: Versions = {
    scalar: (x) => tf.add(tf.mul(tf.sin(x), tf.exp(tf.neg(tf.square(x)))), tf.log(tf.add(1, tf.square(x)))),
    banana: rosenbrock,
    mapReduce: (x, a, b) => tf.sum(tf.add(tf.mul(tf.tanh(tf.add(tf.mul(a, x), b)), tf.sigmoid(x)), tf.exp(tf.neg(tf.square(x))))),
    logistic: (v, x, y) => {
      const z = matvec(x, v)
      return tf.mean(tf.sub(tf.log(tf.add(1, tf.exp(z))), tf.mul(y, z)))
    },
    perceptron: (v1, c1, v2, c2, x, y) => {
      const z = tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(x, v1), c1)), v2), c2)
      return tf.div(tf.sum(tf.sub(lse(z), tf.sum(tf.mul(y, z), 1))), 64)
    },
    matmul: (a, b) => tf.matMul(a, b),
    logsumexp: (x) => tf.sum(lse(x)),
    recurrent: (a, b, xs) => {
      let s = tf.zeros([32])
      for (let t = 0; t < 100; t++) s = tf.tanh(tf.add(matvec(a, s), matvec(b, tf.reshape(tf.slice(xs, [t, 0], [1, 32]), [32]))))
      return tf.sum(tf.square(s))
    },
    bodies: (p) => {
      const eye = tf.eye(200)
      const r2 = tf.sum(tf.square(tf.sub(tf.expandDims(p, 1), tf.expandDims(p, 0))), 2)
      return tf.mul(-0.5, tf.sum(tf.mul(tf.sub(1, eye), tf.div(1, tf.sqrt(tf.add(r2, tf.add(0.01, eye)))))))
    },
    product: (x, v) => tf.grad((y: Foreign) => tf.sum(tf.mul(tf.grad(rosenbrock)(y), v)))(x),
  }
  const f = functions[w.key]
  if (!f) return undefined
  const args = w.args.map(data).map((a) => tf.tensor(Float32Array.from(a.data), [...a.shape]))
  // What tidy returns it searches for tensors, element by element.
  const read = (run: () => Foreign[]): Foreign[] => {
    let results: Foreign[] = []
    tf.tidy(() => {
      results = run().map((t) => t.dataSync())
    })
    return results
  }
  const all = (): Foreign[] =>
    read(() => {
      if (!w.argnums) return [f(...args)]
      const withVarying = (xs: readonly Foreign[]): Foreign => f(...args.map((a: Foreign, i: number) => xs[w.argnums!.indexOf(i)] ?? a))
      const { value, grads } = tf.valueAndGrads((...xs: Foreign[]) => withVarying(xs))(w.argnums.map((i) => args[i]))
      return [value, ...grads]
    })
  const value = w.argnums ? { value: () => read(() => [f(...args)]) } : {}
  return { name: 'TF.js', ...value, all, results: (r) => r as ArrayLike<number>[], tolerance: 1e-2 }
}

async function rose(w: Workload): Promise<Contender | undefined> {
  const r = await load('rose')
  const { Dual, Real, Vec, add, compile, div, fn, mul, neg, opaque, sub, vjp } = r
  const [n] = w.args[0] instanceof Float64Array ? [w.args[0].length] : [0]
  if (w.key !== 'scalar' && !(w.key === 'banana' && n <= 10)) return undefined
  const [sin, cos, exp, log] = [Math.sin, Math.cos, Math.exp, Math.log].map((g) => opaque([Real], Real, g))
  sin.jvp = fn([Dual], Dual, ({ re: x, du }: Foreign) => ({ re: sin(x), du: mul(du, cos(x)) }))
  log.jvp = fn([Dual], Dual, ({ re: x, du }: Foreign) => ({ re: log(x), du: div(du, x) }))
  exp.jvp = fn([Dual], Dual, ({ re: x, du }: Foreign) => {
    const y = exp(x)
    return { re: y, du: mul(du, y) }
  })
  const kind = w.key === 'scalar' ? Real : Vec(n, Real)
  const f =
    w.key === 'scalar'
      ? fn([Real], Real, (x: Foreign) => add(mul(sin(x), exp(neg(mul(x, x)))), log(add(1, mul(x, x)))))
      : fn([kind], Real, (x: Foreign) => {
          let s: Foreign = 0
          for (let i = 0; i < n - 1; i++) {
            const [d, e] = [sub(x[i + 1], mul(x[i], x[i])), sub(1, x[i])]
            s = add(s, add(mul(100, mul(d, d)), mul(e, e)))
          }
          return s
        })
  const both = fn([kind], { value: Real, gradient: kind }, (x: Foreign) => {
    const { ret, grad } = vjp(f)(x)
    return { value: ret, gradient: grad(1) }
  })
  const [value, all] = await Promise.all([compile(f), compile(both)])
  const [x] = w.args
  const arg = typeof x === 'number' ? x : [...(x as Float64Array)]
  return { name: 'rose', value: () => value(arg), all: () => all(arg), results: (run) => [(run as Foreign).value, (run as Foreign).gradient], tolerance: 1e-10 }
}

const makers: Readonly<Record<PeerName, (w: Workload) => Promise<Contender | undefined>>> = { 'jax-js': jaxjs, 'TF.js': tensorflow, rose }

/** A library's version of a workload; undefined where there is none, or a text where it fails. */
export async function peer(name: PeerName, w: Workload): Promise<Contender | string | undefined> {
  try {
    return await makers[name](w)
  } catch (error) {
    return String((error as Error).message).split('\n')[0]!
  }
}
