/** Shorter texts are no secrets, and would leave nothing of a message. */
const SHORTEST = 4

/**
 * An error for the log, in whose message, stack and causes the given secrets are not: what a function of the application, or
 * a library under it, threw may quote what it was given. Other members than texts are left out of those that are rewritten.
 */
export function redactedError(error: unknown, secrets: Iterable<string>): unknown {
  const known = [...secrets].filter(({ length }) => length >= SHORTEST)
  return known.length === 0 ? error : redact(error)

  function redact(thrown: unknown): unknown {
    if (typeof thrown === 'string') return without(thrown)
    if (!(thrown instanceof Error)) return undefined
    // The prototype says which error it is. That of a DOMException has members that work on the original alone.
    const prototype = thrown instanceof DOMException ? Error.prototype : (Object.getPrototypeOf(thrown) as object)
    const copy = Object.create(prototype) as Error // as its prototype says
    for (const [name, value] of Object.entries(thrown)) {
      if (typeof value !== 'object') Reflect.set(copy, name, typeof value === 'string' ? without(value) : value)
    }
    const { message, stack = '', cause } = thrown
    for (const [name, value] of Object.entries({
      message: without(message),
      stack: without(stack),
      cause: redact(cause)
    })) {
      Object.defineProperty(copy, name, { value, configurable: true, writable: true })
    }
    return copy
  }

  function without(text: string): string {
    return known.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
  }
}
