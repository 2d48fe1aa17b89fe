/**
 * The floors of `src`, lowest first: a file imports its own floor or a lower one. Imports of types count.
 * `test/floors/floors.test.ts` holds the code to these rules; `npm run floors` prints what breaks them.
 */
const floors = [
  ['data'],
  ['tree'],
  ['ir'],
  ['compile'],
  ['trace'],
  ['primitives'],
  ['transforms'],
  ['control'],
  ['numpy'],
  ['linalg', 'fft', 'random', 'special', 'nn', 'optim', 'solve'],
  ['show', 'export', 'debug'],
]

const folders = (some) => `^src/(${some.flat().join('|')})/`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floors.slice(0, -1).map((floor, level) => ({
      name: `floor-${floor[0]}`,
      severity: 'error',
      comment: `src/{${floor}} imports nothing above it.`,
      from: { path: folders([floor]) },
      to: { path: folders(floors.slice(level + 1)) },
    })),
    {
      name: 'index-is-the-roof',
      severity: 'error',
      comment: 'Nothing in src imports src/index.ts.',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'every-file-has-a-floor',
      severity: 'error',
      comment: 'A folder of src that no floor names: give it one in .dependency-cruiser.cjs.',
      from: {},
      to: { path: '^src/', pathNot: [folders(floors), '^src/(index|ready)\\.ts$'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'No cycles, within a floor neither.',
      from: { path: '^(src|laws|examples)/' },
      to: { circular: true },
    },
    {
      name: 'src-packages',
      severity: 'error',
      comment: 'src imports itself, immer and fp-ts; nothing of Node.',
      from: { path: '^src/' },
      to: { pathNot: '^(src/|node_modules/(immer|fp-ts)/)' },
    },
    {
      name: 'laws-packages',
      severity: 'error',
      comment: 'laws imports itself, the public API (src/index.ts) and fast-check.',
      from: { path: '^laws/' },
      to: { pathNot: '^(laws/|src/index\\.ts$|node_modules/fast-check/)' },
    },
    {
      name: 'examples-are-users',
      severity: 'error',
      comment: "Examples import public names: 'adjoint', 'adjoint/numpy', … and neither our files nor what we build on.",
      from: { path: '^examples/' },
      to: { path: '^(src|laws|test)/|node_modules/(immer|fp-ts)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: '^(node_modules|dist)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
