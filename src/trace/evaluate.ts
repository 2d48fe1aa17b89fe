/**
 * Evaluation on concrete tensors: one primitive (eager), or a whole program.
 *
 * Views of strided tensors are made without copying. For everything else the backend makes kernels; those of single
 * operations are kept by structure.
 */
import { type Aval, aval, freshVar, type Jaxpr, type Params, type Primitive } from '../ir/types'
import type { Backend, Kernel, Buffer } from '../compile/backend'
import { rowMajor, size } from '../data/shape'
import { allocate, type TypedArray } from '../data/dtype'
import { avalKey, identity, paramKey } from '../ir/fingerprint'
import { share } from './donation'
import { Tensor, type Vocabulary } from './tensor'

/** Kernels of single operations that are kept; those of much are modules of some 30 kB. */
const limit = 1024

const none: readonly number[] = []

/** A fresh tensor over storage that nobody else writes to. */
export function tensorOf(a: Aval, elements: Buffer, vocabulary: Vocabulary): Tensor {
  const strides = typeof elements === 'number' ? none : rowMajor(a.shape)
  return new Tensor(a, { _tag: 'Storage', buffer: a.shape.length === 0 && typeof elements !== 'number' ? elements[0]! : elements, offset: 0, strides, literal: false }, vocabulary)
}

/** Runs a compiled program on concrete tensors. */
export function runKernel(kernel: Kernel, inputs: readonly Tensor[], outs: readonly Aval[], vocabulary: Vocabulary): Tensor[] {
  const results = kernel.run(inputs.map((t) => t.elements('an operation')))
  return outs.map((a, i) => tensorOf(a, results[i]!, vocabulary))
}

type Evaluate = (prim: Primitive, operands: readonly Tensor[], params: Params, outs: readonly Aval[]) => readonly Tensor[]

/** An evaluator of single operations. What repeats one number stays that number, seen as an array. */
export function makeEvaluate(
  backend: Backend,
  vocabulary: () => Vocabulary,
): Evaluate {
  const kernels = new Map<string, Kernel>()
  const evaluate: Evaluate = (prim, operands, params, outs) => {
    const scalars = scalarsOf(prim, operands, outs, vocabulary())
    if (scalars) {
      const results = evaluate(prim, scalars, params, outs.map((o) => ({ ...o, shape: [] })))
      return results.map((t, i) => spread(t.elements('an operation') as number, outs[i]!, vocabulary()))
    }
    const seen = prim.kernel._tag === 'View' ? viewOf(prim, operands[0]!, params, outs[0]!, vocabulary()) : undefined
    if (seen) return [seen]
    let key = `${identity(prim)}${paramKey(prim, params)}`
    for (const o of operands) key += avalKey(o.aval)
    let kernel = kernels.get(key)
    if (!kernel) {
      if (kernels.size >= limit) kernels.delete(kernels.keys().next().value!)
      kernels.set(key, (kernel = backend.compile(single(prim, operands, params, outs))))
    }
    return runKernel(kernel, operands, outs, vocabulary())
  }
  return evaluate
}

/** Operands of an elementwise operation that all repeat one number each, as these numbers; else undefined. */
function scalarsOf(prim: Primitive, operands: readonly Tensor[], outs: readonly Aval[], vocabulary: Vocabulary): Tensor[] | undefined {
  if (prim.batch !== 'elementwise' || outs.every((o) => o.shape.length === 0)) return undefined
  const numbers: (number | undefined)[] = operands.map((t) => {
    const s = t.concrete('an operation')
    if (typeof s.buffer === 'number') return s.buffer
    return s.buffer.length === 1 && s.strides.every((step) => step === 0) ? s.buffer[s.offset] : undefined
  })
  if (numbers.includes(undefined)) return undefined
  return operands.map((t, i) => new Tensor({ ...t.aval, shape: [] }, { _tag: 'Storage', buffer: numbers[i]!, offset: 0, strides: [], literal: false }, vocabulary))
}

/** One number, seen as an array of the shape. */
function spread(value: number, a: Aval, vocabulary: Vocabulary): Tensor {
  const buffer = allocate(a.dtype, 1)
  buffer[0] = value
  return new Tensor(a, { _tag: 'Storage', buffer, offset: 0, strides: a.shape.map(() => 0), literal: false }, vocabulary)
}

/** The program of one equation. */
function single(prim: Primitive, operands: readonly Tensor[], params: Params, outs: readonly Aval[]): Jaxpr {
  const inputs = operands.map((o) => freshVar(aval(o.shape, o.dtype)))
  const results = outs.map(freshVar)
  return { inputs, constCount: 0, eqns: [{ prim, inputs, params, outs: results }], outs: results }
}

/** The result of a movement as a view of its operand's storage, where that is possible. */
function viewOf(prim: Primitive, x: Tensor, params: Params, out: Aval, vocabulary: Vocabulary): Tensor | undefined {
  if (prim.kernel._tag !== 'View') return undefined
  const s = x.concrete('an operation')
  const buffer: TypedArray | undefined = typeof s.buffer === 'number' ? undefined : s.buffer
  const map = prim.kernel.map(s.strides, x.aval, out, params)
  if (out.shape.length === 0) {
    const e = x.elements('an operation')
    const at = map === 'reshape' ? 0 : prim.kernel.map(rowMajor(x.shape), x.aval, out, params)
    const value = typeof e === 'number' ? e : e[typeof at === 'number' || at === 'reshape' ? 0 : at.offset]!
    return new Tensor(out, { _tag: 'Storage', buffer: value, offset: 0, strides: [], literal: false }, vocabulary)
  }
  if (map === 'reshape') {
    const e = x.elements('an operation')
    const flat = typeof e === 'number' ? x.data() : e
    share(flat)
    return new Tensor(out, { _tag: 'Storage', buffer: flat, offset: 0, strides: rowMajor(out.shape), literal: false }, vocabulary)
  }
  const base = buffer ?? x.data()
  share(base)
  if (size(out.shape) === 0) return tensorOf(out, base.slice(0, 0) as TypedArray, vocabulary)
  return new Tensor(out, { _tag: 'Storage', buffer: base, offset: s.offset + map.offset, strides: map.strides, literal: false }, vocabulary)
}
