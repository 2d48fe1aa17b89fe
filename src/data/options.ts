/**
 * Options objects: a name that is not known is an error, not ignored.
 *
 * Example: grad(f, { argnum: 1 }) raises `TreeError`: grad: there is no option argnum
 */
import { fault, raise } from './errors'

/** Raises `TreeError` where the options have a name that is not in the list. */
export function demandOptions(name: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) raise(fault('tree', `${name}: the options are ${String(options)}`, 'Give an object, or leave them out.'))
  for (const key of Object.keys(options))
    if (!names.includes(key)) raise(fault('tree', `${name}: there is no option ${key}`, names.length === 1 ? `The option is ${names[0]}.` : `Options are ${names.join(', ')}.`))
}
