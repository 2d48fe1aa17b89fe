/**
 * A long simulation, and its gradient from twenty checkpoints.
 *
 * Run: npx tsx examples/long-scan.ts
 * A chain of masses on springs that stiffen, the last one pulled: 20,000 steps of the symplectic Euler method. What the
 * energy at the end owes to each initial position and to each spring is one backward sweep. It keeps either what every
 * step leaves behind, or twenty states, from which the steps between are run again.
 */
import { backends, grad, makeJaxpr, scan, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

const steps = 20_000
const masses = 8
const dt = 0.002

interface State {
  readonly position: Tensor
  readonly velocity: Tensor
}

/** Forces of springs between neighbours, the first one held at the wall: k d + d³ for a spring that is d too long. */
function forces(position: Tensor, stiffness: Tensor): Tensor {
  const stretch = np.diff(np.concatenate([np.zeros([1]), position]))
  const tension = np.add(np.multiply(stiffness, stretch), np.power(stretch, 3))
  return np.subtract(np.concatenate([tension.slice([1, null]), np.zeros([1])]), tension)
}

/** The kinetic energy after all steps, from where the masses are and how stiff the springs are. */
const energy = (checkpoint?: number) => (start: Tensor, stiffness: Tensor): Tensor => {
  const pull = np.multiply(0.5, np.sin(np.multiply(np.arange(steps), dt)))
  const last = np.array([0, 0, 0, 0, 0, 0, 0, 1])
  const step = ({ position, velocity }: State, force: Tensor): readonly [State, null] => {
    const faster = np.add(velocity, np.multiply(dt, np.add(forces(position, stiffness), np.multiply(force, last))))
    return [{ position: np.add(position, np.multiply(dt, faster)), velocity: faster }, null]
  }
  const [end] = scan(step as never, { position: start, velocity: np.zeros([masses]) }, pull, { checkpoint }) as unknown as [State]
  return np.multiply(0.5, np.sum(np.square(end.velocity)))
}

export function main(print: Print): void {
  const start = np.multiply(0.1, np.sin(np.arange(masses)))
  const stiffness = np.linspace(1, 2, masses)
  const slopes = (checkpoint?: number): { readonly each: readonly Tensor[]; readonly bytes: number } => {
    const { jaxpr, consts } = makeJaxpr(grad(energy(checkpoint), { argnums: [0, 1] }))(start, stiffness)
    const kernel = backends[0].compile(jaxpr)
    const outs = kernel.run([...consts, start, stiffness].map((t) => (t.ndim === 0 ? Number(t.item()) : t.data())))
    return { each: outs.map((o) => np.array(o as Float64Array)), bytes: kernel.bytes }
  }
  const [all, few] = [slopes(), slopes(20)]
  const row = (t: Tensor): string => (t.toArray() as number[]).map((x) => x.toFixed(4)).join(' ')

  print(`energy at the end: ${Number(energy()(start, stiffness).item()).toFixed(6)}`) // => energy at the end: 0.037930
  print(`by the initial positions: ${row(few.each[0])}`)
  // => by the initial positions: 0.1602 0.0340 -0.0721 -0.0900 -0.0216 -0.0402 0.0563 0.0760
  print(`by the stiffness of each spring: ${row(few.each[1])}`)
  // => by the stiffness of each spring: -0.1359 0.0405 -0.2181 -0.1467 0.0479 -0.0767 -0.1547 -0.0375

  // The same numbers, to the last bit.
  print(`with twenty checkpoints and with all residuals alike: ${String(few.each.every((t, i) => np.arrayEqual(t, all.each[i]).item()))}`) // => with twenty checkpoints and with all residuals alike: true
  print(`memory that the gradient's kernel keeps: ${Math.round(few.bytes / 1024)} KiB instead of ${Math.round(all.bytes / 1024)} KiB`) // => memory that the gradient's kernel keeps: 5 KiB instead of … KiB
}

await runIfEntry(import.meta.url, main)
