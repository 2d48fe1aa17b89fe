/**
 * Compressed evaluation: a few products with the derivative, from which all its entries are read.
 *
 * Law: the emitted program computes exactly the listed entries; it is an ordinary program, so it can be differentiated,
 * batched and compiled. Where the products are few, each is emitted by itself: seeds are constants, and what they make
 * zero or one is left out, as it would be by hand. Where they are many, one batched sweep serves them all.
 * Source: Curtis, Powell & Reid 1974; Griewank & Walther 2008, chapter 8.
 */
import { isFloat } from '../data/dtype'
import { range, size } from '../data/shape'
import { aval, type Aval, type Eqn, type Jaxpr } from '../ir/types'
import { isZero, Zero, type Dual, type Value } from '../ir/value'
import { engine, ruleOps } from '../primitives/world'
import { stage } from '../trace/bind'
import { tensorOf } from '../trace/evaluate'
import { isTraced, Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { emitBatch } from './batch'
import { Environment, inlined, interpret, literal } from './interpret'
import { emitJvp } from './jvp'
import { emitPullback, residualsOf, type Linearized } from './linearize'
import type { Pattern } from './pattern'
import type { Colouring } from './sparse-colouring'
