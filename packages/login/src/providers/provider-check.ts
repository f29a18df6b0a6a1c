import { fetchableUrl, issuerUrl } from '@latchkey/issuer'
import * as o from '@latchkey/options'
import { BUTTON_BRANDS } from '@latchkey/pages'
import { isMark } from './mark-check.ts'
import type { Provider, ProviderEndpoints, ProviderMark } from './provider.ts'

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/

/** Whether a text can be the name of a provider. Other plugins keep identities under other names. */
export function isProviderName(text: string): boolean {
  return NAME.test(text)
}

// RFC 6749 Appendix A.1 and A.2: printable ASCII.
const VISIBLE = /^[\x20-\x7e]+$/

// Parameters that the login sets itself.
const RESERVED = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_mode',
  'response_type',
  'scope',
  'state'
])

const parameters = o.must<Readonly<Record<string, string>>>(
  'map the names of parameters to strings, except those that the protocol sets',
  (value) => o.isMapOf(value, (text, name) => typeof text === 'string' && !RESERVED.has(name))
)

const endpoints = {
  authorization: fetchableUrl,
  token: fetchableUrl,
  userinfo: o.optional(fetchableUrl),
  revocation: o.optional(fetchableUrl),
  jwks: o.optional(fetchableUrl),
  endSession: o.optional(fetchableUrl)
} satisfies o.MembersOf<ProviderEndpoints>

const mark = o.members({
  svg: o.must<string>(
    "be an inline SVG from '<svg' to '</svg>' with shapes and gradients alone, and attributes in double quotes",
    isMark
  ),
  brand: o.optional(o.oneOf(...BUTTON_BRANDS))
} satisfies o.MembersOf<ProviderMark>)

const providerMembers = {
  name: o.matching('be 1 to 32 small letters, digits and hyphens, and not begin or end with a hyphen', NAME),
  displayName: o.optional(o.matching('be a string with a visible character', /\S/)),
  mark: o.optional(mark),
  clientId: o.matching('be a string of printable ASCII', VISIBLE, o.FROM_ENVIRONMENT),
  clientSecret: o.must<Provider['clientSecret']>(
    'be a string of printable ASCII, or a function',
    (value) => o.isFunction(value) || (typeof value === 'string' && VISIBLE.test(value)),
    o.FROM_ENVIRONMENT
  ),
  scopes: o.listOf('be a list of at least one scope', o.matching('be a scope token', /^[\x21\x23-\x5b\x5d-\x7e]+$/), 1),
  issuer: o.optional(issuerUrl),
  endpoints: o.optional(o.members(endpoints)),
  issuerOf: o.optional(o.aFunction<Provider['issuerOf']>()),
  clientAuthentication: o.optional(o.oneOf('client_secret_basic', 'client_secret_post')),
  responseMode: o.optional(o.oneOf('query', 'form_post')),
  parameters: o.optional(parameters),
  freshLogin: o.optional(parameters),
  insecureTrustUnprovenLogin: o.optional(o.flag),
  userinfo: o.optional(o.flag),
  tokenResponse: o.optional(o.aFunction<Provider['tokenResponse']>()),
  accepts: o.optional(o.aFunction<Provider['accepts']>()),
  toIdentity: o.aFunction<Provider['toIdentity']>()
} satisfies o.MembersOf<Provider>

/** The schema of a provider. The provider is not copied. */
export const provider: o.Schema<Provider> = o.asGiven(o.members(providerMembers))

/**
 * Checks whether the members of a provider are complete together.
 *
 * @param at - the path of the provider, for the message
 * @throws RegistrationError naming the missing member
 */
export function checkProvider(caller: string, { issuer, endpoints, scopes }: Provider, at: string): void {
  if (issuer === undefined) {
    if (endpoints?.userinfo !== undefined) return
    throw new o.RegistrationError(caller, `${at} must have an issuer, or endpoints with userinfo`)
  }
  if (!scopes.includes('openid'))
    throw new o.RegistrationError(caller, `${at}.scopes must contain 'openid' with an issuer`)
  if (endpoints !== undefined && endpoints.jwks === undefined) {
    throw new o.RegistrationError(caller, `${at}.endpoints.jwks must be an https URL with an issuer; got undefined`)
  }
}
