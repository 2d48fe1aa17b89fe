import { np, jit, valueAndGrad, stopGradient } from 'adjoint'
const x = np.reshape(np.array(Float64Array.from({length: 1e6}, (_, i) => Math.sin(i))), [1000, 1000])
const d = x.data()
const mx = (t: any) => np.max(t, { axis: 1, keepdims: true } as any)
const fs: any = {
  sumexp: (t: any) => np.sum(np.exp(t), 1), 
  sumexpc: (t: any) => np.sum(np.exp(np.subtract(t, 0.7)), 1), 
  sumexpv: (t: any) => np.sum(np.exp(np.subtract(t, np.ones([1000, 1]).mul(t.at(0,0)))), 1), 
  expmulsum: (t: any) => np.sum(np.exp(np.subtract(t, np.sum(t, { axis: 1, keepdims: true } as any))), 1),
  summulsum: (t: any) => np.sum(np.multiply(np.subtract(t, np.sum(t, { axis: 1, keepdims: true } as any)), t), 1),
  sqrtsub: (t: any) => np.sum(np.sqrt(np.subtract(mx(t), t)), 1),
}
for (const n in fs) {
const k = (jit(fs[n], { backend: 'wasm' }) as any).lower(x).compile()
const outs = k([d]).map((o: any) => typeof o === 'number' ? undefined : o)
let best = 1e9, all = []
for (let i = 0; i < 60; i++) { const t0 = performance.now(); k([d], outs); const t = performance.now() - t0; all.push(t.toFixed(0)); best = Math.min(best, t) }
console.log(n, best.toFixed(2), 'ms', all.slice(0, 12).join(' '), '...', all.slice(-5).join(' '))
}
