/**
 * After the build: the declaration bundler takes a type that a namespace hands on from another chunk for a value
 * (`declare const index_X: typeof X`). Such lines become type aliases.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const files = readdirSync('dist').filter((name) => /\.d\.c?ts$/.test(name)).map((name) => `dist/${name}`)
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const all = [...texts.values()].join('\n')
const declared = (kinds) => new Set([...all.matchAll(new RegExp(`^(?:export )?(?:declare )?(?:${kinds}) (\\w+)`, 'gm'))].map((match) => match[1]))
const types = declared('interface|type')
/** The type parameters of a generic type, as they are declared, and their names alone. */
const generics = new Map(
  [...all.matchAll(/^(?:export )?(?:declare )?(?:interface|type) (\w+)<([^<>]*)>/gm)].map(([, name, list]) => [
    name,
    [`<${list}>`, `<${list.split(',').map((each) => each.trim().split(/[\s=]/)[0]).join(', ')}>`],
  ]),
)
const values = declared('(?:abstract )?class|function|const|let|var|namespace')

for (const [file, text] of texts) {
  const next = text.replace(/^declare const (\w+): typeof (\w+);$/gm, (line, alias, name) => {
    if (!types.has(name) || values.has(name)) return line
    const [parameters, names] = generics.get(name) ?? ['', '']
    return `type ${alias}${parameters} = ${name}${names};`
  })
  if (next !== text) writeFileSync(file, next)
}
