import { isScopeToken } from '@latchkey/guard/plugin'
import * as o from '@latchkey/options'
import type { UpstreamSession } from '@latchkey/store'
import type { SessionLifetime, Timeouts } from './lifetime.ts'

/**
 * The subject who signs in, and the properties of the session.
 *
 * @example await reply.signIn({ subject: 'alice', scopes: ['items:read'], claims: { name: 'Alice' } })
 */
export interface SignIn {
  /** The application's identifier of the person, up to 255 characters: `principal.subject`. */
  readonly subject: string
  /** The scopes that the session carries. Default: none of its own, and the session carries all that the subject may do. */
  readonly scopes?: (Iterable<string> & object) | undefined // a text is iterable too, and no object
  /**
   * The roles of the subject, for the guard's option `roles`. They stay as they are until the session ends; `roles` of what
   * `resolveUser` returns replaces them. Default: none, and no roles restrict the session.
   */
  readonly roles?: readonly string[] | undefined
  /**
   * Further claims about the subject: `principal.claims`. Plain JSON, and small, because it is stored in the cookie. Never
   * store a provider's tokens here.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The provider's session that this one comes from, so that the provider can end it. */
  readonly upstream?: UpstreamSession | undefined
  /**
   * When the subject logged in, in seconds since the epoch. `null`: not known, and then the login is never recent. Default:
   * now.
   */
  readonly authenticatedAt?: number | null | undefined
  /** The name of the device in a list of sessions; `null` for none. Default: a name made from the `User-Agent`. */
  readonly label?: string | null | undefined
  /**
   * A shorter lifetime than that of the plugin's options, and whether the browser keeps the cookie when it is closed. Default:
   * the options, and a cookie that is kept.
   *
   * @example lifetime: { idle: 3600, remembered: false }
   */
  readonly lifetime?: SessionLifetime | undefined
}

/** The members of a session that a renewal changes. */
export interface SessionChanges {
  /** When the subject logged in again, in seconds since the epoch; `null`: not known. Default: as it was. */
  readonly authenticatedAt?: number | null | undefined
}

const LONGEST_SUBJECT = 255
/** The shortest timeout, in seconds. */
const LEAST = 60

const schema = {
  subject: o.must(
    `be a string of 1 to ${LONGEST_SUBJECT} characters`,
    (value) => o.isText(value) && value.length <= LONGEST_SUBJECT
  ),
  scopes: o.optional(
    o.must('be a list or a set of scope tokens', (value) => Array.isArray(value) && value.every(isScopeToken))
  ),
  roles: o.optional(o.listOf('be a list of roles', o.text)),
  claims: o.optional(o.must('be a plain object', o.isRecord)),
  upstream: o.optional(
    o.must(
      'be an object with an issuer and a sid',
      (value) => !value || (o.isObject(value) && o.isText(value['issuer']) && o.isText(value['sid']))
    )
  ),
  authenticatedAt: o.optional(
    o.must('be a whole number of seconds, or null', (value) => value === null || Number.isSafeInteger(value))
  ),
  label: o.optional(o.must('be a string, or null', (value) => value === null || typeof value === 'string'))
}

/**
 * Creates the check of the argument of `reply.signIn()`. The types require most of this, but a caller in JavaScript, or with
 * data from elsewhere, can bypass them. It throws a RegistrationError for an invalid member, such as a lifetime above the
 * options of the plugin: an error of the application, not of the request. The check returns the argument, with its scopes as a list.
 */
export function signInCheck({ idleTimeout, absoluteTimeout }: Timeouts): (given: SignIn) => SignIn {
  const lifetime = o.members({
    idle: o.optional(o.integer(LEAST, idleTimeout, 'seconds')),
    absolute: o.optional(o.integer(LEAST, absoluteTimeout, 'seconds')),
    remembered: o.optional(o.flag)
  })
  const whole = o.shape<SignIn>({ ...schema, lifetime: o.optional(lifetime) })
  return (given) => o.checkOptions('reply.signIn()', whole, listed(given))
}

const changes = o.shape<SessionChanges>({ authenticatedAt: schema.authenticatedAt })

/** Checks the changes of a renewal, as `signInCheck()` checks a sign-in. */
export function checkChanges(given: SessionChanges): SessionChanges {
  return o.checkOptions('app.sessions.renew()', changes, given)
}

// A generator can be read once.
function listed(given: SignIn): SignIn {
  const scopes: unknown = o.isObject(given) ? given.scopes : undefined
  return o.isObject(scopes) && isIterable(scopes) ? { ...given, scopes: [...scopes] } : given
}

function isIterable(value: object): value is Iterable<string> {
  return Symbol.iterator in value
}
