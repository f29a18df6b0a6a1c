import { parseRequestedScope } from '@latchkey/guard/plugin'
import type { Client } from '@latchkey/token-endpoint'
import { AuthorizationError } from '../errors.ts'
import { checkParameters, type Parameters } from './parameters.ts'
import { isCodeChallenge } from '../pkce.ts'
import { type Prompt, readMaxAge, readPrompt } from './prompt.ts'

/** How the client gets the answer: in the query of its redirect URI, or in a form that the browser posts to it. */
export type ResponseMode = 'query' | 'form_post'

/** An authorization request that passed all checks that need no user. Plain JSON. */
export interface AuthorizationRequest {
  readonly clientId: string
  readonly redirectUri: string
  /** Whether the request named the redirect URI, so that the token request must name it too. */
  readonly namesRedirectUri: boolean
  readonly state: string | null
  readonly responseMode: ResponseMode
  /** The scopes that the client asks for; `null` if it names none. */
  readonly scopes: readonly string[] | null
  readonly resources: readonly string[]
  readonly codeChallenge: string
  readonly prompt: readonly Prompt[]
  /** The greatest age of the login, in seconds. */
  readonly maxAge: number | null
  readonly loginHint: string | null
}

/** The destination of an answer. */
export type Destination = Pick<AuthorizationRequest, 'redirectUri' | 'state' | 'responseMode'>

const RESPONSE_MODES: readonly (string | undefined)[] = ['query', 'form_post'] satisfies ResponseMode[]

/** Returns where the answer goes, also that for a faulty request. An unknown `response_mode` counts as `query`. */
export function destinationOf({ values }: Parameters, redirectUri: string): Destination {
  const responseMode = values.get('response_mode') === 'form_post' ? 'form_post' : 'query'
  return { redirectUri, state: values.get('state') ?? null, responseMode }
}

/**
 * Checks the parameters of a request whose client and redirect URI are known.
 *
 * @param resources - the resources of the token endpoint
 * @throws AuthorizationError for the client
 * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1), [RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)
 */
export function checkRequest(
  parameters: Parameters,
  client: Client,
  redirectUri: string,
  resources: readonly string[]
): AuthorizationRequest {
  const { values } = parameters
  checkParameters(parameters)
  if (values.has('request')) throw new AuthorizationError('request_not_supported', 'Request objects are not supported')
  const responseType = values.get('response_type')
  if (responseType === undefined) throw new AuthorizationError('invalid_request', 'response_type is missing')
  if (responseType !== 'code') {
    throw new AuthorizationError('unsupported_response_type', 'The only supported response type is code')
  }
  if (!client.grantTypes.includes('authorization_code')) {
    throw new AuthorizationError('unauthorized_client', 'The client may not use the authorization code grant')
  }
  if (!RESPONSE_MODES.includes(values.get('response_mode') ?? 'query')) {
    throw new AuthorizationError('invalid_request', 'The response mode must be query or form_post')
  }
  const codeChallenge = values.get('code_challenge')
  if (values.get('code_challenge_method') !== 'S256' || !isCodeChallenge(codeChallenge)) {
    throw new AuthorizationError('invalid_request', 'PKCE is required: a code_challenge with the method S256')
  }
  return {
    clientId: client.clientId,
    namesRedirectUri: values.has('redirect_uri'),
    scopes: scopesIn(values.get('scope')),
    resources: resourcesIn(parameters, client, resources),
    codeChallenge,
    prompt: readPrompt(values.get('prompt')),
    maxAge: readMaxAge(values.get('max_age')),
    loginHint: values.get('login_hint') ?? null,
    ...destinationOf(parameters, redirectUri)
  }
}

/**
 * Reads the parameter `scope`.
 *
 * @returns `null` if it names no scope
 * @throws AuthorizationError `invalid_scope` when it breaks the grammar
 */
export function scopesIn(parameter: string | undefined): readonly string[] | null {
  const scopes = parseRequestedScope(parameter)
  if (scopes === null) throw new AuthorizationError('invalid_scope', 'The scope is malformed')
  return scopes.size === 0 ? null : [...scopes]
}

/**
 * Returns the resources that a request names, each once.
 *
 * @param all - the resources of the token endpoint
 * @throws AuthorizationError `invalid_target` for a resource that is unknown, or not for the client
 */
export function resourcesIn(
  { resources }: Pick<Parameters, 'resources'>,
  client: Client,
  all: readonly string[]
): readonly string[] {
  const allowed = all.filter((resource) => client.resources?.includes(resource) ?? true)
  if (resources.every((resource) => allowed.includes(resource))) return [...new Set(resources)]
  throw new AuthorizationError('invalid_target', 'The resource is unknown, or not for this client')
}
