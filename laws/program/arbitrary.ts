/**
 * `program(options)`: random well-typed programs over every primitive, with nested transforms, loops and branches.
 *
 * A program is drawn as lists of small numbers, which any list of numbers is; so it shrinks to few steps, small shapes
 * and simple elements. It is printed as a program and its arguments, and below them the numbers, to be drawn again.
 */
import { array, constant, integer, nat, record, type Arbitrary } from 'fast-check'
import { primitives as own, type Primitive, type Tensor } from '../../src/index'
import { showArgs, type Case } from '../case'
import { isFloat, sizeOf } from '../elements'
import { families, recipes } from '../recipes/index'
import { Choices, Draft, type Recipe, type Variable } from './choices'
import { applies, freeIn, mentioned, runProgram, showProgram, type Program } from './program'
import { scopeKinds, scopeRules, type ScopeKind } from './scopes'

/** What a program is drawn from: choices for each step, and integers in [−64, 64] that elements are made of. */
export interface Draws {
  readonly steps: readonly (readonly number[])[]
  readonly pool: readonly number[]
}

export interface ProgramOptions {
  /** Most steps drawn (some draw helpers of their own); default 6. */
  readonly maxSteps?: number
  /** Further primitives, with their recipes. */
  readonly primitives?: ReadonlyMap<Primitive, Recipe>
  /** Whether parts stand inside transforms, loops and branches; default true. */
  readonly scopes?: boolean
  /** Whether elements include NaN, infinities and −0; default false. */
  readonly wild?: boolean
  /** Most results; default 3. */
  readonly maxOuts?: number
}

/** A program at arguments. */
export interface ProgramCase extends Case {
  readonly program: Program
  readonly draws: Draws
}

type Table = readonly (readonly (readonly [Primitive, Recipe])[])[]

/** Primitives by family, so that each family is drawn as often as another. */
const tableOf = (more: ReadonlyMap<Primitive, Recipe> | undefined): Table => {
  const known = families.map((f) => own.flatMap((p) => (Object.hasOwn(f, p.name) ? [[p, recipes.get(p)!] as const] : [])))
  return [known[0]!, known[1]!, ...known, ...(more ? [[...more]] : [])].filter((f) => f.length > 0)
}

/** The primitive that is the identity but for its derivative. */
const stopping = own.find((p) => p.name === 'stop_gradient')!

class Composer {
  readonly #queue: (readonly number[])[]
  readonly #draft: Draft
  readonly #table: Table
  readonly #scopes: boolean

  constructor(draws: Draws, draft: Draft, options: ProgramOptions) {
    this.#queue = [...draws.steps]
    this.#draft = draft
    this.#table = tableOf(options.primitives)
    this.#scopes = options.scopes ?? true
  }

  /** Takes up to `count` entries off the queue; returns the results of the steps that they stand for. */
  steps(count: number, depth: number): Variable[] {
    const made: Variable[] = []
    for (let k = 0; k < count && this.#queue.length > 0; k++) {
      const choose = new Choices(this.#draft, this.#queue.shift()!, true)
      // An entry of zeros is no step, so that any step can be shrunk away.
      const family = choose.int(-1, this.#table.length)
      if (family < 0) continue
      if (this.#scopes && depth < 2 && family === this.#table.length) made.push(...this.#scope(choose, depth))
      else {
        const [prim, recipe] = choose.of(this.#table[family % this.#table.length]!)
        const { operands, params } = recipe(choose)
        made.push(...this.#draft.apply(prim, operands, params))
      }
    }
    return made
  }

  /** The next steps inside a transform or loop. */
  #scope(choose: Choices, depth: number): readonly Variable[] {
    const draft = this.#draft
    const kind = choose.of(scopeKinds)
    const { binds, stacks, closed } = scopeRules[kind]
    const operands = binds.map((b) => (b === 'slice' ? choose.variable({ minRank: 1, fits: (shape) => shape[0]! > 0 }) : choose.variable()))
    const length = choose.int(1, 3)
    const { steps, visible } = draft
    const before = draft.inputs.length
    const bound = operands.map((v, i) => {
      const value = draft.values[v.name]
      return binds[i] === 'slice' ? draft.declare({ ...v.aval, shape: v.aval.shape.slice(1) }, value?.at(0)) : draft.declare(v.aval, value)
    })
    draft.visible = [...visible, ...bound]
    draft.steps = []
    const made = this.steps(length, depth + 1)
    const outs = this.#outsOf(kind, made, bound)
    const body = draft.steps
    draft.steps = steps
    draft.visible = [...visible, ...draft.inputNames.slice(before).map((name) => ({ name, aval: draft.avals[name]! }))]
    const lead = stacks ? [operands[binds.indexOf('slice')]!.aval.shape[0]!] : []
    const given = kind === 'grad' ? operands : outs
    const results = given.map((v, i) => draft.declare({ ...v.aval, weak: false, shape: [...(binds[0] === 'carry' && i === 0 ? [] : lead), ...v.aval.shape] }))
    const names = (vs: readonly Variable[]): number[] => vs.map((v) => v.name)
    const free = closed ? freeIn(body, names(outs), names(bound)) : []
    return draft.push(
      { _tag: 'Scope', kind, operands: [...names(operands), ...free], bound: [...names(bound), ...free], body, outs: names(outs), results: names(results) },
      results,
    )
  }

  /** The results of a body: a carry first, of bounded size; only floats from a derivative. */
  #outsOf(kind: ScopeKind, made: readonly Variable[], bound: readonly Variable[]): readonly Variable[] {
    const draft = this.#draft
    const little = made.filter((v) => sizeOf(v.aval.shape) <= 64)
    const few = little.length > 0 ? little.slice(-3) : bound
    if (scopeRules[kind].binds[0] === 'carry') {
      const [carry] = bound
      const last = [...made].reverse().find((v) => v.aval.dtype === carry!.aval.dtype) ?? carry!
      const next = draft.one('tanh', [draft.shaped(last, carry!.aval.shape)])
      return scopeRules[kind].stacks ? [next, ...few] : [next]
    }
    const floats = few.filter((v) => isFloat(v.aval.dtype))
    return kind !== 'jvp' ? few : floats.length > 0 ? floats : bound
  }
}

/** The program that numbers stand for, at its arguments. The same numbers always give the same program. */
export function programOf(draws: Draws, options: ProgramOptions = {}): ProgramCase {
  const draft = new Draft(draws.pool, options.wild ?? false)
  const made = new Composer(draws, draft, options).steps(draws.steps.length, 0)
  // The last results, those first that nothing reads; at least one that can be differentiated, if there is any.
  const read = new Set(draft.steps.flatMap(mentioned))
  const candidates = [...made].reverse().filter((v) => sizeOf(v.aval.shape) <= 200)
  const float = candidates.find((v) => isFloat(v.aval.dtype))
  const sinks = candidates.filter((v) => !read.has(v.name) && v !== float)
  const outs = [...(float ? [float] : []), ...sinks].slice(0, options.maxOuts ?? 3)
  const shown = outs.length > 0 ? outs : [draft.inputs.length > 0 ? { name: draft.inputNames[0]!, aval: draft.inputs[0]!.aval } : draft.input({ shape: [], dtype: 'float64', weak: false }, [-2, 2])]
  const program: Program = { avals: draft.avals, inputs: draft.inputNames, steps: draft.steps, outs: shown.map((v) => v.name) }
  const lane = (k: number): Tensor[] => draft.inputs.map((i) => draft.elementsOf(i, k))
  const args = lane(0)
  return {
    program,
    draws,
    args,
    lane,
    call: (...xs) => runProgram(program, xs),
    coarse: draft.avals.some((a) => a.dtype === 'float32'),
    magnitude: draft.magnitude,
    stopped: applies(program.steps, stopping),
    toString: () => `${showProgram(program)}\n${showArgs(args)}\ndrawn from ${JSON.stringify(draws)}`,
  }
}

/** Random well-typed programs, each at arguments where it is smooth (but for kinks). */
export function program(options: ProgramOptions = {}): Arbitrary<ProgramCase> {
  const { maxSteps = 6 } = options
  return record({
    steps: array(array(nat({ max: 255 }), { minLength: 14, maxLength: 14 }), { minLength: 1, maxLength: maxSteps, size: 'max' }),
    pool: poolOf(),
  }).map((draws) => programOf(draws, options))
}

const poolOf = (): Arbitrary<number[]> => array(integer({ min: -64, max: 64 }), { minLength: 8, maxLength: 24, size: 'max' })

/** One primitive applied to fresh operands. */
export function application(prim: Primitive, recipe: Recipe, wild = false): Arbitrary<Case & { readonly prim: Primitive; readonly params: object }> {
  return record({ picks: array(nat({ max: 255 }), { minLength: 24, maxLength: 24 }), pool: poolOf(), wild: constant(wild) }).map(({ picks, pool }) => {
    const draft = new Draft(pool, wild)
    const { operands, params = {} } = recipe(new Choices(draft, picks, false))
    const results = draft.apply(prim, operands, params)
    const places = operands.map((o) => draft.inputNames.indexOf(o.name))
    const lane = (k: number): Tensor[] => places.map((i) => draft.elementsOf(draft.inputs[i]!, k))
    const shown: Program = { avals: draft.avals, inputs: draft.inputNames, steps: draft.steps, outs: results.map((r) => r.name) }
    const args = lane(0)
    return {
      prim,
      params,
      args,
      lane,
      call: (...xs: readonly Tensor[]) => runProgram({ ...shown, inputs: operands.map((o) => o.name) }, xs),
      coarse: draft.avals.some((a) => a.dtype === 'float32'),
      magnitude: draft.magnitude,
      stopped: prim === stopping,
      toString: () => `${showProgram(shown)}\n${showArgs(args)}`,
    }
  })
}
