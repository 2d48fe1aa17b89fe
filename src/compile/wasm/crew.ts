/** Who runs the steps of a kernel in parts. */
import type { Step } from '../loop/types'
import type { Code } from './assembler'
import type { Instance, Space } from './memory'
import type { Site } from './site'

export interface Crew {
  /** The memory that all of them share. */
  readonly space: Space
  /** Code that has the step run in parts; undefined where it is not worth that, or cannot be cut. */
  readonly emit: (step: Step, site: Site) => Code | undefined
  /** Whether no step is run in parts: then the kernel does without them, as copying into shared memory takes twice as long. */
  readonly isIdle: () => boolean
  /** The steps in parts, in words. */
  readonly describe: () => string
  /** Called when the kernel is made. */
  readonly ready: (bytes: Uint8Array<ArrayBuffer>, instance: Instance) => void
}
