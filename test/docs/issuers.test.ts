// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { generateKeyPair, exportJWK } from 'jose'
import t, { type Test } from 'tap'
import { reader } from './follow.ts'
import { type IssuerForm, issuerStandIn } from './issuer-stand-in.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

const [API, CLIENT] = ['https://api.example.com', 'client-1']
const settings = { CLIENT_ID: CLIENT, CLIENT_SECRET: 'secret-of-client-1' }

/** A token that the server must refuse, with the claims and the header that differ from a good one. */
interface Refused {
  readonly name: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** A page about an issuer. */
interface IssuerPage {
  readonly page: string
  readonly form: IssuerForm
  /** The claims of a user's token. */
  readonly user: Readonly<Record<string, unknown>>
  readonly refused: readonly Refused[]
}

const guid = (digit: number): string => `${digit}`.repeat(8) + '-aaaa-bbbb-cccc-dddddddddddd'
const encryptionKey = {
  ...(await exportJWK((await generateKeyPair('RSA-OAEP')).publicKey)),
  kid: 'enc-1',
  alg: 'RSA-OAEP',
  use: 'enc'
}

const pages: readonly IssuerPage[] = [
  {
    page: 'docs/how-to/auth0.md',
    form: {
      issuer: 'https://tenant.eu.auth0.com/',
      metadata: (issuer) => ({
        authorization_endpoint: `${issuer}authorize`,
        token_endpoint: `${issuer}oauth/token`,
        jwks_uri: `${issuer}.well-known/jwks.json`,
        id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256']
      }),
      key: { use: 'sig', alg: 'RS256', x5t: 'dGh1bWI', x5c: ['MIIC'] },
      header: { typ: 'JWT' },
      tokenPath: '/oauth/token',
      claims: (form) => ({
        sub: `${form.get('client_id')}@clients`,
        aud: form.get('audience') ?? '',
        scope: 'items:read',
        gty: 'client-credentials',
        azp: form.get('client_id')
      })
    },
    user: {
      sub: 'auth0|6553da60a54af58e29493993',
      aud: [API, 'https://tenant.eu.auth0.com/userinfo'],
      azp: CLIENT,
      scope: 'openid profile items:read items:write'
    },
    refused: [
      { name: 'a token for another API', claims: { aud: 'https://other.example.com' } },
      { name: 'an ID token', claims: { aud: CLIENT, nonce: 'n', scope: undefined } }
    ]
  },
  {
    page: 'docs/how-to/entra-id.md',
    form: {
      issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
      metadata: (issuer) => ({
        token_endpoint: issuer.replace('/v2.0', '/oauth2/v2.0/token'),
        jwks_uri: issuer.replace('/v2.0', '/discovery/v2.0/keys'),
        id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['pairwise']
      }),
      // Without `alg`.
      key: { use: 'sig', x5t: 'dGh1bWI', x5c: ['MIIC'], issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
      header: { typ: 'JWT' },
      tokenPath: '/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token',
      claims: (form) => ({
        aud: form.get('scope')?.split('/')[0],
        azp: form.get('client_id'),
        azpacr: '1',
        oid: guid(7),
        sub: guid(7),
        tid: '11111111-2222-3333-4444-555555555555',
        idtyp: 'app',
        roles: ['Items.Read.All'],
        uti: 'abc',
        ver: '2.0'
      })
    },
    user: {
      aud: '99999999-8888-7777-6666-555555555555',
      azp: guid(6),
      oid: guid(8),
      sub: 'pairwise-subject',
      tid: '11111111-2222-3333-4444-555555555555',
      scp: 'Items.Read Items.Write',
      ver: '2.0'
    },
    refused: [
      { name: 'a token for another registration', claims: { aud: guid(5) } },
      { name: 'a token of another tenant', claims: { iss: `https://login.microsoftonline.com/${guid(4)}/v2.0` } },
      {
        name: 'a token of version 1',
        claims: { iss: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/' }
      },
      { name: 'an ID token', claims: { nonce: 'n', scp: undefined } }
    ]
  },
  {
    page: 'docs/how-to/keycloak.md',
    form: {
      issuer: 'https://keycloak.example.com/realms/main',
      metadata: (issuer) => ({
        token_endpoint: `${issuer}/protocol/openid-connect/token`,
        jwks_uri: `${issuer}/protocol/openid-connect/certs`,
        introspection_endpoint: `${issuer}/protocol/openid-connect/token/introspect`
      }),
      key: { use: 'sig', alg: 'RS256', x5t: 'dGh1bWI', x5c: ['MIIC'] },
      otherKeys: [encryptionKey],
      header: { typ: 'JWT' },
      tokenPath: '/realms/main/protocol/openid-connect/token',
      claims: (form) => ({
        jti: 'trrtcc:1',
        aud: ['items-api', 'account'],
        sub: guid(3),
        typ: 'Bearer',
        azp: form.get('client_id'),
        realm_access: { roles: ['default-roles-main', 'offline_access'] },
        scope: `profile email ${form.get('scope')}`,
        clientHost: '127.0.0.1',
        preferred_username: `service-account-${form.get('client_id')}`
      })
    },
    user: {
      jti: 'onrtac:2',
      aud: 'items-api',
      sub: guid(2),
      typ: 'Bearer',
      azp: 'web',
      sid: guid(1),
      acr: '1',
      scope: 'openid items:read items:write'
    },
    refused: [
      { name: 'a token without the mapper', claims: { aud: 'account' } },
      { name: 'an ID token', claims: { typ: 'ID', aud: 'items-api' } },
      { name: 'a refresh token', claims: { typ: 'Refresh' } }
    ]
  },
  {
    page: 'docs/how-to/cognito.md',
    form: {
      issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example',
      metadata: (issuer) => ({
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        token_endpoint: 'https://items.auth.eu-central-1.amazoncognito.com/oauth2/token',
        id_token_signing_alg_values_supported: ['RS256']
      }),
      key: { use: 'sig', alg: 'RS256' },
      tokenPath: '/none',
      claims: () => ({})
    },
    user: {
      sub: guid(1),
      'cognito:groups': ['editors'],
      version: 2,
      client_id: CLIENT,
      origin_jti: guid(2),
      token_use: 'access',
      scope: `openid ${API}/items.read ${API}/items.write`,
      auth_time: Math.floor(Date.now() / 1000) - 5,
      jti: guid(3),
      username: 'ada',
      aud: API
    },
    refused: [
      { name: 'a token without an audience', claims: { aud: undefined } },
      { name: 'an ID token', claims: { token_use: 'id', scope: undefined, aud: CLIENT } },
      { name: 'an ID token whose client is called like the API', claims: { token_use: 'id' } }
    ]
  }
]

for (const { page, form, user, refused } of pages) {
  t.test(`${page} leads to a server that accepts the tokens of the issuer, and no others`, async (t) => {
    const standIn = await issuerStandIn(t, form)
    const reading = await reader(t, page, {
      replacements: standIn.replacements,
      settings: { ...settings, TOKEN: await standIn.sign({ ...user, ...readOnly(user) }) }
    })
    await reading.rest()

    const origin = reading.here('http://localhost:3000')
    await opens(t, origin, await standIn.sign(user))
    for (const { name, claims, header } of refused) {
      const response = await send(origin, await standIn.sign({ ...user, ...claims }, header))
      t.equal(response.status, 401, name)
      t.match(response.headers.get('www-authenticate'), /^Bearer error="invalid_token"/, name)
    }
  })
}

/** A user's token without the scope to write. */
function readOnly({ scope }: Readonly<Record<string, unknown>>): object {
  return typeof scope === 'string' ? { scope: scope.split(' ').slice(0, -1).join(' ') } : {}
}

async function opens(t: Test, origin: string, token: string): Promise<void> {
  const read = await send(origin, token)
  t.equal(read.status, 200)
  t.same(await read.json(), ['a brass key'])
  t.equal((await send(origin, token, 'POST')).status, 201)
}

async function send(origin: string, token: string, method = 'GET'): Promise<Response> {
  return fetch(`${origin}/items`, { method, headers: { authorization: `Bearer ${token}` } })
}
