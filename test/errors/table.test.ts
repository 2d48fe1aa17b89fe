import { describe, expect, it } from 'vitest'
import * as errors from '../../src/data/errors'
import { AdjointError, cond, customVjp, evalJaxpr, foriLoop, grad, jet, jit, jvp, linearTranspose, makeJaxpr, np, optim, random, scan, solve, tree, vjp, vmap, type Tensor } from '../../src/index'

const v = (...xs: number[]): Float64Array => Float64Array.from(xs)
let leaked: Tensor

/** What to do where a value is not known. */
const known = 'Decide with np.where, cond or whileLoop, make the argument static (staticArgnums), or leave it out of the transform. Values of concrete arguments are known under grad, vjp, jvp and linearize.'

/** What is done, the error's class and code, its first line, and its second. */
const table: readonly [what: string, run: () => unknown, kind: string, code: string, first: string, second: string][] = [
  ['shapes that do not broadcast', () => np.add(v(1, 2), v(1, 2, 3)), 'ShapeError', 'shape', 'add: shapes [2] and [3] do not broadcast', 'Extents must be equal or 1, aligned from the right; use np.reshape or np.expandDims to line them up.'],
  ['a matrix product that does not fit', () => np.matmul(np.zeros([2, 3]), np.zeros([2, 3])), 'ShapeError', 'shape', 'matmul: shapes [2,3] and [2,3] do not fit', 'The last extent of the first must equal the second-to-last of the second (or the only one).'],
  ['ragged lists', () => np.array([[1, 2], [3]]), 'ShapeError', 'shape', 'nested lists of different lengths, or in too many levels', 'Give all rows one length.'],
  ['an axis that is text', () => np.sum(v(1, 2), '0' as never), 'TreeError', 'tree', 'sum: expected a number or a list of numbers, got \'0\'', 'Write 2, or [0, 2].'],
  ['no shape', () => np.zeros(undefined as never), 'TreeError', 'tree', 'zeros: expected a number or a list of numbers, got undefined', 'Write 2, or [0, 2].'],
  ['a shape of null', () => np.reshape(v(1, 2), null as never), 'TreeError', 'tree', 'reshape: expected a number or a list of numbers, got null', 'Write [2, 3]. The order is row-major: for another transpose first.'],
  ['a permutation that is a name', () => np.transpose(v(1, 2), 'a' as never), 'TreeError', 'tree', "transpose: expected a number or a list of numbers, got 'a'", 'Write 2, or [0, 2].'],
  ['options of null', () => grad((x: Tensor) => x, null as never), 'TreeError', 'tree', 'grad: the options are null', 'Give an object, as { argnums: … }, or leave them out.'],
  ['the axes of vmap in the place of its options', () => vmap((a: Tensor, b: Tensor) => np.add(a, b), [0, null] as never), 'TreeError', 'tree', 'vmap: the options are [0, null]', 'Give an object, as { inAxes: [0, null] }, or leave them out.'],
  ['argnums in the place of options', () => grad((x: Tensor) => x, 1 as never), 'TreeError', 'tree', 'grad: the options are 1', 'Give an object, as { argnums: 1 }, or leave them out.'],
  ['static arguments in the place of options', () => jit((x: Tensor) => x, [1] as never), 'TreeError', 'tree', 'jit: the options are [1]', 'Give an object, as { staticArgnums: [1] }, or leave them out.'],
  ['a backend in the place of options', () => jit((x: Tensor) => x, 'wasm' as never), 'TreeError', 'tree', "jit: the options are 'wasm'", "Give an object, as { backend: 'wasm' }, or leave them out."],
  ['a precision in the place of options', () => jit((x: Tensor) => x, 'fast' as never), 'TreeError', 'tree', "jit: the options are 'fast'", "Give an object, as { precision: 'fast' }, or leave them out."],
  ['lower without arguments', () => (jit((x: Tensor) => x.mul(2)).lower as () => unknown)(), 'TreeError', 'tree', 'lower: the arguments of f are missing', 'Write jit(f).lower(x).'],
  ['keepdims after the axis', () => np.sum(v(1, 2), 0, true as never), 'TreeError', 'tree', 'sum: the options are true', 'Give an object, as { keepdims: true }, or leave them out.'],
  ['a long list in the place of options', () => np.allclose(1, 1, Array.from({ length: 100 }, () => 1) as never), 'TreeError', 'tree', 'allclose: the options are Array', 'Give an object, as { rtol: Array }, or leave them out.'],
  ['rules of customVjp that are no object', () => customVjp((x: Tensor) => x, ((x: Tensor) => [x, null]) as never, (() => [1]) as never), 'TreeError', 'tree', 'customVjp: the options are a function', 'Give an object, as { fwd: a function }, or leave them out.'],
  ['no list of arrays', () => np.concatenate(5 as never), 'TreeError', 'tree', 'concatenate: expected a list of arrays, got 5', 'Give an array of arrays, e.g. [x, y].'],
  ['an unknown dtype', () => np.astype(v(1, 2), 'int64' as never), 'DTypeError', 'dtype', "'int64' is no dtype", 'Give one of float64, float32, int32, uint32, bool.'],
  ['an unknown dtype to promote', () => np.promoteTypes('int64' as never, 'bool'), 'DTypeError', 'dtype', "'int64' is no dtype", 'Give one of float64, float32, int32, uint32, bool.'],
  ['extents one by one', () => np.zeros(3, 3 as never), 'DTypeError', 'dtype', '3 is no dtype', 'Give the shape as a list: [3,3].'],
  ['an extent after a shape', () => np.ones([2, 3], 4 as never), 'DTypeError', 'dtype', '4 is no dtype', 'Give the shape as a list: [2,3,4].'],
  ['extents before the value', () => np.full(2, 3, 7 as never), 'DTypeError', 'dtype', '7 is no dtype', 'Give the shape as a list: [2,3].'],
  ['extents of a new shape one by one', () => np.reshape(v(1, 2, 3, 4, 5, 6), 2, 3 as never), 'IndexError', 'index', 'reshape: there is no order 3', 'Give the shape as a list: [2,3].'],
  ['extents of random numbers one by one', () => random.normal(random.key(0), 3, 3 as never), 'DTypeError', 'dtype', 'normal: dtype 3 is not floating', 'Give the shape as a list: [3,3].'],
  ['an extent after the shape of random numbers', () => random.gamma(random.key(0), 2, [3, 2], 4 as never), 'DTypeError', 'dtype', 'gamma: dtype 4 is not floating', 'Give the shape as a list: [3,2,4].'],
  ['extents of random integers one by one', () => random.randint(random.key(0), 3, 4, 0, 10 as never), 'DTypeError', 'dtype', 'randint: dtype 10 is not an integer one', 'Give the shape as a list: [3,4].'],
  ['an order of x.reshape', () => (np.arange(6).reshape as (...all: unknown[]) => Tensor).call(np.arange(6), [2, 3], 'F'), 'TreeError', 'tree', "reshape: expected a number or a list of numbers, got 'F'", 'Write [2, 3]. The order is row-major: for another transpose first.'],
  ['an unknown mode', () => np.take(v(1, 2), 7, { mode: 'rap' as never }), 'IndexError', 'index', "take: there is no mode 'rap'", "Give 'clip', 'wrap' or 'fill'."],
  ['a program run on another shape', () => evalJaxpr(makeJaxpr((x: Tensor) => np.sum(x))(v(1, 2, 3)), v(1, 2)), 'ShapeError', 'shape', 'evalJaxpr: input 0 has shape [2], the program wants [3]', 'Give arrays of the shapes that the program was made for.'],
  ['a reshape to another size', () => np.reshape(v(1, 2, 3), [2, 2]), 'ShapeError', 'shape', 'reshape: [3] has 3 elements, [2,2] has 4', 'Give a shape with as many elements; one extent may be -1.'],
  ['item() of an array', () => np.array([1, 2]).item(), 'ShapeError', 'shape', 'item() needs an array of size 1, got shape [2]', 'Use toArray() or data(), or one element: x.at(i, j).item().'],
  ['an operator on an array', () => Number(np.array([1, 2])), 'ShapeError', 'shape', 'only a rank-0 tensor converts to a number, got shape [2]', 'Use np.add, np.less …, or one element: x.at(i, j).'],
  ['iterating a scalar', () => [...np.array(1)], 'ShapeError', 'shape', 'a rank-0 tensor cannot be iterated', 'Use x.item() for its value.'],
  ['an axis that is not there', () => np.sum(v(1, 2), 1), 'AxisError', 'axis', 'sum: axis 1 is out of bounds for an array of rank 1', 'Give an integer from -1 to 0.'],
  ['an axis named twice', () => np.sum(np.zeros([2, 2]), [0, 0]), 'AxisError', 'axis', 'sum: axis [0,0] repeats an axis', 'List every axis once.'],
  ['the gradient of integers', () => grad((x: Tensor) => np.sum(x))(Int32Array.of(1)), 'DTypeError', 'dtype', 'grad: args[0] is int32[1], and derivatives need floating dtypes', 'Convert it with np.astype(x, "float64"), or leave it out of argnums.'],
  ['a step of foriLoop that changes its carry', () => foriLoop(0, 3, (_i: Tensor, c: Tensor) => np.astype(c, 'float32'), np.zeros([])), 'DTypeError', 'dtype', 'foriLoop: carry: expected float64[], got float32[]', 'Every step must return a carry of the shape and dtype that it was given: reshape or convert it, or the initial value.'],
  ['the Taylor series in integers', () => jet((x: Tensor) => np.sum(x), [Int32Array.of(1)] as never, [[Int32Array.of(1)]] as never), 'DTypeError', 'dtype', 'jet: primals[0] is int32[1], and derivatives need floating dtypes', 'Convert it with np.astype(x, "float64"), or close over it.'],
  ['the gradient by an integer leaf', () => grad((p: { n: Tensor; w: Tensor }) => np.sum(p.w))({ w: v(1), n: Int32Array.of(1) }), 'DTypeError', 'dtype', 'grad: args[0].n is int32[1], and derivatives need floating dtypes', 'Convert it with np.astype(x, "float64"), or leave it out of argnums.'],
  ['the gradient of an integer result', () => grad((x: Tensor) => np.argmax(x))(v(1)), 'DTypeError', 'dtype', 'grad: the function returned int32[], and derivatives need floating dtypes', 'Convert the result with np.astype(y, "float64").'],
  ['the gradient of an array', () => grad((x: Tensor) => x)(v(1, 2)), 'NonScalarGradError', 'non-scalar-grad', 'grad: the function must return one real number, got float64[2]', 'Sum the result to a scalar (np.sum), return [value, aux] with hasAux, or use jacobian or vjp for more outputs.'],
  ['the gradient of a tree', () => grad((x: Tensor) => ({ x }))(1), 'NonScalarGradError', 'non-scalar-grad', 'grad: the function must return one real number, got a tree of results', 'Sum the result to a scalar (np.sum), return [value, aux] with hasAux, or use jacobian or vjp for more outputs.'],
  ['no function', () => grad(3 as never), 'TreeError', 'tree', 'grad: expected a function, got 3', 'Write grad(f)(x), not grad(f(x)).'],
  ['a leaf that is no array', () => jit((p: { a: { b: Tensor } }) => p.a.b)({ a: { b: 'text' } } as never), 'TreeError', 'tree', "args[0].a.b: expected an array, a number or a boolean, got 'text'", 'Give a Tensor, a number, a typed array or nested arrays of numbers.'],
  ['a generator', () => np.sum((function* () { yield 1 })() as never), 'TreeError', 'tree', 'expected an array, a number or a boolean, got Generator', 'Give a Tensor, a number, a typed array or nested arrays of numbers.'],
  ['a Promise', () => grad((async (x: Tensor) => x) as never)(1), 'TreeError', 'tree', 'grad: the function returned a Promise', 'Await the data first, then call the function.'],
  ['no result', () => grad((() => undefined) as never)(1), 'TreeError', 'tree', 'grad: the function returned undefined', 'Return an array, a number or a tree of them (is a `return` missing?).'],
  ['an operator on a traced value', () => grad((x: Tensor) => (x as unknown as number) * 2)(1), 'ConcretizationError', 'concretization', 'a JavaScript operator (+ - * / < > == or Math.*) was applied to a traced float64[] inside grad: it would lose the derivative or take a wrong branch.', "Use adjoint's functions instead: x.add(y), np.sin(x), np.less(x, y), np.where, x.at(i); read a known value by x.item() or x.toArray()."],
  ['a traced array taken apart', () => jit((x: Tensor) => { const [a] = x; return a! })(v(1, 2)), 'ConcretizationError', 'concretization', 'iteration or spread was applied to a traced float64[2] inside jit: its elements are not known while tracing. [a, b] = np.unstack(x) takes it apart.', "Use adjoint's functions instead: x.add(y), np.sin(x), np.less(x, y), np.where, x.at(i); read a known value by x.item() or x.toArray()."],
  ['a traced array in a template', () => grad((x: Tensor) => np.array(`${x}`.length))(v(1, 2)), 'ConcretizationError', 'concretization', 'a template string or String() was applied to a traced float64[2] inside grad: it would lose the derivative or take a wrong branch.', "Use adjoint's functions instead: x.add(y), np.sin(x), np.less(x, y), np.where, x.at(i); read a known value by x.item() or x.toArray()."],
  ['a precision that there is none of', () => jit((x: Tensor) => x, { precision: 'double' as never }), 'CompileError', 'compile', 'jit: precision is double', "Give 'exact' or 'fast'."],
  ['threads that are no number', () => jit((x: Tensor) => x, { threads: 0 }), 'CompileError', 'compile', 'jit: threads is 0', 'Give an integer from 1 to 64, yours included.'],
  ['a value that is not known', () => jit((x: Tensor) => x.item())(1), 'ConcretizationError', 'concretization', 'item() needs the value of a traced float64[], which is not known inside jit.', known],
  ['a traced extent', () => jit((n: number) => np.zeros(n))(2), 'ConcretizationError', 'concretization', 'zeros: a shape, axis or count needs the value of a traced float64[], which is not known inside jit.', known],
  ['a traced axis', () => jit((k: number) => np.sort(np.zeros([2, 2]), k))(1), 'ConcretizationError', 'concretization', 'sort: a shape, axis or count needs the value of a traced float64[], which is not known inside jit.', known],
  ['a traced count', () => jit((k: number) => np.topk(v(1, 2), k))(1), 'ConcretizationError', 'concretization', 'topk: k needs the value of a traced float64[], which is not known inside jit.', known],
  ['a leaked tracer', () => { grad((x: Tensor) => (leaked = x))(1); return np.add(leaked, 1) }, 'LeakedTracerError', 'leaked-tracer', 'a traced float64[] of grad was used outside the function that was traced.', 'Return it (with hasAux, if it is extra) instead of storing it.'],
  ['what is not linear', () => linearTranspose((x: Tensor) => np.sin(x), [1]), 'NonlinearError', 'nonlinear', 'sin is not linear in what depends on the linear inputs: operand 0', 'Use vjp for what is not linear, or stopGradient on what should be held constant.'],
  ['a cotangent of another tree', () => vjp((x: Tensor) => ({ y: x }), [1])[1]([1]), 'TreeError', 'tree', 'vjp: cotangent: ct: expected {y: *}, got [*]', 'Give a tree of the same structure.'],
  ['a tangent of another shape', () => jvp(np.sin, [v(1)], [v(1, 2)]), 'ShapeError', 'shape', 'jvp: tangents[0]: expected float64[1], got float64[2]', 'Give an array of the shape that belongs to it.'],
  ['a list in the place of an array to map over', () => vmap((x: Tensor) => x)([1, 2, 3] as never), 'AxisError', 'axis', 'vmap: args[0][0] is a scalar, which has no axis to map over', 'A JS list is a tree of its elements: of numbers write np.array([…]). What is not mapped has null in inAxes.'],
  ['a list in the place of an array to scan', () => scan((c: Tensor, x: Tensor) => [c.add(x), null] as const, 0, [1, 2] as never), 'ShapeError', 'shape', 'scan: xs[0] is a scalar', 'Arrays in xs are read slice by slice along their leading axis. A JS list is a tree of its elements: of numbers write np.array([…]).'],
  ['mapped axes of different sizes', () => vmap((a: Tensor, b: Tensor) => a.add(b))(v(1, 2), v(1, 2, 3)), 'ShapeError', 'shape', 'vmap: the mapped axes have sizes 2, 3 (arguments float64[2], float64[3])', 'All mapped axes must have one size; use null in inAxes for what is not mapped.'],
  ['an index outside', () => np.array([1, 2, 3]).at(5), 'IndexError', 'index', 'index 5 is out of bounds for axis 0 with size 3', 'Give an index from -3 to 2.'],
  ['a colon for a whole axis', () => np.zeros([2, 2]).slice(':' as never, 0), 'IndexError', 'index', "':' is no index", "Index with integers, ranges [start, stop, step], [] for a whole axis, null for a new one, '...', and integer or boolean arrays."],
  ['a value in the place of the index', () => np.array([1, 2]).at(0).set(5, undefined as never), 'TreeError', 'tree', 'set: there is no value for index 5', 'Write x.set(i, value), not x.at(i).set(value).'],
  ['a summand in the place of the index', () => np.array([1, 2]).at(0).addAt(5, undefined as never), 'TreeError', 'tree', 'addAt: there is no value for index 5', 'Write x.addAt(i, value), not x.at(i).addAt(value).'],
  ['a carry that changes', () => scan((c: Tensor, x: Tensor) => [np.stack([c, x]), x] as const, 0, v(1)), 'ShapeError', 'shape', 'scan: carry: expected float64[], got float64[2]', 'Every step must return a carry of the shape and dtype that it was given: reshape or convert it, or the initial value.'],
  ['branches that differ', () => cond(true, () => [np.array(1)], (() => np.array(1)) as never), 'TreeError', 'tree', 'cond: branch 1: expected *, got [*]', 'All branches must return trees of one structure.'],
  ['trees that differ', () => tree.map((a: number, b: number) => a + b, { a: 1 }, { b: 1 }), 'TreeError', 'tree', 'trees differ: tree1: expected {a: *}, got {b: *}', 'Give trees that have the structure of the first; they may go on below its leaves.'],
  ['a jitted function that calls itself without end', () => { const f: (x: number) => Tensor = jit((x: Tensor) => f(x as never)) as never; return f(1) }, 'CompileError', 'compile', 'jit: more than 256 traces are open: a function calls itself without end', 'End it by a value that is known, or use cond or whileLoop.'],
  ['times that go back and forth', () => solve.odeint((y: Tensor) => y, 1, [0, 2, 1, 3]), 'ShapeError', 'shape', 'odeint: ts goes from 2 to 1, the other way than before', 'Give times that increase, or decrease, from that of y0 on: sort them first.'],
  ['a negative tolerance of an equation', () => solve.odeint((y: Tensor) => y, 1, [0, 1], [], { rtol: -1 }), 'ShapeError', 'shape', 'odeint: rtol is -1', 'Give a finite number of at least 0.'],
  ['a negative tolerance of a root', () => solve.root((x: Tensor) => np.square(x), 1, { tol: -1 }), 'ShapeError', 'shape', 'root: tol is -1', 'Give a finite number of at least 0.'],
  ['a negative restart', () => solve.gmres(np.eye(2), v(1, 2), { restart: -1 }), 'ShapeError', 'shape', 'gmres: restart is -1', 'Give an integer of at least 1.'],
  ['an update of another shape', () => optim.applyUpdates({ b: np.zeros([1]), w: np.zeros([3, 2]) }, { b: np.zeros([1]), w: np.zeros([2, 3]) }), 'ShapeError', 'shape', 'params.w: shapes [3,2] and [2,3] of one leaf', 'Gradients, updates and the state have the shapes of the parameters.'],
  ['a gradient of another shape', () => optim.adam(0.1).update([np.zeros([2, 3])], optim.adam(0.1).init([np.zeros([3, 2])])), 'ShapeError', 'shape', 'params[0]: shapes [2,3] and [3,2] of one leaf', 'Gradients, updates and the state have the shapes of the parameters.'],
  ['integer parameters', () => optim.adam(0.1).init({ n: Int32Array.of(1), w: v(1) }), 'DTypeError', 'dtype', 'params.n: int32[1] is no floating dtype', 'Convert it with np.astype(x, "float64"), or leave it out with optim.masked.'],
  ['a count with too many bins', () => np.bincount([1e9]), 'ShapeError', 'shape', 'bincount: 1000000001 bins, as the largest integer is 1000000000', 'Give `length`, the number of bins: what lies beyond is not counted.'],
  ['powers that fit into no memory', () => np.vander(np.arange(1e6)), 'ShapeError', 'shape', 'vander: 1000000 by 1000000 elements', 'Give smaller extents.'],
  ['an order of too many things', () => random.permutation(random.key(0), 2 ** 31 - 1), 'ShapeError', 'shape', '2147483647 things are too many to be put into an order', 'Give at most 134217728.'],
  ['a cyclic tree', () => { const t: { self?: unknown } = {}; t.self = t; return grad((x: never) => x)(t as never) }, 'TreeError', 'tree', 'a tree contains itself', 'Give a finite tree: break the cycle.'],
]

describe('errors', () => {
  it.each(table)('%s', (_what, run, kind, code, first, second) => {
    let caught: unknown
    try {
      run()
    } catch (e) {
      caught = e
    }
    expect(caught).toBeInstanceOf(AdjointError)
    expect(caught).toBeInstanceOf(new Map(Object.entries(errors)).get(kind) as never)
    const e = caught as AdjointError
    expect([e.name, e.code, ...e.message.split('\n')]).toEqual([kind, code, first, second])
    expect([e.what, e.fix]).toEqual([first, second])
  })

  it('leave no trace open and no cache wrong', () => {
    for (const [, run] of table) {
      expect(run).toThrow(AdjointError)
      expect(grad((x: Tensor) => np.square(x))(3).item()).toBe(6)
    }
    expect(() => np.sin(leaked)).toThrow(/used outside/)
  })

  it('carry the frame of the user', () => {
    try {
      jit(function theUsersOwn(x: Tensor) { return Number(x.item()) })(1)
      expect.unreachable()
    } catch (e) {
      expect((e as Error).stack).toMatch(/theUsersOwn/)
    }
  })
})
