/**
 * Scalar expressions as operations: parts that have only registers as operands become scalar operations, the rest values
 * of a nest.
 *
 * Law: a node that several others share is computed once. Conversions that change no element are not operations.
 */
import type { Expr } from '../../ir/kernel'
import type { Builder } from './builder'
import type { Operation, Ref } from './types'

/** The expression's value for these operands, in a nest (or among registers only: nest −1). */
export function emitExpr(b: Builder, nest: number, root: Expr, args: readonly Ref[]): Ref {
  const done = new Map<Expr, Ref>()
  const compute = (operation: Operation, operands: readonly Ref[]): Ref => {
    for (const o of operands) if (o >= 0) return b.compute(nest, operation, operands)
    return ~b.scalar(operation, operands.map((o) => ~o))
  }
  const visit = (e: Expr): Ref => {
    if (e._tag === 'Arg') return args[e.index]!
    let ref = done.get(e)
    if (ref === undefined) done.set(e, (ref = make(e)))
    return ref
  }
  const make = (e: Exclude<Expr, { _tag: 'Arg' }>): Ref => {
    switch (e._tag) {
      case 'Const':
        return ~b.constant(e.value)
      case 'Unary':
        return compute({ _tag: 'Unary', op: e.op, code: e.code, from: e.x.dtype, dtype: e.dtype }, [visit(e.x)])
      case 'Binary':
        return compute({ _tag: 'Binary', op: e.op, code: e.code, from: e.x.dtype, dtype: e.dtype }, [visit(e.x), visit(e.y)])
      case 'Select':
        return compute({ _tag: 'Select', dtype: e.dtype }, [visit(e.test), visit(e.x), visit(e.y)])
      case 'Convert': {
        const from = e.x.dtype
        if (from === e.dtype || e.dtype === 'float64' || from === 'bool') return visit(e.x)
        return compute({ _tag: 'Convert', from, dtype: e.dtype }, [visit(e.x)])
      }
      case 'Call':
        return compute({ _tag: 'Call', fn: e.fn, dtype: e.dtype }, e.args.map(visit))
    }
  }
  return visit(root)
}
