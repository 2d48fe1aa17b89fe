/**
 * Programs as the laws know them: inputs, steps that apply primitives, and scopes that put steps inside a transform.
 *
 * Running one uses public functions only. A scope's steps read variables of the enclosing program directly, so they are
 * captured by the function that is transformed.
 * Example: a:f64[2] → b = sin a; c = grad(x ↦ mul x b) a
 */
import { bind, ops, type Aval, type Eqn, type Primitive, type Tensor } from '../../src/index'
import { showAval } from '../elements'
import { scopeRules, type ScopeKind } from './scopes'

/** A variable: its number in the program. */
export type Name = number

export interface Apply {
  readonly _tag: 'Apply'
  readonly prim: Primitive
  readonly operands: readonly Name[]
  readonly params: Eqn['params']
  readonly results: readonly Name[]
}

/** A constant array of one repeated number; a literal where it is a scalar. */
export interface Constant {
  readonly _tag: 'Constant'
  readonly value: number
  readonly aval: Aval
  readonly results: readonly [Name]
}

/** Steps inside a transform or loop: `bound` inside stand for `operands` outside; `outs` inside give `results` outside. */
export interface Scope {
  readonly _tag: 'Scope'
  readonly kind: ScopeKind
  readonly operands: readonly Name[]
  readonly bound: readonly Name[]
  readonly body: readonly Step[]
  readonly outs: readonly Name[]
  readonly results: readonly Name[]
}

export type Step = Apply | Constant | Scope

export interface Program {
  readonly avals: readonly Aval[]
  readonly inputs: readonly Name[]
  readonly steps: readonly Step[]
  readonly outs: readonly Name[]
}

type Environment = readonly Tensor[]

/** The results of one step in an environment. */
export function runStep(step: Step, env: Environment): readonly Tensor[] {
  switch (step._tag) {
    case 'Apply': return bind(step.prim, step.operands.map((n) => env[n]!), step.params)
    case 'Constant': return [ops.full(step.aval.shape, step.value, step.aval.dtype) as Tensor]
    case 'Scope': {
      const body = (...xs: Tensor[]): Tensor[] => {
        const within = [...env]
        step.bound.forEach((n, i) => (within[n] = xs[i]!))
        runSteps(step.body, within)
        return step.outs.map((n) => within[n]!)
      }
      return scopeRules[step.kind].run(body, step.operands.map((n) => env[n]!))
    }
  }
}

function runSteps(steps: readonly Step[], env: Tensor[]): void {
  for (const step of steps) runStep(step, env).forEach((t, i) => (env[step.results[i]!] = t))
}

/** The program's results, one operation after another. */
export function runProgram(p: Program, args: readonly Tensor[]): readonly Tensor[] {
  const env: Tensor[] = []
  p.inputs.forEach((n, i) => (env[n] = args[i]!))
  runSteps(p.steps, env)
  return p.outs.map((n) => env[n]!)
}

/** The variables that a step reads, those of its body included. */
export function mentioned(step: Step): readonly Name[] {
  if (step._tag === 'Constant') return []
  return step._tag === 'Apply' ? step.operands : [...step.operands, ...step.outs, ...step.body.flatMap(mentioned)]
}

/** The variables that a step makes, inside and out; a closed scope binds what it reads from outside by the same name. */
const made = (step: Step): readonly Name[] =>
  step._tag === 'Scope' ? [...step.results, ...step.bound.filter((n) => !step.operands.includes(n)), ...step.body.flatMap(made)] : step.results

/** The variables of the enclosing program that a body reads or returns. */
export function freeIn(body: readonly Step[], outs: readonly Name[], bound: readonly Name[]): readonly Name[] {
  const own = new Set([...bound, ...body.flatMap(made)])
  return [...new Set([...body.flatMap(mentioned), ...outs])].filter((n) => !own.has(n))
}

/** Whether a primitive is applied anywhere in the steps. */
export const applies = (steps: readonly Step[], prim: Primitive): boolean =>
  steps.some((s) => (s._tag === 'Apply' && s.prim === prim) || (s._tag === 'Scope' && applies(s.body, prim)))

/** a, …, z, ba, … */
const letters = (n: number): string => (n < 26 ? '' : letters(Math.floor(n / 26))) + String.fromCharCode(97 + (n % 26))

const showParam = (x: unknown): string => (Array.isArray(x) ? `(${x.map(showParam).join(' ')})` : String(x))

const showParams = (params: Eqn['params']): string => {
  const entries = Object.entries(params)
  return entries.length === 0 ? '' : `[${entries.map(([k, v]) => `${k}=${showParam(v)}`).join(' ')}]`
}

function showStep(step: Step, avals: readonly Aval[], indent: string): string {
  const results = step.results.map((n) => `${letters(n)}:${showAval(avals[n]!)}`).join(' ')
  const names = (ns: readonly Name[]): string => ns.map(letters).join(' ')
  switch (step._tag) {
    case 'Apply': return `${indent}${results} = ${step.prim.name}${showParams(step.params)} ${names(step.operands)}`
    case 'Constant': return `${indent}${results} = ${step.value}`
    case 'Scope': {
      const bound = step.bound.map((n) => `${letters(n)}:${showAval(avals[n]!)}`).join(' ')
      const body = step.body.map((s) => showStep(s, avals, `${indent}  `))
      return [`${indent}${results} = ${step.kind} { lambda ${bound}. let`, ...body, `${indent}  in (${names(step.outs)}) } ${names(step.operands)}`].join('\n')
    }
  }
}

/** The program in the notation of jaxprs, one step a line. */
export function showProgram(p: Program): string {
  const inputs = p.inputs.map((n) => `${letters(n)}:${showAval(p.avals[n]!)}`).join(' ')
  return [`{ lambda ${inputs}. let`, ...p.steps.map((s) => showStep(s, p.avals, '    ')), `  in (${p.outs.map(letters).join(', ')}) }`].join('\n')
}
