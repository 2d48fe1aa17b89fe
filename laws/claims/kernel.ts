/**
 * What is claimed of a primitive's kernel: its results have the shapes and dtypes that the shape rule says.
 *
 * A scalar expression must have the dtype; a view must stay inside its input and keep the dtype; a reduction and a
 * product must have the extents left over; code must write every element of its outputs, none beyond them, each a number
 * of the dtype.
 */
import { bind, type Aval, type DType, type Eqn, type Primitive } from '../../src/index'
import type { Case, Claim } from '../case'
import { elements, isFloat, otherAval, showAval, sizeOf } from '../elements'
import { refute } from '../law'

/** A primitive applied to operands. */
export interface PrimitiveCase extends Case {
  readonly prim: Primitive
  readonly params: Eqn['params']
}

export const isPrimitiveCase = (c: Case): c is PrimitiveCase => 'prim' in c

type Of<Tag extends Primitive['kernel']['_tag']> = Extract<Primitive['kernel'], { _tag: Tag }>
type Expr = ReturnType<Of<'Elementwise'>['expr']>
type ScalarOps = Parameters<Of<'Elementwise'>['expr']>[0]

const tests = new Set(['not', 'isFinite', 'isNaN', 'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor'])

const dtypeOf = (xs: readonly unknown[]): DType => (xs.find((x): x is Expr => typeof x === 'object') ?? { dtype: 'float64' as const }).dtype

/** Scalar words that say the dtype of an expression and nothing else. */
const dtypes = new Proxy({} as ScalarOps, {
  get: (_, word: string) => (...xs: unknown[]): { dtype: DType } => {
    if (word === 'convert' || word === 'constant') return { dtype: xs[1] as DType }
    if (word === 'select' || word === 'call') return { dtype: dtypeOf(xs.slice(1)) }
    return { dtype: tests.has(word) ? 'bool' : dtypeOf(xs) }
  },
})

const demandAval = (got: Pick<Aval, 'shape' | 'dtype'>, rule: Aval, what: string): void => {
  const wrong = otherAval(rule, got)
  if (wrong) refute(`the shape rule says ${wrong}: ${what}`)
}

const isOf = (dtype: DType, x: number): boolean => {
  switch (dtype) {
    case 'float64': return true
    case 'float32': return Object.is(Math.fround(x), x)
    case 'int32': return Object.is(x | 0, x)
    case 'uint32': return Object.is(x >>> 0, x)
    case 'bool': return Object.is(x, 0) || x === 1
  }
}

const beyond = 5
const mark = -7.25e77

function demandWritten({ kernel }: { kernel: Of<'Opaque'> }, c: PrimitiveCase, ins: readonly Aval[], outs: readonly Aval[]): void {
  const inputs = c.args.map((t) => Float64Array.from(elements(t)))
  const copies = inputs.map((x) => x.slice())
  const outputs = outs.map((o) => new Float64Array(sizeOf(o.shape) + beyond).fill(mark))
  if (kernel.inPlace !== undefined) {
    demandAval(ins[kernel.inPlace]!, outs[0]!, 'its first output takes over an operand of another shape or dtype')
    outputs[0]!.set(inputs[kernel.inPlace]!)
  }
  kernel.make(ins, outs, c.params)(inputs, outputs)
  outs.forEach((o, k) => {
    const n = sizeOf(o.shape)
    // A fill of the whole buffer is no overrun: it ends where the buffer ends.
    if (new Set(outputs[k]!.subarray(n)).size > 1) refute(`output ${k} is ${showAval(o)} by the shape rule; elements beyond it were written`)
    outputs[k]!.forEach((x, i) => {
      if (i < n && Object.is(x, mark)) refute(`output ${k} is ${showAval(o)} by the shape rule; its element ${i} was not written`)
      if (i < n && !isOf(o.dtype, x)) refute(`output ${k} is ${showAval(o)} by the shape rule; its element ${i} is ${x}`)
    })
  })
  inputs.forEach((x, k) => {
    if (x.some((v, i) => !Object.is(v, copies[k]![i]))) refute(`operand ${k} was written to`)
  })
}

function demandInside(map: ReturnType<Of<'View'>['map']>, input: Aval, out: Aval): void {
  const n = sizeOf(input.shape)
  if (map === 'reshape') {
    if (n !== sizeOf(out.shape)) refute(`the shape rule says ${showAval(out)} for a reshape of ${showAval(input)}`)
    return
  }
  if (sizeOf(out.shape) === 0) return
  if (map.strides.length !== out.shape.length) refute(`the shape rule says ${showAval(out)}; the view has ${map.strides.length} strides`)
  const reach = (best: (a: number, b: number) => number): number => map.strides.reduce((at, s, k) => at + best(0, s * (out.shape[k]! - 1)), map.offset)
  if (reach(Math.min) < 0 || reach(Math.max) >= n) refute(`a view of shape [${out.shape.join(',')}], offset ${map.offset}, strides ${map.strides.join(' ')}, leaves its input ${showAval(input)}`)
}

const free = (rank: number, ...taken: (readonly number[])[]): number[] => Array.from({ length: rank }, (_, i) => i).filter((i) => !taken.some((t) => t.includes(i)))

export const shapeRule: Claim = {
  name: 'shape rule = kernel',
  statement: 'Results have the shapes and dtypes that the shape rule gives for the operands.',
  holds: (c) => {
    if (!isPrimitiveCase(c) || c.prim.inline) return
    const { kernel } = c.prim
    const ins = c.args.map((t) => t.aval)
    const ruled = c.prim.shape(ins, c.params)
    if (ruled._tag === 'Left') return refute(`the shape rule refuses ${ins.map(showAval).join(', ')}: ${ruled.left.what}`)
    const outs = ruled.right
    const [x, y] = ins
    switch (kernel._tag) {
      case 'Elementwise': {
        const shape = ins.find((a) => a.shape.length > 0)?.shape ?? []
        const args = ins.map((a, index) => ({ _tag: 'Arg' as const, index, dtype: a.dtype }))
        demandAval({ shape, dtype: kernel.expr(dtypes, args, c.params, outs[0]!).dtype }, outs[0]!, 'the dtype of the scalar expression, the shape of the operands')
        break
      }
      case 'View': {
        const strides = x!.shape.map((_, i) => sizeOf(x!.shape.slice(i + 1)))
        demandAval({ shape: outs[0]!.shape, dtype: x!.dtype }, outs[0]!, 'a view keeps its dtype')
        demandInside(kernel.map(strides, x!, outs[0]!, c.params), x!, outs[0]!)
        break
      }
      case 'Reduce':
        demandAval({ shape: free(x!.shape.length, kernel.axes(c.params)).map((i) => x!.shape[i]!), dtype: x!.dtype }, outs[0]!, 'the extents that are not reduced')
        break
      case 'Dot': {
        const { lhsContract, rhsContract, lhsBatch, rhsBatch } = kernel.dims(c.params)
        const rest = [
          ...lhsBatch.map((i) => x!.shape[i]!),
          ...free(x!.shape.length, lhsContract, lhsBatch).map((i) => x!.shape[i]!),
          ...free(y!.shape.length, rhsContract, rhsBatch).map((i) => y!.shape[i]!),
        ]
        demandAval({ shape: rest, dtype: x!.dtype }, outs[0]!, 'the batch extents and those that are not contracted')
        break
      }
      case 'Opaque':
        demandWritten({ kernel }, c, ins, outs)
    }
    const results = bind(c.prim, [...c.args], c.params)
    if (results.length !== outs.length) refute(`${results.length} results, the shape rule says ${outs.length}`)
    results.forEach((t, o) => {
      const wrong = otherAval(t, outs[o]!)
      if (wrong) refute(`result ${o} is ${wrong}`)
      if (elements(t).length !== sizeOf(outs[o]!.shape)) refute(`result ${o} has ${elements(t).length} elements, the shape rule says ${showAval(outs[o]!)}`)
      if (!isFloat(t.dtype) && elements(t).some((v) => !Number.isInteger(v))) refute(`result ${o} of dtype ${t.dtype} is ${String(t)}`)
    })
  },
}
