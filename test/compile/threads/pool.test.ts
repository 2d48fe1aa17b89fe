/** Threads: when there are some, when there are none, and that none is left. */
import { spawnSync } from 'node:child_process'
import * as workers from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type * as library from 'adjoint'
import type { Tensor } from 'adjoint'
import type * as threads from '../../../src/compile/threads/pool'

const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 5))

/** The library as it is first loaded, and its pool. */
async function loaded(): Promise<{ adjoint: typeof library; pool: typeof threads }> {
  vi.resetModules()
  return { adjoint: await import('adjoint'), pool: await import('../../../src/compile/threads/pool') }
}
const large = Float64Array.from({ length: 300_000 }, (_, i) => Math.sin(i))

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the pool', () => {
  it('has as many threads as were asked for, the caller aside, and they run parts; clearCache ends them', async () => {
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    const f = (x: Tensor): Tensor => np.sum(np.exp(np.tanh(x)))
    const want = (jit(f)(large) as Tensor).item()
    expect(pool.living()).toBe(0)
    const [two, three] = [jit(f, { threads: 2 }), jit(f, { threads: 3 })]
    two(large)
    expect(pool.living()).toBe(1)
    for (let k = 0; k < 400 && pool.ranByThreads() < 10; k++) {
      expect((two(large) as Tensor).item()).toBe(want)
      await settled()
    }
    expect(pool.ranByThreads()).toBeGreaterThanOrEqual(10)
    expect((three(large) as Tensor).item()).toBe(want)
    expect(pool.living()).toBe(2)
    two.clearCache()
    expect(pool.living()).toBe(0)
    // What is asked for again is there again.
    expect((three(large) as Tensor).item()).toBe(want)
    expect(pool.living()).toBe(2)
    pool.endThreads()
  })

  it('is told of in the plan, where a step is in parts', async () => {
    const { jit, np } = (await loaded()).adjoint
    const f = jit((x: Tensor) => np.sum(np.exp(x)), { threads: 2 })
    expect(f.lower(large).toString()).toMatch(/\n2 threads: 1 of these steps in parts$/)
    expect(f.lower(large.subarray(0, 5000)).toString()).not.toContain('threads')
  })

  it('has none for what is small', async () => {
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    jit((x: Tensor) => np.sum(np.exp(x)), { threads: 2 })(large.subarray(0, 5000))
    expect(pool.living()).toBe(0)
  })

  it('ends its threads when they have been idle for a while', async () => {
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    vi.useFakeTimers()
    const f = jit((x: Tensor) => np.exp(np.tanh(x)), { threads: 2 })
    f(large)
    await vi.advanceTimersByTimeAsync(1500)
    f(large)
    await vi.advanceTimersByTimeAsync(1500)
    expect(pool.living()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(pool.living()).toBe(0)
  })

  it('keeps serving when there are more kernels than a thread keeps', async () => {
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    const fs = Array.from({ length: 70 }, (_, k) => jit((x: Tensor) => np.tanh(np.add(x, k)), { threads: 2 }))
    for (let round = 0; round < 2; round++) for (const [k, f] of fs.entries()) expect((f(large.subarray(0, 70_000)) as Tensor).at(5).item()).toBe(np.tanh(np.add(np.array(Math.sin(5)), k)).item())
    pool.endThreads()
  })
})

describe('without threads', () => {
  it.each<[string, () => void]>([
    ['no shared memory', () => void vi.stubGlobal('SharedArrayBuffer', undefined)],
    ['no WebAssembly', () => void vi.stubGlobal('WebAssembly', undefined)],
    ['a page that is not isolated', () => void vi.stubGlobal('crossOriginIsolated', false)],
    ['no workers', () => {
      vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
      vi.stubGlobal('Worker', undefined)
    }],
    ['workers are refused', () => void vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ Worker: function Refused() { throw new Error('ERR_ACCESS_DENIED') } } as never)],
  ])('the caller does all of it: %s', async (_what, take) => {
    take()
    const said = vi.spyOn(console, 'warn')
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    const g = (x: Tensor): Tensor => np.sum(np.exp(np.tanh(x)))
    const compiled = jit(g, { threads: 4 })
    for (let round = 0; round < 3; round++) {
      expect((compiled(large) as Tensor).item()).toBe((jit(g)(large) as Tensor).item())
      await settled()
    }
    expect(pool.living()).toBe(0)
    expect(said).not.toHaveBeenCalled()
  })
  it('the caller does all of it: workers fail when they begin', async () => {
    class Failing extends workers.Worker {
      constructor() {
        super('throw new Error("no")', { eval: true })
      }
    }
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ Worker: Failing } as never)
    const { adjoint, pool } = await loaded()
    const compiled = adjoint.jit((x: Tensor) => adjoint.np.exp(adjoint.np.tanh(x)), { threads: 2 })
    compiled(large)
    await vi.waitFor(() => expect(pool.living()).toBe(0), 5000)
    compiled(large)
    expect(pool.living()).toBe(0)
  })
})

describe('workers of the web', () => {
  it('run parts where there are no others', async () => {
    const sources: string[] = []
    let serving: workers.Worker | undefined
    class Web {
      onerror = null
      readonly #worker: workers.Worker
      constructor() {
        this.#worker = serving = new workers.Worker(`let onmessage;require('worker_threads').parentPort.on('message',(data)=>onmessage({data}));${sources[0]}`, { eval: true })
      }
      postMessage(message: unknown): void {
        this.#worker.postMessage(message)
      }
      terminate(): void {
        void this.#worker.terminate()
      }
    }
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    vi.stubGlobal('Worker', Web)
    vi.stubGlobal('Blob', class { constructor([text]: string[]) { sources.push(text) } })
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:')
    const { adjoint, pool } = await loaded()
    const { jit, np } = adjoint
    const f = (x: Tensor): Tensor => np.sum(np.exp(np.tanh(x)))
    const compiled = jit(f, { threads: 2 })
    for (let k = 0; k < 400 && pool.ranByThreads() < 10; k++) {
      expect((compiled(large) as Tensor).item()).toBe((jit(f)(large) as Tensor).item())
      await settled()
    }
    expect(pool.ranByThreads()).toBeGreaterThanOrEqual(10)
    const gone = new Promise((done) => serving!.on('exit', done))
    pool.endThreads()
    await gone
  })
})

describe('a process', () => {
  const run = (text: string): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `import { jit, np } from './src/index.ts'\nconst x = Float64Array.from({ length: 300000 }, (_, i) => Math.sin(i))\nconst f = (v) => np.sum(np.exp(np.tanh(v)))\n${text}`], { encoding: 'utf8', timeout: 60_000 })
  it('that used threads ends by itself, also where no timer ends them', () => {
    const text = 'globalThis.setTimeout = () => 0; const g = jit(f, { threads: 3 }); for (let k = 0; k < 30; k++) g(x); console.log(g(x).item() === jit(f)(x).item())'
    expect(run(text)).toMatchObject({ status: 0, stdout: 'true\n' })
  })
  it('that ends in an exception ends with it', () => {
    expect(run('const g = jit(f, { threads: 3 }); for (let k = 0; k < 30; k++) g(x); throw new Error("mine")').status).toBe(1)
  })
})
