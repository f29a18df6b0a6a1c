import type { OAuthFlows, ScopeDescriptions } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'

const string = { type: 'string' }

const answer = {
  type: 'object',
  required: ['access_token', 'token_type', 'expires_in'],
  properties: {
    access_token: string,
    token_type: { type: 'string', enum: ['Bearer'] },
    expires_in: { type: 'integer', description: 'Seconds' },
    refresh_token: string,
    scope: string
  }
}

const failure = {
  type: 'object',
  required: ['error'],
  properties: { error: string, error_description: string }
}

const failures = {
  400: { description: 'The request is refused', ...failure },
  401: { description: 'The client is unknown or did not authenticate', ...failure },
  429: { description: 'Too many attempts have failed: Retry-After says when to try again', ...failure },
  503: { description: 'The server cannot answer now: Retry-After says when to try again', ...failure }
}

const tags: readonly string[] = ['OAuth']

/** The OpenAPI documentation of `POST /token`. */
export const tokenRouteSchema: object = {
  tags,
  summary: 'Get an access token',
  description: 'The token endpoint of RFC 6749. Which other parameters there are depends on the grant type.',
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    required: ['grant_type'],
    properties: {
      grant_type: string,
      scope: string,
      resource: { type: 'array', items: string, description: 'What the token is for (RFC 8707)' },
      client_id: string,
      client_secret: string,
      refresh_token: string
    }
  },
  response: { 200: { description: 'An access token', ...answer }, ...failures }
}

// Shared by /revoke and /introspect.
const ofOneToken = {
  tags,
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    required: ['token'],
    properties: { token: string, token_type_hint: string, client_id: string, client_secret: string }
  }
}

/** The OpenAPI documentation of the revocation endpoint. */
export const revocationRouteSchema: object = {
  ...ofOneToken,
  summary: 'Revoke a token',
  description: 'The revocation endpoint of RFC 7009. Revoking a refresh token ends the sign-in that it came of.',
  response: { 200: { description: 'The token is revoked, or was none', type: 'null' }, ...failures }
}

/** The OpenAPI documentation of the introspection endpoint. */
export const introspectionRouteSchema: object = {
  ...ofOneToken,
  summary: 'Ask about a token',
  description: 'The introspection endpoint of RFC 7662, for confidential clients.',
  response: {
    200: {
      description: 'Whether the token is active, and what it says if it is',
      type: 'object',
      required: ['active'],
      properties: { active: { type: 'boolean' } },
      additionalProperties: true
    },
    ...failures
  }
}

/** The OpenAPI documentation of the key set. */
export const jwksRouteSchema: object = { tags, summary: 'The keys that access tokens are signed with (RFC 7517)' }

/** The OpenAPI documentation of the metadata. */
export const metadataRouteSchema: object = { tags, summary: 'Authorization server metadata (RFC 8414)' }

/**
 * Adds the flows of the token endpoint that a documentation page can use to the guard of a context, if there is one.
 *
 * @param grantTypes - the grant types when the server is ready
 * @param added - the flows of other plugins, for the URL of the token endpoint. They come first
 */
export function documentFlows(
  app: FastifyInstance,
  tokenUrl: string,
  grantTypes: () => readonly string[],
  added: (tokenUrl: string) => OAuthFlows
): void {
  app.addHook('onReady', async () => {
    if (!app.hasDecorator('guard')) return
    const flows = (): OAuthFlows => ({ ...added(tokenUrl), ...flowsOf(grantTypes(), tokenUrl, app.guard.scopes) })
    if (Object.keys(flows()).length === 0) return
    app.guard.addSecurityScheme({
      name: 'oauth2',
      opens: 'bearer',
      definition: () => ({ type: 'oauth2', flows: flows() })
    })
  })
}

function flowsOf(grantTypes: readonly string[], tokenUrl: string, scopes: ScopeDescriptions): OAuthFlows {
  return {
    ...(grantTypes.includes('password') && { password: { tokenUrl, refreshUrl: tokenUrl, scopes } }),
    ...(grantTypes.includes('client_credentials') && { clientCredentials: { tokenUrl, scopes } })
  }
}
