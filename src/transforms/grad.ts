/**
 * grad and valueAndGrad: the gradient of a scalar function of trees, by reverse mode.
 *
 * Law: value and gradient come from one program, at a small constant times the cost of the value, whatever the number
 * of inputs. Under `jit` of the whole, forward and backward sweep are optimised together.
 * Example: grad((x) => np.square(x))(3) // => 6
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandFunction, demandOptions } from '../data/options'
import type { Aval } from '../ir/types'
import type { Tensor } from '../trace/tensor'
import { showAval } from '../trace/trace'
import { demandFloating, flatten, tensorsOf, unflatten, type TreeDef } from './arguments'
import { runReverse, traceFunction } from './differentiate'
import type { AnyFunction, Argnums, GradOf, LiftAll, Tensors } from './types'
import { numbersOf } from '../primitives/vocabulary/vocabulary'

export interface GradOptions<N extends Argnums = Argnums> {
  /**
   * The argument, or arguments, to differentiate by; negative numbers count from the end. Default 0. The others are handed to the
   * function as they are: a number stays a JavaScript number.
   */
  readonly argnums?: N
  /** The function returns [value, aux]: aux is handed through. */
  readonly hasAux?: boolean
}

/** The positions that argnums names, checked against the number of arguments. */
export function positions(name: string, argnums: Argnums, count: number): number[] {
  return numbersOf(name, argnums).map((n) => {
    const at = n < 0 ? n + count : n
    if (!Number.isInteger(n) || at < 0 || at >= count)
      raise(fault('tree', `${name}: argnums ${n} names no argument: the function was called with ${count}`, 'Argnums count from 0; negative ones from the end.'))
    return at
  })
}

/** The tree of a chosen argument: its leaves are those from `from` to `to` of all. */
interface Part {
  readonly at: number
  readonly def: TreeDef
  readonly from: number
  readonly to: number
}

/** The trees of the chosen arguments, flattened together; the others stay as they are. */
export interface Chosen {
  readonly leaves: readonly Tensor[]
  readonly parts: readonly Part[]
  readonly call: (f: AnyFunction, tracers: readonly Tensor[]) => unknown
}

/** Flattens the arguments that are differentiated by; an argument that is named twice counts once. */
export function choose(name: string, argnums: Argnums, args: readonly unknown[]): Chosen {
  const leaves: Tensor[] = []
  const parts: Part[] = []
  for (const at of positions(name, argnums, args.length)) {
    let part = parts.find((p) => p.at === at)
    if (!part) {
      const root = `args[${at}]`
      const own = tensorsOf(flatten(args[at]), root)
      demandFloating(name, own, root)
      const from = leaves.length
      for (const t of own.tensors) leaves.push(t)
      part = { at, def: own.def, from, to: leaves.length }
    }
    parts.push(part)
  }
  return {
    leaves,
    parts,
    call: (f, tracers) => {
      const full = [...args]
      for (const { at, def, from, to } of parts) full[at] = unflatten(def, tracers.slice(from, to))
      return (f as (...a: unknown[]) => unknown)(...full)
    },
  }
}

/** One tree for each chosen argument, bare when argnums is a number. */
export function gathered({ parts }: Chosen, argnums: Argnums, leaves: readonly unknown[]): unknown {
  const trees = parts.map(({ def, from, to }) => unflatten(def, leaves.slice(from, to)))
  return typeof argnums === 'number' ? trees[0] : trees
}

/** A result must be one real number. */
function demandScalar(name: string, def: TreeDef, result: Aval | undefined): void {
  if (def._tag !== 'Leaf' || !result || result.shape.length > 0)
    raise(
      fault(
        'non-scalar-grad',
        `${name}: the function must return one real number, got ${def._tag === 'Leaf' && result ? showAval(result) : 'a tree of results'}`,
        'Sum the result to a scalar (np.sum), return [value, aux] with hasAux, or use jacobian or vjp for more outputs.',
      ),
    )
  if (!isFloat(result.dtype))
    raise(fault('dtype', `${name}: the function returned ${showAval(result)}, and derivatives need floating dtypes`, 'Convert the result with np.astype(y, "float64").'))
}

/**
 * The value and the gradient of f by the arguments in argnums: `[value, gradient]`, with hasAux `[[value, aux], gradient]`.
 * The gradient has the tree, shapes and dtypes of its argument. Throws `NonScalarGradError` where f returns no real scalar.
 */
export function valueAndGrad<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: { readonly argnums?: N; readonly hasAux: true }): (...args: LiftAll<A>) => [[Tensors<R>, Tensors<X>], GradOf<A, N>]
export function valueAndGrad<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: { readonly argnums?: N; readonly hasAux?: false }): (...args: LiftAll<A>) => [Tensors<R>, GradOf<A, N>]
export function valueAndGrad(f: AnyFunction, options: GradOptions = {}): (...args: never[]) => unknown {
  return differentiate('valueAndGrad', f, options, true, ([value], aux, gradient) => [aux ? [value, aux.tree] : value, gradient])
}

/**
 * The gradient of f by the arguments in argnums (default the first): the argument's tree, or a tuple of trees where
 * argnums is an array; `[gradient, aux]` with hasAux. Nests to any depth: grad(grad(f)).
 * In a generic function the bound `P extends TensorTree<P>` says that P is a tree of tensors: then the gradient passes through
 * `optim` and `jit`, and what `applyUpdates` returns is a P. The other arguments reach f as they are given: of a number or a
 * typed array f can call no method, where under `jit` and `vmap` it gets a tensor.
 * @example grad((x) => np.square(x))(3) // => 6
 */
export function grad<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: { readonly argnums?: N; readonly hasAux: true }): (...args: LiftAll<A>) => [GradOf<A, N>, Tensors<X>]
export function grad<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: { readonly argnums?: N; readonly hasAux?: false }): (...args: LiftAll<A>) => GradOf<A, N>
export function grad(f: AnyFunction, options: GradOptions = {}): (...args: never[]) => unknown {
  return differentiate('grad', f, options, false, (_value, aux, gradient) => (aux ? [gradient, aux.tree] : gradient))
}

type Finish = (value: readonly unknown[], aux: { readonly tree: unknown } | undefined, gradient: unknown) => unknown

function differentiate(name: string, f: AnyFunction, options: GradOptions, wantValue: boolean, finish: Finish): (...args: unknown[]) => unknown {
  demandOptions(name, options, ['argnums', 'hasAux'])
  const { argnums = 0, hasAux = false } = options
  demandFunction(name, f)
  return (...args) => {
    const chosen = choose(name, argnums, args)
    const traced = traceFunction(name, chosen.leaves, (tracers) => chosen.call(f, tracers), hasAux)
    const outs = traced.staged.jaxpr.outs
    demandScalar(name, traced.def, outs[0]?.aval)
    const results = runReverse(traced.staged, chosen.leaves, wantValue)
    const first = wantValue ? 1 : 0
    const end = first + outs.length - 1
    const aux = traced.aux && { tree: unflatten(traced.aux.def, results.slice(first, end)) }
    return finish(results.slice(0, first), aux, gathered(chosen, argnums, results.slice(end)))
  }
}
