/** The README: every snippet runs, and says truly what it gives; its table of features is what is exported. */
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import * as adjoint from 'adjoint'
import * as laws from 'adjoint/laws'
import * as np from 'adjoint/numpy'
import * as optim from 'adjoint/optim'
import * as random from 'adjoint/random'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { text } from '../../examples/gallery/text'
import { says } from './stated'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const modules: Readonly<Record<string, unknown>> = {
  adjoint, 'adjoint/numpy': np, 'adjoint/optim': optim, 'adjoint/random': random, 'adjoint/laws': laws,
}

const blocks = [...readme.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1])
const isImport = (line: string): boolean => line.startsWith('import ')

interface Checked {
  readonly statement: string
  readonly value: unknown
}

/** All snippets as one script: imports first, each snippet a scope inside the one before it; stated lines are recorded. */
function script(): string {
  const lines = blocks.map((block) => block.split('\n'))
  const body = lines.map((block) =>
    block
      .filter((line) => !isImport(line))
      .map((line) => {
        const match = /^(\S.*) \/\/ => (.*)$/.exec(line)
        return match ? `record(${JSON.stringify(match[2])}, (${match[1]}));` : line
      })
      .join('\n'),
  )
  return `${lines.flat().filter(isImport).join('\n')}\n${body.map((block) => `{\n${block}`).join('\n')}\n${'}'.repeat(body.length)}\n`
}

function run(): readonly Checked[] {
  const { outputText } = ts.transpileModule(script(), { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } })
  const checked: Checked[] = []
  const record = (statement: string, value: unknown): void => void checked.push({ statement, value })
  compileFunction(outputText, ['require', 'exports', 'record'])((name: string) => modules[name], {}, record)
  return checked
}

describe('README', () => {
  it('its snippets give what they state', () => {
    const checked = run()
    expect(checked.length).toBeGreaterThan(25)
    expect(checked.map(({ statement, value }) => ({ statement, value: text(value) })).filter(({ statement, value }) => !says(statement, value))).toEqual([])
  })

  it('calls there what is exported, and later what is not', () => {
    const rows = [...readme.matchAll(/^\|.*\| (yes|later) \|$/gm)].map((match) => ({ today: match[1] === 'yes', names: [...match[0].matchAll(/`(\w+)`/g)].map((name) => name[1]) }))
    expect(rows.length).toBeGreaterThan(10)
    const libraries = ['random', 'nn', 'optim']
    const wrong = rows.flatMap(({ today, names }) => names.filter((name) => (name in adjoint || libraries.includes(name)) !== today))
    expect(wrong).toEqual([])
  })

  it('begins with the two commands, and is no longer than 250 lines', () => {
    expect(readme).toMatch(/^# adjoint\n\n[^\n]+\n\n```sh\nnpm ci && npm start[^\n]*\nnpm cit/)
    expect(readme.split('\n').length).toBeLessThanOrEqual(250)
  })

  it('names examples that exist', () => {
    const names = [...readme.matchAll(/`(examples\/[\w/-]+\.ts)`/g)].map((match) => match[1])
    expect(names.length).toBeGreaterThan(7)
    for (const name of names) expect(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')).toContain('export function main')
  })
})
