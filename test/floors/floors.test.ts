/** The shape of the code: floors, no cycles, short files, and no transform that asks a primitive for its name. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { cruise, type ICruiseResult, type IReporterOutput } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { describe, expect, it } from 'vitest'

const LINES = 400

const sources = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => `${folder}/${path}`)
    : []

const violations = async (): Promise<string[]> => {
  const folders = ['src', 'laws', 'examples'].filter((folder) => existsSync(folder))
  const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs')
  const { output }: IReporterOutput = await cruise(folders, options)
  const { summary } = output as ICruiseResult
  expect(summary.totalCruised).toBeGreaterThan(0)
  return summary.violations.map(({ rule, from, to, cycle }) =>
    [`${rule.name}:`, from, ...(cycle ?? [{ name: to }]).map(({ name }) => `→ ${name}`)].join(' '),
  )
}

describe('floors', () => {
  it('every import goes to its own floor or a lower one, and never round in a cycle', async () => {
    expect(await violations()).toEqual([])
  })

  it(`no source file is longer than ${LINES} lines`, () => {
    const long = [...sources('src'), ...sources('laws')]
      .map((path) => ({ path, lines: readFileSync(path, 'utf8').trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LINES)
    expect(long).toEqual([])
  })

  it('a transform, the compiler and the IR ask a primitive for its rule, never for its name', () => {
    const asking = ['src/transforms', 'src/compile', 'src/ir']
      .flatMap(sources)
      .filter((path) => /\.name === '/.test(readFileSync(path, 'utf8')))
    expect(asking).toEqual([])
  })

  it('the whole vocabulary is imported only for what is handed to users: all else brings the words that it uses', () => {
    const importing = sources('src').filter((path) => /from '[^']*\/(world|words|record)'/.test(readFileSync(path, 'utf8')) && !path.startsWith('src/compile/'))
    expect(importing.sort()).toEqual(['src/debug/kinks.ts', 'src/debug/roundoff.ts', 'src/index.ts', 'src/primitives/record.ts', 'src/primitives/world.ts'])
  })
})
