/** Doc comments: every example with a stated value (`// =>`) runs and gives it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import * as adjoint from 'adjoint'
import { describe, expect, it } from 'vitest'
import { text } from '../../examples/gallery/text'

const root = new URL('../../', import.meta.url)

interface Example {
  readonly path: string
  readonly code: string
  readonly statement: string
}

/** Folders whose names users write; elsewhere examples speak of what is inside. */
const open = /^(index|(transforms|control|numpy|random|nn|optim|tree|show|debug|linalg|fft|special|solve)\/.*)\.ts$/

/** What follows `@example` or `Example:` on one line, with its value; "about" states none. */
const examples = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => open.test(path) && path !== 'show/table.ts')
  .flatMap((path) =>
    [...readFileSync(new URL(`src/${path}`, root), 'utf8').matchAll(/(?:@example|Example:) (.*?) \/\/ => (?!about )(.*?)(?: \*\/)?$/gm)].map(
      ([, code, statement]): Example => ({ path: `src/${path}`, code, statement }),
    ),
  )

const load = (path: string): Promise<object> => import(/* @vite-ignore */ fileURLToPath(new URL(path, root))) as Promise<object>
const namespaces = readdirSync(new URL('src', root)).filter((name) => existsSync(new URL(`src/${name}/index.ts`, root)))

/** What an example may mention: the public names, those of its own file, and where it is in a namespace, of that. */
async function scopeOf(path: string): Promise<Readonly<Record<string, unknown>>> {
  const spaces = await Promise.all(namespaces.map(async (name) => [name, await load(`src/${name}/index.ts`)] as const))
  const own = spaces.find(([name]) => path.startsWith(`src/${name}/`))?.[1]
  // `np.delete` and `np.var` are no variables.
  const { delete: _delete, var: _var, ...scope } = { ...own, ...(await load(path)), ...adjoint, ...Object.fromEntries(spaces) } as Record<string, unknown>
  return scope
}

/** Numbers and words, without the brackets and commas between them: how results are written differs, what they are does not. */
const tokens = (written: string): string[] => written.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[^\s\d[\](){},'"]+/gi) ?? []

const agree = (stated: string, given: string): boolean => {
  const decimals = (stated.split(/e/i)[0].split('.')[1] ?? '').length
  if (stated === given) return true
  const [a, b] = [Number(stated), Number(given)]
  return Math.abs(a - b) <= (stated.includes('.') ? 0.500001 * 10 ** -decimals : 1e-13 * Math.max(1, Math.abs(a)))
}

const unescaped = (statement: string): string => (/^'.*'$/.test(statement) ? statement.slice(1, -1).replaceAll('\\n', '\n') : statement)

describe('doc comments', () => {
  it('have examples', () => expect(examples.length).toBeGreaterThan(40))

  it.each(examples.map((example) => [`${example.path}: ${example.code}`, example] as const))('%s', async (_, { path, code, statement }) => {
    const scope = await scopeOf(path)
    const value: unknown = compileFunction(`return (${code})`, Object.keys(scope))(...Object.values(scope))
    const [stated, given] = [unescaped(statement), text(value)]
    const [expected, found] = [tokens(stated), tokens(given)]
    expect(expected.length === found.length && expected.every((token, k) => agree(token, found[k])), `${code} gives ${given}, not ${stated}`).toBe(true)
  })
})
