/** Every public name stands in an example that is run: in examples/, in the README, or in a doc comment. */
import { readFileSync, readdirSync } from 'node:fs'
import * as adjoint from 'adjoint'
import * as laws from 'adjoint/laws'
import * as nn from 'adjoint/nn'
import * as optim from 'adjoint/optim'
import * as random from 'adjoint/random'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const sources = (folder: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => `${folder}/${path}`)

/** What follows `@example` or `Example:` in doc comments: the rest of the line, and the lines up to the comment's end. */
const docExamples = sources('src').flatMap((path) => [...read(path).matchAll(/(?:@example|Example:)([^]*?)(?:\*\/|\* Source:)/g)].map((match) => match[1]))

const runs = sources('examples').map(read)
const texts = [...runs, ...[...read('README.md').matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]), ...docExamples].join('\n')

/** Words that stand after `import { … } from`: there a name is not yet used. */
const used = texts.replace(/import(?: type)? \{[^}]*\} from '[^']*'/g, '')

type Names = readonly (readonly [called: string, value: unknown])[]
const isNamespace = (x: unknown): x is object => Object.prototype.toString.call(x) === '[object Module]'

/** Names as they are written: those of namespaces behind `np.`, `nn.` …, to any depth. */
function namesOf(space: object, before = ''): Names {
  return Object.entries(space).flatMap(([name, value]) => (isNamespace(value) ? namesOf(value, `${before}${name}.`) : [[`${before}${name}`, value] as const]))
}

const occurs = (name: string): boolean => new RegExp(`(?<![\\w.])${name.replace(/\./g, '\\.')}(?!\\w)`).test(used)

const { numpy: _, ...rest } = adjoint
const spaces: Readonly<Record<string, Names>> = {
  adjoint: namesOf(rest).filter(([name]) => !/^(np|show|debug|tree|random|nn|optim)\./.test(name)),
  'adjoint/numpy': namesOf({ np: adjoint.np }),
  'adjoint/tree': namesOf({ tree: adjoint.tree }),
  'adjoint/debug': namesOf({ debug: adjoint.debug }),
  'adjoint/random': namesOf({ random }),
  'adjoint/nn': namesOf({ nn }),
  'adjoint/optim': namesOf({ optim }),
  'adjoint/laws': namesOf(laws),
}

describe('every public name has an example that runs', () => {
  it.each(Object.entries(spaces))('%s', (_space, names) => {
    expect(names.length).toBeGreaterThan(1)
    expect(names.map(([name]) => name).filter((name) => !occurs(name))).toEqual([])
  })

  it('adjoint/show', () => {
    expect(Object.keys(adjoint.show).filter((name) => !occurs(`show.${name}`) && !occurs(`look.${name}`))).toEqual([])
  })

  it("Tensor's own", () => {
    const members = Object.getOwnPropertyNames(adjoint.Tensor.prototype)
    const internal = ['constructor', 'concrete', 'elements', 'retire']
    const gallery = read('examples/gallery/tensor.ts')
    expect(members.filter((name) => !internal.includes(name) && !new RegExp(`\\.${name}\\b`).test(gallery))).toEqual([])
  })
})
