import createError, { type FastifyError } from '@fastify/error'

/** The constructor of a class of errors, for a class to extend. */
export type ErrorClass<Arguments extends unknown[]> = new (
  ...values: Arguments
) => FastifyError & { statusCode: number; toString(): string }

/** What an error class can be told beside its code, message and status. */
export interface ErrorClassOptions {
  /** What its errors are instances of, too. Default: `Error`. */
  readonly base?: ErrorConstructor | undefined
  /**
   * Whether its errors carry a stack trace. Default: `true`. `false` is for errors that answer a request: making a trace
   * costs more than verifying a signature.
   */
  readonly stack?: boolean | undefined
}

/**
 * A base class for errors with the `code`, `name`, `statusCode` and `toString()` of Fastify's own errors, for authors of
 * plugins. `instanceof` follows the prototype chain, for it and for each class that extends it. The classes of
 * `@fastify/error` compare codes instead: there, each error is an instance of all subclasses of its class.
 *
 * @param code - the `code` of the errors
 * @param message - their message, in which each `%s` stands for one of the constructor's arguments. After these, the
 *   constructor takes an object with a `cause`: an error, or the text of one, which becomes a {@link ReasonError}
 * @param statusCode - what Fastify answers with where such an error is thrown
 *
 * @example
 * ```ts
 * class OutOfStockError extends errorClass<[item: string]>('SHOP_OUT_OF_STOCK', '%s is sold out', 409) {}
 * ```
 */
export function errorClass<Arguments extends unknown[]>(
  code: string,
  message: string,
  statusCode: number,
  { base = Error, stack = true }: ErrorClassOptions = {}
): ErrorClass<Arguments> {
  const Base = createError<Arguments>(code, message, statusCode, base, stack) as ErrorClass<Arguments> // it is given a status
  return class extends Base {
    // A field, since the inherited property can be redefined in a subclass and cannot be assigned to.
    static override readonly [Symbol.hasInstance] = Function.prototype[Symbol.hasInstance]

    constructor(...values: Arguments) {
      super(...values)
      if (this.cause !== undefined) this.cause = causeOf(this.cause)
    }
  }
}

const Reason: ErrorClass<[text: string]> = errorClass('LATCHKEY_REASON', '%s', 500, { stack: false })

/**
 * A reason in words, as the `cause` of another error: for the log. Serializers of errors show a cause only where it is an
 * error. It has no stack trace.
 */
export class ReasonError extends Reason {}

/** What may stand as the `cause` of an error: an error, or `undefined`. Any other value becomes a {@link ReasonError}. */
export function causeOf(cause: unknown): unknown {
  if (cause === undefined || hasMessage(cause)) return cause
  return new ReasonError(typeof cause === 'string' ? cause : `no error, but a value of the type ${typeof cause}`)
}

// As serializers do. An error may come from another realm, where `Error` is another class, or throw when it is asked.
function hasMessage(cause: unknown): boolean {
  try {
    return typeof (Object(cause) as { message?: unknown }).message === 'string'
  } catch {
    return false
  }
}
