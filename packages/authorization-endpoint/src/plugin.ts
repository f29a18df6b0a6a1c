// The authorization endpoint: authorization code with PKCE, consent and pushed requests, for the clients of the token endpoint.
// https://www.rfc-editor.org/rfc/rfc6749#section-3.1
import { pathIn, scopeTokens } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { superviseStore } from '@latchkey/store'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { AuthorizeDependencies } from './authorize.ts'
import { addClientDocuments } from './client-documents/client-documents.ts'
import { authorizationCodes } from './code/codes.ts'
import { codeGrant } from './code/grant.ts'
import { type Consent, consents } from './consent/consents.ts'
import { withdrawal } from './consent/withdrawal.ts'
import { addDeviceFlow } from './device/device-flow.ts'
import { type AuthorizationEndpointOptions, resolveOptions } from './options.ts'
import { addRegistration } from './registration/endpoint.ts'
import { pushedRequestEndpoint, pushedRequests } from './request/pushed.ts'
import { readPushed } from './request/authorization-request.ts'
import { type CountRequest, requestLimit } from './request-limit.ts'
import { waitingRequests } from './request/waiting.ts'
import { addRoutes } from './routes.ts'
import { sessionsOf } from './session.ts'

/** The authorization endpoint of a context: `app.authorizationEndpoint`. */
export interface AuthorizationEndpoint {
  /**
   * Returns what a user allowed to clients: the apps with access.
   *
   * @example const apps = await app.authorizationEndpoint.consents(request.principal.subject)
   */
  consents(subject: string): Promise<readonly Consent[]>
  /**
   * Withdraws the consent of a user for a client, and ends the client's codes, device codes, refresh tokens and their access
   * tokens. An access token without a refresh token works until it expires, if its code is older than 15 minutes. Resolves when
   * all of it is stored. When it rejects, call it again.
   *
   * @returns whether there was a consent
   *
   * @example await app.authorizationEndpoint.withdrawConsent(request.principal.subject, 'photo-app')
   */
  withdrawConsent(subject: string, clientId: string): Promise<boolean>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The authorization endpoint of this context: list and withdraw the consents of users. */
    readonly authorizationEndpoint: AuthorizationEndpoint
  }
}

const NAME = '@latchkey/authorization-endpoint'

const plugin: FastifyPluginAsync<AuthorizationEndpointOptions> = async (app, given) => {
  const options = resolveOptions(given)
  const { store, path, pushedRequestPath } = options
  const { tokenEndpoint, guard } = app
  if (Object.hasOwn(app, 'authorizationEndpoint')) {
    throw new RegistrationError(
      NAME,
      'the plugin is registered twice in one context. Fix: give the second a context with a prefix of its own'
    )
  }
  const supervision = superviseStore(store, { now: options.now, log: app.log })
  const { seconds } = supervision
  const codes = authorizationCodes(store.records, options.codeLifetime, seconds)
  const remembered = consents(store.records, options.consentLifetime, seconds)
  const pushed = pushedRequestPath === undefined ? null : pushedRequests(store.records, seconds)
  const { issuer, resources } = tokenEndpoint
  const limit = (purpose: string): CountRequest => requestLimit(tokenEndpoint, purpose, options.requestsPerMinute)
  const dependencies: AuthorizeDependencies = {
    issuer,
    resources,
    pushed,
    codes,
    consents: remembered,
    waiting: waitingRequests(store.records, options.requestLifetime, seconds),
    sessions: sessionsOf(app),
    timeOfCode: tokenEndpoint.timeOfCode,
    scopes: guard.scopes,
    findClient: (clientId) => tokenEndpoint.findClient(clientId),
    async grantableScopes(principal, client) {
      const grantable = options.grantableScopes ? await options.grantableScopes(principal, client) : principal.scopes
      return new Set(scopeTokens(grantable))
    },
    loginPath: options.loginPath,
    continuePath: pathIn(app, `${path}/continue`),
    render: options.render,
    describesItself: (client) => tokenEndpoint.isAddedClient(client),
    count: limit('authorization requests'),
    countSilent: limit('silent authorization requests'),
    countContinued: limit('continued authorization requests'),
    seconds
  }

  tokenEndpoint.keepRevocations(options.codeLifetime)
  tokenEndpoint.addGrant(codeGrant({ codes, tokenEndpoint, seconds }))
  await app.register(async (child) => addRoutes(child, path, dependencies))
  if (pushed !== null && pushedRequestPath !== undefined) {
    const countPushed = limit('pushed authorization requests')
    const endpoint = pushedRequestEndpoint(pushedRequestPath, pushed, async (sent) => {
      await countPushed(sent.request)
      return readPushed(sent, resources)
    })
    await tokenEndpoint.addClientEndpoint(app, endpoint)
  }
  if (options.clientDocuments !== null) addClientDocuments(app, options.clientDocuments, seconds)
  if (options.registration !== null) {
    const isOpenToOtherOrigins = options.openToOtherOrigins
    await addRegistration(app, options.registration, { records: store.records, seconds, isOpenToOtherOrigins })
  }
  const endDeviceCodes = await addDeviceFlow(app, options.device, store.records, dependencies)
  if (options.openToOtherOrigins) {
    tokenEndpoint.openToOtherOrigins()
    guard.openMetadataToOtherOrigins()
  }
  const authorizationUrl = new URL(pathIn(app, path), issuer).href
  tokenEndpoint.addMetadata(() => ({
    authorization_endpoint: authorizationUrl,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...(pushedRequestPath !== undefined && {
      pushed_authorization_request_endpoint: new URL(pathIn(app, pushedRequestPath), issuer).href
    })
  }))
  tokenEndpoint.addFlows((tokenUrl) => ({
    authorizationCode: { authorizationUrl, tokenUrl, refreshUrl: tokenUrl, scopes: guard.scopes }
  }))
  app.decorate('authorizationEndpoint', {
    consents: async (subject: string) => remembered.list(subject),
    withdrawConsent: withdrawal({
      consents: remembered,
      codes,
      endDeviceCodes,
      refreshTokens: store.refreshTokens,
      tokenEndpoint,
      log: app.log
    })
  } satisfies AuthorizationEndpoint)
  // Waiting requests have no subject: the session that was asked has ended. Tokens are ended by the token endpoint.
  guard.addRevocation({
    name: NAME,
    revokeAll: async (subject) =>
      Promise.all([remembered.removeAll(subject), codes.removeAll(subject), endDeviceCodes(subject, null)])
  })
  app.addHook('onReady', supervision.start)
  app.addHook('onClose', async () => supervision.stop())
}

/**
 * The authorization endpoint as a Fastify plugin. Adds `GET` and `POST /authorize`, the consent page, the grant
 * `authorization_code`, and their metadata. Does not log users in: an anonymous browser is sent to the option `loginPath`, and comes
 * back with a session of `@latchkey/session`.
 *
 * @throws RegistrationError for a wrong option, and when the context has an authorization endpoint already
 * @see [RFC 6749 §4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1), [RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)
 */
const authorizationEndpoint: FastifyPluginAsync<AuthorizationEndpointOptions> = fp(plugin, {
  name: NAME,
  fastify: '5.x',
  dependencies: ['@latchkey/guard', '@latchkey/session', '@latchkey/token-endpoint']
})
export default authorizationEndpoint
