/**
 * Operations as text. `x` and `y` stand for operands (names or literals), `z` for the result where it takes statements.
 *
 * Law: each text computes what the closure of that name does, to the bit. Of the functions that are our own the usual case
 * is written out, as V8 boxes the results of calls; other arguments go to the same code that closures call.
 * Decision: constants are names (E0 …, L0 …, S0 …): how a function binds them depends on whether it loops.
 */
import { circularConstants, circularTable } from '../math/circular'
import { exponentialConstants, powers, roots } from '../math/exponential'
import { cell, logarithmConstants, words as halves } from '../math/logarithm'
import { roundEven } from '../scalar'
import { exp, log } from './texts'

/** What generated code refers to by name. */
export const environment = { T: roots, P: powers, K: circularTable, F: cell, W: halves, A: new Float64Array(3), roundEven } as const

/** Constants by the letter of their names. */
export const constantsOf: { readonly [letter: string]: Float64Array } = { E: exponentialConstants, L: logarithmConstants, S: circularConstants }

/** The same of two arguments, of the dtype d. */
export const ofTwo = 'A[0]=x;A[1]=y;f(A,2,A,0,0,A,1,0,1,d);z=A[2]'

/** Texts of functions that compilers know; others bring theirs. */
export const statements: { readonly [name: string]: string | undefined } = { exp, log }

/** Texts that are expressions; any other name is a function of Math. */
const expressions: { readonly [name: string]: string } = {
  copy: 'x', neg: '-x', not: 'x===0?1:0', bitNot: '~x', isFinite: 'x-x===0?1:0', isNaN: 'x!==x?1:0', clz: 'Math.clz32(x)',
  round: '+roundEven(x)',
  single: 'Math.fround(x)', signed: 'x|0', unsigned: 'x>>>0', truth: 'x===0?0:1',
  add: 'x+y', sub: 'x-y', mul: 'x*y', div: 'x/y', rem: 'x%y', mulInt: 'Math.imul(x,y)', addInt: 'x+y|0',
  lt: 'x<y?1:0', le: 'x<=y?1:0', eq: 'x===y?1:0', ne: 'x!==y?1:0', and: 'x!==0&&y!==0?1:0', or: 'x!==0||y!==0?1:0', xor: 'x!==0!==(y!==0)?1:0',
  bitAnd: 'x&y', bitOr: 'x|y', bitXor: 'x^y', shiftLeft: 'y>=0&&y<32?x<<y:0', shiftRight: 'x>>(y<0?0:y>31?31:y)', shiftRightLogical: 'y>=0&&y<32?x>>>y:0',
}

/** The expression with its operands, names or literals. */
export const expression = (name: string, x: string, y?: string): string =>
  (expressions[name] ?? (y === undefined ? `Math.${name}(x)` : `Math.${name}(x,y)`)).replace(/\b[xy]\b/g, (c) => (c === 'x' ? x : y!))

/** A number as a literal that may stand anywhere. */
export const literal = (v: number): string => (v < 0 || Object.is(v, -0) ? `(${Object.is(v, -0) ? '-0' : v})` : v === Infinity ? '(1/0)' : String(v))
