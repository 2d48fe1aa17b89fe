/**
 * Runs a bench on the build, which is what users run; builds first where a source is newer.
 *
 * Run: node test/bench/start.mjs <bench> [arguments]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const [bench, ...rest] = process.argv.slice(2)
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
const built = `${root}dist/index.js`
const newest = Math.max(...readdirSync(`${root}src`, { recursive: true }).map((file) => statSync(`${root}src/${file}`).mtimeMs))
if (!existsSync(built) || statSync(built).mtimeMs < newest) {
  process.stdout.write('dist is older than src: npm run build\n')
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'build'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`)
    process.exit(1)
  }
}
process.env.TSX_TSCONFIG_PATH = `${root}test/bench/tsconfig.json`
run(process.execPath, ['--import', 'tsx', `${root}test/bench/${bench}.ts`, ...rest])
