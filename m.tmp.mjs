import { build } from 'esbuild'
import { gzipSync } from 'zlib'
import { writeFileSync } from 'fs'
for (const [n, w] of [['grad', '{ grad }'], ['jit', '{ grad, jit }']]) {
const r = await build({ stdin: { contents: `export ${w} from './dist/index.js'; export { sum, square, matmul } from './dist/numpy.js'`, resolveDir: '.', loader: 'js' }, bundle: true, minify: true, write: false, format: 'esm', logLevel: 'error' })
const t = r.outputFiles[0].text; writeFileSync(`/tmp/s/${n}.js`, t); console.log(n, t.length, gzipSync(t).length, gzipSync(t, {level: 9}).length)
const u = await build({ stdin: { contents: `export ${w} from './dist/index.js'; export { sum, square, matmul } from './dist/numpy.js'`, resolveDir: '.', loader: 'js' }, bundle: true, minifySyntax: true, minifyWhitespace: false, write: false, format: 'esm', logLevel: 'error' })
writeFileSync(`/tmp/s/${n}.full.js`, u.outputFiles[0].text)
}
