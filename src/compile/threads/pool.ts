/**
 * The threads of the process: made when a kernel first asks for them, shared by all kernels, ended when nobody has used them
 * for a while.
 *
 * Law: a process that has nothing else to do ends, whatever its threads do; where there are none to be had, or one fails,
 * the caller does without and nothing is said.
 */
import { makeSpace, type Space } from '../wasm/memory'
import { word, words } from './control'
import { sources } from './worker'

/** A thread, as Node and the web have it. */
interface Thread {
  readonly postMessage: (message: unknown) => void
  readonly terminate: () => unknown
  readonly unref?: () => void
  /** Node. */
  readonly on?: (event: string, f: () => void) => void
  /** The web. */
  onerror?: (() => void) | null
}
type Maker = new (source: string, options?: { readonly eval?: boolean }) => Thread

interface World {
  readonly process?: { readonly getBuiltinModule?: (name: string) => { readonly Worker?: Maker } | undefined }
  readonly SharedArrayBuffer?: unknown
  readonly crossOriginIsolated?: boolean
  readonly Worker?: Maker
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object
  readonly URL?: { readonly createObjectURL?: (blob: object) => string; readonly revokeObjectURL: (url: string) => void }
  /** A number, or an object, of Node's. */
  readonly setTimeout?: (f: () => void, ms: number) => { readonly unref?: () => void }
  readonly performance: { readonly now: () => number }
}
const world = globalThis as unknown as World

/** A kernel that threads can run parts of: its module, and its number. */
export interface Kernel {
  readonly id: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Kernels that a thread keeps. */
const kept = 64
/** Milliseconds without a job after which threads end. */
const patience = 2000
/** Pages of the memory that threads share, at most: two gigabytes, or half of one where there are no addresses for more. */
const pages = [2 ** 15, 2 ** 13] as const

interface Member {
  readonly thread: Thread
  /** Kernels that it has, in the order in which they were sent. */
  readonly kernels: number[]
}

let failed = false
let space: Space | undefined
let control: Int32Array | undefined
let members: Member[] = []
let waiting = false
let used = 0

/** The memory that threads share; undefined where there are no threads to be had. */
export function sharedSpace(): Space | undefined {
  if (failed || world.SharedArrayBuffer === undefined || world.crossOriginIsolated === false || !(nodeWorker() ?? world.Worker)) return undefined
  return (space ??= makeSpace(pages[0]) ?? makeSpace(pages[1]))
}

const nodeWorker = (): Maker | undefined => world.process?.getBuiltinModule?.('worker_threads')?.Worker

function makeThread(): Thread {
  const Node = nodeWorker()
  if (Node) {
    const thread = new Node(sources.node, { eval: true })
    // Without a listener an error would be thrown in the caller's process.
    thread.on!('error', fail)
    return thread
  }
  const url = world.URL!.createObjectURL!(new world.Blob!([sources.web], { type: 'text/javascript' }))
  const thread = new world.Worker!(url)
  thread.onerror = fail
  return thread
}

function fail(): void {
  failed = true
  endThreads()
}

/** Wakes threads that sleep, or has them look again. */
export const ring = (c: Int32Array): void => {
  Atomics.add(c, word.bell, 1)
  Atomics.notify(c, word.bell)
}

/** Ends all threads; a job that comes later has new ones. */
export function endThreads(): void {
  for (const { thread } of members) void thread.terminate()
  members = []
  control = undefined
}

/** Ends the threads after a time without jobs. */
function watch(wait: number): void {
  waiting = true
  const timer = world.setTimeout!(() => {
    waiting = false
    const left = patience - (world.performance.now() - used)
    if (left <= 0) endThreads()
    else if (members.length > 0) watch(left)
  }, wait)
  timer.unref?.()
}

/** The words, and so many threads less one that have the kernel or will have it soon. */
export function summoned(threads: number, kernel: Kernel): Int32Array | undefined {
  if (failed) return undefined
  try {
    const c = (control ??= new Int32Array(new SharedArrayBuffer(4 * words)))
    used = world.performance.now()
    if (!waiting && world.setTimeout) watch(patience)
    const send = ({ thread }: Member, k: number, message: unknown): void => {
      Atomics.add(c, word.mail + k, 1)
      thread.postMessage(message)
    }
    let sent = false
    for (let k = 1; k < threads; k++) {
      let member = members[k - 1]
      if (!member) {
        members.push((member = { thread: makeThread(), kernels: [] }))
        member.thread.unref?.()
        send(member, k, { words: c, memory: space!.memory, thread: k })
      }
      if (member.kernels.includes(kernel.id)) continue
      if (member.kernels.push(kernel.id) > kept) send(member, k, { kernel: member.kernels.shift() })
      send(member, k, { kernel: kernel.id, bytes: kernel.bytes })
      sent = true
    }
    if (sent) ring(c)
    return c
  } catch {
    fail()
    return undefined
  }
}

/** Parts that threads other than the caller have run, since there are threads. */
export const ranByThreads = (): number => (control ? Atomics.load(control, word.ran) : 0)
/** Threads besides the caller that live. */
export const living = (): number => members.length
