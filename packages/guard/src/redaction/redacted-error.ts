import { causeOf } from '../error-class.ts'
import { redactedText } from './redacted-text.ts'
import { spellingsOf } from './secret-spellings.ts'

/** How many errors are told of one with causes: an application may make them without end. */
const MOST_ERRORS = 32

// What handlers ask errors for. Those of a class may work it out from private fields, which no copy has.
const ASKED_FOR = ['code', 'statusCode', 'retryAfter']

/**
 * An error for the log, of whose message, stack, members, causes and `errors` the given secrets are no part, nor what they are
 * in JSON, URLs, forms, hex or base64: what a function of the application, or a library under it, threw may quote what it
 * was given. It is a copy, a plain `Error` whose `constructor` has the name of the class; the original stays as it was. A cause
 * that is a text becomes an error, which loggers show.
 *
 * Members that are no text, number or boolean are left out, errors that were told already, and all after the first 32. What is
 * neither an error nor a text gives `undefined`. Secrets of less than 4 characters are not taken out. Does not throw,
 * whatever the error does.
 *
 * @param secrets - as they were sent or received, decoded
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

// As pino does: what has a message is an error.
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

// pino asks the constructor for the type of an error.
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
