import { isFetchable } from '@latchkey/issuer'
import type { Provider } from './provider.ts'
import { askIfUnset } from './ask-if-unset.ts'

type Check = readonly [sentence: string, holds: (value: unknown) => boolean]

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/
// RFC 6749 Appendix A.1 and A.2: printable ASCII.
const isVisible = (value: unknown): boolean => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isScope = (value: unknown): boolean => typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)

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

const CHECKS: { readonly [Member in keyof Required<Provider>]: Check } = {
  name: ['be of small letters, digits and hyphens', isName],
  displayName: ['be a text', orMissing(isText)],
  clientId: ['be a text of printable ASCII', isVisible],
  clientSecret: ['be a text of printable ASCII, or a function', (value) => isVisible(value) || isFunction(value)],
  scopes: ['be a list of scopes', (value) => Array.isArray(value) && value.length > 0 && value.every(isScope)],
  issuer: ['be an https URL (http on loopback only)', orMissing((value) => isFetchable(value) && !value.includes('?'))],
  endpoints: ['be https URLs (http on loopback only), with authorization and token', orMissing(areEndpoints)],
  issuerOf: ['be a function', orMissing(isFunction)],
  clientAuthentication: [
    'be client_secret_basic or client_secret_post',
    oneOf('client_secret_basic', 'client_secret_post')
  ],
  responseMode: ['be query or form_post', oneOf('query', 'form_post')],
  parameters: ['be texts by names that the protocol does not use', orMissing(areParameters)],
  freshLogin: ['be texts by names that the protocol does not use', orMissing(areParameters)],
  insecureTrustUnprovenLogin: ['be true or false', orMissing(isBoolean)],
  userinfo: ['be true or false', orMissing(isBoolean)],
  tokenResponse: ['be a function', orMissing(isFunction)],
  accepts: ['be a function', orMissing(isFunction)],
  toIdentity: ['be a function', isFunction]
}

// Options that applications usually read from environment variables.
const READ = new Set(['clientId', 'clientSecret'])

/** Returns the fault of a list of providers, as the end of a sentence, or `undefined`. Never contains a secret. */
export function providersFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0)
    return 'must be a list of at least one provider, such as discord({ ... })'
  const names = new Set<string>()
  for (const provider of value as unknown[]) {
    const fault = isObject(provider) ? providerFault(provider) : 'holds something that is no provider'
    if (fault !== undefined) return fault
    const { name } = provider as Provider // it was checked just now
    if (names.has(name)) return `has two providers of the name "${name}": give one another name`
    names.add(name)
  }
  return undefined
}

function providerFault(provider: object): string | undefined {
  const { name, issuer, endpoints, scopes } = provider as Partial<Provider> // each member is checked below
  const unknown = Object.keys(provider).find((member) => !Object.hasOwn(CHECKS, member))
  const who = `has a provider${isName(name) ? ` "${name}"` : ''} whose`
  if (unknown !== undefined) return `${who} member "${unknown}" does not exist`
  for (const [member, [sentence, holds]] of Object.entries(CHECKS)) {
    const value: unknown = Reflect.get(provider, member)
    if (!holds(value)) return `${who} "${member}" must ${sentence}${READ.has(member) ? askIfUnset(value) : ''}`
  }
  if (issuer === undefined && endpoints?.userinfo === undefined)
    return `${who} "issuer", or "endpoints.userinfo", is missing`
  if (issuer !== undefined && scopes?.includes('openid') !== true) return `${who} "scopes" must have "openid" in it`
  if (issuer !== undefined && endpoints !== undefined && endpoints.jwks === undefined)
    return `${who} "endpoints.jwks" is missing`
  return undefined
}

function orMissing(holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || holds(value)
}

function oneOf(...allowed: readonly unknown[]): (value: unknown) => boolean {
  return orMissing((value) => allowed.includes(value))
}

function areEndpoints(value: unknown): boolean {
  if (!isObject(value)) return false
  const { authorization, token, ...others } = value
  return isFetchable(authorization) && isFetchable(token) && Object.values(others).every(orMissing(isFetchable))
}

function areParameters(value: unknown): boolean {
  return (
    isObject(value) && Object.entries(value).every(([name, text]) => !RESERVED.has(name) && typeof text === 'string')
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}
