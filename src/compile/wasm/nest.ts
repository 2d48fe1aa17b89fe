/**
 * A loop nest as instructions: one loop over its elements, a pair at a time; rows are reduced in the same pass.
 *
 * The loop goes row by row: first come the row's own values, then its elements, then its sums, stage after stage. What cannot
 * be read in place (arrays of the caller's, walks that do not fit the axes) is staged block by block by JavaScript, and what
 * is not reduced by rows is reduced by the closures of the closure backend.
 * Law: the bits of the closure backend. A pair may reach one element past the end of a row: what it reads there is not used,
 * and what it writes there is written again, or lies in the slack behind the array.
 */
import type { Nest, Ref, Reduction } from '../loop/types'
import { inBuffer, inScratch, type Operand } from '../closure/bind'
import { choose } from '../closure/choose'
import { isDirect } from '../closure/gather'
import { lineState } from '../closure/rows'
import { chunkLength, isOrdered } from '../closure/monoid'
import { add, type Code } from './assembler'
import { crosses } from '../js/stages'
import { onPairs } from './operations'
import { columnReductions } from './columns'
import { loadPair } from './loads'
import { productsOfSums } from './madds'
import { bindingOf } from './masks'
import { from, index, ownBase, partParameters, to, type NestPart } from './part'
import { makePointers } from './pointers'
import type { Pair } from './pairs'
import { rowReduction, type RowReduction } from './rows'
import { base, functionOf, registerPairs, storeResult, type Outside, type Site } from './site'
import { stagingOf } from './staging'
import { isTotal, totalsOf } from './totals'
import { group, isGrouped, spread, type Computed, type Survey } from './survey'
import { windowSums } from './windows'

/** The nest as surveyed: all of it, or as a function of a part. */
export function emitNest(nest: Nest, site: Site, plan: Survey, part?: NestPart): Code {
  const { needed, stages, axes, inner, inline, columns, outside, gathered, shares, isStaged } = plan
  const pieces = plan.pieces && !part
  /** Where parts are of the one row. */
  const partial = inner === nest.size ? part?.partial : undefined
  const block = part ? part.length : plan.block
  const { values, size, line } = nest
  const { layout, isResident } = site
  const { code, pairs: w } = functionOf(site, part && partParameters)
  const [element, rowEnd] = [code.local('i32'), code.local('i32')]
  const isBefore = (end: number) => (): void => void code.get(element).get(end).op('i32.lt_u')
  const pointers = makePointers(code, axes, part ? from : -1)

  // Scratch arrays, and how far they are from the elements' own addresses.
  const scratch = new Map<Ref, number>()
  let made = 0
  const slotOf = (ref: Ref): number => {
    let slot = scratch.get(ref)
    if (slot === undefined) scratch.set(ref, (slot = part ? part.scratch() : layout.scratch(made++)))
    return slot
  }
  const [blockStart, local] = [code.local('i32'), code.local('i32')]
  const waits = (i: Ref): boolean => crosses(nest, stages, i)
  const usesLocal = isStaged || needed.some(waits)
  if (usesLocal && !part) layout.needScratch((isStaged ? block + plan.reach : line) + 2)

  const operandOf = (ref: Ref): Operand => {
    const v = values[ref]!
    if (v.store >= 0 && isResident(v.store)) return inBuffer(layout.bufferSlot(v.store), 0)
    if (v._tag === 'Load' && isDirect(v.walk)) return inBuffer(layout.bufferSlot(v.walk.buffer), v.walk.offset)
    return inScratch(slotOf(ref))
  }
  const shareOf = (i: Ref): readonly [of: Ref, by: number] => shares.get(i) ?? [i, 0]

  const registers = registerPairs(site, code, w, needed.map((i) => values[i]!))
  const totals = totalsOf(site, w, outside.filter((r) => !part && isTotal(nest, r, pieces ? inner : block)), blockStart, operandOf, (i) => (operandOf(i).along === 0 || gathered.has(i) ? [slotOf(shareOf(i)[0]), shareOf(i)[1]] : undefined))
  const staging = stagingOf(nest, { ...plan, outside: outside.filter((r) => !totals.has(r)) }, layout, block, slotOf, operandOf)
  const { before, after, ends } = staging

  const state = new Map<Reduction, RowReduction>()
  const counters = part && inline.size > 0 ? ownBase(code, lineState) : base
  for (const r of inline) state.set(r, rowReduction(site, w, r, () => (part ? part.state(lineState) : layout.state(lineState)), counters, !partial))
  const columnwise = columnReductions([...columns], inner, site, w, element, rowEnd, part)
  const windows = windowSums(nest, site, w, (s) => (isResident(s.buffer) ? undefined : { slot: layout.scratch(made++), local }))
  after.push(...windows.block)
  const rowPointer = (): number => pointers.of({ extents: [size / inner, inner], strides: [1, 0] }, 0).local

  /** The rows' own values, known from their stage on. */
  const ofRow = new Map<Ref, Pair>()
  const rowValues = (s: number): void => {
    for (const i of needed) {
      const v = values[i]!
      if (!v.rows || stages.of[i] !== s) continue
      if (v._tag === 'Load') {
        const direct = isDirect(v.walk)
        const p = direct ? undefined : pointers.of(spread(v.walk, line), v.walk.offset)
        ofRow.set(i, w.let(() => void code.get(p ? p.local : rowPointer()).inSlot('v128.load64_splat', layout.bufferSlot(v.walk.buffer), 8 * (p ? p.offset : v.walk.offset))))
      } else if (v._tag === 'Compute') {
        const args = v.args.map((a) => (a < 0 ? registers.get(~a)! : ofRow.get(a)!))
        ofRow.set(i, w.let(onPairs(w, choose(v.operation), args)))
      }
      if (v.store >= 0) {
        code.get(rowPointer())
        ofRow.get(i)!()
        code.lane('f64x2.extract_lane', 0).inSlot('f64.store', layout.bufferSlot(v.store), 0)
      }
    }
  }

  /** The elements of a row, or of a piece of one, from `element` to `rowEnd`. */
  const elements = (s: number): void => {
    const kept = new Set<Ref>()
    const computed: Ref[] = []
    for (const i of needed) {
      const v = values[i]!
      if (v.rows || stages.of[i] !== s) continue
      if (v._tag === 'Compute') computed.push(i)
      if (v.store >= 0 || waits(i)) kept.add(i)
    }
    const sums = [...inline].filter((r) => stages.of[r.value] === s)
    const lanes = [...columns].filter((r) => stages.of[r.value] === s)
    for (const r of outside) if (stages.of[r.value] === s && !(values[r.value]!.store >= 0 && isResident(values[r.value]!.store)) && operandOf(r.value).along === 0 && !gathered.has(r.value)) kept.add(r.value)
    const ends = new Set([...kept, ...[...sums, ...lanes, ...nest.windows.flatMap((s1) => s1.pieces)].map((r) => r.value)])
    const roots = new Set([...computed, ...ends])
    if (roots.size === 0) return
    const binding = bindingOf(w, values, computed, ends)
    const used = new Set<Ref>(roots)
    for (const i of roots) {
      const v = values[i]!
      if (v._tag === 'Compute') for (const a of v.args) if (a >= 0) used.add(a)
    }
    const order = [...used].sort((a, b) => a - b)
    const known = new Map<Ref, Pair>()
    const still = new Set<Ref>()
    const isComputed = (i: Ref): boolean => values[i]!._tag === 'Compute' && stages.of[i] === s
    const argument = (a: Ref): Pair => (a < 0 ? registers.get(~a)! : known.get(a)!)

    w.scope(() => {
      // What is the same throughout the row.
      for (const i of order) {
        const v = values[i]!
        if (v._tag === 'Spread') known.set(i, binding.still(i, registers.get(v.register)!, true))
        else if (v._tag === 'Expand') known.set(i, binding.still(i, ofRow.get(v.value)!, true))
        else if (v._tag === 'Load' && !gathered.has(i) && !isDirect(v.walk)) {
          const p = pointers.of(v.walk, v.walk.offset)
          if (p.step !== 0) continue
          known.set(i, binding.still(i, () => void code.get(p.local).inSlot('v128.load64_splat', layout.bufferSlot(v.walk.buffer), 8 * p.offset)))
        } else if (isComputed(i) && (v as Computed).args.every((a) => a < 0 || still.has(a)))
          known.set(i, binding.still(i, onPairs(w, choose((v as Computed).operation), (v as Computed).args.map(argument))))
        else continue
        still.add(i)
      }
      const products = site.imports.fused && nest.windows.length === 0 ? productsOfSums(values, order.filter((i) => isComputed(i) && !still.has(i)), [...sums, ...lanes], kept, 'float64') : undefined
      const moving = new Map<number, number>()
      for (const i of order) {
        const v = values[i]!
        if (v._tag !== 'Load' || still.has(i) || gathered.has(i) || isDirect(v.walk)) continue
        const p = pointers.of(v.walk, v.walk.offset)
        moving.set(p.local, p.step)
      }
      for (const r of lanes) moving.set(columnwise.get(r)!.pointer, 1)
      const ordered = sums.some(isOrdered)
      const grouped = isGrouped(order.flatMap((i) => (isComputed(i) ? [values[i] as Computed] : [])), sums.length) && inner >= 2 * group && [...moving.values()].every((by) => by >= 0)
      const whole = code.local('i32')
      const stop = ordered ? code.local('i32') : rowEnd

      const fold = (): void => { for (const r of sums) if (isOrdered(r)) state.get(r)!.fold() }
      /** A pair: of a group, so many pairs ahead of the address, or by itself. */
      const body = (ahead?: number): void => {
        const bytes = 16 * (ahead ?? 0)
        w.scope(() => {
          // How often each value is still to be read; what is reduced or summed is read at the end.
          const left = new Map<Ref, number>()
          const count = (a: Ref): void => void left.set(a, (left.get(a) ?? 0) + 1)
          for (const i of order) if (isComputed(i)) for (const a of (values[i] as Computed).args) if (a >= 0) count(a)
          for (const r of [...sums, ...lanes]) count(r.value)
          for (const s1 of nest.windows) for (const p of s1.pieces) count(p.value)
          const locals = new Map<Ref, number>()
          const done = (a: Ref): void => {
            if (a < 0) return
            if (products?.has(a)) return (values[a] as Computed).args.forEach(done)
            left.set(a, left.get(a)! - 1)
            const l = locals.get(a)
            if (left.get(a) === 0 && l !== undefined) code.release(l)
          }
          for (const i of order) {
            const v = values[i]!
            if (products?.has(i)) {
              known.set(i, onPairs(w, choose((v as Computed).operation), (v as Computed).args.map(argument)))
              continue
            }
            if (!still.has(i)) {
              const [of, by] = shareOf(i)
              const slot = v._tag === 'Compute' && v.store >= 0 && isResident(v.store) ? undefined : scratch.get(of)
              const l = w.held(() => binding.of(i,
                v._tag === 'Load' && !gathered.has(i) ? loadPair(code, layout, pointers, { element, rowEnd: ahead === undefined && inner % 2 === 1 ? rowEnd : -1 }, v.walk, ahead ?? 0)
                  : isComputed(i) ? onPairs(w, choose((v as Computed).operation), (v as Computed).args.map(argument))
                  : () => void (slot === undefined ? code.get(element).inSlot('v128.load', layout.bufferSlot(v.store), bytes) : code.get(local).inSlot('v128.load', slot, bytes + 8 * by)),
              ))
              locals.set(i, l)
              known.set(i, binding.from(i, () => void code.get(l)))
              if (isComputed(i)) for (const a of (v as Computed).args) done(a)
            }
            if (!kept.has(i)) continue
            const store = (address: number, slot: number): void => {
              const put = (name: 'v128.store' | 'v128.store64_lane', lane?: number): void => {
                code.get(address)
                known.get(i)!()
                code.inSlot(name, slot, bytes, lane)
              }
              // Behind a part are elements of another thread's.
              if (part && ahead === undefined && inner % 2 === 1 && inner < size)
                code.get(element).i32(8).op('i32.add').get(rowEnd).op('i32.lt_u').if(() => put('v128.store'), () => put('v128.store64_lane', 0))
              else put('v128.store')
            }
            if (v.store >= 0 && isResident(v.store)) store(element, layout.bufferSlot(v.store))
            else store(local, slotOf(i))
          }
          for (const r of lanes) columnwise.get(r)!.take(known.get(r.value)!, bytes)
          windows.pair(element, bytes, (i) => known.get(i)!)
          if (sums.length === 0) return
          const take = (): void => { for (const r of sums) state.get(r)!.take(known.get(r.value)!, ahead) }
          if (ahead !== undefined) return take()
          const two = (): void => void code.get(element).i32(8).op('i32.add').get(stop).op('i32.lt_u')
          const rest = (): void => { for (const r of sums) state.get(r)!.takeRest(known.get(r.value)!, two) }
          if (grouped && ordered) return rest()
          code.get(element).get(whole).op('i32.lt_u').if(
            take,
            () => {
              if (ordered) code.get(element).get(whole).op('i32.eq').if(fold)
              rest()
            },
          )
        })
      }
      /** All addresses so many elements further on. */
      const on = (n: number): void => {
        add(code, element, 8 * n)
        if (usesLocal) add(code, local, 8 * n)
        for (const [p, by] of moving) add(code, p, 8 * n * by)
      }
      /** After an odd number of elements the addresses are one too far. */
      const settle = (): void => {
        if (inner % 2 === 1) code.get(element).get(stop).op('i32.gt_u').if(() => on(-1))
      }
      const run = (): void => {
        const mask = ordered ? -64 : -16
        if (sums.length > 0) code.get(element).get(stop).get(element).op('i32.sub').i32(mask).op('i32.and', 'i32.add').set(whole)
        if (ordered) for (const r of sums) state.get(r)!.startChunk()
        const single = (): void => { body(); on(2) }
        if (grouped) {
          const groups = ordered ? whole : code.local('i32')
          if (!ordered) code.get(element).get(stop).get(element).op('i32.sub').i32(-16 * group).op('i32.and', 'i32.add').set(groups)
          code.while(isBefore(groups), () => {
            for (let k = 0; k < group; k++) body(k)
            on(2 * group)
          })
          if (ordered) fold()
          code.while(isBefore(stop), single)
          if (!ordered) code.release(groups)
        } else code.repeat(single, isBefore(stop))
        if (ordered && !grouped) code.get(whole).get(stop).op('i32.eq').if(fold)
        settle()
        if (ordered) for (const r of sums) state.get(r)!.endChunk()
      }
      if (!ordered) run()
      else
        code.repeat(
          () => {
            stepTo(8 * chunkLength, rowEnd, stop)
            run()
          },
          isBefore(rowEnd),
        )
      code.release(whole)
      if (ordered) code.release(stop)
    })
  }

  const ended = (s: number): void => {
    for (const r of inline) {
      if (stages.of[r.value] !== s) continue
      const result = (whole: boolean): void => state.get(r)!.endRow(!whole)
      if (partial) {
        const slot = partial(r)
        code.get(base).get(index).i32(8).op('i32.mul', 'i32.add')
        result(false)
        code.inSlot('f64.store', slot, 0)
      }
      else storeResult(site, code, r.target, r.target._tag === 'Register' ? base : rowPointer(), () => result(true))
    }
  }
  const started = (s: number): void => {
    for (const r of inline) if (stages.of[r.value] === s) state.get(r)!.startRow()
    for (const [r, c] of columnwise) if (stages.of[r.value] === s) c.begin()
  }
  /** Runs these on the block that ends at the address. */
  const calls = (runs: readonly Outside[], to: number): void => {
    if (runs.length === 0) return
    const elementsFrom = (till: number, from: number): void => void code.get(till).get(from).op('i32.sub').i32(3).op('i32.shr_u')
    elementsFrom(blockStart, base)
    elementsFrom(to, blockStart)
    code.call(site.outside((r, m, i, n) => { for (const run of runs) run(r, m, i, n) }))
  }
  const blockDone = (to: number): void => {
    calls(after, to)
    totals.block(to)
  }
  const [end, blockEnd] = [code.local('i32'), code.local('i32')]
  /** The address so many bytes further on, or the limit if that comes first. */
  const stepTo = (bytes: number, limit: number, to: number): void => void code.get(element).i32(bytes).op('i32.add').tee(to).get(limit).get(to).get(limit).op('i32.lt_u', 'select').set(to)

  const oneRow = (): void => {
    if (part?.strip) code.get(element).get(to).op('i32.add').get(from).op('i32.sub').set(rowEnd)
    else if (partial) code.get(end).set(rowEnd)
    else code.get(element).i32(8 * inner).op('i32.add').set(rowEnd)
    const again = stages.count > 1
    const [start, startLocal] = again ? [code.local('i32'), code.local('i32')] : [-1, -1]
    if (again) {
      code.get(element).set(start)
      if (usesLocal) code.get(local).set(startLocal)
    }
    w.scope(() => {
      for (let s = 0; s < stages.count; s++) {
        if (s > 0) {
          code.get(start).set(element)
          if (usesLocal) code.get(startLocal).set(local)
          pointers.restart()
        }
        rowValues(s)
        started(s)
        if (!pieces) elements(s)
        else
          code.repeat(
            () => {
              const rowLimit = code.local('i32')
              code.get(rowEnd).set(rowLimit).get(element).set(blockStart).get(base).set(local)
              stepTo(8 * block, rowLimit, rowEnd)
              calls(before, rowEnd)
              elements(s)
              blockDone(rowEnd)
              code.get(rowEnd).set(element).get(rowLimit).set(rowEnd)
              code.release(rowLimit)
            },
            isBefore(rowEnd),
          )
        ended(s)
      }
      // Where nothing was done for the elements, or in pieces, the address is still to be moved.
      code.get(rowEnd).set(element)
      if (usesLocal && again) code.get(startLocal).i32(8 * inner).op('i32.add').set(local)
    })
    for (const c of columnwise.values()) c.end()
    pointers.advance()
  }

  if (part) {
    const scratchBase = usesLocal ? ownBase(code, part.stride) : base
    code.get(base).get(from).op('i32.add').set(element).get(base).get(to).i32(8 * inner * Math.max(0, part.strip - 1)).op('i32.add', 'i32.add').set(end)
    const home = (): void => void code.get(scratchBase).set(local)
    home()
    code.repeat(
      () => {
        if (!isStaged) home()
        oneRow()
        if (part.strip > 0) code.get(element).i32(8 * inner).op('i32.add').get(from).op('i32.add').get(to).op('i32.sub').set(element)
      },
      isBefore(end),
    )
    part.staged(staging)
    return code
  }
  totals.start()
  code.get(base).set(element).get(base).i32(8 * size).op('i32.add').set(end)
  code.repeat(
    () => {
      code.get(element).set(blockStart).get(base).set(local)
      if (!isStaged || pieces) return oneRow()
      stepTo(8 * block, end, blockEnd)
      calls(before, blockEnd)
      code.repeat(oneRow, isBefore(blockEnd))
      blockDone(blockEnd)
    },
    isBefore(end),
  )
  windows.finish()
  totals.end()
  if (ends.length > 0) code.i32(0).i32(0).call(site.outside((r, m) => { for (const run of ends) run(r, m, 0, 0) }))
  return code
}
