/**
 * Readers and builders of structures as generated JavaScript, for structures that are met again and again.
 *
 * Law: a generated reader answers what the composed one answers, a generated builder gives what the composed one gives.
 * Decision: each structure has code of its own, so that the engine knows which objects pass there: property reads become
 * loads and an object is made in one go. Composed closures, which all structures share, cost three times as much. What is
 * large or has instances of classes in it stays with the closures.
 */
import { canGenerate } from '../data/generation'
import type { Reader, TreeBuilder } from './compiled'
import type { TreeDef } from './tree'

/** Nodes of a structure. Beyond, the code costs more than the calls. */
const most = 100

const isShort = (d: TreeDef): boolean => {
  const stack = [d]
  let n = 0
  for (let t = stack.pop(); t; t = stack.pop()) {
    if (++n > most || t._tag === 'Node') return false
    if ('children' in t) stack.push(...t.children)
  }
  return true
}

/** The expression that makes a leaf. */
type LeafText = (i: number) => string

const hasParts = (d: TreeDef): boolean => 'children' in d && d.children.length > 0

interface Text {
  /** Constants. */
  head: string
  body: string
  /** Names given so far. */
  names: number
  /** Leaves so far. */
  leaves: number
}

/** Statements that put down the leaves of `x`, or return −1. */
function read(d: TreeDef, x: string, to: Text): void {
  const name = (): string => `v${to.names++}`
  if (d._tag === 'Leaf') {
    to.body += `into[at+${to.leaves++}]=${x};`
    return
  }
  if (d._tag === 'Empty') {
    to.body += `if(${x}!=null)return -1;`
    return
  }
  if (d._tag === 'List') to.body += `if(!isArray(${x})||${x}.length!==${d.children.length})return -1;`
  else if (d._tag === 'Record') {
    const [proto, seen, keys] = [name(), name(), name()]
    to.head += `const ${keys}=${JSON.stringify(d.keys)};`
    to.body += `if(typeof ${x}!=='object'||${x}===null)return -1;`
    to.body += `const ${proto}=prototypeOf(${x});if(${proto}!==plain&&${proto}!==null)return -1;`
    to.body += `let ${seen}=0;for(const k in ${x})if(k!==${keys}[${seen}++])return -1;if(${seen}!==${d.keys.length})return -1;`
  }
  d.children.forEach((c, i) => {
    const part = name()
    to.body += `const ${part}=${x}[${d._tag === 'Record' ? JSON.stringify(d.sorted[i]) : i}];`
    read(c, part, to)
  })
}

/** An expression that makes the value. */
function make(d: TreeDef, to: Text, leaf: LeafText): string {
  if (d._tag === 'Leaf') return leaf(to.leaves++)
  if (d._tag === 'Empty') return d.value === null ? 'null' : 'undefined'
  const parts = 'children' in d ? d.children.map((c) => make(c, to, leaf)) : []
  if (d._tag === 'Record') {
    const at = new Map(d.sorted.map((k, i) => [k, parts[i]!]))
    // In brackets, __proto__ is a key like others.
    return `{${d.keys.map((k) => `${k === '__proto__' ? '["__proto__"]' : JSON.stringify(k)}:${at.get(k)!}`).join()}}`
  }
  return `[${parts.join()}]`
}

/** Functions of the same text would share what the engine learns of them. */
let serial = 0

/** A reader of this structure alone; undefined where the closures serve it as well. */
export function generatedReader(d: TreeDef): Reader | undefined {
  if (!hasParts(d) || !isShort(d) || !canGenerate()) return undefined
  const to: Text = { head: '', body: '', names: 0, leaves: 0 }
  read(d, 'x', to)
  const source = `"use strict";/*${serial++}*/${to.head}return (x,into,at)=>{${to.body}return at+${to.leaves}}`
  return (new Function('isArray', 'prototypeOf', 'plain', source) as (...xs: unknown[]) => Reader)(Array.isArray, Object.getPrototypeOf, Object.prototype)
}

/** A builder of this structure alone; undefined where the closures serve it as well. Leaves are made by an expression, of what is given by name. */
export function generatedBuilder(d: TreeDef, leaf: LeafText = (i) => `leaves[${i}]`, given: Readonly<Record<string, unknown>> = {}): TreeBuilder | undefined {
  if (!hasParts(d) || !isShort(d) || !canGenerate()) return undefined
  const source = `"use strict";/*${serial++}*/return (leaves)=>(${make(d, { head: '', body: '', names: 0, leaves: 0 }, leaf)})`
  return (new Function(...Object.keys(given), source) as (...xs: unknown[]) => TreeBuilder)(...Object.values(given))
}
