import { checkOptions, RegistrationError } from '@latchkey/options'
import type { Client, Clients, FindClient } from './client.ts'
import { client as schema, clientOf, isClientId } from './record.ts'
import type { Throttle } from '@latchkey/throttle'

/** A method of client authentication, as metadata names it. */
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** The clients, as the token endpoint looks them up. */
export interface ClientDirectory {
  /** Returns a client by its identifier; `undefined` if it is unknown or disabled. */
  readonly find: (clientId: string) => Promise<Client | undefined>
  /** Adds a function that is called for the clients that are unknown so far. It finds public clients only. */
  readonly add: (findClient: FindClient) => void
  /** Whether a client that `find()` returned comes from `add()`. */
  readonly isAdded: (client: Client) => boolean
  /** Limits guesses of client secrets. */
  readonly throttle: Throttle
  /** The client of a request that names no client. */
  readonly defaultClientId: string | undefined
  /** The grant types of the clients in a list. Empty for a function. */
  readonly grantTypes: readonly string[]
  /** The methods of authentication that at least one client can use. */
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
}

/** The clients of the option `clients`. */
type GivenClients = Omit<ClientDirectory, 'add' | 'isAdded' | 'throttle'>

const FIRST_PARTY: Client = { clientId: 'first-party', grantTypes: ['password', 'refresh_token'] }
const BOTH: readonly ClientAuthenticationMethod[] = ['client_secret_basic', 'client_secret_post']
/**
 * The directory for the options `clients` and `defaultClientId`.
 *
 * @throws RegistrationError when two clients have the same identifier, or the default client is unknown or confidential
 */
export function clientDirectory(
  plugin: string,
  clients: Clients | undefined,
  defaultClientId: string | undefined,
  throttle: Throttle
): ClientDirectory {
  const given: GivenClients =
    typeof clients === 'function'
      ? {
          find: askOf(clients, 'The result of clients()'),
          defaultClientId,
          grantTypes: [],
          authenticationMethods: ['none', ...BOTH]
        }
      : {
          grantTypes: clients?.flatMap(({ grantTypes }) => grantTypes) ?? [],
          ...listed(plugin, clients ?? [FIRST_PARTY], defaultClientId)
        }
  // Each returns disabled clients too, so that a later one is not asked for them.
  const sources = [given.find]
  const added = new WeakSet<Client>()
  return {
    ...given,
    throttle,
    async find(clientId) {
      for (const find of sources) {
        const client = await find(clientId)
        if (client === undefined) continue
        if (find !== given.find) added.add(client)
        return client.disabled === true ? undefined : client
      }
      return undefined
    },
    isAdded: (client) => added.has(client),
    add: (findClient) => void sources.push(publicOnly(askOf(findClient, 'The result of findClient()'))),
    get authenticationMethods() {
      const own = given.authenticationMethods
      return sources.length === 1 || own.includes('none') ? own : (['none', ...own] as const)
    }
  }
}

function listed(
  plugin: string,
  clients: readonly Client[],
  defaultClientId?: string
): Omit<GivenClients, 'grantTypes'> {
  const byId = new Map(clients.map((client) => [client.clientId, Object.freeze(structuredClone(client))]))
  if (byId.size < clients.length) {
    throw new RegistrationError(plugin, 'clients must each have a clientId of their own')
  }
  const [only] = clients.length === 1 ? clients : []
  const chosen = defaultClientId ?? (only?.clientSecretHash === undefined ? only?.clientId : undefined)
  const client = chosen === undefined ? undefined : byId.get(chosen)
  if (chosen !== undefined && (client === undefined || client.clientSecretHash !== undefined)) {
    throw new RegistrationError(plugin, 'defaultClientId must be the clientId of a client without a secret')
  }
  const authenticationMethods = [...new Set(clients.flatMap(methodsOf))]
  return { find: async (clientId) => byId.get(clientId), defaultClientId: chosen, authenticationMethods }
}

function methodsOf(client: Client): readonly ClientAuthenticationMethod[] {
  if (client.clientSecretHash === undefined) return ['none']
  return client.tokenEndpointAuthMethod === undefined ? BOTH : [client.tokenEndpointAuthMethod]
}

function askOf(findClient: FindClient, caller: string): ClientDirectory['find'] {
  return async (clientId) => {
    // A malformed identifier is not worth a query, and some databases fail on it.
    if (!isClientId(clientId)) return undefined
    const found = await findClient(clientId)
    if (found === undefined || found === null) return undefined
    const client = checkOptions(caller, schema, clientOf(found))
    return client.clientId === clientId ? client : undefined
  }
}

/** The metadata lists no authentication methods for added clients, so they cannot have a secret. */
function publicOnly(find: ClientDirectory['find']): ClientDirectory['find'] {
  return async (clientId) => {
    const client = await find(clientId)
    if (client?.clientSecretHash === undefined) return client
    throw new RegistrationError('app.tokenEndpoint.addClients()', 'findClient must find clients without a secret only')
  }
}
