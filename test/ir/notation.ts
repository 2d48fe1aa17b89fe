/** Reads programs in JAX's notation: primitives of any name, parameters as they are written. For tests. */
import { right } from 'fp-ts/Either'
import type { DType } from '../../src/data/dtype'
import { definePrimitive } from '../../src/primitives/define'
import { freshVar, lit, type Atom, type Aval, type Eqn, type Jaxpr, type Params, type Primitive, type Var } from '../../src/ir/types'

const dtypes: Readonly<Record<string, DType>> = { f64: 'float64', f32: 'float32', i32: 'int32', u32: 'uint32', bool: 'bool' }

const named = (name: string): Primitive =>
  definePrimitive({ name, shape: () => right([]), kernel: { _tag: 'View', map: () => 'reshape' }, jvp: (_ops, _p, outs) => outs, transpose: 'nonlinear', batch: 'elementwise' })

export function parseJaxpr(text: string): Jaxpr {
  const source = text.replace(/\s+/g, ' ').trim()
  const vars = new Map<string, Var>()
  let at = 0
  const space = (): void => {
    while (source[at] === ' ') at++
  }
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    space()
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = at
    const found = sticky.exec(source)
    if (found) at = sticky.lastIndex
    return found ?? undefined
  }
  const expect = (pattern: RegExp): void => {
    if (!take(pattern)) throw new Error(`expected ${pattern.source} at ${source.slice(at, at + 30)}`)
  }
  const aval = (short: string, shape: string): Aval => ({ dtype: dtypes[short]!, shape: shape === '' ? [] : shape.split(',').map(Number), weak: false })
  const binders = (): Var[] => {
    const out: Var[] = []
    for (let m = take(/([a-z]+|_):(\w+)\[([\d,]*)\]/); m; m = take(/([a-z]+|_):(\w+)\[([\d,]*)\]/)) {
      const v = freshVar(aval(m[2]!, m[3]!))
      if (m[1] !== '_' && !vars.has(m[1]!)) vars.set(m[1]!, v)
      out.push(m[1] === '_' ? v : vars.get(m[1]!)!)
    }
    return out
  }
  const atom = (): Atom | undefined => {
    const l = take(/([-\d][\w.+-]*|True|False|nan|inf):(\w+)\[\]/)
    if (l) return lit(l[1] === 'True' ? 1 : l[1] === 'inf' ? Infinity : Number(l[1]), aval(l[2]!, ''))
    const v = take(/(?!in \()([a-z]+)(?=[ ,;)\]}])/)
    return v && vars.get(v[1]!)
  }
  const raw = (): string => {
    const from = at
    for (let depth = 0; depth > 0 || (source[at] !== ']' && !/^ \w+=/.test(source.slice(at))); at++) {
      if ('([{'.includes(source[at]!)) depth++
      if (')]}'.includes(source[at]!)) depth--
    }
    return source.slice(from, at).trim()
  }
  const value = (): unknown => {
    if (source.startsWith('{ lambda', at)) return program()
    if (!source.startsWith('( { lambda', at)) return raw()
    expect(/\(/)
    const programs: Jaxpr[] = []
    for (space(); source[at] === '{'; space()) programs.push(program())
    expect(/\)/)
    return programs
  }
  const params = (): Params => {
    const out: Record<string, unknown> = {}
    if (source[at] !== '[') return out
    at++
    for (let k = take(/(\w+)=/); k; k = take(/(\w+)=/)) out[k[1]!] = value()
    expect(/\]/)
    return out
  }
  const program = (): Jaxpr => {
    expect(/\{ lambda/)
    const consts = binders()
    expect(/;/)
    const args = binders()
    expect(/\. let/)
    const eqns: Eqn[] = []
    for (let outs = binders(); outs.length > 0; outs = binders()) {
      expect(/=/)
      const prim = named(take(/[\w-]+/)![0])
      const p = params()
      const inputs: Atom[] = []
      for (let a = atom(); a; a = atom()) inputs.push(a)
      eqns.push({ prim, inputs, params: p, outs })
      take(/;/)
    }
    expect(/in \(/)
    const outs: Atom[] = []
    for (let a = atom(); a; a = atom()) {
      outs.push(a)
      take(/,/)
    }
    expect(/\)/)
    expect(/\}/)
    return { inputs: [...consts, ...args], constCount: consts.length, eqns, outs }
  }
  return program()
}
