import { must, mustBeInteger, optional } from '@latchkey/guard'
import { isFetchable } from '@latchkey/issuer'
import { faultyMember, type MemberChecks, unknownMember } from '../members.ts'

/**
 * How an issuer is asked about tokens that say nothing by themselves. An answer that names this server in `aud` and has no
 * `token_type`, `typ` or `token_use` is taken for that of an access token: where an issuer answers so about refresh tokens
 * too, they are honoured.
 *
 * @see [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)
 */
export interface IntrospectionOptions {
  /** What this server is called as a client of the issuer. It is no user's client: it does nothing but ask. */
  readonly clientId: string
  /** The secret that goes with it. It is sent to nobody but the endpoint. */
  readonly clientSecret: string
  /**
   * Where to ask. Default: the `introspection_endpoint` of the issuer's metadata, which is fetched when the first token
   * has to be asked about.
   */
  readonly endpoint?: string
  /**
   * How this server says who it is: in a header, with both halves form-encoded, or in the form, for issuers that do not
   * decode the header's halves. Default: `'client_secret_basic'`.
   */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post'
  /**
   * Takes answers that name no audience at all. DANGER: any token of the issuer's, for whichever server it was meant,
   * then opens this one, unless the endpoint calls other servers' tokens inactive when this client asks. Set it only
   * where the issuer promises that. Such an answer must have a `token_type`, `Bearer` or `DPoP`, since refresh tokens are
   * active too; and an answer that does name an audience must still name this server. Default: `false`.
   */
  readonly audienceIsImplied?: boolean
  /**
   * For how many seconds an answer is believed, never beyond the token's `exp`: from 0, which asks for every request, to
   * 3600. A token that is revoked may be honoured for so long. Default: 60.
   */
  readonly ttl?: number
  /** For how many seconds a refusal is believed, from 0 to 3600. Default: 10. */
  readonly negativeTtl?: number
  /** For each request to the issuer, in milliseconds from 1 to 5000. Default: 5000. */
  readonly timeout?: number
  /** How many answers are remembered, and how many refusals beside them, from 1 to 1000000. Default: 10000. */
  readonly maxEntries?: number
}

const LONGEST = 3600

const mustBeText = must('be a non-empty string', (value) => typeof value === 'string' && value !== '')

const checks: MemberChecks<IntrospectionOptions> = {
  clientId: mustBeText,
  clientSecret: mustBeText,
  endpoint: optional(must('be a URL that may be fetched from: https, or http on loopback', isFetchable)),
  authMethod: optional(
    must(
      "be 'client_secret_basic' or 'client_secret_post'",
      (value) => value === 'client_secret_basic' || value === 'client_secret_post'
    )
  ),
  audienceIsImplied: optional(must('be true or false', (value) => typeof value === 'boolean')),
  ttl: optional(mustBeInteger(0, LONGEST, 'seconds')),
  negativeTtl: optional(mustBeInteger(0, LONGEST, 'seconds')),
  timeout: optional(mustBeInteger(1, 5000, 'milliseconds')),
  maxEntries: optional(mustBeInteger(1, 1_000_000, 'entries'))
}

/**
 * What is wrong with the member `introspection` of a trusted issuer, or nothing. Never repeats a value.
 *
 * @param isDiscoverable - whether the issuer is a URL that metadata can be fetched from
 */
export function faultInIntrospection(value: unknown, at: string, isDiscoverable: boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return `${at} must be an object with clientId and clientSecret`
  const fault = unknownMember(value, checks, at) ?? faultyMember(value, checks, at)
  if (fault !== undefined || isDiscoverable || Reflect.get(value, 'endpoint') !== undefined) return fault
  return `${at}.endpoint must be given, since the issuer is no URL that metadata can be fetched from`
}
