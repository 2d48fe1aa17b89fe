/**
 * Operations as text. `x` and `y` stand for operands (names or literals), `z` for the result where it takes statements.
 *
 * Law: each text computes what the closure of that name does, to the bit. Of the functions that are our own the usual case
 * is written out, as V8 boxes the results of calls; other arguments go to the same code that closures call.
 * Decision: constants are names (E0 …, L0 …, S0 …): how a function binds them depends on whether it loops.
 */
import { circularConstants, circularTable } from '../math/circular'
import { exponentialConstants, powers, roots } from '../math/exponential'
import { cell, high, logarithmConstants, words as halves } from '../math/logarithm'
import { roundEven } from '../scalar'

/** What generated code refers to by name. */
export const environment = { T: roots, P: powers, K: circularTable, F: cell, W: halves, A: new Float64Array(3), roundEven } as const

/** Constants by the letter of their names. */
export const constantsOf: { readonly [letter: string]: Float64Array } = { E: exponentialConstants, L: logarithmConstants, S: circularConstants }

const reduced = (v: string): string => `m=${v}*E0+E1-E1,k=m|0,d=${v}-m*E2,e=m*E3,r=d-e,s=r*r,i=(k&127)<<1,t=T[i]*P[(k>>7)+1100|0],b=t-E8,h=b+r`
const quartic = 's*(E4+r*E5+s*(E6+r*E7))'
const rest = `b-h+r+(d-r-e+(b*r+t*(T[i|1]+${quartic})))`
const logarithm = 's=f/(L10+f),z2=s*s,w=z2*z2,h=L9*f*f,q=w*(L3+w*(L5+w*L7))+z2*(L2+w*(L4+w*(L6+w*L8)))'
const circular = (shift: number): string =>
  `if(x>-2e5&&x<2e5){const m=x*S0+S1-S1,d=x-m*S2,e=m*S3,u=d-e,v=m*S4,r=u-v,t=u-r-v+(d-u-e)-m*S5,q=r*r,i=(m+${shift}&127)<<2,b=K[i],g=K[i|3]*r,h=b+g,w=t+r*q*(S6+q*(S7+q*S8)),y=h+(b-h+g+(K[i|2]+K[i|1]*(r+w)+K[i|3]*w+b*(q*(S9+q*(S10+q*S11)))));z=y===0?x:y}else{${other}}`

/** The same by the code itself, which f stands for: it writes the result beside the argument. */
export const other = 'A[0]=x;f(A,2,A,0,1);z=A[2]'
/** The same of two arguments, of the dtype d. */
export const ofTwo = 'A[0]=x;A[1]=y;f(A,2,A,0,0,A,1,0,1,d);z=A[2]'

/** Texts of functions that assign to z; f stands for the code. */
export const statements: { readonly [name: string]: string } = {
  exp: `if(x>-708&&x<709){const m=x*E0+E1-E1,k=m|0,r=x-m*E2-m*E3,s=r*r,i=(k&127)<<1,t=T[i];z=(t+t*(T[i|1]+r+${quartic}))*P[(k>>7)+1100|0]}else{${other}}`,
  expm1: `if(x>-50&&x<709){const ${reduced('x')},y=h+(${rest});z=y===0?x:y}else{${other}}`,
  tanh: `if(x>-18.5&&x<18.5){const v=Math.abs(x+x),${reduced('v')},w=${rest},g=h+w,l=h-g+w,f=g+E9,c=g/f,o=E8/E9,y=c+(l-c*(E9-f+g+l))*(o-o*c);z=x<0?-y:x>0?y:x}else{${other}}`,
  log: `if(x>=2.2250738585072014e-308&&x<1/0){F[0]=x;const k=(W[${high}]+0x95f62>>20)-1023,f=x*P[1100-k|0]-L11,${logarithm};z=s*(h+q)+k*L1-h+f+k*L0}else{${other}}`,
  log1p: `const u=L11+x;if(u>=2.2250738585072014e-308&&u<1/0){F[0]=u;const k=(W[${high}]+0x95f62>>20)-1023,v=u-L11,c=(L11-(u-v)+(x-v))/u,f=u*P[1100-k|0]-L11,${logarithm},y=s*(h+q)+(k*L1+c)-h+f+k*L0;z=y===0?x:y}else{${other}}`,
  sin: circular(0),
  cos: circular(32),
}

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
