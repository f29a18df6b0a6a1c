import type { OptionCheck } from '@latchkey/guard'
import { isScopeToken } from '@latchkey/guard/plugin'
import type { Client } from './client.ts'
import { isClientSecretHash } from './secret.ts'
import { clientSubject, LONGEST_SUBJECT } from './subject.ts'

const CLIENT_ID = /^[^\p{Cc}]{1,255}$/u
const MEMBERS: readonly (keyof Client)[] = [
  'clientId',
  'clientSecretHash',
  'tokenEndpointAuthMethod',
  'grantTypes',
  'scopes',
  'defaultScopes',
  'introspects',
  'resources',
  'disabled'
]

/** Checks the option `clients`: a list of clients, or a function. */
export const mustBeClients: OptionCheck = (value) => {
  if (typeof value === 'function') return undefined
  if (!Array.isArray(value) || value.length === 0) {
    return 'must be a list of clients, or an async function that finds one'
  }
  return value.map((client: unknown) => clientFault(client) ?? misspelt(client)).find((fault) => fault !== undefined)
}

/** Whether a value is a valid client identifier. */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && CLIENT_ID.test(value)
}

/** Makes a client of a database row. Other columns of the row are ignored; `null` means that the member is absent. */
export function clientOf(row: Client): Client {
  const members = MEMBERS.map((name) => [name, Reflect.get(Object(row), name)] as const)
  // The cast is checked by clientFault().
  return Object.fromEntries(members.filter(([, value]) => value !== undefined && value !== null)) as unknown as Client
}

// Only for lists: an unknown member there is a mistake of the developer. clientFault() has checked that it is an object.
function misspelt(client: unknown): string | undefined {
  const known: readonly string[] = MEMBERS
  const unknown = Object.keys(client as object).find((name) => !known.includes(name))
  return unknown === undefined ? undefined : `holds a client with the unknown member "${unknown}"`
}

/** The reason why a value is not a client, as the end of a sentence; `undefined` for a client. */
export function clientFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'holds a client that is no object'
  const client: { readonly [Name in keyof Client]?: unknown } = value
  if (!isClientId(client.clientId)) {
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
  if (
    (client.grantTypes as readonly unknown[]).includes('client_credentials') &&
    clientSubject(client.clientId).length > LONGEST_SUBJECT
  ) {
    return 'holds a client whose clientId is too long for client_credentials: 248 characters at most'
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
