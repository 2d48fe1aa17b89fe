/** The workloads of the table, in its order. */
import { matmul, perceptron, recurrent } from './networks'
import type { Workload } from './workload'
import { banana, bodies, hessians, logistic, logsumexp, mapReduce, product, scalar, sparseHessians } from './workloads'

export const workloads: readonly (() => Workload)[] = [
  scalar,
  () => banana(10),
  () => banana(1000),
  () => banana(1e6),
  () => mapReduce(1000),
  () => mapReduce(1e5),
  () => mapReduce(1e6),
  () => logistic(),
  () => perceptron(),
  () => perceptron(true),
  () => matmul(512),
  () => matmul(512, true),
  () => logsumexp(),
  () => recurrent(),
  () => recurrent(true),
  () => bodies(),
  () => hessians(),
  () => sparseHessians(),
  () => product(),
]
