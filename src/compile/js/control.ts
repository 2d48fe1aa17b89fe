import type { Emission } from '../closure/kernel'
import type { Opaque } from '../loop/types'
import type { Helpers } from './text'
export const controlStatement = (_s: Opaque, _e: Emission, _h: Helpers): string | undefined => undefined
