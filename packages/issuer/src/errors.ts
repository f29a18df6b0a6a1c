import { type Described, type ErrorClass, refusalClass } from '@latchkey/options'

/** Why the answer of an upstream server cannot be used. */
export type UpstreamErrorCode =
  | 'LATCHKEY_UPSTREAM_REFUSED_URL'
  | 'LATCHKEY_UPSTREAM_UNREACHABLE'
  | 'LATCHKEY_UPSTREAM_TIMEOUT'
  | 'LATCHKEY_UPSTREAM_REDIRECT'
  | 'LATCHKEY_UPSTREAM_STATUS'
  | 'LATCHKEY_UPSTREAM_TOO_LARGE'
  | 'LATCHKEY_UPSTREAM_NOT_JSON'
  | 'LATCHKEY_UPSTREAM_INVALID'

// Each message is public: it contains nothing about the server, its address or its answer.
const MESSAGES: Readonly<Record<UpstreamErrorCode, string>> = {
  LATCHKEY_UPSTREAM_REFUSED_URL: 'An upstream server has an address that is not fetched from',
  LATCHKEY_UPSTREAM_UNREACHABLE: 'An upstream server cannot be reached',
  LATCHKEY_UPSTREAM_TIMEOUT: 'An upstream server did not answer in time',
  LATCHKEY_UPSTREAM_REDIRECT: 'An upstream server answered with a redirect',
  LATCHKEY_UPSTREAM_STATUS: 'An upstream server answered with an unexpected status',
  LATCHKEY_UPSTREAM_TOO_LARGE: 'An upstream server answered with too much',
  LATCHKEY_UPSTREAM_NOT_JSON: 'An upstream server answered with something else than JSON',
  LATCHKEY_UPSTREAM_INVALID: 'An upstream server answered with a document that cannot be used'
}

const DEFAULT_RETRY = 1
const LONGEST_RETRY = 3600

const Base: ErrorClass<Described> = refusalClass('LATCHKEY_UPSTREAM_UNREACHABLE', '%s', 503)

/**
 * The error when an upstream server, such as an issuer, gives no usable answer. Its `statusCode` is 503, which Fastify answers
 * with. The message is public. The private detail is in `cause`, an error for the log. It contains no query, header or body.
 */
export class UpstreamError extends Base {
  override readonly code: UpstreamErrorCode
  /** When to try again, in whole seconds from 1 to 3600. */
  readonly retryAfter: number
  /** The status of the upstream server's answer; `undefined` if there was no answer. */
  readonly status: number | undefined
  /** Whether no connection was made, so that the request is not the reason. `false` also if that is not known. */
  readonly isUnsent: boolean

  /** @param options - `cause` is for the log; `retryAfter` is in seconds, 1 if it is missing or not positive */
  constructor(
    code: UpstreamErrorCode,
    options: {
      cause?: unknown
      retryAfter?: number | undefined
      status?: number | undefined
      isUnsent?: boolean | undefined
    } = {}
  ) {
    super(MESSAGES[code], { cause: options.cause })
    const { retryAfter = DEFAULT_RETRY } = options
    this.code = code
    this.status = options.status
    this.isUnsent = options.isUnsent === true
    this.retryAfter = retryAfter > 0 ? Math.min(Math.ceil(retryAfter), LONGEST_RETRY) : DEFAULT_RETRY
  }
}
