import * as v from 'valibot'
import { RegistrationError } from './registration-error.ts'
import type { Schema } from './schema.ts'

/**
 * Checks the options of a plugin or a function, and returns them with their defaults. Does not change the given object.
 *
 * @param caller - the plugin or the function, at the start of error messages
 * @throws RegistrationError naming the first wrong member by its path, such as `clients[2].clientId`. An unknown member comes
 * first
 *
 * @example
 * ```ts
 * const schema = pluginOptions({
 *   issuer: must("be an origin such as 'https://login.example.com'", isOrigin),
 *   timeout: optional(integer(1, 60, 'seconds'), 10)
 * })
 * const { issuer, timeout } = checkOptions('my-plugin', schema, given)
 * ```
 */
export function checkOptions<Value>(caller: string, schema: Schema<Value>, options: unknown): Value {
  return checked(caller, schema, options, '')
}

/**
 * Checks one argument of a function, and returns it.
 *
 * @throws RegistrationError in which the argument is named as in `keysFromText(): argument "text" must be ...`
 */
export function checkArgument<Value>(caller: string, name: string, schema: Schema<Value>, value: unknown): Value {
  return checked(caller, schema, value, `argument "${name}"`)
}

function checked<Value>(caller: string, schema: Schema<Value>, value: unknown, root: string): Value {
  const { issues, output } = parsed(caller, schema, value, root)
  if (issues === undefined) return output
  const { message, path = [] } = issues.find(({ expected }) => expected === 'never') ?? issues[0]
  throw new RegistrationError(caller, `${path.reduce(joined, root) || 'the options'} ${message}`)
}

function parsed<Value>(
  caller: string,
  schema: Schema<Value>,
  value: unknown,
  root: string
): v.SafeParseResult<Schema<Value>> {
  try {
    // The messages of Valibot contain the value. This one replaces them where a schema has none.
    return v.safeParse(schema, value, { message: ({ expected }) => `must be ${expected ?? 'valid'}` })
  } catch (cause) {
    const fix = 'Fix: give a plain object without getters and proxies'
    throw new RegistrationError(caller, `${root || 'the options'} cannot be read. ${fix}`, { cause })
  }
}

function joined(path: string, { key }: { readonly key: unknown }): string {
  if (typeof key === 'number') return `${path}[${key}]`
  const name = String(key)
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
