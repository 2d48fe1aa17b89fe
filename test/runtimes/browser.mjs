/**
 * `gradients.mjs` in the pages of a headless Chromium: an isolated one, which has shared memory and so threads; an ordinary
 * one; one whose Content-Security-Policy allows WebAssembly, but no strings to be compiled and no threads of ours; and one
 * whose policy allows none of them.
 *
 * Law: a page says what Node says, and needs no bundler, as the build is plain modules.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
/** Pages, and what they are answered with. */
export const pages = {
  isolated: isolation,
  ordinary: {},
  guarded: { ...isolation, 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval' 'nonce-page'; worker-src 'self'" },
  strict: { 'Content-Security-Policy': "script-src 'self' 'nonce-page'" },
}

const imports = {
  'fast-check': '/node_modules/fast-check/lib/fast-check.js',
  'pure-rand/': '/node_modules/pure-rand/lib/esm/',
}
const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script nonce="page" type="importmap">${JSON.stringify({ imports })}</script>`

/** Pages, and modules of this folder, which may be asked for without their extension. */
const makeServer = () =>
  createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const headers = pages[pathname.slice(1)]
    if (headers) return response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end(html)
    try {
      const module = await readFile(join(process.cwd(), normalize(/\.m?js$/.test(pathname) ? pathname : `${pathname}.js`)))
      response.writeHead(200, { 'Content-Type': 'text/javascript', ...isolation }).end(module)
    } catch {
      response.writeHead(404).end()
    }
  })

/** The report of a page, by a Chromium that is installed in the folder. */
export async function browse(folder, name, args) {
  const { resolve } = createRequire(join(folder, 'package.json'))
  const load = async (wanted) => (await import(pathToFileURL(resolve(wanted)).href)).default
  const [chromium, puppeteer] = [await load('@sparticuz/chromium'), await load('puppeteer-core')]
  // Without processes of its own a page is never isolated.
  const flags = chromium.args.filter((flag) => !/single-process|no-zygote|web-security/.test(flag))
  const browser = await puppeteer.launch({ executablePath: await chromium.executablePath(), args: flags, headless: 'shell', protocolTimeout: 3_600_000 })
  const server = makeServer().listen(0)
  try {
    const page = await browser.newPage()
    await page.goto(`http://localhost:${server.address().port}/${name}?${args.map((arg) => `arg=${arg}`).join('&')}`)
    const [report, workers] = await page.evaluate(async (program) => {
      const lines = []
      globalThis.console.log = (line) => lines.push(line)
      let workers = 0
      globalThis.Worker = class extends Worker {
        constructor(...whatever) {
          super(...whatever)
          workers++
        }
      }
      await import(program)
      return [JSON.parse(lines.at(-1)), workers]
    }, '/test/runtimes/gradients.mjs')
    if (name === 'isolated' && workers === 0) throw new Error('An isolated page had no threads.')
    return report
  } finally {
    await browser.close()
    server.close()
  }
}
