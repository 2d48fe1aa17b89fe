/** The tables are what their generator writes. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { files } from './tables'

describe.each(files)('%s', (path, content) => {
  it('is as generated', () => {
    expect(readFileSync(path, 'utf8')).toBe(content())
  })
})
