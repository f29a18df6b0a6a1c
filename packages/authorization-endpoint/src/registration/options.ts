import * as o from '@latchkey/options'
import { hashClientSecret } from '@latchkey/token-endpoint'

/** The options of dynamic client registration. Each is optional. */
export interface RegistrationOptions {
  /** The path of the endpoint. Default: `/register`. */
  path?: string
  /**
   * The token that a client must have to register, as a bearer token: 32 random bytes or more. Default: none, and every program
   * may register.
   */
  initialAccessToken?: string
  /** The most registered clients. When there are so many, new ones are refused with 503. Default: 10000. */
  most?: number
  /** How many requests of registration one address may send in a minute. Default: 10. */
  perMinute?: number
}

/** The options with their defaults. */
export interface ResolvedRegistration {
  readonly path: string
  readonly initialAccessToken: string | undefined
  readonly most: number
  readonly perMinute: number
}

const registration: o.Schema<ResolvedRegistration> = o.members({
  path: o.optional(o.must<string>("be a path such as '/register'", o.isRoutePath), '/register'),
  initialAccessToken: o.optional(
    o.must<string>(
      'be a string of 32 random bytes or more',
      (value) => typeof value === 'string' && /^[\w.~+/-]+=*$/.test(value) && hashClientSecret(value) !== '',
      'use generateClientSecret().clientSecret of @latchkey/token-endpoint'
    )
  ),
  most: o.optional(o.integer(1, 1_000_000, 'clients'), 10_000),
  perMinute: o.optional(o.integer(1, 1_000_000, 'requests'), 10)
})

/** The schema of the option `registration`. */
export const registrationOption: o.Schema<ResolvedRegistration | null> = o.feature(registration)
