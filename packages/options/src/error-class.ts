import createError, { type FastifyError } from '@fastify/error'

/** The constructor of an error class, to extend. */
export type ErrorClass<Arguments extends unknown[]> = new (
  ...values: Arguments
) => FastifyError & { statusCode: number; toString(): string }

/** The options of {@link errorClass}. */
export interface ErrorClassOptions {
  /** The base class of the errors. Default: `Error`. */
  readonly base?: ErrorConstructor | undefined
  /**
   * Whether the errors have a stack trace. Default: `true`. `false` is for errors that answer a request: a stack trace costs
   * more than the verification of a signature.
   */
  readonly stack?: boolean | undefined
}

/**
 * Makes a base class for errors with the `code`, `name`, `statusCode` and `toString()` of Fastify's own errors. For authors of
 * plugins. `instanceof` follows the prototype chain, for the class and for each subclass. The classes of `@fastify/error`
 * compare codes instead: there, each error is an instance of all subclasses of its class.
 *
 * @param code - the `code` of the errors
 * @param message - the message of the errors. Each `%s` stands for one argument of the constructor. After these arguments, the
 * constructor takes an object with a `cause`: an error, or a text, which becomes a {@link ReasonError}
 * @param statusCode - the status that Fastify answers with when such an error is thrown
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
  const Base = createError<Arguments>(code, message, statusCode, base, stack) as ErrorClass<Arguments> // it has a status
  return class extends Base {
    // A field, because the inherited property is read-only: a subclass can redefine it but not assign to it.
    static override readonly [Symbol.hasInstance] = Function.prototype[Symbol.hasInstance]

    constructor(...values: Arguments) {
      super(...values)
      if (this.cause !== undefined) this.cause = causeOf(this.cause)
    }
  }
}

/** The arguments of an error with a public description, and a private `cause`. */
export type Described = [description: string, options?: { cause: unknown }]

/**
 * {@link errorClass} for errors that answer requests: they have no stack trace, because it would only cost time.
 *
 * @example
 * ```ts
 * class OutOfStockError extends refusalClass<[item: string]>('SHOP_OUT_OF_STOCK', '%s is sold out', 409) {}
 * ```
 */
export function refusalClass<Arguments extends unknown[]>(
  code: string,
  message: string,
  statusCode: number
): ErrorClass<Arguments> {
  return errorClass(code, message, statusCode, { stack: false })
}

const Reason: ErrorClass<[text: string]> = refusalClass('LATCHKEY_REASON', '%s', 500)

/**
 * A reason as a text, for the `cause` of another error and for the log. Serializers show only causes that are errors. Has no
 * stack trace.
 */
export class ReasonError extends Reason {}

/** Returns a valid `cause`: an error or `undefined` unchanged, any other value as a {@link ReasonError}. */
export function causeOf(cause: unknown): unknown {
  if (cause === undefined || hasMessage(cause)) return cause
  return new ReasonError(typeof cause === 'string' ? cause : `not an error, but a value of the type ${typeof cause}`)
}

// The same test as serializers use. An error may come from another realm, with another `Error`, or throw when a member is read.
function hasMessage(cause: unknown): boolean {
  try {
    return typeof (Object(cause) as { message?: unknown }).message === 'string'
  } catch {
    return false
  }
}
