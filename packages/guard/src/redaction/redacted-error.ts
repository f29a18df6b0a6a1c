import { causeOf } from '@latchkey/options'
import { redactedText } from './redacted-text.ts'
import { spellingsOf } from './secret-spellings.ts'

/** The greatest number of errors that are copied: an error may have any number of causes. */
const MOST_ERRORS = 32

// Members that handlers read. In a class they may be computed from private fields, which a copy does not have.
const ASKED_FOR = ['code', 'statusCode', 'retryAfter']

/**
 * Returns a copy of an error for the log, without the given secrets. They are removed from its message, stack, members, causes
 * and `errors`, also in their JSON, URL, form, hex and base64 spellings: an error of an application's function, or of a
 * library, may quote its arguments. The copy is a plain `Error` whose `constructor` has the name of the class; the original
 * stays unchanged. A cause that is a text becomes an error, because loggers show only errors.
 *
 * Leaves out members that are not a text, number or boolean, repeated errors, and all errors after the first 32. Returns
 * `undefined` for a value that is neither an error nor a text. Does not remove secrets of less than 4 characters. Never throws,
 * even if the error throws when it is read.
 *
 * @param secrets - as they were sent or received, decoded
 *
 * @example request.log.error({ err: redactedError(error, [password]) }, 'The login failed')
 */
export function redactedError(error: unknown, secrets: Iterable<string>): unknown {
  const spellings = spellingsOf(secrets)
  const told = new Set<unknown>()
  return redact(error)

  function redact(thrown: unknown): unknown {
    if (typeof thrown === 'string') return without(thrown)
    if (!isError(thrown) || told.has(thrown) || told.size === MOST_ERRORS) return undefined
    told.add(thrown)
    const copy = new Error(textOf(thrown, 'message'))
    for (const name of new Set([...keysOf(thrown), ...ASKED_FOR])) {
      const value = plain(read(thrown, name))
      if (value !== undefined) define(copy, without(name), { value, enumerable: true })
    }
    define(copy, 'message', { value: textOf(thrown, 'message') })
    const name = textOf(thrown, 'name') || 'Error'
    define(copy, 'name', { value: name })
    define(copy, 'stack', { value: textOf(thrown, 'stack') })
    define(copy, 'constructor', { value: namedAs(textOf(read(thrown, 'constructor'), 'name') || name) })
    define(copy, 'cause', { value: causeOf(redact(read(thrown, 'cause'))) })
    const errors = listOf(read(thrown, 'errors'))
    if (errors !== undefined) define(copy, 'errors', { value: errors.map(redact).filter((one) => one !== undefined) })
    return copy
  }

  function textOf(from: unknown, name: string): string {
    const value = read(from, name)
    return typeof value === 'string' ? without(value) : ''
  }

  function plain(value: unknown): unknown {
    if (typeof value === 'string') return without(value)
    return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
  }

  function without(text: string): string {
    return redactedText(text, spellings)
  }
}

// Like pino: an object with a message is an error.
function isError(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return attempt(() => value instanceof Error) === true || typeof read(value, 'message') === 'string'
}

function read(from: unknown, name: string): unknown {
  return attempt((): unknown => Reflect.get(Object(from) as object, name))
}

function keysOf(value: object): string[] {
  return attempt(() => Object.keys(value)) ?? []
}

function listOf(value: unknown): unknown[] | undefined {
  return attempt(() => (Array.isArray(value) ? (value as unknown[]).slice(0, MOST_ERRORS) : undefined))
}

// pino reads the type of an error from its constructor.
function namedAs(name: string): unknown {
  return Object.defineProperty(Error.bind(null), 'name', { value: name })
}

function define(copy: Error, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(copy, name, { configurable: true, writable: true, ...descriptor })
}

function attempt<Value>(ask: () => Value): Value | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}
