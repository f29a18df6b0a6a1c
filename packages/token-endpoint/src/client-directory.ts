import { InvalidOptionError, isScopeToken, type OptionCheck } from '@latchkey/guard'
import type { Client } from './client.ts'
import { isClientSecretHash } from './client-secret.ts'
import type { Throttle } from './throttle.ts'

/** The clients of a token endpoint: a list of them, or a function that finds one. */
export type Clients = readonly Client[] | FindClient

/**
 * Finds a client by its identifier. `undefined` or `null` for one that is unknown or disabled: the two cannot be told
 * apart from outside. What it gives must have the very identifier that was asked for. When its database does not answer
 * it throws guard's `UnavailableError`, or another error whose `statusCode` is 503; all else that it throws is a 500.
 */
export type FindClient = (clientId: string) => Promise<Client | undefined | null>

/** A method of client authentication, as metadata names it. */
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** The clients as the token endpoint asks for them. */
export interface ClientDirectory {
  find(clientId: string): Promise<Client | undefined>
  /** What holds back guesses of their secrets. */
  readonly throttle: Throttle
  /** Whom a request that names no client is taken to come from. */
  readonly defaultClientId: string | undefined
  /** The methods of authentication that some client can use. */
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
}

const FIRST_PARTY: Client = { clientId: 'first-party', grantTypes: ['password', 'refresh_token'] }
const BOTH: readonly ClientAuthenticationMethod[] = ['client_secret_basic', 'client_secret_post']
const CLIENT_ID = /^[^\p{Cc}]{1,255}$/u
const MEMBERS = new Set([
  'clientId',
  'clientSecretHash',
  'tokenEndpointAuthMethod',
  'grantTypes',
  'scopes',
  'defaultScopes',
  'introspects',
  'resources',
  'disabled'
])

/** A check for the option that is a list of clients or a function. */
export const mustBeClients: OptionCheck = (value) => {
  if (typeof value === 'function') return undefined
  if (!Array.isArray(value) || value.length === 0) {
    return 'must be a list of clients, or an async function that finds one'
  }
  return value.map(clientFault).find((fault) => fault !== undefined)
}

/**
 * The directory behind the options `clients` and `defaultClientId`.
 *
 * @throws InvalidOptionError when two clients have one identifier, or the default client is unknown or confidential
 */
export function clientDirectory(
  plugin: string,
  clients: Clients | undefined,
  defaultClientId: string | undefined,
  throttle: Throttle
): ClientDirectory {
  return typeof clients === 'function'
    ? { find: askOf(clients), throttle, defaultClientId, authenticationMethods: ['none', ...BOTH] }
    : { ...listed(plugin, clients ?? [FIRST_PARTY], defaultClientId), throttle }
}

function listed(
  plugin: string,
  clients: readonly Client[],
  defaultClientId?: string
): Omit<ClientDirectory, 'throttle'> {
  const byId = new Map(clients.map((client) => [client.clientId, Object.freeze(structuredClone(client))]))
  if (byId.size < clients.length) {
    throw new InvalidOptionError(plugin, 'clients', 'holds two clients with the same clientId')
  }
  const [only] = clients.length === 1 ? clients : []
  const chosen = defaultClientId ?? (only?.clientSecretHash === undefined ? only?.clientId : undefined)
  const client = chosen === undefined ? undefined : byId.get(chosen)
  if (chosen !== undefined && (client === undefined || client.clientSecretHash !== undefined)) {
    throw new InvalidOptionError(plugin, 'defaultClientId', 'must be the clientId of a client without a secret')
  }
  const authenticationMethods = [...new Set(clients.flatMap(methodsOf))]
  return { find: async (clientId) => enabled(byId.get(clientId)), defaultClientId: chosen, authenticationMethods }
}

function methodsOf(client: Client): readonly ClientAuthenticationMethod[] {
  if (client.clientSecretHash === undefined) return ['none']
  return client.tokenEndpointAuthMethod === undefined ? BOTH : [client.tokenEndpointAuthMethod]
}

function askOf(findClient: FindClient): ClientDirectory['find'] {
  return async (clientId) => {
    // What no client is called is not worth a query, and some databases fail on it.
    if (!CLIENT_ID.test(clientId)) return undefined
    const client = await asked(findClient, clientId)
    if (client === undefined || client === null) return undefined
    const fault = clientFault(client)
    if (fault !== undefined) throw new TypeError(`The function clients() gave what is no client: it ${fault}`)
    return client.clientId === clientId ? enabled(client) : undefined
  }
}

// An error of a library underneath may carry a status of its own, which is none of the client's business.
async function asked(findClient: FindClient, clientId: string): ReturnType<FindClient> {
  try {
    return await findClient(clientId)
  } catch (cause) {
    if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 503) throw cause
    throw new Error('The function clients() failed', { cause })
  }
}

function enabled(client: Client | undefined): Client | undefined {
  return client?.disabled === true ? undefined : client
}

function clientFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'holds a client that is no object'
  const client: { readonly [Name in keyof Client]?: unknown } = value
  const unknown = Object.keys(client).find((name) => !MEMBERS.has(name))
  if (unknown !== undefined) return `holds a client with the unknown member "${unknown}"`
  if (typeof client.clientId !== 'string' || !CLIENT_ID.test(client.clientId)) {
    return 'holds a client whose clientId is no text of 1 to 255 characters, or has control characters'
  }
  if (client.clientSecretHash !== undefined && !isClientSecretHash(client.clientSecretHash)) {
    return 'holds a client whose clientSecretHash is not made by hashClientSecret()'
  }
  const method = client.tokenEndpointAuthMethod
  if (method !== undefined && method !== 'client_secret_basic' && method !== 'client_secret_post') {
    return 'holds a client whose tokenEndpointAuthMethod is neither client_secret_basic nor client_secret_post'
  }
  if (!isListOf((grantType) => typeof grantType === 'string' && grantType !== '', client.grantTypes)) {
    return 'holds a client whose grantTypes are no list of grant types'
  }
  for (const scopes of [client.scopes, client.defaultScopes]) {
    if (scopes !== undefined && !isListOf(isScopeToken, scopes)) {
      return 'holds a client whose scopes are no list of scope tokens'
    }
  }
  if (client.introspects !== undefined && !isListOf((audience) => typeof audience === 'string', client.introspects)) {
    return 'holds a client whose introspects is no list of audiences'
  }
  if (client.resources !== undefined && !isListOf((resource) => typeof resource === 'string', client.resources)) {
    return 'holds a client whose resources are no list of texts'
  }
  if (client.disabled !== undefined && typeof client.disabled !== 'boolean') {
    return 'holds a client whose disabled is neither true nor false'
  }
  return undefined
}

function isListOf(isElement: (value: unknown) => boolean, value: unknown): boolean {
  return Array.isArray(value) && value.every(isElement)
}
