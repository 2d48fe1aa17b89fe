/**
 * What a program means, said as plainly as possible: one equation after another, one element after another.
 *
 * Compiled kernels are held to it equation by equation: elementwise operations, movements, maxima and integers to the bit,
 * floating sums and products to the rounding of any order of summation.
 */
import { allocate, coerce, isFloat, type TypedArray } from '../../src/data/dtype'
import { rowMajor, size } from '../../src/data/shape'
import type { Expr } from '../../src/ir/kernel'
import { isLit, type Atom, type Aval, type Eqn, type Jaxpr } from '../../src/ir/types'
import type { Backend, Buffer } from '../../src/compile/backend'
import { applyBinary, applyUnary, convertNumber, opsWith } from '../../src/compile/scalar'

/** A scalar expression at one point. */
export function evaluate(e: Expr, xs: readonly number[]): number {
  switch (e._tag) {
    case 'Arg':
      return xs[e.index]
    case 'Const':
      return e.value
    case 'Unary':
      return applyUnary(e.op, e.x.dtype, e.dtype, e.code)(evaluate(e.x, xs))
    case 'Binary':
      return applyBinary(e.op, e.x.dtype, e.dtype, e.code)(evaluate(e.x, xs), evaluate(e.y, xs))
    case 'Select':
      return evaluate(e.test, xs) !== 0 ? evaluate(e.x, xs) : evaluate(e.y, xs)
    case 'Convert':
      return convertNumber(e.x.dtype, e.dtype)(evaluate(e.x, xs))
    case 'Call':
      return coerce(e.dtype, e.fn(...e.args.map((a) => evaluate(a, xs))))
  }
}

/** Every index of a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  let all: number[][] = [[]]
  for (const n of shape) all = all.flatMap((i) => Array.from({ length: n }, (_, k) => [...i, k]))
  return all
}
const dot = (index: readonly number[], strides: readonly number[]): number => index.reduce((s, i, k) => s + i * strides[k], 0)

/** An element, and the sum of the magnitudes that were added to make it: what its rounding errors are measured by. */
export interface Element {
  readonly value: number
  readonly scale: number
}

const exact = (value: number): Element => ({ value, scale: 0 })

/** A sum whose error does not grow with its length (Neumaier 1974). */
function total(xs: readonly number[]): number {
  let sum = 0
  let lost = 0
  for (const x of xs) {
    const t = sum + x
    lost += Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum
    sum = t
  }
  return Number.isFinite(lost) ? sum + lost : sum
}

/** The single result of an equation that is no opaque kernel. */
export function expected(eqn: Eqn, operands: readonly ArrayLike<number>[]): Element[] {
  const k = eqn.prim.kernel
  const ins = eqn.inputs.map((a) => a.aval)
  const out = eqn.outs[0].aval
  switch (k._tag) {
    case 'Elementwise': {
      const args = ins.map((a, index): Expr => ({ _tag: 'Arg', index, dtype: a.dtype }))
      const e = k.expr(opsWith(k.functions), args, eqn.params, out)
      return Array.from({ length: size(out.shape) }, (_, i) => exact(evaluate(e, operands.map((o, j) => o[ins[j].shape.length === 0 ? 0 : i]))))
    }
    case 'View': {
      const m = k.map(rowMajor(ins[0].shape), ins[0], out, eqn.params)
      return indices(out.shape).map((i, at) => exact(operands[0][m === 'reshape' ? at : m.offset + dot(i, m.strides)]))
    }
    case 'Reduce': {
      const axes = k.axes(eqn.params)
      const kept = ins[0].shape.map((_, i) => i).filter((i) => !axes.includes(i))
      const strides = rowMajor(out.shape)
      const op = applyBinary(k.op, ins[0].dtype, ins[0].dtype)
      const floats = isFloat(out.dtype) && (k.op === 'add' || k.op === 'mul')
      const groups = Array.from({ length: size(out.shape) }, (): number[] => [])
      indices(ins[0].shape).forEach((index, i) => groups[dot(kept.map((a) => index[a]), strides)].push(operands[0][i]))
      return groups.map((xs) => {
        if (!floats) return exact(xs.length > 0 ? xs.reduce((x, y) => op(x, y)) : k.op === 'and' || k.op === 'mul' ? 1 : k.op === 'add' || k.op === 'or' ? 0 : NaN)
        if (k.op === 'add') return { value: total(xs), scale: xs.reduce((s, x) => s + Math.abs(x), 0) }
        const value = xs.reduce((s, x) => s * x, 1)
        return { value, scale: Math.abs(value) * (1 + xs.length / 4) }
      })
    }
    case 'Dot': {
      const d = k.dims(eqn.params)
      const [x, y] = ins
      const free = (a: Aval, taken: readonly number[]): number[] => a.shape.map((_, i) => i).filter((i) => !taken.includes(i))
      const fx = free(x, [...d.lhsBatch, ...d.lhsContract])
      const fy = free(y, [...d.rhsBatch, ...d.rhsContract])
      const sx = rowMajor(x.shape)
      const sy = rowMajor(y.shape)
      const pick = (axes: readonly number[], strides: readonly number[]): number[] => axes.map((a) => strides[a])
      const inner = indices(d.lhsContract.map((a) => x.shape[a]))
      return indices(out.shape).map((i) => {
        const b = i.slice(0, d.lhsBatch.length)
        const px = dot(b, pick(d.lhsBatch, sx)) + dot(i.slice(b.length, b.length + fx.length), pick(fx, sx))
        const py = dot(b, pick(d.rhsBatch, sy)) + dot(i.slice(b.length + fx.length), pick(fy, sy))
        const pairs = inner.map((c) => [operands[0][px + dot(c, pick(d.lhsContract, sx))], operands[1][py + dot(c, pick(d.rhsContract, sy))]] as const)
        if (!isFloat(out.dtype)) return exact(coerce(out.dtype, pairs.reduce((s, [l, r]) => (s + Math.imul(l, r)) | 0, 0)))
        const terms = pairs.map(([l, r]) => l * r)
        return { value: total(terms), scale: terms.reduce((s, t) => s + Math.abs(t), 0) }
      })
    }
    default:
      throw new Error('opaque kernels are their own reference')
  }
}

const array = (b: Buffer): ArrayLike<number> => (typeof b === 'number' ? [b] : b)

/** Runs a program one equation a kernel; each result is handed to `look` with its operands. */
export function stepwise(backend: Backend, jaxpr: Jaxpr, inputs: readonly Buffer[], look: (eqn: Eqn, operands: readonly ArrayLike<number>[], results: readonly Buffer[]) => void = () => {}): Buffer[] {
  const values = new Map<number, Buffer>(jaxpr.inputs.map((v, i) => [v.id, inputs[i]]))
  const read = (a: Atom): Buffer => (isLit(a) ? coerce(a.aval.dtype, a.value) : values.get(a.id)!)
  for (const eqn of jaxpr.eqns) {
    const callee = eqn.prim.inline?.(eqn.params)
    const operands = eqn.inputs.map(read)
    const seen = new Set<number>()
    const variables = eqn.inputs.flatMap((a) => (isLit(a) || seen.has(a.id) ? [] : (seen.add(a.id), [a])))
    const results = callee
      ? stepwise(backend, callee, operands, look)
      : backend.compile({ inputs: variables, constCount: 0, eqns: [eqn], outs: eqn.outs }).run(variables.map(read))
    if (!callee) look(eqn, operands.map(array), results)
    eqn.outs.forEach((o, i) => values.set(o.id, results[i]))
  }
  return jaxpr.outs.map(read)
}

/** Random elements of a dtype, special values among them. */
export function elements(next: () => number, a: Aval): Buffer {
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 0.5, 1e-310, 2 ** 31, -(2 ** 31), 4294967295]
  const draw = (): number => coerce(a.dtype, next() < 0.04 ? special[Math.floor(next() * special.length)] : isFloat(a.dtype) ? (next() - 0.5) * 8 : Math.floor((next() - 0.5) * 20))
  if (a.shape.length === 0) return draw()
  const out: TypedArray = allocate(a.dtype, size(a.shape))
  for (let i = 0; i < out.length; i++) out[i] = draw()
  return out
}
