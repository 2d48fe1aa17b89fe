/**
 * The rounding error that one equation committed: its result less what it would be, at the same operands, in twice the precision.
 *
 * Law: computed = exact + committed, to 2⁻⁷⁰ of the result; known of elementwise equations, sums, products and dots.
 * Source: Langlois 2001, "Automatic linear correction of rounding errors".
 */
import { isFloat } from '../data/dtype'
import { size } from '../data/shape'
import { expressionOf } from '../compile/scalar'
import { add, multiply, type Double } from '../compile/math/double'
import type { DotDims, Expr } from '../ir/kernel'
import type { Eqn } from '../ir/types'
import { double, preciseBinary, preciseUnary, steps } from './precise'

type Numbers = ArrayLike<number>

/** Compiles an expression to one over double-doubles of its arguments; undefined where a value is not known. */
function precise(e: Expr): (args: readonly number[]) => Double | undefined {
  switch (e._tag) {
    case 'Arg':
      return (args) => double(args[e.index]!)
    case 'Const': {
      const c = double(e.value)
      return () => c
    }
    case 'Convert': {
      const x = precise(e.x)
      if (isFloat(e.dtype)) return x
      return (args) => {
        const v = x(args)
        return v && double(e.dtype === 'bool' ? Number(v.hi !== 0) : Math.trunc(v.hi))
      }
    }
    case 'Unary': {
      const x = precise(e.x)
      const f = isFloat(e.x.dtype) ? (preciseUnary[e.op] ?? steps[e.op]) : undefined
      return (args) => {
        const v = f && x(args)
        return v && f(v)
      }
    }
    case 'Binary': {
      const [x, y] = [precise(e.x), precise(e.y)]
      const compare = comparisons[e.op]
      const f = isFloat(e.dtype) ? preciseBinary[e.op] : undefined
      return (args) => {
        const [a, b] = [x(args), y(args)]
        if (!a || !b) return undefined
        return compare ? double(Number(compare(a.hi, b.hi))) : f?.(a, b)
      }
    }
    case 'Select': {
      const [test, x, y] = [precise(e.test), precise(e.x), precise(e.y)]
      return (args) => {
        const t = test(args)
        return t && (t.hi !== 0 ? x(args) : y(args))
      }
    }
    case 'Call':
      return () => undefined
  }
}

const comparisons: { readonly [op: string]: ((a: number, b: number) => boolean) | undefined } = {
  lt: (a, b) => a < b, le: (a, b) => a <= b, eq: (a, b) => a === b, ne: (a, b) => a !== b,
  and: (a, b) => a !== 0 && b !== 0, or: (a, b) => a !== 0 || b !== 0, xor: (a, b) => (a !== 0) !== (b !== 0),
}

/** Where the elements of an array stand that have the given places along some of its axes, row-major in these. */
function places(shape: readonly number[], axes: readonly number[]): number[] {
  const strides = shape.map((_, a) => size(shape.slice(a + 1)))
  return axes.reduce<number[]>((from, a) => from.flatMap((p) => Array.from({ length: shape[a]! }, (_, i) => p + i * strides[a]!)), [0])
}

const rest = (shape: readonly number[], ...taken: readonly (readonly number[])[]): number[] => shape.map((_, a) => a).filter((a) => !taken.some((t) => t.includes(a)))

function reduced(x: Numbers, shape: readonly number[], axes: readonly number[], op: 'add' | 'mul'): Double[] {
  const inside = places(shape, axes)
  return places(shape, rest(shape, axes)).map((p) =>
    inside.reduce((sum, i) => (op === 'add' ? add : multiply)(sum, double(x[p + i]!)), double(op === 'add' ? 0 : 1)))
}

function dotted(x: Numbers, y: Numbers, [xs, ys]: readonly (readonly number[])[], d: DotDims): Double[] {
  const [batchX, batchY] = [places(xs!, d.lhsBatch), places(ys!, d.rhsBatch)]
  const [freeX, freeY] = [places(xs!, rest(xs!, d.lhsContract, d.lhsBatch)), places(ys!, rest(ys!, d.rhsContract, d.rhsBatch))]
  const [inX, inY] = [places(xs!, d.lhsContract), places(ys!, d.rhsContract)]
  return batchX.flatMap((bx, b) =>
    freeX.flatMap((p) => freeY.map((q) => inX.reduce((sum, i, k) => add(sum, multiply(double(x[bx + p + i]!), double(y[batchY[b]! + q + inY[k]!]!))), double(0)))))
}

/** What each element of the equation's result would be; undefined elements, or undefined, where it is not known. */
function exactResult(e: Eqn, ins: readonly Numbers[]): readonly (Double | undefined)[] | undefined {
  const { kernel } = e.prim
  const shapes = e.inputs.map((a) => a.aval.shape)
  switch (kernel._tag) {
    case 'Elementwise': {
      const at = precise(expressionOf(kernel, e.inputs.map((a) => a.aval), e.params, e.outs[0]!.aval))
      const args: number[] = []
      return Array.from({ length: size(e.outs[0]!.aval.shape) }, (_, i) => {
        // Operands of rank 0 go with every element.
        ins.forEach((x, k) => (args[k] = x[shapes[k]!.length === 0 ? 0 : i]!))
        return at(args)
      })
    }
    case 'Reduce':
      return kernel.op === 'add' || kernel.op === 'mul' ? reduced(ins[0]!, shapes[0]!, kernel.axes(e.params), kernel.op) : undefined
    case 'Dot':
      return dotted(ins[0]!, ins[1]!, shapes, kernel.dims(e.params))
    default:
      return undefined
  }
}

/** Not so small that the second half of a product is lost. */
const inRange = (x: number): boolean => Number.isFinite(x) && (x === 0 || Math.abs(x) > 1e-280)

/** The committed error of each element of the first result; NaN where it is not known, undefined where none is. */
export function committed(e: Eqn, ins: readonly Numbers[], out: Numbers): Float64Array | undefined {
  if (e.outs.length !== 1 || !isFloat(e.outs[0]!.aval.dtype)) return undefined
  const exact = exactResult(e, ins)
  return exact && Float64Array.from(exact, (x, i) => (x && inRange(x.hi) && Number.isFinite(out[i]!) ? out[i]! - x.hi - x.lo : NaN))
}
