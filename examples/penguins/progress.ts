/**
 * A progress bar where a person is looking, a line now and then where not.
 */
import { SingleBar } from 'cli-progress'
import type { Print } from '../entry'

export interface Progress {
  readonly at: (step: number, loss: number) => void
  readonly stop: () => void
}

/** Progress through `total` steps: a bar if the output is a terminal, else a line at each quarter. */
export function progress(label: string, total: number, print: Print): Progress {
  if (process.stdout.isTTY) {
    const bar = new SingleBar({ format: `${label} {bar} {percentage}%  loss {loss}`, hideCursor: true, clearOnComplete: true })
    bar.start(total, 0, { loss: '' })
    return { at: (step, loss) => bar.update(step + 1, { loss: loss.toFixed(4) }), stop: () => bar.stop() }
  }
  const marks = new Set([0.25, 0.5, 0.75, 1].map((part) => Math.round(part * total)))
  return {
    at: (step, loss) => {
      if (marks.has(step + 1)) print(`${label} ${String(step + 1).padStart(4)}/${total}  loss ${loss.toFixed(4)}`)
    },
    stop: () => undefined,
  }
}
