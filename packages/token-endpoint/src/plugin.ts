// The token endpoint: issues JWT access tokens and rotating refresh tokens, by the grants that are added to it.
// https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import { addInspection, addRevocation, pathIn } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { superviseStore } from '@latchkey/store'
import { throttles } from '@latchkey/throttle'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { accessTokens } from './tokens/access-tokens.ts'
import { addedClaims } from './tokens/added-claims.ts'
import { activeSubjects } from './grants/active-subject.ts'
import { clientDirectory } from './clients/directory.ts'
import { clientRoute } from './endpoints/client-endpoint.ts'
import { addJwksRoute } from './endpoints/jwks.ts'
import { documentFlows } from './endpoints/schemas.ts'
import { TokenError } from './errors.ts'
import { checkClientEndpoint, checkFindClient, extensions } from './extensions.ts'
import { addFormRoutes, type FormRoute } from './endpoints/form-routes.ts'
import type { Grant } from './grants/grant.ts'
import { introspectionRoute } from './endpoints/introspection.ts'
import { checkIssueRequest } from './tokens/issue-request.ts'
import { publicDocuments } from './endpoints/public-documents.ts'
import { addMetadataRoute, type MetadataSource } from './endpoints/server-metadata.ts'
import { otherOrigins as closedToOtherOrigins } from './endpoints/other-origins.ts'
import { resolveOptions, type TokenEndpointOptions } from './options.ts'
import { tokenFinder } from './endpoints/presented-token.ts'
import { refreshGrant } from './grants/refresh-token.ts'
import { refreshTokens } from './tokens/refresh-token-records.ts'
import { revocationRoute } from './endpoints/revocation.ts'
import { familyRevoker } from './revocations/family.ts'
import { keepRevocations } from './revocations/revocations.ts'
import { jose } from './keys/jose.ts'
import { keyFacts } from './keys/key-facts.ts'
import { openKeys } from './keys/open-keys.ts'
import type { TokenEndpoint } from './token-endpoint.ts'
import { subjectScopes } from './grants/subject-scopes.ts'
import { tokenRoute } from './endpoints/token.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The token endpoint of this context: issue and revoke tokens, add grants, read its keys.
     *
     * @example const token = await app.tokenEndpoint.issue({ subject: 'u1', clientId: 'shop', scopes: ['items:read'] })
     */
    readonly tokenEndpoint: TokenEndpoint
  }
}

const NAME = '@latchkey/token-endpoint'

const plugin: FastifyPluginAsync<TokenEndpointOptions> = async (app, given) => {
  const options = resolveOptions(given)
  if (Object.hasOwn(app, 'tokenEndpoint')) {
    throw new RegistrationError(
      NAME,
      'the plugin is registered twice in one context. Fix: give the second a context with a prefix of its own'
    )
  }
  const { issuer, audience, accessTokenLifetime } = options
  const supervision = superviseStore(options.store, { now: options.now, log: app.log })
  // Other processes and stored records are compared with the times in these tokens, so all of them use the store's clock.
  const { now, seconds } = supervision
  const { forGuessableSecrets, forRandomSecrets, watch } = throttles(app, {
    plugin: NAME,
    realm: issuer,
    store: options.store.throttle,
    now,
    isFailure: (error) => error instanceof TokenError && error.statusCode < 500,
    tooMany: (retryAfter) =>
      new TokenError('temporarily_unavailable', 'Too many attempts', { statusCode: 429, retryAfter })
  })
  const clientThrottle = forRandomSecrets('client secrets', options.clientThrottle)
  const clients = clientDirectory(NAME, options.clients, options.defaultClientId, clientThrottle)
  const keys = await openKeys(NAME, options.keys, { now: options.now, log: app.log })
  app.addHook('onClose', () => keys.close())
  const issue = accessTokens({ issuer, audience, signer: () => keys.signer(), lifetime: accessTokenLifetime, seconds })
  const refreshable = refreshTokens({
    store: options.store.refreshTokens,
    lifetime: options.refreshTokenLifetime,
    gracePeriod: options.refreshGracePeriod,
    seconds
  })
  const { store, revocations: following } = options
  const revocations = keepRevocations({ store, accessTokenLifetime, following, log: app.log, supervision })
  const subjectIsActive = activeSubjects(options.subjectIsActive)
  const resources = [...new Set([audience, ...options.resources])]
  const find = tokenFinder({
    issuer,
    audiences: resources,
    algorithms: keys.algorithms,
    jwks: () => keys.jwks(),
    refreshTokens: refreshable,
    now
  })
  const grants = new Map<string, Grant>()
  const added = extensions()
  const otherOrigins = closedToOtherOrigins()
  addGrant(refreshGrant({ refreshTokens: refreshable, revocations, subjectIsActive }))

  const endpoint: TokenEndpoint = {
    issuer,
    audience,
    resources,
    algorithms: keys.algorithms,
    jwks: () => keys.jwks(),
    rotateKeys: () => keys.rotate(),
    get grantTypes() {
      return [...grants.keys()]
    },
    addGrant,
    addMetadata: added.addMetadata,
    addFlows: added.addFlows,
    addClients: (findClient) => clients.add(checkFindClient(findClient)),
    findClient: clients.find,
    isAddedClient: clients.isAdded,
    async addClientEndpoint(context, endpoint) {
      const route = clientRoute(checkClientEndpoint(endpoint), clients, otherOrigins.isOpen)
      await context.register(async (child) => addForms(child, [route]))
    },
    openToOtherOrigins: otherOrigins.open,
    throttle: forGuessableSecrets,
    issue: async (request) => issue(checkIssueRequest(request), revocations.revokedAt(request.subject)),
    isRevoked: revocations.isRevoked,
    timeOfCode: revocations.timeOfCode,
    keepRevocations: revocations.keep,
    revokeFamily: familyRevoker(revocations, app.log),
    revokeAll: revocations.revokeSubject
  }
  app.decorate('tokenEndpoint', Object.freeze(endpoint))
  addRevocation(app, { name: NAME, revokeAll: endpoint.revokeAll })

  // Fastify registers the routes under the prefix '/' at the root too.
  const isAtRoot = pathIn(app, '') === ''
  const tokenUrl = pathIn(app, options.path)
  addInspection(app, {
    plugin: NAME,
    facts: () => ({
      issuer,
      tokenUrl,
      grantTypes: [...grants.keys()],
      keys: keyFacts(keys),
      store: supervision.facts()
    })
  })
  const forClients = [
    tokenRoute(options.path, {
      clients,
      grants,
      issue,
      addedClaims: addedClaims(options.tokenClaims),
      resources,
      accessTokenLifetime,
      refreshTokens: refreshable,
      revocations,
      scopesNow: subjectScopes(options.subjectScopes)
    }),
    revocationRoute(options.revocationPath, { clients, find, revocations })
  ]
  const forServers = introspectionRoute(options.introspectionPath, {
    issuer,
    clients,
    find,
    revocations,
    subjectIsActive
  })
  await app.register(async (child) =>
    addForms(child, [
      ...forClients.map((route) => ({ ...route, isOpenToOtherOrigins: otherOrigins.isOpen })),
      forServers
    ])
  )
  await app.register(async (child) => {
    const addDocument = publicDocuments(child, otherOrigins)
    addJwksRoute(addDocument, '/jwks', () => keys.jwks())
    addMetadataRoute(addDocument, { issuer, isAtRoot }, metadata)
  })
  documentFlows(app, tokenUrl, () => endpoint.grantTypes, added.flows)
  app.addHook('onReady', warnOfMissingGrants)
  // Loaded with the keys already, unless the store was down.
  app.addHook('onReady', async () => void jose.prepare())
  app.addHook('onReady', supervision.start)
  app.addHook('onReady', revocations.start)
  app.addHook('onClose', async () => {
    supervision.stop()
    revocations.stop()
  })
  if (!isAtRoot) {
    app.log.warn(
      `${NAME}: under a prefix clients do not find the metadata (RFC 8414 §3). Use the option "path" instead`
    )
  }

  function addGrant(grant: Grant): void {
    if (grants.has(grant.grantType)) {
      throw new RegistrationError(NAME, `there is a grant of the type "${grant.grantType}" already`)
    }
    grants.set(grant.grantType, grant)
  }

  async function addForms(child: FastifyInstance, routes: readonly FormRoute[]): Promise<void> {
    child.addHook('onRequest', async (request) => watch(request))
    await addFormRoutes(child, routes)
  }

  async function warnOfMissingGrants(): Promise<void> {
    const missing = [...new Set(clients.grantTypes)].filter((grantType) => !grants.has(grantType))
    if (missing.length === 0) return
    app.log.warn(`${NAME}: clients may use grant types that no registered plugin adds: ${missing.join(', ')}`)
  }

  function urlOf(path: string): string {
    return new URL(pathIn(app, path), issuer).href
  }

  function metadata(): MetadataSource {
    return {
      issuer,
      tokenUrl: urlOf(options.path),
      jwksUrl: urlOf('/jwks'),
      revocationUrl: urlOf(options.revocationPath),
      introspectionUrl: urlOf(options.introspectionPath),
      grantTypes: [...grants.keys()],
      authenticationMethods: clients.authenticationMethods,
      scopes: app.hasDecorator('guard') ? Object.keys(app.guard.scopes) : [],
      additions: added.metadata()
    }
  }
}

/**
 * The plugin. Adds the routes `POST /token`, `POST /revoke`, `POST /introspect`, `GET /jwks` and
 * `GET /.well-known/oauth-authorization-server`, and decorates the app with `app.tokenEndpoint`, which takes further grants.
 * Does not authenticate users: without another grant, the only grant type is `refresh_token`.
 *
 * @throws RegistrationError for a wrong option, and when the context has a token endpoint already. `app.ready()`
 * rejects with the store's StoreSetupError when the store's tables are missing or too new
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
const tokenEndpoint: FastifyPluginAsync<TokenEndpointOptions> = fp(plugin, { name: NAME, fastify: '5.x' })
export default tokenEndpoint
