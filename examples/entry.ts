/**
 * What every example shares: where its lines go, and running itself when it is the file that Node was given.
 *
 * An example exports `main(print)`; tests call it with a `print` of their own and look at the lines.
 */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Print = (line: string) => void
export type Main = (print: Print) => Promise<void> | void

/** Runs `main` on the console if the module at `url` is the program's entry. */
export async function runIfEntry(url: string, main: Main): Promise<void> {
  const entry = process.argv[1]
  if (entry !== undefined && realpathSync(entry) === realpathSync(fileURLToPath(url))) await main((line) => console.log(line))
}
