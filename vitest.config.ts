import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // The same three lines stand under `paths` in tsconfig.json.
    alias: [
      { find: /^adjoint$/, replacement: root('./src/index.ts') },
      { find: /^adjoint\/laws$/, replacement: root('./laws/index.ts') },
      { find: /^adjoint\/(\w+)$/, replacement: root('./src/$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 180_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.table.ts', 'src/**/*.d.ts'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: '.coverage',
      thresholds: { lines: 90, branches: 90 },
    },
  },
})
