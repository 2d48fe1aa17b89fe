/**
 * Options objects and functions as arguments: a name that is not known is an error, not ignored.
 *
 * Example: grad(f, { argnum: 1 }) raises `TreeError`: grad: there is no option argnum
 */
import { fault, raise, shown } from './errors'

/**
 * Raises `TreeError` where the options are no plain object, or have a name that is not in the list. The first of the list is
 * the option that a value in the place of the options most likely was.
 */
export function demandOptions(name: string, options: object, names: readonly string[]): void {
  // An array, a tensor or a map can be iterated; a date or a promise has another tag.
  if ({}.toString.call(options) !== '[object Object]' || Symbol.iterator in options) {
    const given = Array.isArray(options) && options.length < 9 ? `[${options.map(shown).join(', ')}]` : shown(options)
    raise(fault('tree', `${name}: the options are ${given}`, `Give an object, as { ${names[0]}: ${options === null ? '…' : given} }, or leave them out.`))
  }
  for (const [key, x] of Object.entries(options)) {
    if (!names.includes(key)) raise(fault('tree', `${name}: there is no option ${key}`, `Options are ${names.join(', ')}.`))
    // A traced boolean would be true in every `if`; only `where` is for arrays of them.
    if (x?.dtype === 'bool' && key !== 'where') x.concrete(`${name}: ${key}`)
  }
}

/** Raises `TreeError` where what should be a function is none. */
export function demandFunction(name: string, f: unknown, how = `Write ${name}(f)(x), not ${name}(f(x)).`): void {
  if (typeof f !== 'function') raise(fault('tree', `${name}: expected a function, got ${shown(f)}`, how))
}

/** How functions are handed to what calls them itself. */
export const itself = 'Give the function itself, not what it returns.'
