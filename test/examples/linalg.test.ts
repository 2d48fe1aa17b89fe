/** The linear algebra example prints what it states, line for line, and shows every function of the namespace. */
import { readFileSync } from 'node:fs'
import * as linalg from 'adjoint/linalg'
import { expect, it } from 'vitest'
import { main } from '../../examples/linalg'
import { missing, stated } from './stated'

const source = readFileSync('examples/linalg.ts', 'utf8')

it('examples/linalg prints what it states', async () => {
  const lines: string[] = []
  await main((line) => lines.push(line))
  const statements = stated(source)
  expect(missing(statements, lines)).toBeUndefined()
  expect(lines.length).toBe(statements.length)
})

it('and leaves no function out', () => {
  expect(Object.keys(linalg).filter((name) => !source.includes(`linalg.${name}(`))).toEqual([])
})
