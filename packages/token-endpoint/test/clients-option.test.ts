import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, {
  type Client,
  hashClientSecret,
  RegistrationError,
  type TokenEndpointOptions
} from '@latchkey/token-endpoint'
import { issuer, key } from './fixtures/server.ts'

const options = (): TokenEndpointOptions => ({ issuer, audience: issuer, keys: [key], store: memoryStore() })

const good: Client = { clientId: 'a', grantTypes: ['password'] }
const secret = hashClientSecret('9f86d081884c7d659a2feaa0c55ad015')

const faults: [name: string, option: string, value: unknown, message: string][] = [
  [
    'clients as an object',
    'clients',
    { a: good },
    'clients must be a list of clients, or an async function that finds one; got an object'
  ],
  [
    'a client that is a text',
    'clients',
    ['a'],
    'clients[0] must be an object with clientId, clientSecretHash, tokenEndpointAuthMethod, grantTypes, scopes, defaultScopes, redirectUris, clientName, isFirstParty, requirePushedAuthorizationRequests, introspects, resources, disabled; got a string'
  ],
  [
    'a client that is null',
    'clients',
    [null],
    'clients[0] must be an object with clientId, clientSecretHash, tokenEndpointAuthMethod, grantTypes, scopes, defaultScopes, redirectUris, clientName, isFirstParty, requirePushedAuthorizationRequests, introspects, resources, disabled; got null'
  ],
  [
    'a client without an identifier',
    'clients',
    [{ grantTypes: [] }],
    'clients[0].clientId must be a string of 1 to 255 characters without control characters; got undefined'
  ],
  [
    'a client with an empty identifier',
    'clients',
    [{ ...good, clientId: '' }],
    'clients[0].clientId must be a string of 1 to 255 characters without control characters; got an empty string'
  ],
  [
    'a client identifier with a line break',
    'clients',
    [{ ...good, clientId: 'a\nb' }],
    'clients[0].clientId must be a string of 1 to 255 characters without control characters; got a string'
  ],
  [
    'a client with a plain secret',
    'clients',
    [{ ...good, clientSecretHash: 'secret' }],
    'clients[0].clientSecretHash must be a result of hashClientSecret(); got a string'
  ],
  [
    'a client with a misspelt member',
    'clients',
    [{ ...good, clientSecret: 'x' }],
    'clients[0].clientSecret does not exist. Fix: use one of clientId, clientSecretHash, tokenEndpointAuthMethod, grantTypes, scopes, defaultScopes, redirectUris, clientName, isFirstParty, requirePushedAuthorizationRequests, introspects, resources, disabled'
  ],
  [
    'a client with an unknown authentication method',
    'clients',
    [{ ...good, tokenEndpointAuthMethod: 'private_key_jwt' }],
    "clients[0].tokenEndpointAuthMethod must be 'client_secret_basic' or 'client_secret_post'; got a string"
  ],
  [
    'a client identifier that is too long for a subject',
    'clients',
    [
      {
        clientId: 'a'.repeat(249),
        clientSecretHash: hashClientSecret('k3Yq8Zt2mVwR4nB6yLp9sDfH7jKc5Ga1'),
        grantTypes: ['client_credentials']
      }
    ],
    'clients[0].clientId must be a string of 1 to 248 characters without control characters, for a client with client_credentials; got a string'
  ],
  [
    'a client without grant types',
    'clients',
    [{ clientId: 'a' }],
    'clients[0].grantTypes must be a list of grant types; got undefined'
  ],
  [
    'a client with grant types as a text',
    'clients',
    [{ ...good, grantTypes: 'password' }],
    'clients[0].grantTypes must be a list of grant types; got a string'
  ],
  [
    'a client with an empty grant type',
    'clients',
    [{ ...good, grantTypes: [''] }],
    'clients[0].grantTypes[0] must be a non-empty string; got an empty string'
  ],
  [
    'a client with scopes as a text',
    'clients',
    [{ ...good, scopes: 'a b' }],
    'clients[0].scopes must be a list of scope tokens; got a string'
  ],
  [
    'a client with an invalid scope',
    'clients',
    [{ ...good, defaultScopes: ['a b'] }],
    'clients[0].defaultScopes[0] must be a scope token (RFC 6749 §3.3); got a string'
  ],
  [
    'a client with introspects as a text',
    'clients',
    [{ ...good, introspects: 'a' }],
    'clients[0].introspects must be a list of strings; got a string'
  ],
  [
    'a client with introspects as numbers',
    'clients',
    [{ ...good, introspects: [1] }],
    'clients[0].introspects[0] must be a string; got a number'
  ],
  [
    'a client with resources as a text',
    'clients',
    [{ ...good, resources: issuer }],
    'clients[0].resources must be a list of strings; got a string'
  ],
  [
    'a client with a resource that is an object',
    'clients',
    [{ ...good, resources: [new URL(issuer)] }],
    'clients[0].resources[0] must be a string; got an object'
  ],
  [
    'a client with redirect URIs as a text',
    'clients',
    [{ ...good, redirectUris: 'https://app.example/cb' }],
    'clients[0].redirectUris must be a list of redirect URIs; got a string'
  ],
  [
    'a client with a redirect URI over http',
    'clients',
    [{ ...good, redirectUris: ['https://app.example/cb', 'http://app.example/cb'] }],
    'clients[0].redirectUris[1] must be an https URL, an http URL on loopback, or a URI of a private-use scheme with a dot; got a string'
  ],
  [
    'a client with an empty name',
    'clients',
    [{ ...good, clientName: '' }],
    'clients[0].clientName must be a string of 1 to 255 characters without control characters; got an empty string'
  ],
  [
    'a client with a line break in its name',
    'clients',
    [{ ...good, clientName: 'a\nb' }],
    'clients[0].clientName must be a string of 1 to 255 characters without control characters; got a string'
  ],
  [
    'a client with isFirstParty as a text',
    'clients',
    [{ ...good, isFirstParty: 'no' }],
    'clients[0].isFirstParty must be true or false; got a string'
  ],
  [
    'a client with requirePushedAuthorizationRequests as a number',
    'clients',
    [{ ...good, requirePushedAuthorizationRequests: 1 }],
    'clients[0].requirePushedAuthorizationRequests must be true or false; got a number'
  ],
  [
    'a client with disabled as a text',
    'clients',
    [{ ...good, disabled: 'no' }],
    'clients[0].disabled must be true or false; got a string'
  ],
  [
    'an invalid client after a valid one',
    'clients',
    [good, {}],
    'clients[1].clientId must be a string of 1 to 255 characters without control characters; got undefined'
  ],
  ['two clients with one identifier', 'clients', [good, good], 'clients must each have a clientId of their own'],
  [
    'an unknown default client',
    'defaultClientId',
    'b',
    'defaultClientId must be the clientId of a client without a secret'
  ],
  [
    'a default client that is a number',
    'defaultClientId',
    1,
    'defaultClientId must be a string without spaces; got a number'
  ]
]
for (const [name, option, value, message] of faults) {
  t.test(`refuses ${name} when the server starts (SEC-153)`, async (t) => {
    const app = Fastify()
    const given = { ...options(), [option]: value }
    const error = await Promise.resolve(app.register(tokenEndpoint, given)).then(
      () => null,
      (error: unknown) => error
    )
    t.ok(error instanceof RegistrationError)
    like(t, error, { code: 'LATCHKEY_REGISTRATION', message: `@latchkey/token-endpoint: ${message}` })
  })
}

t.test('refuses a default client that has a secret (SEC-11)', async (t) => {
  const clients = [{ ...good, clientSecretHash: secret }]
  await rejectsLike(t, async () => Fastify().register(tokenEndpoint, { ...options(), clients, defaultClientId: 'a' }), {
    message: '@latchkey/token-endpoint: defaultClientId must be the clientId of a client without a secret'
  })
})
