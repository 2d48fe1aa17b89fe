/**
 * Scopes: steps inside a transform or a control-flow form, as the body of the function that it takes.
 *
 * Each kind says how what the body binds is related to its operands (the same, a slice of the leading axis, a carry),
 * and how it is run by public functions. Branches are the body at x, at sin x and at cos x; loops make three steps.
 */
import {
  checkpoint, cond, customBatching, customJvp, customVjp, foriLoop, grad, jit, jvp, map, ops, scan, switchCase, vjp, vmap, whileLoop,
  type Tensor, type Value,
} from '../../src/index'
import { isFloat } from '../elements'

export type ScopeKind =
  | 'jit' | 'grad' | 'jvp' | 'vmap' | 'map' | 'scan' | 'fori' | 'while' | 'cond' | 'switch'
  | 'scanCheckpointed' | 'whileCheckpointed' | 'checkpoint' | 'customJvp' | 'customVjp' | 'customBatching'

type Body = (...xs: Tensor[]) => Tensor[]

interface ScopeRule {
  /** What the body binds, an entry an operand. A carry is also the body's first result. */
  readonly binds: readonly ('same' | 'slice' | 'carry')[]
  /** Whether results of the body are stacked along a new leading axis. */
  readonly stacks?: true
  /** Whether everything that the body reads is bound: rules may not close over what varies. */
  readonly closed?: true
  readonly run: (body: Body, operands: readonly Tensor[]) => readonly Tensor[]
}

const axesOf = (x: Value): number[] => x.aval.shape.map((_, i) => i)

const sumOf = (xs: readonly Tensor[]): Tensor => {
  let total: Value = ops.full([], 0, 'float64')
  for (const x of xs) if (isFloat(x.dtype)) total = ops.add(total, ops.convert(ops.sum(x, axesOf(x)), 'float64'))
  return total as Tensor
}

/** The rule of a body that says what its jvp says. */
const ownJvp = (body: Body) => (primals: Tensor[], tangents: Tensor[]): readonly [unknown, unknown] => jvp(body, primals, tangents)

const variants = (body: Body): readonly Body[] => [body, (x) => body(ops.sin(x!) as Tensor), (x) => body(ops.cos(x!) as Tensor)]

const scanning = (options: object): ScopeRule['run'] => (body, [carry, xs]) => {
  const step = (c: Tensor, x: Tensor): readonly [Tensor, Tensor[]] => {
    const [next, ...rest] = body(c, x)
    return [next!, rest]
  }
  const [last, ys] = scan(step, carry!, xs!, options) as unknown as [Tensor, Tensor[]]
  return [last, ...ys]
}

/** Up to three steps; as many as the values let it make. */
const looping = (options: object): ScopeRule['run'] => (body, [carry]) => {
  const goesOn = ([i, c]: readonly [Tensor, Tensor]): Tensor => ops.and(ops.lt(i, 3), ops.lt(ops.sum(c, axesOf(c)), 2)) as Tensor
  const step = ([i, c]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [ops.add(i, 1) as Tensor, body(c)[0]!]
  const [, last] = whileLoop(goesOn as never, step as never, [ops.full([], 0, 'int32') as Tensor, carry!], options) as unknown as [Tensor, Tensor]
  return [last]
}

export const scopeRules: { readonly [K in ScopeKind]: ScopeRule } = {
  jit: { binds: ['same'], run: (body, operands) => jit(body)(...operands) as readonly Tensor[] },
  vmap: { binds: ['slice'], stacks: true, run: (body, operands) => vmap(body)(...operands) as readonly Tensor[] },
  map: { binds: ['slice'], stacks: true, run: (body, [x]) => map((s: Tensor) => body(s), x!) as readonly Tensor[] },
  grad: {
    binds: ['same'],
    run: (body, operands) => grad((...xs: Tensor[]) => sumOf(body(...xs)), { argnums: operands.map((_, i) => i) })(...operands) as unknown as readonly Tensor[],
  },
  // In the direction of the operands themselves.
  jvp: { binds: ['same'], run: (body, operands) => (jvp(body, [...operands] as Tensor[], [...operands] as Tensor[]) as unknown as [Tensor[], Tensor[]])[1] },
  scan: { binds: ['carry', 'slice'], stacks: true, run: scanning({}) },
  // Two carries, two copies of the body: slices are one to four.
  scanCheckpointed: { binds: ['carry', 'slice'], stacks: true, run: scanning({ checkpoint: 2, unroll: 2, reverse: true }) },
  fori: { binds: ['carry'], run: (body, [carry]) => [foriLoop(0, 3, (_i, c: Tensor) => body(c)[0]!, carry!) as Tensor] },
  while: { binds: ['carry'], run: looping({}) },
  whileCheckpointed: { binds: ['carry'], run: looping({ checkpoint: 2 }) },
  cond: {
    binds: ['same'],
    run: (body, [x]) => {
      const [onTrue, onFalse] = variants(body)
      return cond(ops.lt(ops.sum(x!, axesOf(x!)), 0.3) as Tensor, onTrue as never, onFalse as never, x as never) as unknown as readonly Tensor[]
    },
  },
  // Rules that say what the built-in ones would say change nothing.
  checkpoint: { binds: ['same'], run: (body, operands) => checkpoint(body)(...operands) as readonly Tensor[] },
  customJvp: { binds: ['same'], closed: true, run: (body, operands) => customJvp(body, ownJvp(body) as never)(...operands) as readonly Tensor[] },
  customVjp: {
    binds: ['same'],
    closed: true,
    run: (body, operands) => {
      const fwd = (...xs: Tensor[]): readonly [unknown, unknown] => [body(...xs), xs]
      const bwd = (xs: Tensor[], cts: Tensor[]): readonly unknown[] => vjp(body, xs)[1](cts)
      return customVjp(body, { fwd: fwd as never, bwd: bwd as never, jvp: ownJvp(body) as never })(...operands) as readonly Tensor[]
    },
  },
  customBatching: {
    binds: ['same'],
    closed: true,
    run: (body, operands) => {
      const rule = (_size: number, batched: boolean[], ...xs: Tensor[]): readonly [unknown, unknown] => {
        const outs = vmap(body, { inAxes: batched.map((b) => (b ? 0 : null)) })(...xs) as readonly Tensor[]
        return [outs, outs.map(() => true)]
      }
      return customBatching(body, rule as never)(...operands) as readonly Tensor[]
    },
  },
  switch: {
    binds: ['same'],
    run: (body, [x]) => switchCase(ops.convert(ops.sum(x!, axesOf(x!)), 'int32') as Tensor, variants(body) as never, x as never) as unknown as readonly Tensor[],
  },
}

export const scopeKinds = Object.keys(scopeRules) as readonly ScopeKind[]
