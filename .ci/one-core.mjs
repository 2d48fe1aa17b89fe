/**
 * After the build: the parts that entries share become one file, `core`. What loads the library parses nearly all of it, and a file
 * costs a process more to be found, read and linked than to be parsed; bundlers drop statements, not files.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'tsup'

const files = readdirSync('dist').filter((name) => name.endsWith('.js'))
const texts = new Map(files.map((file) => [file, readFileSync(`dist/${file}`, 'utf8')]))
/** A part that imports an entry is above the core. The others in the order in which they are first imported, whatever they are called. */
const isPart = (file) => file.startsWith('chunk-') && !/ from "\.\/(?!chunk-)/.test(texts.get(file))
const above = files.filter((file) => !isPart(file)).map((file) => texts.get(file)).join('')
const parts = files.filter(isPart).sort((a, b) => above.indexOf(a) - above.indexOf(b))
const names = (list) => list.split(',').flatMap((each) => (each.trim() ? [each.trim().split(' as ')] : []))
const numbered = (name, part) => `${name}_${parts.indexOf(part)}`

const all = parts.map((part) => {
  const list = names(/^export \{([^}]*)\};$/m.exec(texts.get(part))?.[1] ?? '').map((each) => each.at(-1))
  return `export { ${list.map((name) => `${name} as ${numbered(name, part)}`).join(', ')} } from './${part}'`
})
writeFileSync('dist/parts.js', all.join('\n'))
await build({ config: false, silent: true, entry: { core: 'dist/parts.js' }, outDir: 'dist', format: 'esm', target: 'es2022', platform: 'neutral', splitting: false, sourcemap: true })

for (const file of files.filter((each) => !parts.includes(each))) {
  const taken = []
  const rest = texts.get(file).replace(/^import (?:\{([^}]*)\} from )?"\.\/([^"]*)";\n/gm, (line, list = '', part) => {
    if (!parts.includes(part)) return line
    taken.push(...names(list).map(([name, own = name]) => `  ${numbered(name, part)} as ${own}`))
    return ''
  })
  if (rest !== texts.get(file)) writeFileSync(`dist/${file}`, `import {\n${taken.join(',\n')}\n} from "./core.js";\n${rest}`)
}
for (const file of ['parts.js', ...parts.flatMap((part) => [part, `${part}.map`])]) rmSync(`dist/${file}`)
