import { type ErrorClass, errorClass } from '@latchkey/guard/plugin'

const TooLarge: ErrorClass<[size: number, most: number]> = errorClass(
  'LATCHKEY_SESSION_TOO_LARGE',
  'The session cookie would take %s bytes, and browsers drop cookies of more than %s: keep the claims small, and store large values in a database',
  500
)
const TooLate: ErrorClass<[]> = errorClass(
  'LATCHKEY_SESSION_TOO_LATE',
  'The headers of this response were sent already: sign in or out before the body starts',
  500
)
const NoCodec: ErrorClass<[options: { cause: unknown }]> = errorClass(
  'LATCHKEY_SESSION_CODEC',
  '@latchkey/session: @fastify/secure-session cannot be loaded here. Its native part has no build for Alpine Linux and other systems without glibc: set the option "codec" to jweCodec(), which needs none',
  500
)

/** The session does not fit into a cookie. Nothing was sent or stored, and the browser keeps its cookie. */
export class SessionTooLargeError extends TooLarge {}

/** The headers of the response are sent, so no cookie can be set. Nothing was stored or ended. */
export class SessionTooLateError extends TooLate {}

/** The default codec cannot be loaded on this system. The message names the alternative; `cause` is the loader's error. */
export class CodecUnavailableError extends NoCodec {}
