/**
 * Holds the packed tarball to what a user does with it: publint, attw, and in an empty folder an install,
 * an ESM and a CJS import of every subpath, and their types without `skipLibCheck`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const bin = (name) => resolve('node_modules/.bin', name)
const run = (file, args, options = {}) => execFileSync(file, args, { stdio: 'inherit', ...options })

const subpaths = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => manifest.name + path.slice(1))

/** Both formats: every subpath has something in it, there is one core, and it differentiates. */
const use = (imports) => `
${imports}
const fail = (why) => { throw new Error(why) }
for (const [name, module] of Object.entries(modules)) {
  const names = Object.keys(module).filter((each) => each !== 'default' && each !== 'module.exports')
  if (names.length === 0) fail(name + ' exports nothing')
}
const core = modules.adjoint
for (const [name, module] of Object.entries(modules)) {
  const inside = core[name.replace('adjoint/', '')]
  if (name === 'adjoint' || name === 'adjoint/laws') continue
  if (!inside) fail(name + ' is not a namespace of the root')
  for (const each of Object.keys(inside)) if (!Object.is(inside[each], module[each])) fail(name + ' is a second copy: ' + each)
}
const np = modules['adjoint/numpy']
const g = core.grad((x) => np.sum(np.square(x)))(np.array([3])).toArray()
if (g[0] !== 6) fail('the derivative of x² at 3 is not 6 but ' + g)
console.log('  ' + format + ': ' + Object.keys(modules).length + ' entries, one core, d(x²)/dx at 3 = ' + g)
`

const esm = `${subpaths.map((path, i) => `import * as m${i} from '${path}'`).join('\n')}
const format = 'ESM'
const modules = { ${subpaths.map((path, i) => `'${path}': m${i}`).join(', ')} }`

const cjs = `'use strict'
const format = 'CJS'
const modules = { ${subpaths.map((path) => `'${path}': require('${path}')`).join(', ')} }`

const types = `${subpaths.map((path, i) => `import * as m${i} from '${path}'`).join('\n')}
export const modules = [${subpaths.map((_, i) => `m${i}`).join(', ')}] as const
export const derivative = m0.grad((x: m0.Tensor) => m0.numpy.sum(m0.numpy.square(x)))
`

const folder = mkdtempSync(join(tmpdir(), 'adjoint-pack-'))
try {
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { encoding: 'utf8' })
  const [{ filename, size, entryCount }] = Object.values(JSON.parse(packed))
  const tarball = join(folder, filename)
  console.log(`${filename}: ${entryCount} files, ${Math.round(size / 1024)} kB`)

  run(bin('publint'), ['run', tarball, '--strict'])
  // `node16` leaves out Node 10, which knows no subpath exports.
  run(bin('attw'), [tarball, '--profile', 'node16', '--no-emoji'])

  const user = join(folder, 'user')
  mkdirSync(user)
  const write = (name, text) => writeFileSync(join(user, name), text)
  write('package.json', '{ "name": "user", "private": true }')
  const peer = `fast-check@${manifest.devDependencies['fast-check']}`
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, peer], { cwd: user })
  write('esm.mjs', use(esm))
  write('cjs.cjs', use(cjs))
  run('node', ['esm.mjs'], { cwd: user })
  run('node', ['cjs.cjs'], { cwd: user })

  write('types.mts', types)
  write('types.cts', types)
  const options = { module: 'node16', target: 'es2022', lib: ['es2022'], types: [], strict: true, skipLibCheck: false, noEmit: true }
  write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['types.mts', 'types.cts'] }))
  run(bin('tsc'), ['-p', user])
  console.log('  types: ESM and CJS, libraries checked')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
