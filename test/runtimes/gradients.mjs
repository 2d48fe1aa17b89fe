/**
 * Values and gradients of a thousand random programs, by every way of running them, as one SHA-256 a way.
 *
 * Law: all ways give the same bits: without jit at the first call and when hot, and by every backend at its first call and
 * when hot; so there is one hash, in every runtime. (A NaN is a NaN: the bits inside one are the engine's.)
 * Run: node test/runtimes/gradients.mjs [count [first]]. It needs the build and what JavaScript has everywhere, no `node:` module.
 * Prints one line of JSON: the hash of the programs themselves, and each way's hash and short sums of the single programs.
 */
import { sample } from 'fast-check'
import { backends, jit, np, vjp } from '../../dist/index.js'
import { program } from '../../dist/laws.js'

const args = globalThis.process?.argv.slice(2) ?? new URLSearchParams(globalThis.location.search).getAll('arg')
const count = Number(args[0] ?? 1000)
const first = Number(args[1] ?? 0)

/** Calls after which an engine has looked at a function again, and so has adjoint. */
const many = 12

const isFloat = (dtype) => dtype === 'float64' || dtype === 'float32'
const codes = { float64: 1, float32: 2, int32: 3, uint32: 4, bool: 5 }

/** Halves of small whole numbers: a cotangent without a rounding of its own. */
const cotangent = (t, k) => np.reshape(np.array(Float64Array.from({ length: t.size }, (_, i) => ((3 * i + k) % 7) - 2.5)), t.shape).astype(t.dtype)

/** The results of a program and the cotangents of its float arguments; the others are captured. */
function gradientOf({ call, args: all }) {
  const places = all.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
  const run = (...xs) => {
    const whole = [...all]
    places.forEach((p, i) => (whole[p] = xs[i]))
    return call(...whole)
  }
  const outs = run(...places.map((p) => all[p])).map((t, i) => [t, i]).filter(([t]) => isFloat(t.dtype))
  const cotangents = outs.map(([t], k) => cotangent(t, k))
  const f = (...xs) => {
    const [values, pull] = vjp((...ys) => { const results = run(...ys); return outs.map(([, i]) => results[i]) }, xs)
    return [...values, ...pull(cotangents)]
  }
  return { f, inputs: places.map((p) => all[p]) }
}

/** The elements of results as one list of doubles, with their dtypes and sizes; every NaN is the same one. */
const bitsOf = (tensors) => tensors.flatMap((t) => [codes[t.dtype], t.size, ...Array.from(t.ndim === 0 ? [Number(t.item())] : t.data(), (x) => (Number.isNaN(x) ? NaN : Number(x)))])

/** FNV-1a over bytes: enough to find the program that differs. */
const shortSum = (bytes) => bytes.reduce((h, b) => Math.imul(h ^ b, 16777619) >>> 0, 2166136261)

const hex = async (bytes) => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (b) => b.toString(16).padStart(2, '0')).join('')

class Way {
  bytes = []
  each = []
  add(tensors) {
    const bytes = new Uint8Array(Float64Array.from(bitsOf(tensors)).buffer)
    this.bytes.push(bytes)
    this.each.push(shortSum(bytes))
  }
  async sum() {
    const whole = new Uint8Array(this.bytes.reduce((n, b) => n + b.length, 0))
    this.bytes.reduce((at, b) => (whole.set(b, at), at + b.length), 0)
    return { hash: await hex(whole), each: this.each }
  }
}

const waves = (...shape) => np.sin(np.arange(shape.reduce((a, b) => a * b, 1))).reshape(shape)
const softmax = (x) => { const e = np.exp(np.subtract(x, np.max(x, 1, { keepdims: true }))); return np.divide(e, np.sum(e, 1, { keepdims: true })) }
/** Before the random ones: programs so large that threads share the work. */
const large = [
  [(x, a) => np.sum(np.multiply(np.tanh(np.multiply(a, x)), np.exp(np.negative(np.square(x))))), waves(100_003), np.array(0.7)],
  [(x) => np.sum(np.multiply(softmax(x), np.cos(x))), waves(301, 333)],
  [(w, x) => np.sum(np.square(np.tanh(np.matmul(x, w)))), waves(130, 260), waves(257, 130)],
  [(w, x) => np.sum(np.sin(np.matmul(x, w))), waves(200, 150).astype('float32'), waves(301, 200).astype('float32')],
  [(x) => np.max(np.log1p(np.square(x))), waves(50, 40, 51)],
].map(([f, ...args], i) => ({ args, call: (...xs) => [f(...xs)], toString: () => `large ${i}: ${f}` }))

const ways = {}
const way = (name) => (ways[name] ??= new Way())
const twice = (name, f, inputs) => {
  way(`${name}, first call`).add(f(...inputs))
  for (let k = 2; k < many; k++) f(...inputs)
  way(`${name}, call ${many}`).add(f(...inputs))
}

const start = performance.now()
// Half of them with NaN, infinities and −0 among their elements.
const cases = [true, false].flatMap((wild, k) => sample(program({ wild }), { seed: 20 + k, numRuns: Math.ceil((count + first) / 2) }).map((c, i) => [2 * i + k, c]))
const chosen = [...large, ...cases.sort(([a], [b]) => a - b).map(([, c]) => c)].slice(first, first + (count === 1 ? 1 : count + large.length))
for (const c of chosen) {
  const { f, inputs } = gradientOf(c)
  twice('without jit', f, inputs)
  for (const { name } of backends) twice(`jit, ${name}`, jit(f, { backend: name }), inputs)
  twice('jit, 2 threads', jit(f, { threads: 2 }), inputs)
}
const text = new TextEncoder().encode(chosen.map(String).join('\n\n'))
const sums = await Promise.all(Object.entries(ways).map(async ([name, w]) => [name, await w.sum()]))
console.log(JSON.stringify({ programs: { hash: await hex(text), each: chosen.map((c) => shortSum(new TextEncoder().encode(String(c)))) }, ways: Object.fromEntries(sums), seconds: (performance.now() - start) / 1000, ...(count === 1 ? { text: String(chosen[0]) } : {}) }))
