import { isScopeToken } from '@latchkey/guard/plugin'
import * as o from '@latchkey/options'
import type { Client, FindClient } from './client.ts'
import { isRedirectUri } from './redirect-uri.ts'
import { isClientSecretHash } from './secret.ts'
import { clientSubject, LONGEST_SUBJECT } from './subject.ts'

const NAME = /^[^\p{Cc}]{1,255}$/u
const NO_CONTROL = 'characters without control characters'

const scopes = o.optional(
  o.listOf('be a list of scope tokens', o.must('be a scope token (RFC 6749 §3.3)', isScopeToken))
)
const texts = o.optional(
  o.listOf(
    'be a list of strings',
    o.must<string>('be a string', (value) => typeof value === 'string')
  )
)
const clientMembers: o.MembersOf<Client> = {
  clientId: o.must(`be a string of 1 to 255 ${NO_CONTROL}`, isClientId),
  clientSecretHash: o.optional(o.must('be a result of hashClientSecret()', isClientSecretHash)),
  tokenEndpointAuthMethod: o.optional(o.oneOf('client_secret_basic', 'client_secret_post')),
  grantTypes: o.listOf('be a list of grant types', o.text),
  scopes,
  defaultScopes: scopes,
  redirectUris: o.optional(
    o.listOf(
      'be a list of redirect URIs',
      o.must('be an https URL, an http URL on loopback, or a URI of a private-use scheme with a dot', isRedirectUri)
    )
  ),
  clientName: o.optional(o.matching(`be a string of 1 to 255 ${NO_CONTROL}`, NAME)),
  isFirstParty: o.optional(o.flag),
  requirePushedAuthorizationRequests: o.optional(o.flag),
  introspects: texts,
  resources: texts,
  disabled: o.optional(o.flag)
}

// The subject of a client that acts for itself is longer than its identifier.
const actingMembers: o.MembersOf<Client> = {
  ...clientMembers,
  clientId: o.must(
    `be a string of 1 to ${LONGEST_SUBJECT - clientSubject('').length} ${NO_CONTROL}, for a client with client_credentials`,
    (value) => isClientId(value) && clientSubject(value).length <= LONGEST_SUBJECT
  )
}

/** The schema of a client. The client is not copied. */
export const client: o.Schema<Client> = o.either(
  (value) =>
    o.isObject(value) && Array.isArray(value['grantTypes']) && value['grantTypes'].includes('client_credentials'),
  o.asGiven<Client>(o.members(actingMembers)),
  o.asGiven<Client>(o.members(clientMembers))
)

/** The schema of the option `clients`: a list of clients, or a function. */
export const clients: o.Schema<readonly Client[] | FindClient> = o.either(
  o.isFunction,
  o.aFunction<FindClient>(),
  o.listOf('be a list of clients, or an async function that finds one', client)
)

/** Whether a value is a valid client identifier. */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

/** Makes a client of a database row. Other columns of the row are ignored; `null` means that the member is absent. */
export function clientOf(row: Client): Client {
  const found = Object.keys(clientMembers).map((name) => [name, Reflect.get(Object(row), name)] as const)
  // The cast is checked by the schema of a client.
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null)) as unknown as Client
}
