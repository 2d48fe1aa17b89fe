/**
 * What `npm start` runs: the penguins, then NIST's regressions.
 *
 * Run: npm start
 * Real data fitted with exact gradients, and exact Jacobians held against certified results.
 */
import { runIfEntry, type Print } from './entry'
import { main as nist } from './nist/main'
import { main as penguins } from './penguins/main'

export function main(print: Print): void {
  penguins(print)
  print('')
  nist(print)
}

await runIfEntry(import.meta.url, main)
