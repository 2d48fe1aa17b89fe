/**
 * Functions as statements that assign to z, where x is the argument and f stands for the code: the usual case written out.
 *
 * Law: the bits of the function of that name in `math`. Who uses the function brings its text; exp and log the compiler knows.
 * Source: `math`; what the letters of constants mean is said in `words`.
 */
import { high } from '../math/logarithm'

/** Any case, by the code itself: it writes the result beside the argument. */
export const other = 'A[0]=x;f(A,2,A,0,1);z=A[2]'

const reduced = (v: string): string => `m=${v}*E0+E1-E1,k=m|0,d=${v}-m*E2,e=m*E3,r=d-e,s=r*r,i=(k&127)<<1,t=T[i]*P[(k>>7)+1100|0],b=t-E8,h=b+r`
const quartic = 's*(E4+r*E5+s*(E6+r*E7))'
const rest = 'b-h+r+(d-r-e+(b*r+t*(T[i|1]+s*(E4+r*E5+s*(E6+r*E7)))))'
const logarithm = 's=f/(L10+f),z2=s*s,w=z2*z2,h=L9*f*f,q=w*(L3+w*(L5+w*L7))+z2*(L2+w*(L4+w*(L6+w*L8)))'
const circular = (shift: number): string =>
  `if(x>-2e5&&x<2e5){const m=x*S0+S1-S1,d=x-m*S2,e=m*S3,u=d-e,v=m*S4,r=u-v,t=u-r-v+(d-u-e)-m*S5,q=r*r,i=(m+${shift}&127)<<2,b=K[i],g=K[i|3]*r,h=b+g,w=t+r*q*(S6+q*(S7+q*S8)),y=h+(b-h+g+(K[i|2]+K[i|1]*(r+w)+K[i|3]*w+b*(q*(S9+q*(S10+q*S11)))));z=y===0?x:y}else{${other}}`

/** Called and not a literal, so that bundlers drop what is not used. */
const made = (text: () => string): string => text()

export const exp: string = /* @__PURE__ */ made(() => `if(x>-708&&x<709){const m=x*E0+E1-E1,k=m|0,r=x-m*E2-m*E3,s=r*r,i=(k&127)<<1,t=T[i];z=(t+t*(T[i|1]+r+${quartic}))*P[(k>>7)+1100|0]}else{${other}}`)
export const log: string = /* @__PURE__ */ made(() => `if(x>=2.2250738585072014e-308&&x<1/0){F[0]=x;const k=(W[${high}]+0x95f62>>20)-1023,f=x*P[1100-k|0]-L11,${logarithm};z=s*(h+q)+k*L1-h+f+k*L0}else{${other}}`)
export const expm1: string = /* @__PURE__ */ made(() => `if(x>-50&&x<709){const ${reduced('x')},y=h+(${rest});z=y===0?x:y}else{${other}}`)
export const tanh: string = /* @__PURE__ */ made(() => `if(x>-18.5&&x<18.5){const v=Math.abs(x+x),${reduced('v')},w=${rest},g=h+w,l=h-g+w,f=g+E9,c=g/f,o=E8/E9,y=c+(l-c*(E9-f+g+l))*(o-o*c);z=x<0?-y:x>0?y:x}else{${other}}`)
export const log1p: string = /* @__PURE__ */ made(() => `const u=L11+x;if(u>=2.2250738585072014e-308&&u<1/0){F[0]=u;const k=(W[${high}]+0x95f62>>20)-1023,v=u-L11,c=(L11-(u-v)+(x-v))/u,f=u*P[1100-k|0]-L11,${logarithm},y=s*(h+q)+(k*L1+c)-h+f+k*L0;z=y===0?x:y}else{${other}}`)
export const sin: string = /* @__PURE__ */ circular(0)
export const cos: string = /* @__PURE__ */ circular(32)
