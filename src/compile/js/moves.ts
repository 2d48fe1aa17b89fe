/**
 * Elements moved to or from places known at run time, as text: a number taken is an expression, all else loops.
 */
import { copy } from '../../data/dtype'
import type { Span } from '../loop/types'
import { movingOf, type Index } from '../moves'
import { spanText, walked } from './opaque'
import type { StepText } from './text'
import { rounded } from './windows'

/** Elements from which on they are copied at once. */
const long = 65

/** Undefined where the array is but a number. */
export const movedText: StepText = (s, index, e, helpers, _name, nameOf, inside) => {
  const m = s.call && movingOf(s.call)
  const [x] = s.inputs
  const [y] = s.outputs
  if (!m || x!.from._tag === 'Register') return undefined
  const get = m.how === 'get'
  const single = m.batches * m.rows === 1
  const piece = get ? y! : s.inputs[m.piece]!
  let heads = ''
  const array = (span: Span, name: string): string => {
    heads += `const ${name}=${spanText(span, e, helpers, inside)};`
    return name
  }
  /** The index of an axis in the row at hand. */
  const indexOf = ({ operand, at }: Index, k: number): readonly [name: string, head: string] => {
    const span = s.inputs[operand]!
    if (span.from._tag === 'Register') return [nameOf(span.from.register), '']
    const i = array(span, `i${k}`)
    return [`k${k}`, `const k${k}=${i}[${single ? at : `${m.width}*r+${at}`}];`]
  }
  const found = m.axes.map(indexOf)
  const inner = found.map(([, head]) => head).join('')
  const scaled = (k: string, { last, step }: Index): string =>
    m.clip ? `(${k}<0?0:${k}>${last}?${last}:${k}|0)*${step}` : `(${k}|0)*${step}`
  const place = m.axes.map((a, k) => scaled(found[k]![0], a)).join('+') || '0'
  const lies = m.clip ? '' : m.axes.map(({ last }, k) => `${found[k]![0]}>=0&&${found[k]![0]}<=${last}`).join('&&')
  const fill = Object.is(m.fill, -0) ? '-0' : `${m.fill}`
  if (get && single && m.count === 1) {
    if (y!.from._tag !== 'Register') return undefined
    const name = nameOf(y!.from.register)
    const value = `${array(x!, 'x')}[${place}]`
    return `let ${name};{${heads}${inner}${name}=${lies ? `${lies}?${value}:${fill}` : value};}`
  }
  if (!get && y!.from._tag === 'Register') return undefined
  const target = get ? '' : array(y!, 'y')
  const source = get || s.inPlace === undefined || e.plan.taken.has(index) ? '' : `y.set(${spanText(x!, e, helpers, inside)});`
  const whole = get ? array(x!, 'x') : target
  const part = piece.from._tag === 'Register' ? '' : array(piece, 'v')
  const one = part === '' ? nameOf((piece.from as { readonly register: number }).register) : 'v[q]'
  const each = m.how === 'get' ? `v[q]=${whole}[p]` : `${whole}[p]=${m.how === 'set' ? one : rounded(`${whole}[p]+${one}`, m.dtype)}`
  const [to, from] = get ? ['v,q', `${whole},p`] : [`${whole},p`, 'v,q']
  const elements = part !== '' && m.how !== 'add' && m.count >= long && m.extents.length === 1 && m.strides[0] === 1
    ? `${helpers.name(copy)}(${from},${to},${m.count});q=q+${m.count}|0;`
    : walked(m.extents, m.strides, each)
  const run = `let p=${place}${m.batches > 1 ? `+b*${m.batch}` : ''}|0;${elements}`
  const dropped = get ? `{v.fill(${fill},q,q+${m.count});q=q+${m.count}|0}` : `q=q+${m.count}|0;`
  const row = `${inner}${lies ? `if(${lies}){${run}}else ${dropped}` : run}`
  const rows = single ? row : `for(let r=0;r<${m.batches * m.rows};r=r+1|0){${m.batches > 1 ? `const b=r/${m.rows}|0;` : ''}${row}}`
  return `{${heads}${source}let q=0;${rows}}`
}
