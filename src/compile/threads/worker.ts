/**
 * What a thread runs: text, as it has no modules to load from wherever the library was bundled to.
 *
 * It takes the words and the memory from its first message and kernels from later ones, and goes on claiming parts (see
 * `control`) until there is mail again; in between it waits a little, then sleeps. A part that throws, as those do that call
 * functions of JavaScript, is left to the caller.
 */
import { word as w } from './control'

/** Looks for a part before it goes to sleep: some ten microseconds. */
const looks = 1000

const body = `
let c,m,t,got=0,idle=0
const kernels=new Map(),A=Atomics
const run=n=>{
const k=n-c[${w.first}]|0,s=k%c[${w.places}],u=c[${w.length}],f=kernels.get(c[${w.kernel}])
let failed=1
try{
if(f&&t<c[${w.threads}]){
f['p'+c[${w.part}]](c[${w.base}],k*u,Math.min(k*u+u,c[${w.units}]),c[${w.ring}]?s:t,k)
failed=0
A.add(c,${w.ran},1)
}
}catch{}
A.store(c,${w.done}+s,2*k+2+failed)
A.notify(c,${w.done}+s)
}
const serve=()=>{
for(;;){
const bell=A.load(c,${w.bell})
if(A.load(c,${w.mail}+t)!==got)return
const k=A.load(c,${w.next})
if((A.load(c,${w.ready})-k|0)>0&&t<A.load(c,${w.threads})&&kernels.has(A.load(c,${w.kernel}))){
if(A.compareExchange(c,${w.next},k,k+1)===k)run(k)
idle=0
}else if(++idle>${looks}){
idle=0
A.add(c,${w.asleep},1)
A.wait(c,${w.bell},bell)
A.sub(c,${w.asleep},1)
}
}
}
on(d=>{
got++
if(d.words)[c,m,t]=[d.words,d.memory,d.thread]
else if(d.bytes)try{
kernels.set(d.kernel,new WebAssembly.Instance(new WebAssembly.Module(d.bytes),{e:new Proxy({},{get:(_,k)=>k==='m'?m:()=>{throw 0}})}).exports)
}catch{}
else kernels.delete(d.kernel)
serve()
})`

/** The text for `worker_threads`, and for workers of the web. */
export const sources: { readonly node: string; readonly web: string } = {
  node: `const {parentPort:p}=require('worker_threads'),on=f=>p.on('message',f)${body}`,
  web: `const on=f=>{onmessage=e=>f(e.data)}${body}`,
}
