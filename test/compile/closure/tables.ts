/**
 * Writes the tables of loops and of scalar closures: one function literal for each operation and form of operands.
 *
 * V8 keeps one type feedback and one machine code for each literal, so a loop that takes its operation as an argument would
 * be slow for all of them; hence the repetition, and hence this generator. Law: the files are what it writes.
 * Run: npx tsx test/compile/closure/tables.ts
 */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** Operations by their expression in x (and y, z). */
const unary: Record<string, string> = {
  copy: 'x', neg: '-x', square: 'x * x', abs: 'Math.abs(x)', sign: 'Math.sign(x)', floor: 'Math.floor(x)', ceil: 'Math.ceil(x)', round: 'roundEven(x)',
  trunc: 'Math.trunc(x)', sqrt: 'Math.sqrt(x)', not: 'x === 0 ? 1 : 0', bitNot: '~x',
  isFinite: 'x - x === 0 ? 1 : 0', isNaN: 'x !== x ? 1 : 0', clz: 'Math.clz32(x)',
  single: 'Math.fround(x)', signed: 'x | 0', unsigned: 'x >>> 0', truth: 'x === 0 ? 0 : 1',
}
const arithmetic: Record<string, string> = {
  add: 'x + y', sub: 'x - y', mul: 'x * y', div: 'x / y', min: 'Math.min(x, y)', max: 'Math.max(x, y)',
  mulInt: 'Math.imul(x, y)', addInt: '(x + y) | 0', rem: 'x % y',
}
const logic: Record<string, string> = {
  lt: 'x < y ? 1 : 0', le: 'x <= y ? 1 : 0', eq: 'x === y ? 1 : 0', ne: 'x !== y ? 1 : 0',
  and: 'x !== 0 && y !== 0 ? 1 : 0', or: 'x !== 0 || y !== 0 ? 1 : 0', xor: '(x !== 0) !== (y !== 0) ? 1 : 0',
  bitAnd: 'x & y', bitOr: 'x | y', bitXor: 'x ^ y', shiftLeft: 'y >= 0 && y < 32 ? x << y : 0',
  shiftRight: 'x >> (y < 0 ? 0 : y > 31 ? 31 : y)', shiftRightLogical: 'y >= 0 && y < 32 ? x >>> y : 0',
}
const ternary: Record<string, string> = { select: 'x !== 0 ? y : z' }
/** Elements that a loop does at a time: all reads before all writes, since V8 reloads an array's pointer after a write. */
const unrolled: Record<string, number> = {
  ...Object.fromEntries(['add', 'sub', 'mul'].map((n) => [n, 8])),
  ...Object.fromEntries(['neg', 'square', 'abs', 'sqrt', 'single', 'div', 'min', 'max', 'lt', 'le', 'select'].map((n) => [n, 4])),
}
/** A scalar operand may stand on the right only. */
const commutative = new Set(['add', 'mul', 'min', 'max', 'eq', 'ne', 'and', 'or', 'xor', 'bitAnd', 'bitOr', 'bitXor', 'mulInt', 'addInt'])

const names = ['x', 'y', 'z']
const arrays = ['a', 'b', 'c']
const starts = ['q', 'r', 's']

/** An expression with its operands put in; `x` within a longer word stays. */
const put = (expr: string, operands: readonly string[]): string => expr.replace(/\b[xyz]\b/g, (v) => operands[names.indexOf(v)]!)

/** A loop; `form` says of each operand whether it is a vector or a scalar. */
function loop(name: string, expr: string, form: string): string {
  const each = [...form]
  const lanes = [...Array(unrolled[name] ?? 0).keys()]
  const at = (start: string, k: number): string => (k === 0 ? `(${start} + j) | 0` : `(${start} + j + ${k}) | 0`)
  const read = (k: number): string[] => each.flatMap((f, i) => (f === 'v' ? [`${names[i]}${k} = ${arrays[i]}[${at(starts[i]!, k)}]`] : []))
  const write = (k: number): string => `o[${at('p', k)}] = ${put(expr, each.map((f, i) => (f === 'v' ? `${names[i]}${k}` : names[i]!)))}`
  const fixed = each.flatMap((f, i) => (f === 's' ? [`${names[i]} = ${arrays[i]}[${starts[i]}]`] : []))
  return [
    `(o, p, ${each.map((_, i) => `${arrays[i]}, ${starts[i]}`).join(', ')}, n) => {`,
    ...(fixed.length > 0 ? [`  const ${fixed.join(', ')}`] : []),
    ...(lanes.length > 0
      ? ['  let j = 0', `  for (; j < n - ${lanes.length - 1}; j = (j + ${lanes.length}) | 0) {`, `    const ${lanes.flatMap(read).join(', ')}`, ...lanes.map((k) => `    ${write(k)}`), '  }']
      : []),
    `  for (${lanes.length > 0 ? '' : 'let j = 0'}; j < n; j = (j + 1) | 0) {`,
    `    const ${read(0).join(', ')}`,
    `    ${write(0)}`,
    '  }',
    '}',
  ].join('\n    ')
}

const entry = (name: string, forms: readonly string[], expr: string): string =>
  `  ${name}: {\n${forms.map((f) => `    ${f}: ${loop(name, expr, f)},`).join('\n')}\n  },`

const header = (what: string): string => `/** ${what} Written by test/compile/closure/tables.ts, not by hand. */\n`

const union = (table: Record<string, string>): string => Object.keys(table).map((n) => `'${n}'`).join(' | ')
const title = (what: string): string => header(`Loops over blocks: ${what}, by operation and form: v a vector, s a scalar operand.`)

/** Loops over blocks: o[p + j] = f(a[q + j], …); the operands of form s are one number, a[q]. */
export function unaryTable(): string {
  return [
    title('operations on one operand'),
    "import type { Block } from '../../ir/kernel'",
    "import { roundEven } from '../scalar'",
    '',
    `export type UnaryName = ${union(unary)}`,
    '',
    'export const unaryLoops: { readonly [K in UnaryName]: Block } = {',
    ...Object.entries(unary).map(([n, e]) => `  ${n}: ${loop(n, e, 'v').replaceAll('\n    ', '\n  ')},`),
    '}',
    '',
  ].join('\n')
}

export function binaryTable(what: string, type: string, value: string, table: Record<string, string>): string {
  return [
    title(what),
    "import type { Forms } from './loops.types'",
    '',
    `export type ${type} = ${union(table)}`,
    '',
    '/** Where sv is absent the operation commutes. */',
    `export const ${value}: { readonly [K in ${type}]: Forms } = {`,
    ...Object.entries(table).map(([n, e]) => entry(n, commutative.has(n) ? ['vv', 'vs'] : ['vv', 'vs', 'sv'], e)),
    '}',
    '',
  ].join('\n')
}

export function ternaryTable(): string {
  return [
    title('operations on three operands'),
    "import type { Block3 } from './loops.types'",
    '',
    `export type TernaryName = ${union(ternary)}`,
    '',
    '/** The first operand is a vector. */',
    "export const ternaryLoops: { readonly [K in TernaryName]: { readonly [F in 'vvv' | 'vvs' | 'vsv' | 'vss']: Block3 } } = {",
    ...Object.entries(ternary).map(([n, e]) => entry(n, ['vvv', 'vvs', 'vsv', 'vss'], e)),
    '}',
    '',
  ].join('\n')
}

/** Operations on registers: r[o] = f(r[a], …). */
export function registersTable(): string {
  const args = 'abc'
  const closure = (n: string, e: string, k: number): string =>
    `  ${n}: (${['o', ...args.slice(0, k)].join(', ')}) => (r) => {${/x.*x|y.*y/.test(e.replaceAll('max', '')) ? `\n    const ${names.slice(0, k).map((x, i) => `${x} = r[${args[i]}]`).join(', ')}\n    r[o] = ${e}` : `\n    r[o] = ${put(e, [...args].map((a) => `r[${a}]`))}`}\n  },`
  return [
    header('Operations on registers, as closures.'),
    "import { roundEven } from '../scalar'",
    "import type { BinaryName } from './loops'",
    "import type { UnaryName } from './loops.unary.table'",
    '',
    '/** A piece of a kernel: runs on its registers and on the table of its arrays. */',
    'export type Run = (r: Float64Array, m: readonly Float64Array[]) => void',
    '',
    'export const unaryRuns: { readonly [K in UnaryName]: (o: number, a: number) => Run } = {',
    ...Object.entries(unary).map(([n, e]) => closure(n, e, 1)),
    '}',
    '',
    'export const binaryRuns: { readonly [K in BinaryName]: (o: number, a: number, b: number) => Run } = {',
    ...Object.entries({ ...arithmetic, ...logic }).map(([n, e]) => closure(n, e, 2)),
    '}',
    '',
    'export const selectRun = (o: number, a: number, b: number, c: number): Run => (r) => {',
    '  r[o] = r[a] !== 0 ? r[b] : r[c]',
    '}',
    '',
  ].join('\n')
}

export const files: readonly (readonly [path: string, content: () => string])[] = [
  ['src/compile/closure/loops.unary.table.ts', unaryTable],
  ['src/compile/closure/loops.arithmetic.table.ts', () => binaryTable('arithmetic', 'ArithmeticName', 'arithmeticLoops', arithmetic)],
  ['src/compile/closure/loops.logic.table.ts', () => binaryTable('comparisons, logic and bits', 'LogicName', 'logicLoops', logic)],
  ['src/compile/closure/loops.ternary.table.ts', ternaryTable],
  ['src/compile/closure/registers.table.ts', registersTable],
]

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) for (const [path, content] of files) writeFileSync(path, content())
