/**
 * After `npm install` of something new: npm leaves out of package-lock.json an optional platform package
 * that the registry in use did not give it, and `npm ci` then refuses the lock file. This adds those entries,
 * for platforms that are not ours, from what the packages that want them say.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const systems = /\b(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)\b/
const processors = /\b(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)\b/

for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const nested = `${path}/node_modules/${name}`
    const hoisted = `node_modules/${name}`
    const [os, cpu] = [systems, processors].map((kind) => kind.exec(name)?.[1])
    if (nested in lock.packages || hoisted in lock.packages || !os || !cpu || !/^\d/.test(version)) continue
    lock.packages[hoisted] = {
      version,
      cpu: [cpu],
      ...(dev ? { dev } : {}),
      ...(os === 'linux' ? { libc: [name.includes('musl') ? 'musl' : 'glibc'] } : {}),
      optional: true,
      os: [os],
    }
    console.log(`${name}@${version}`)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
