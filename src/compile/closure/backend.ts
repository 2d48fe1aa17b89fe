/** First version: one whole-array closure an equation. */
import { allocate, coerce, type DType, type TypedArray } from '../../data/dtype'
import { rowMajor, size, range, without } from '../../data/shape'
import type { Expr } from '../../ir/kernel'
import { aval, isLit, type Aval, type Eqn, type Jaxpr } from '../../ir/types'
import { fault, raise } from '../../data/errors'
import type { Backend, Buffer, Kernel } from '../backend'
import { applyBinary, applyUnary, convertNumber, scalarOps } from '../scalar'

type Fn = (xs: number[]) => number
const compileExpr = (e: Expr): Fn => {
  switch (e._tag) {
    case 'Arg': return (xs) => xs[e.index]!
    case 'Const': return () => e.value
    case 'Unary': { const f = applyUnary(e.op, e.x.dtype, e.dtype), x = compileExpr(e.x); return (xs) => f(x(xs)) }
    case 'Binary': { const f = applyBinary(e.op, e.x.dtype, e.dtype), x = compileExpr(e.x), y = compileExpr(e.y); return (xs) => f(x(xs), y(xs)) }
    case 'Select': { const t = compileExpr(e.test), x = compileExpr(e.x), y = compileExpr(e.y); return (xs) => (t(xs) !== 0 ? x(xs) : y(xs)) }
    case 'Convert': { const f = convertNumber(e.x.dtype, e.dtype), x = compileExpr(e.x); return (xs) => f(x(xs)) }
    case 'Call': { const as = e.args.map(compileExpr); return (xs) => coerce(e.dtype, e.fn(...as.map((a) => a(xs)))) }
  }
}

function walk(shape: readonly number[], strides: readonly number[], offset: number, visit: (i: number, at: number) => void): void {
  const n = size(shape), index = new Array<number>(shape.length).fill(0)
  let at = offset
  for (let i = 0; i < n; i++) {
    visit(i, at)
    for (let k = shape.length - 1; k >= 0; k--) {
      at += strides[k]!
      if (++index[k]! < shape[k]!) break
      at -= strides[k]! * shape[k]!
      index[k] = 0
    }
  }
}

type Step = (env: Float64Array[]) => void

function step(eqn: Eqn, ins: number[], outs: number[]): Step {
  const k = eqn.prim.kernel
  const inAvals = eqn.inputs.map((a) => a.aval), outAvals = eqn.outs.map((o) => o.aval)
  const out = outAvals[0]!, n = size(out.shape)
  switch (k._tag) {
    case 'Elementwise': {
      const args: Expr[] = inAvals.map((a, index) => ({ _tag: 'Arg', index, dtype: a.dtype }))
      const f = compileExpr(k.expr(scalarOps, args, eqn.params, out))
      const scalar = inAvals.map((a) => a.shape.length === 0)
      return (env) => {
        const o = env[outs[0]!]!, bs = ins.map((i) => env[i]!), xs = new Array<number>(bs.length)
        for (let i = 0; i < n; i++) { for (let j = 0; j < bs.length; j++) xs[j] = bs[j]![scalar[j] ? 0 : i]!; o[i] = f(xs) }
      }
    }
    case 'View': {
      const m = k.map(rowMajor(inAvals[0]!.shape), inAvals[0]!, out, eqn.params)
      return (env) => {
        const x = env[ins[0]!]!, o = env[outs[0]!]!
        if (m === 'reshape') o.set(x.subarray(0, n))
        else walk(out.shape, m.strides, m.offset, (i, at) => { o[i] = x[at]! })
      }
    }
    case 'Reduce': {
      const axes = k.axes(eqn.params), x = inAvals[0]!, os = rowMajor(out.shape)
      const map = x.shape.map(() => 0); let j = 0
      range(x.shape.length).forEach((a) => { if (!axes.includes(a)) map[a] = os[j++]! })
      void without
      const f = applyBinary(k.op, x.dtype, x.dtype)
      const init = k.op === 'add' || k.op === 'or' ? 0 : k.op === 'mul' || k.op === 'and' ? 1 : k.op === 'max' ? -Infinity : Infinity
      return (env) => { const a = env[ins[0]!]!, o = env[outs[0]!]!; o.fill(init); walk(x.shape, map, 0, (i, at) => { o[at] = f(o[at]!, a[i]!) }) }
    }
    case 'Dot': {
      const d = k.dims(eqn.params), [x, y] = inAvals as [Aval, Aval], sx = rowMajor(x.shape), sy = rowMajor(y.shape)
      const fx = range(x.shape.length).filter((i) => !d.lhsBatch.includes(i) && !d.lhsContract.includes(i))
      const fy = range(y.shape.length).filter((i) => !d.rhsBatch.includes(i) && !d.rhsContract.includes(i))
      const shape = [...out.shape, ...d.lhsContract.map((i) => x.shape[i]!)]
      const pick = (b: readonly number[], f: number[], c: readonly number[], s: number[], left: boolean) => [...b.map((i) => s[i]!), ...(left ? f.map((i) => s[i]!) : fx.map(() => 0)), ...(left ? fy.map(() => 0) : f.map((i) => s[i]!)), ...c.map((i) => s[i]!)]
      const wx = pick(d.lhsBatch, fx, d.lhsContract, sx, true), wy = pick(d.rhsBatch, fy, d.rhsContract, sy, false), wo = [...rowMajor(out.shape), ...d.lhsContract.map(() => 0)]
      const ax: number[] = [], ay: number[] = [], ao: number[] = []
      walk(shape, wx, 0, (_, at) => ax.push(at)); walk(shape, wy, 0, (_, at) => ay.push(at)); walk(shape, wo, 0, (_, at) => ao.push(at))
      return (env) => { const a = env[ins[0]!]!, b = env[ins[1]!]!, o = env[outs[0]!]!; o.fill(0); for (let i = 0; i < ao.length; i++) o[ao[i]!]! += a[ax[i]!]! * b[ay[i]!]!; if (out.dtype !== 'float64') for (let i = 0; i < n; i++) o[i] = coerce(out.dtype, o[i]!) }
    }
    case 'Programs': {
      const run = k.make((program) => { const inner = closure.compile(program as Jaxpr); return (is, os) => { const r = inner.run(is.map((b, i) => ((program as Jaxpr).inputs[i]!.aval.shape.length === 0 ? b[0]! : b))); r.forEach((x, i) => { if (typeof x === 'number') os[i]![0] = x; else os[i]!.set(x) }) } }, inAvals, outAvals, eqn.params)
      return (env) => run(ins.map((i) => env[i]!), outs.map((i) => env[i]!))
    }
    case 'Opaque': {
      const run = k.make(inAvals, outAvals, eqn.params)
      return (env) => { const is = ins.map((i) => env[i]!), os = outs.map((i) => env[i]!); if (k.inPlace !== undefined) os[0]!.set(is[k.inPlace]!); run(is, os) }
    }
  }
}

const toBuffer = (a: Aval, f: Float64Array): Buffer => {
  if (a.shape.length === 0) return f[0]!
  const o: TypedArray = allocate(a.dtype as DType, size(a.shape)); o.set(f); return o
}

export const closure: Backend = {
  name: 'closure',
  compile: (jaxpr: Jaxpr): Kernel => {
    const slots = new Map<number, number>(), fixed: [number, number][] = [], sizes: number[] = []
    const slot = (a: Aval): number => sizes.push(size(a.shape)) - 1
    for (const v of jaxpr.inputs) slots.set(v.id, slot(v.aval))
    const steps: Step[] = []
    const atom = (a: Jaxpr['outs'][number]): number => {
      if (!isLit(a)) return slots.get(a.id) ?? raise(fault('compile', 'unbound variable', ''))
      const s = slot(aval([], a.aval.dtype)); fixed.push([s, a.value]); return s
    }
    const emit = (p: Jaxpr): void => {
      for (const e of p.eqns) {
        const ins = e.inputs.map(atom)
        if (e.prim.inline) {
          const inner = e.prim.inline(e.params)
          inner.inputs.forEach((v, i) => slots.set(v.id, ins[i]!))
          emit(inner)
          const res = inner.outs.map(atom)
          e.outs.forEach((o, i) => slots.set(o.id, res[i]!))
          continue
        }
        const outs = e.outs.map((o) => { const s = slot(o.aval); slots.set(o.id, s); return s })
        steps.push(step(e, ins, outs))
      }
    }
    emit(jaxpr)
    const outs = jaxpr.outs.map(atom)
    return {
      bytes: 0,
      describe: () => 'unfused',
      run: (inputs) => {
        const env = sizes.map((n) => new Float64Array(n))
        inputs.forEach((b, i) => { if (typeof b === 'number') env[i]![0] = b; else env[i]!.set(b) })
        for (const [s, v] of fixed) env[s]![0] = v
        for (const s of steps) s(env)
        return jaxpr.outs.map((o, i) => toBuffer(o.aval, env[outs[i]!]!))
      },
    }
  },
}
