import { isProtectedUrl, parseUrl } from '@latchkey/options'
import type { Finding } from '../findings.ts'
import { allowsPost, type Fetched, fetchDocument, isOpen, texts } from './fetching.ts'
import { found } from './rules.ts'

/** Finds what keeps an MCP client from using an authorization server. */
export async function authorizationServer(issuer: string): Promise<readonly Finding[]> {
  const fetched = await metadataOf(issuer)
  const name = JSON.stringify(issuer)
  if ('fault' in fetched) {
    return [
      found('server-metadata', `The metadata of the authorization server ${name} cannot be used: ${fetched.fault}`)
    ]
  }
  const { document, headers } = fetched
  const token = document['token_endpoint']
  return [
    ...checkIssuer(issuer, document),
    ...checkEndpoints(document),
    ...checkFlow(document),
    ...checkClients(document),
    ...(isOpen(headers) ? [] : [found('cors-metadata', `Clients in a browser cannot read the metadata of ${name}`)]),
    ...(isUsable(token) ? await checkTokenEndpoint(token) : [])
  ]
}

// The order of the MCP specification: RFC 8414 with the path at the end, then OpenID Connect in both forms.
async function metadataOf(issuer: string): Promise<Fetched> {
  const url = parseUrl(issuer)
  if (url === null) return { fault: 'the issuer is no URL' }
  const path = url.pathname.replace(/\/$/, '')
  const paths = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`
  ]
  const first = await fetchDocument(url.origin + String(paths[0]))
  if ('document' in first) return first
  for (const other of new Set(paths.slice(1))) {
    const fetched = await fetchDocument(url.origin + other)
    if ('document' in fetched) return fetched
  }
  return first
}

function checkIssuer(issuer: string, document: Readonly<Record<string, unknown>>): readonly Finding[] {
  const named = document['issuer']
  if (named === issuer) return []
  return [found('issuer', `The issuer in the metadata is ${JSON.stringify(named)}, not ${JSON.stringify(issuer)}`)]
}

function checkEndpoints(document: Readonly<Record<string, unknown>>): readonly Finding[] {
  return ['authorization_endpoint', 'token_endpoint']
    .filter((name) => !isUsable(document[name]))
    .map((name) => found('endpoints', `${name} is missing, or is neither https nor http on loopback`))
}

function checkFlow(document: Readonly<Record<string, unknown>>): readonly Finding[] {
  const grants = document['grant_types_supported']
  const hasCode =
    texts(document['response_types_supported']).includes('code') &&
    (grants === undefined || texts(grants).includes('authorization_code'))
  return [
    ...(hasCode ? [] : [found('code-flow', 'The metadata does not offer the authorization code flow')]),
    ...(texts(document['code_challenge_methods_supported']).includes('S256')
      ? []
      : [found('pkce', 'The metadata does not offer PKCE with S256')])
  ]
}

function checkClients(document: Readonly<Record<string, unknown>>): readonly Finding[] {
  const canDescribe = document['client_id_metadata_document_supported'] === true
  return [
    ...(canDescribe || isUsable(document['registration_endpoint'])
      ? []
      : [
          found('registration', 'Clients can neither use a metadata document nor register: each is registered by hand')
        ]),
    ...(texts(document['token_endpoint_auth_methods_supported']).includes('none')
      ? []
      : [found('public-clients', 'The metadata does not offer the token endpoint to clients without a secret')])
  ]
}

async function checkTokenEndpoint(url: string): Promise<readonly Finding[]> {
  if (await allowsPost(url, 'content-type')) return []
  return [found('cors-token', 'Clients in a browser cannot send a request to the token endpoint')]
}

function isUsable(value: unknown): value is string {
  const url = typeof value === 'string' ? parseUrl(value) : null
  return url !== null && isProtectedUrl(url)
}
