import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import ts from 'typescript'

/**
 * The subpath exports. To add one: its name here, `src/<name>/index.ts`, and
 * `export * as <name> from './<name>'` in `src/index.ts`. The build writes `exports` in package.json from this list.
 */
const subpaths = ['numpy', 'linalg', 'random', 'nn', 'optim', 'tree', 'show', 'debug', 'solve']

const entries: Record<string, string> = {
  index: 'src/index.ts',
  ...Object.fromEntries(subpaths.map((name) => [name, `src/${name}/index.ts`])),
  laws: 'laws/index.ts',
}

/** A missing entry does not stop the build of the others; `npm run pack:check` refuses a package without it. */
const present = Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)))
/** No subpaths, but files of their own, so that bundlers can leave them out: what the root loads for its effects, and a namespace of `nn`. */
const parts = { ready: 'src/ready.ts', initializers: 'src/nn/initializers.ts' }
const missing = Object.keys(entries).filter((name) => !(name in present))
if (missing.length > 0) console.warn(`tsup.config.ts: no source yet for ${missing.join(', ')}`)

const writeExports = (): void => {
  const text = readFileSync('package.json', 'utf8')
  const exports = Object.fromEntries(
    Object.keys(entries).map((name) => [
      name === 'index' ? '.' : `./${name}`,
      {
        import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
        require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
      },
    ]),
  )
  const next = `${JSON.stringify({ ...JSON.parse(text), exports: { ...exports, './package.json': './package.json' } }, null, 2)}\n`
  if (next !== text) writeFileSync('package.json', next)
}

/** The CJS subpaths are views of the one core bundle: two copies of the core would be two tracers. */
const writeThinSubpaths = (): void => {
  for (const name of subpaths.filter((each) => each in present)) {
    writeFileSync(`dist/${name}.cjs`, `'use strict'\nmodule.exports = require('./index.cjs').${name}\n`)
  }
}

/** The licences of the packages whose code went into `dist`, as those licences ask. */
const writeNotices = (): void => {
  const metafile = 'dist/metafile-esm.json'
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: Record<string, unknown> }
  rmSync(metafile)
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [])
  const packagesOf = new Map<string, string[]>()
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|notice)/i.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8').trim())
    const text = texts.join('\n\n')
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), `${name} ${version} (${license})`])
  }
  const notices = [...packagesOf].map(([text, packages]) => [...packages, '', text, ''].join('\n'))
  writeFileSync('dist/THIRD-PARTY.txt', notices.join(`\n${'-'.repeat(78)}\n\n`))
}

/**
 * Bundlers keep a constant whose making may have effects. Nothing at our top level, or at that of fp-ts and immer, has any, so each
 * such constant is wrapped in a call that is marked pure, and those of one list stand apart: what a user does not import is dropped.
 * Long arrow functions become declarations: engines build the syntax tree of an arrow function when they load it, and only look for
 * the end of a declared one.
 */
const declarations: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'declarations',
  setup: (build) => {
    build.onLoad({ filter: /\/(src|laws)\/.*\.ts$|\/fp-ts\/es6\/.*\.js$|\/immer\/dist\/.*\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
      const works = (node: ts.Node): boolean =>
        ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTemplateExpression(node) || ts.isSpreadElement(node) || ts.isSpreadAssignment(node) || ts.isPropertyAccessExpression(node) || ts.isBinaryExpression(node) ||
        (!ts.isFunctionLike(node) && (ts.forEachChild(node, (child) => works(child) || undefined) ?? false))
      const ours = path.endsWith('.ts')
      const pure = (made: ts.Expression): string => (works(made) ? `/* @__PURE__ */ (() => (${made.getText()}))()` : made.getText())
      let out = ''
      let at = 0
      const put = (from: number, to: number, made: string): void => {
        out += text.slice(at, from) + made
        at = to
      }
      for (const statement of file.statements) {
        if (!ts.isVariableStatement(statement) || (ours && (statement.declarationList.flags & ts.NodeFlags.Const) === 0)) continue
        for (const { name, initializer } of statement.declarationList.declarations) {
          if (!initializer) continue
          const list = ts.isAsExpression(initializer) ? initializer.expression : initializer
          if (ts.isArrowFunction(initializer) && ts.isBlock(initializer.body) && statement.declarationList.declarations.length === 1) {
            const { modifiers, equalsGreaterThanToken: arrow, body } = initializer
            const head = text.slice(modifiers ? modifiers.end : initializer.getStart(), arrow.getStart())
            // Lines stay where they are, for the source map.
            const lines = text.slice(name.end, initializer.getStart()).replace(/[^\n]/g, '')
            put(statement.declarationList.getStart(), body.getStart(), `${modifiers ? 'async ' : ''}function ${name.getText()}${lines}${head.startsWith('(') || head.startsWith('<') ? head : `(${head})`}`)
          } else if (ts.isArrayBindingPattern(name) && ts.isArrayLiteralExpression(list))
            put(name.getStart(), initializer.end, name.elements.map((each, i) => `${each.getText()} = ${pure(list.elements[i]!)}`).join(', '))
          else put(initializer.getStart(), initializer.end, pure(initializer))
        }
      }
      return { contents: out + text.slice(at), loader: ours ? 'ts' : 'js' }
    })
  },
}

/**
 * In ESM the root and `nn` hand their namespaces on from their own entries: bundlers can drop what is not used of a module that is
 * exported as a namespace, but not of an object that was filled with its names. `ready` is a file that they can drop whole.
 */
const namespacesAreEntries: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'namespaces-are-entries',
  setup: (build) => {
    build.onResolve({ filter: /^\.\/\w+(\/index)?$/ }, ({ path, importer }) => {
      const name = path.split('/')[1]!
      const effects = name === 'ready'
      const isEntry = importer.endsWith('/src/index.ts') ? effects || subpaths.includes(name) : importer.endsWith('/src/nn/index.ts') && name in parts
      return isEntry ? { path: `./${name}.js`, external: true, sideEffects: effects } : undefined
    })
  },
}

const common: Options = {
  outDir: 'dist',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  // `import … from 'fp-ts/Either'` names a folder, which Node refuses in ESM: its code goes inside. So does that of immer, which
  // would take longer to be found and read than all that stands here to run.
  noExternal: [/^fp-ts/, 'immer'],
  esbuildPlugins: [declarations],
  esbuildOptions: (options) => {
    options.mainFields = ['module', 'main']
    options.define = { ...options.define, 'process.env.NODE_ENV': '"production"' }
  },
  outExtension: ({ format }) => ({ js: format === 'cjs' ? '.cjs' : '.js' }),
}

export default defineConfig([
  {
    ...common,
    name: 'esm',
    esbuildPlugins: [declarations, namespacesAreEntries],
    entry: { ...present, ...parts },
    format: 'esm',
    splitting: true,
    metafile: true,
    onSuccess: async () => {
      writeExports()
      writeNotices()
    },
  },
  {
    ...common,
    name: 'cjs',
    entry: { index: entries.index },
    format: 'cjs',
    splitting: false,
    onSuccess: async () => writeThinSubpaths(),
  },
  ...('laws' in present
    ? [
        {
          ...common,
          name: 'cjs laws',
          entry: { laws: entries.laws },
          format: 'cjs',
          splitting: false,
          esbuildPlugins: [
            declarations,
            {
              name: 'core-is-external',
              setup: (build) => {
                build.onResolve({ filter: /\/src(\/index)?$/ }, () => ({ path: './index.cjs', external: true }))
              },
            },
          ],
        } satisfies Options,
      ]
    : []),
  {
    ...common,
    name: 'types',
    entry: present,
    format: ['esm', 'cjs'],
    // An `Either` may stand in the type of a shape rule, a patch in that of a pass; their declarations go inside like their code.
    tsconfig: 'tsconfig.build.json',
    dts: { only: true, resolve: [/^fp-ts/, 'immer'] },
  },
])
