/**
 * Sensitivities of a simulation: how an epidemic depends on its parameters, by forward and by reverse mode.
 *
 * Run: npx tsx examples/sensitivity.ts
 * The SIR equations s' = −β s i, i' = β s i − γ i, stepped by Runge–Kutta 4 in an ordinary loop over tensors: the
 * derivatives are those of the steps, not finite differences of runs.
 */
import { grad, jacfwd, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

interface State {
  readonly susceptible: Tensor
  readonly infected: Tensor
}

const weeks = 12

const derivative = (contact: Tensor, recovery: Tensor) => ({ susceptible, infected }: State): State => {
  const infections = contact.mul(susceptible).mul(infected)
  return { susceptible: infections.neg(), infected: infections.sub(recovery.mul(infected)) }
}

const shifted = (y: State, by: number, k: State): State => ({
  susceptible: y.susceptible.add(k.susceptible.mul(by)),
  infected: y.infected.add(k.infected.mul(by)),
})

/** One step of the classical Runge–Kutta method. */
function step(f: (y: State) => State, y: State, dt: number): State {
  const k1 = f(y)
  const k2 = f(shifted(y, dt / 2, k1))
  const k3 = f(shifted(y, dt / 2, k2))
  const k4 = f(shifted(y, dt, k3))
  return [k1, k2, k2, k3, k3, k4].reduce((sum, k) => shifted(sum, dt / 6, k), y)
}

/** The infected share at the end of each week, for a contact rate a week, one recovery rate, and the first infected. */
function epidemic(contacts: Tensor, recovery: Tensor, first: Tensor): Tensor {
  let y: State = { susceptible: np.sub(1, first), infected: first }
  const course: Tensor[] = []
  for (let week = 0; week < weeks; week++) {
    for (let part = 0; part < 4; part++) y = step(derivative(contacts.at(week), recovery), y, 7 / 4)
    course.push(y.infected)
  }
  return np.stack(course)
}

/** With one contact rate throughout: p = [contact, recovery, first]. */
const uniform = (p: Tensor): Tensor => epidemic(np.broadcastTo(p.at(0), [weeks]), p.at(1), p.at(2))

/** Person-weeks of illness for each inhabitant. */
const burden = (contacts: Tensor, recovery: Tensor, first: Tensor): Tensor => np.sum(epidemic(contacts, recovery, first))

export function main(print: Print): void {
  const p = np.array([0.35, 0.1, 0.001])
  const row = (cells: readonly (number | string)[]): string => cells.map((c) => (typeof c === 'number' ? c.toFixed(5) : c).padStart(14)).join('')

  // Three parameters, twelve results: forward mode carries three tangents through the simulation.
  const infected = uniform(p).toArray() as number[]
  const forward = jacfwd(uniform)(p).toArray() as number[][]
  print(row(['week', 'infected', 'd/d contact', 'd/d recovery', 'd/d first']))
  infected.forEach((value, k) => print(row([String(k + 1), value, ...forward[k]])))
  // => 1  0.00570  0.03956  -0.03979  5.65777

  // Twelve contact rates, one result: reverse mode needs one pass for all of them.
  const contacts = np.full([weeks], 0.35)
  const reverse = grad(burden)(contacts, p.at(1), p.at(2)).toArray() as number[]
  print('')
  print('illness that a lower contact rate in one week would have saved, for each unit of the rate')
  reverse.forEach((value, k) => print(`${String(k + 1).padStart(4)} ${value.toFixed(4).padStart(9)} ${'#'.repeat(Math.max(0, Math.round(200 * value)))}`))
  print(`week ${reverse.indexOf(Math.max(...reverse)) + 1} matters most`)
  // => week 4 matters most

  // The two modes give one derivative: raising the rate in every week is raising the one rate.
  const total = reverse.reduce((sum, value) => sum + value, 0)
  const columnSum = forward.reduce((sum, [contact]) => sum + contact, 0)
  print('')
  print(`all weeks together, by reverse mode: ${total.toFixed(8)}`) // => all weeks together, by reverse mode: 0.65192535
  print(`the first table's column, by forward mode: ${columnSum.toFixed(8)}`) // => the first table's column, by forward mode: 0.65192535
  print(`they differ by ${Math.abs(total - columnSum) < 1e-13 ? 'less than 1e-13' : total - columnSum}`) // => they differ by less than 1e-13
}

await runIfEntry(import.meta.url, main)
