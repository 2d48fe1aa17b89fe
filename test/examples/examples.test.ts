/** Every example runs and prints what stands beside its lines. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Print } from '../../examples/entry'
import { missing, stated } from './stated'

const examples: Readonly<Record<string, () => Promise<{ readonly main: (print: Print) => unknown }>>> = {
  'first-steps': () => import('../../examples/first-steps'),
  'higher-derivatives': () => import('../../examples/higher-derivatives'),
  sensitivity: () => import('../../examples/sensitivity'),
  primitive: () => import('../../examples/primitive'),
  'long-scan': () => import('../../examples/long-scan'),
  show: () => import('../../examples/show'),
  'lotka-volterra': () => import('../../examples/lotka-volterra'),
  'meta-learning': () => import('../../examples/meta-learning'),
  'heat-equation': () => import('../../examples/heat-equation'),
}
const galleries: typeof examples = {
  'gallery/numpy': () => import('../../examples/gallery/numpy'),
  'gallery/random': () => import('../../examples/gallery/random'),
  'gallery/nn': () => import('../../examples/gallery/nn'),
  'gallery/optim': () => import('../../examples/gallery/optim'),
  'gallery/core': () => import('../../examples/gallery/core'),
  'gallery/tensor': () => import('../../examples/gallery/tensor'),
  'gallery/laws': () => import('../../examples/gallery/laws'),
  'gallery/solve': () => import('../../examples/gallery/solve'),
  'gallery/errors': () => import('../../examples/gallery/errors'),
}

const printed = async (load: () => Promise<{ readonly main: (print: Print) => unknown }>): Promise<string[]> => {
  const lines: string[] = []
  await (await load()).main((line) => lines.push(...line.split('\n')))
  return lines
}

const sourceOf = (name: string): string => readFileSync(new URL(`../../examples/${name}.ts`, import.meta.url), 'utf8')

describe('examples', () => {
  it.each(Object.entries(examples))('%s prints what it states', async (name, load) => {
    const statements = stated(sourceOf(name))
    expect(statements.length).toBeGreaterThan(0)
    expect(missing(statements, await printed(load))).toBeUndefined()
  })

  it.each(Object.entries(galleries))('%s prints what it states, line for line', async (name, load) => {
    const [statements, lines] = [stated(sourceOf(name)), await printed(load)]
    expect(lines.length).toBe(statements.length)
    expect(missing(statements, lines)).toBeUndefined()
  })

  it('modes: both modes give the same Jacobian, and the cheaper one is the one with fewer passes', async () => {
    const { main } = await import('../../examples/modes')
    const lines: string[] = []
    const rows = main((line) => lines.push(line))
    expect(rows.filter(({ agree }) => !agree)).toEqual([])
    expect(rows.filter(({ n, m, operations }) => n !== m && operations.forward < operations.reverse !== n < m)).toEqual([])
    expect(missing(stated(sourceOf('modes')), lines)).toBeUndefined()
  })
})
