/**
 * Effects for debugging: a function that is called with the values that a program has, each time that the program runs.
 *
 * Law: under every transform the calls are those of the plain function, in its order: once for each run of the equation, under
 * vmap once for each lane (in order; lanes of the other branch, or whose loop has ended, are left out). Derivatives call
 * nothing: what is called belongs to the part of a program that is known.
 * Example: debug.callback((x) => values.push(x.item()), x)
 * Source: `jax.debug.callback` with ordered=True.
 */
import { demandFunction, itself } from '../data/options'
import { right } from 'fp-ts/Either'
import { allocate } from '../data/dtype'
import { range, size } from '../data/shape'
import { opaque } from '../ir/kernel'
import { aval, type Aval, type Primitive } from '../ir/types'
import type { Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { engine, record } from '../primitives/core'
import { tensorOf } from '../trace/evaluate'
import type { Tensor } from '../trace/tensor'
import { untraced } from '../trace/trace'
import { leavesOf, unflatten, type TreeDef } from '../transforms/arguments'
import { liveLanes } from '../transforms/batch'

/** What is the same at every call. Operands are a mask of lanes where there is one, then the leaves of the values. */
interface Call {
  readonly def: TreeDef
  /** The axes that were mapped over, outermost first: the leading axes of all operands. */
  readonly lanes: readonly number[]
  readonly masked: boolean
}

/** The part of an operand that belongs to a lane, as a tensor of its own. */
function laneOf(elements: Float64Array, { shape, dtype }: Aval, lanes: number, lane: number): Tensor {
  const own = shape.slice(lanes)
  const n = size(own)
  const part = allocate(dtype, n)
  for (let i = 0; i < n; i++) part[i] = elements[lane * n + i]!
  return tensorOf(aval(own, dtype), part, engine.vocabulary)
}

/** A primitive that acts: `act` is given the values, and the equation's parameters. */
export function acting<P extends object>(name: string, act: (values: readonly unknown[], params: P) => void, showParams: (params: P) => Readonly<Record<string, string>>): Primitive {
  const self: Primitive = definePrimitive({
    name,
    effects: true,
    multipleResults: true,
    shape: () => right([]),
    kernel: opaque((ins, _outs, params: P & Call) => {
      const { def, lanes, masked } = params
      const count = size(lanes)
      const from = masked ? 1 : 0
      return (inputs) => {
        for (let lane = 0; lane < count; lane++) {
          if (masked && inputs[0]![lane] === 0) continue
          const values = ins.slice(from).map((a, i) => laneOf(inputs[from + i]!, a, lanes.length, lane))
          untraced(() => act(unflatten(def, values) as readonly unknown[], params))
        }
      }
    }),
    jvp: () => [],
    transpose: 'nonlinear',
    batch: (ops, operands, batched, params: P & Call, n) => {
      const spread = (v: Value, on: boolean): Value => (on ? v : ops.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1)))
      const all = operands.map((o, i) => spread(o, batched[i]!))
      const lanes = [n, ...params.lanes]
      const live = liveLanes()
      const mask = live && ops.broadcast(live, lanes, [0])
      const masks = params.masked ? [mask ? ops.and(all[0]!, mask) : all[0]!] : mask ? [mask] : []
      return ops.bind(self, [...masks, ...all.slice(params.masked ? 1 : 0)], { ...params, lanes, masked: masks.length > 0 })
    },
    cost: () => 0,
    showParams,
  })
  return self
}

/** Binds an acting primitive to a list of values: now, or as an equation of the trace that is open. */
export function bindAct(prim: Primitive, values: readonly unknown[], params: object): void {
  const leaves = leavesOf(values, 'values')
  const call: Call = { def: leaves.def, lanes: [], masked: false }
  record(prim, leaves.tensors, { ...params, ...call })
}

type Callee = (...values: never[]) => unknown

const callbackPrimitive: Primitive = acting<{ readonly fn: Callee }>('debug_callback', (values, { fn }) => void fn(...(values as never[])), ({ fn }) => ({ callback: fn.name || '<lambda>' }))

/**
 * Calls `fn` with the values whenever the program runs here; what it returns is dropped. Values are trees of arrays, and
 * reach `fn` as concrete tensors. A function that is defined anew at each call makes a new program each time.
 * @example debug.callback((x) => x, 1) // => undefined
 */
export function callback(fn: Callee, ...values: readonly unknown[]): void {
  demandFunction('debug.callback', fn, itself)
  bindAct(callbackPrimitive, values, { fn })
}
