/**
 * A loop nest as text: one loop over its elements, every operation on a local variable; strided walks advance pointers.
 *
 * Where rows are reduced the nest runs in blocks, whose values for a reduction wait in scratch arrays: the reductions are
 * those of the closure backend, so their order is the same. Short rows are summed within the loop.
 */
import { isFloat } from '../../data/dtype'
import { isWide } from '../loop/builder'
import type { Nest, NestValue, Ref, Reduction } from '../loop/types'
import { inBuffer, inScratch, type Operand } from '../closure/bind'
import { roundingTo } from '../closure/choose'
import { counted } from '../loop/reads'
import { bindGather, bindJoin, isDirect } from '../closure/gather'
import type { Layout } from '../closure/layout'
import { isOrdered } from '../closure/monoid'
import { addReduction, blockLength, narrow, strip } from '../closure/nest'
import type { Run } from '../closure/registers.table'
import { makeAxes, type Axes, type Steps } from './axes'
import { crosses, stagesOf } from './stages'
import { declared, type Helpers, type Statement } from './text'
import { windowTexts } from './windows'
import { expression } from './words'

/** Longer texts are not optimised: closures run the nest. */
const longest = 40_000
/** Rows up to here whose order does not matter are reduced within the loop, and rows shorter than 8 in any case. */
const short = 64
/** Innermost axes up to here are written out, if the text stays short. */
const unrolled = 4
const brief = 3000

const joins: { readonly [op: string]: readonly [unit: string, floats: string, integers: string] } = {
  add: ['0', 's+v', 's+v|0'], mul: ['1', 's*v', 'Math.imul(s,v)'], max: ['-Infinity', 'Math.max(s,v)', 'Math.max(s,v)'],
  min: ['Infinity', 'Math.min(s,v)', 'Math.min(s,v)'], and: ['1', 's&v', 's&v'], or: ['0', 's|v', 's|v'],
}
const plus = (x: string, n: number): string => (n === 0 ? x : n > 0 ? `${x}+${n}` : `${x}${n}`)

export function nestStatement(nest: Nest, layout: Layout, helpers: Helpers, nameOf: (k: number) => string, varying: (ks: readonly number[]) => number[]): Statement | undefined {
  const { values, reductions, size, line } = nest
  const reads = counted(nest)
  const stages = stagesOf(nest, reads)
  const needed = values.map((_, i) => i).filter((i) => reads[i]! > 0)
  const byStrips = reductions.some(isWide)
  const registers = new Set<number>()
  const register = (k: number): string => {
    registers.add(k)
    return nameOf(k)
  }
  const slots = new Set<number>()
  const array = (slot: number): string => {
    slots.add(slot)
    return `b${slot}`
  }
  const buffer = (b: number): string => array(layout.bufferSlot(b))

  const [only] = needed
  const alone = needed.length === 1 && reductions.length === 0 && nest.windows.length === 0 ? values[only!]! : undefined
  if (alone?._tag === 'Spread' && size > short) {
    const value = register(alone.register)
    return { text: `m[${layout.bufferSlot(alone.store)}].fill(${value},0,${size});`, reads: varying([...registers]), writes: [] }
  }

  // Where values wait between loops.
  const scratch = new Map<Ref, number>()
  const free: number[] = []
  let made = 0
  const take = (): number => free.pop() ?? layout.scratch(made++)

  const isPlain = (r: Reduction): boolean => {
    const v = values[r.value]!
    return v.store >= 0 || (v._tag === 'Load' && isDirect(v.walk))
  }
  const operandOf = (ref: Ref): Operand => {
    const v = values[ref]!
    if (v.store >= 0) return inBuffer(layout.bufferSlot(v.store), 0)
    if (v._tag === 'Load' && isDirect(v.walk)) return inBuffer(layout.bufferSlot(v.walk.buffer), v.walk.offset)
    return inScratch(scratch.get(ref)!)
  }
  // Axes, and the walks and reductions that they suit.
  const axes = makeAxes(size)
  if (line > 0) axes.admit([size / line, line])
  const gathered = new Set<Ref>()
  for (const i of needed) {
    const v = values[i]!
    if (v._tag === 'Join' || (v._tag === 'Load' && !v.rows && !isDirect(v.walk) && (byStrips || !axes.admit(v.walk.extents)))) gathered.add(i)
  }
  const inlined = new Set<Reduction>()
  if (!byStrips) {
    const candidates = reductions.filter((r) => r.inner === 1 && r.length < (isOrdered(r) ? 8 : short))
    for (const r of candidates) if (size > r.length && r.length <= (axes.extents().length > 1 ? axes.extents()[0]! : size)) axes.admit([size / r.length, r.length])
    for (const r of candidates) if (axes.extents().length > 1 && axes.extents()[0] === r.length) inlined.add(r)
  }
  const crossing = needed.filter((i) => crosses(nest, stages, i))
  const whole = !byStrips && stages.count === 1 && gathered.size === 0 && reductions.every((r) => inlined.has(r))
  const outside = reductions.filter((r) => !inlined.has(r))
  const guess = new Set([...crossing, ...gathered, ...outside.filter((r) => !isPlain(r)).map((r) => r.value)]).size
  const length = whole ? size : inWhole(blockLength(nest, guess), [line, ...outside.flatMap((r) => (r.inner <= narrow ? [r.inner] : []))])
  const inner = axes.extents()[0]!
  const hasAxes = axes.extents().length > 1
  const aligned = length % inner === 0 && !byStrips
  if (!aligned && inlined.size > 0) return undefined
  if (!whole) layout.needScratch(Math.min(size, Math.max(length, strip)))

  const windows = windowTexts(nest, buffer)
  const afters: Run[] = []
  let body = ''
  for (let s = 0; s < stages.count; s++) {
    body += rowLoop(s)
    body += elementLoop(s)
    for (const r of outside)
      if (stages.of[r.value] === s)
        addReduction(r, operandOf(r.value), line, length, layout, { add: (run, rows) => { body += rows ? `${helpers.name(run)}(m,q0,q1-q0);` : `${helpers.name(run)}(m,i0,e-i0);` }, body: () => () => {} }, afters)
    for (const [ref, slot] of scratch)
      if (stages.last[ref]! <= s) {
        scratch.delete(ref)
        free.push(slot)
      }
  }
  if (line > 0) body = `const q0=i0/${line}|0,q1=e/${line}|0;${body}`
  const heads = [...slots].map((slot) => `b${slot}=m[${slot}]`)
  const walk = length >= size && !byStrips
    ? `{const i0=0,e=${size};${body}}`
    : byStrips
      ? strips(reductions[0]!, body)
      : `for(let i0=0;i0<${size};i0+=${length}){const e=Math.min(i0+${length},${size});${body}}`
  const text = `{${heads.length > 0 ? `const ${heads.join()};` : ''}${windows.start}${walk}${windows.end}${afters.map((f) => `${helpers.name(f)}(r,m);`).join('')}}`
  // Closures do not sum into windows.
  if (text.length > longest && nest.windows.length === 0) return undefined
  return { text, reads: varying([...registers]), writes: [] }

  /** The rows' own values of a stage. */
  function rowLoop(s: number): string {
    const list = needed.filter((i) => values[i]!.rows && stages.of[i] === s)
    if (list.length === 0) return ''
    const seen = new Set<Ref>()
    let text = ''
    const name = (a: Ref): string => {
      if (a < 0) return register(~a)
      if (!seen.has(a)) {
        seen.add(a)
        text += `const w${a}=${rowElement(a, 'q')};`
      }
      return `w${a}`
    }
    let work = ''
    for (const i of list) {
      const v = values[i]!
      if (v._tag === 'Compute') {
        const args = v.args.map(name)
        work += text + declared(v.operation, `w${i}`, args, helpers)
        text = ''
        seen.add(i)
        if (v.store >= 0) work += `${buffer(v.store)}[q]=w${i};`
        else if (stages.last[i]! > s || values.some((u) => u._tag === 'Expand' && u.value === i)) {
          scratch.set(i, take())
          work += `${array(scratch.get(i)!)}[q-q0]=w${i};`
        }
      } else if (v.store >= 0) {
        const x = name(i)
        work += `${text}${buffer(v.store)}[q]=${x};`
        text = ''
      }
    }
    return work === '' ? '' : `for(let q=q0;q<q1;q=q+1|0){${work}}`
  }

  /** A row value that is in memory. */
  function rowElement(ref: Ref, q: string): string {
    const v = values[ref]!
    if (v._tag === 'Load') {
      if (isDirect(v.walk)) return `${buffer(v.walk.buffer)}[${plus(q, v.walk.offset)}]`
      let unit = 1
      const terms: string[] = []
      for (let k = v.walk.extents.length - 1; k >= 0; k--) {
        terms.push(`${v.walk.strides[k]}*((${q}/${unit}|0)%${v.walk.extents[k]})`)
        unit *= v.walk.extents[k]!
      }
      return `${buffer(v.walk.buffer)}[${plus(terms.join('+'), v.walk.offset)}]`
    }
    return v.store >= 0 ? `${buffer(v.store)}[${q}]` : `${array(scratch.get(ref)!)}[${q}-q0]`
  }

  /** The elements' values of a stage. */
  function elementLoop(s: number): string {
    const kept = new Map<Ref, string[]>()
    const keep = (ref: Ref, text: string): void => void kept.set(ref, [...(kept.get(ref) ?? []), text])
    const sums: Reduction[] = []
    let gathers = ''
    const roots = new Set<Ref>()
    for (const i of needed) {
      const v = values[i]!
      if (v.rows || stages.of[i] !== s) continue
      if (v._tag === 'Compute') roots.add(i)
      if (v.store >= 0) keep(i, `${buffer(v.store)}[I]=`)
      else if (crosses(nest, stages, i)) scratch.set(i, take())
    }
    for (const r of reductions) {
      if (stages.of[r.value] !== s) continue
      if (inlined.has(r)) {
        sums.push(r)
        roots.add(r.value)
      } else if (!isPlain(r) && !scratch.has(r.value)) scratch.set(r.value, take())
    }
    for (const [ref, slot] of scratch) if (stages.of[ref] === s && !values[ref]!.rows) keep(ref, `${array(slot)}[I-i0]=`)
    for (const ref of kept.keys()) roots.add(ref)
    for (const w of nest.windows) for (const p of w.pieces) roots.add(p.value)
    if (roots.size === 0) return ''
    const used = new Set<Ref>(roots)
    for (const i of roots) {
      const v = values[i]!
      if (v._tag === 'Compute') for (const a of v.args) if (a >= 0) used.add(a)
    }
    const order = [...used].sort((a, b) => a - b)
    for (const i of order)
      if (gathered.has(i)) {
        const v = values[i] as Extract<NestValue, { _tag: 'Load' | 'Join' }>
        if (!scratch.has(i)) scratch.set(i, take())
        const to = inScratch(scratch.get(i)!)
        gathers += `${helpers.name(v._tag === 'Join' ? bindJoin(v.runs, layout, to) : bindGather(v.walk, layout.bufferSlot(v.walk.buffer), to))}(m,i0,e-i0);`
        array(scratch.get(i)!)
        kept.delete(i)
        if (v.store >= 0) keep(i, `${buffer(v.store)}[I]=`)
      }
    return gathers + loopText(order, kept, sums, s)
  }

  function loopText(order: readonly Ref[], kept: ReadonlyMap<Ref, readonly string[]>, sums: readonly Reduction[], s: number): string {
    const pointers = makePointers(axes, hasAxes)
    const inner0 = new Set<Ref>()
    let before = ''
    const sumsOf = new Map<Ref, Reduction[]>()
    for (const r of sums) sumsOf.set(r.value, [...(sumsOf.get(r.value) ?? []), r])
    const args = (as: readonly Ref[]): string[] => as.map((a) => (a < 0 ? register(~a) : `v${a}`))
    /** Where a value is read, I standing for the index; it is the same along the innermost axis where `still`. */
    const source = (i: Ref): { readonly text: (k: number) => string; readonly still: boolean } => {
      const v = values[i]!
      if (v._tag === 'Spread') return { text: () => register(v.register), still: hasAxes }
      if (v._tag === 'Compute' || gathered.has(i)) {
        const x = v._tag === 'Compute' && v.store >= 0 ? `${buffer(v.store)}[I]` : `${array(scratch.get(i)!)}[I-i0]`
        return { text: (k) => x.replace('I', plus('i', k)), still: false }
      }
      if (v._tag === 'Load') {
        const b = buffer(v.walk.buffer)
        if (isDirect(v.walk)) return { text: (k) => `${b}[${plus('i', k + v.walk.offset)}]`, still: false }
        if (!hasAxes) return { text: () => `${b}[${plus(`i*${v.walk.strides[0]!}`, v.walk.offset)}]`, still: false }
        const p = pointers.of(v.walk)
        return { text: (k) => `${b}[${plus(p.name, k * p.step + v.walk.offset)}]`, still: p.step === 0 }
      }
      const x = (v as Extract<NestValue, { _tag: 'Expand' }>).value
      const p = pointers.of({ extents: [size / line, line], strides: [1, 0] })
      return { text: () => rowElement(x, p.name), still: true }
    }
    const sources = new Map(order.filter((i) => values[i]!._tag !== 'Compute' || stages.of[i]! < s).map((i) => [i, source(i)]))
    for (const i of order) {
      const v = values[i]!
      const from = sources.get(i)
      if (from ? from.still : v._tag === 'Compute' && hasAxes && v.args.every((a) => a < 0 || inner0.has(a))) {
        inner0.add(i)
        before += from ? `const v${i}=${from.text(0)};` : declared((v as Extract<NestValue, { _tag: 'Compute' }>).operation, `v${i}`, args((v as Extract<NestValue, { _tag: 'Compute' }>).args), helpers)
      }
    }
    const at = (k: number): string => {
      let text = ''
      for (const i of order) {
        const v = values[i]!
        if (!inner0.has(i)) {
          const from = sources.get(i)
          text += from ? `const v${i}=${from.text(k)};` : declared((v as Extract<NestValue, { _tag: 'Compute' }>).operation, `v${i}`, args((v as Extract<NestValue, { _tag: 'Compute' }>).args), helpers)
        }
        for (const to of kept.get(i) ?? []) text += `${to.replace('I', plus('i', k))}v${i};`
        for (const r of sumsOf.get(i) ?? []) {
          const x = `s${reductions.indexOf(r)}`
          text += `${x}=${joins[r.op]![isFloat(r.dtype) ? 1 : 2].replace('v', `v${i}`).replace(/\bs\b/, x)};`
        }
      }
      return text + windows.element((n) => plus('i', k + n))
    }
    if (!hasAxes) return `for(let i=i0;i<e;i=i+1|0){${at(0)}}`
    const starts = sums.map((r) => `let s${reductions.indexOf(r)}=${joins[r.op]![0]};`).join('')
    const ends = sums.map((r) => {
      const x = `s${reductions.indexOf(r)}`
      const rounding = roundingTo(r.dtype, r.op)
      const value = rounding ? expression(rounding, x) : x
      if (r.target._tag === 'Register') return `r[${r.target.register}]=${value};`
      const p = pointers.of({ extents: [r.outer, r.length], strides: [1, 0] })
      return `${buffer(r.target.buffer)}[${p.name}]=${value};`
    }).join('')
    const once = at(0)
    const step = pointers.step()
    const run =
      inner <= unrolled && aligned && once.length * inner < brief
        ? `${Array.from({ length: inner }, (_, k) => `{${at(k)}}`).join('')}i=i+${inner}|0;`
        : `for(const z=${aligned ? `i+${inner}` : `Math.min(e,i+${inner}-c0)`};i<z;i=i+1|0){${once}${step}}`
    const stepped = run.includes('for(const z')
    return `{${pointers.start(aligned)}for(let i=i0;i<e;){${starts}${before}${run}${ends}${pointers.advance(stepped, aligned)}}}`
  }
}

/** A block's length cut to a multiple of all of these, where it has room. */
function inWhole(length: number, parts: readonly number[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  const common = parts.reduce((m, n) => (n > 1 ? (m / divisor(m, n)) * n : m), 1)
  return common <= length ? length - (length % common) : length
}

/** All rows of one strip of columns, then those of the next. */
const strips = ({ outer, length, inner }: Reduction, body: string): string =>
  `for(let o=0;o<${outer};o++)for(let c=0;c<${inner};c+=${strip})for(let w=0;w<${length};w++){const i0=(o*${length}+w)*${inner}+c,e=i0+Math.min(${strip},${inner}-c);${body}}`

interface Pointers {
  /** The pointer of a walk, without its offset, and its step along the innermost axis. */
  readonly of: (w: Steps) => { readonly name: string; readonly step: number }
  readonly start: (aligned: boolean) => string
  readonly step: () => string
  /** On to the next run along the innermost axis. */
  readonly advance: (stepped: boolean, aligned: boolean) => string
}

/** Pointers shared by walks of equal steps; they advance like an odometer. */
function makePointers(axes: Axes, has: boolean): Pointers {
  const all: { readonly name: string; readonly strides: readonly number[] }[] = []
  const known = new Map<string, { readonly name: string; readonly step: number }>()
  const extents = has ? axes.extents() : []
  const moved = (name: string, n: number): string => (n === 0 ? '' : `${name}=${plus(name, n)}|0;`)
  return {
    of: (w) => {
      const strides = axes.strides(w)
      const key = strides.join()
      let p = known.get(key)
      if (!p) {
        p = { name: `p${all.length}`, step: strides[0]! }
        all.push({ name: p.name, strides })
        known.set(key, p)
      }
      return p
    },
    start: (aligned) => {
      let unit = 1
      let text = ''
      extents.forEach((n, d) => {
        if (d > 0 || !aligned) text += `let c${d}=(i0/${unit}|0)${d < extents.length - 1 ? `%${n}` : ''};`
        unit *= n
      })
      for (const { name, strides } of all) text += `let ${name}=${strides.flatMap((st, d) => (st === 0 || (d === 0 && aligned) ? [] : [`c${d}*${st}`])).join('+') || '0'}|0;`
      return text
    },
    step: () => all.map((p) => moved(p.name, p.strides[0]!)).join(''),
    advance: (stepped, aligned) => {
      const last = extents.length - 1
      const at = (d: number): string => {
        const next = all.map((p) => moved(p.name, p.strides[d]! - (d === 1 ? (stepped ? extents[0]! * p.strides[0]! : 0) : extents[d - 1]! * p.strides[d - 1]!))).join('')
        return d === last ? next : `${next}if(++c${d}===${extents[d]}){c${d}=0;${at(d + 1)}}`
      }
      return `${aligned ? '' : 'c0=0;'}${last >= 1 ? at(1) : ''}`
    },
  }
}
