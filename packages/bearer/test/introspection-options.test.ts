import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import type { BearerOptions } from '@latchkey/bearer'
import { issuer } from './fixtures/issuer.ts'
import { serve } from './fixtures/server.ts'

const trusted = { issuer: 'https://login.example.com', audience: 'https://api.example.com' }
const good = { clientId: 'api', clientSecret: 'canary' }

const NOT_AN_OBJECT =
  ' must be an object with clientId, clientSecret, endpoint, authMethod, insecureAcceptMissingAudience, ttl, negativeTtl, timeout, maxEntries; got'

for (const [name, introspection, fault] of [
  ['null', null, `${NOT_AN_OBJECT} null`],
  ['a text', 'canary', `${NOT_AN_OBJECT} a string`],
  ['without a client', { clientSecret: 'canary' }, '.clientId must be a non-empty string; got undefined'],
  [
    'without a secret',
    { clientId: 'api', clientSecret: '' },
    '.clientSecret must be a non-empty string; got an empty string'
  ],
  ['with a misspelt name', { ...good, negativeTTL: 1 }, '.negativeTTL does not exist. Fix: write negativeTtl'],
  [
    'without encryption',
    { ...good, endpoint: 'http://login.example.com/introspect' },
    '.endpoint must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  ],
  [
    'with another method',
    { ...good, authMethod: 'private_key_jwt' },
    ".authMethod must be 'client_secret_basic' or 'client_secret_post'; got a string"
  ],
  [
    'with a loose flag',
    { ...good, insecureAcceptMissingAudience: 1 },
    '.insecureAcceptMissingAudience must be true or false; got a number'
  ],
  [
    'with too long a memory',
    { ...good, ttl: 3601 },
    '.ttl must be a whole number of seconds from 0 to 3600; got a number'
  ],
  [
    'with a loose flag',
    { ...good, insecureAcceptMissingAudience: 1 },
    '.insecureAcceptMissingAudience must be true or false; got a number'
  ],
  [
    'with too long a memory',
    { ...good, ttl: 3601 },
    '.ttl must be a whole number of seconds from 0 to 3600; got a number'
  ],
  [
    'with half a second',
    { ...good, negativeTtl: 0.5 },
    '.negativeTtl must be a whole number of seconds from 0 to 3600; got a number'
  ],
  [
    'with patience',
    { ...good, timeout: 5001 },
    '.timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  ],
  [
    'without room',
    { ...good, maxEntries: 0 },
    '.maxEntries must be a whole number of entries from 1 to 1000000; got a number'
  ]
] as const) {
  t.test(`refuses the option introspection ${name} at boot (SEC-75)`, async (t) => {
    const options = { issuers: [{ ...trusted, introspection }] } as unknown as BearerOptions // only JavaScript can pass these
    await rejectsLike(t, serve(t, options), {
      code: 'LATCHKEY_REGISTRATION',
      message: `@latchkey/bearer: issuers[0].introspection${fault}`
    })
  })
}

for (const issuer of ['login', 'https://login.example.com/?tenant=1', 'http://login.example.com']) {
  t.test(`requires the endpoint of ${issuer}, which has no metadata`, async (t) => {
    const introspecting = { ...trusted, issuer, introspection: good }
    await rejectsLike(t, serve(t, { issuers: [introspecting] }), {
      message:
        '@latchkey/bearer: issuers[0].introspection.endpoint is required, because the issuer is no URL that metadata can be fetched from'
    })
    const endpoint = 'https://login.example.com/introspect'
    await t.resolves(serve(t, { issuers: [{ ...introspecting, introspection: { ...good, endpoint } }] }))
  })
}

t.test('allows introspection for one issuer, because an opaque token does not name its issuer (SEC-75)', async (t) => {
  const one = { ...trusted, introspection: good }
  const two = { ...one, issuer: 'https://two.example.com' }
  await rejectsLike(
    t,
    serve(t, { issuers: [one, (await issuer('ES256', 'https://three.example.com')).trusted, two] }),
    {
      message:
        '@latchkey/bearer: issuers[2].introspection is the second: an opaque token does not say which issuer to ask'
    }
  )
})

for (const [member, value] of Object.entries({
  jwks: { keys: [] },
  jwksUri: 'https://login.example.com/jwks',
  algorithms: ['ES256'],
  typ: 'JWT'
} as const)) {
  t.test(`refuses ${member} with introspection because it would have no effect (SEC-75)`, async (t) => {
    await rejectsLike(t, serve(t, { issuers: [{ ...trusted, introspection: good, [member]: value }] }), {
      message: `@latchkey/bearer: issuers[0].${member} cannot be combined with introspection, because no key is used`
    })
  })
}

t.test('documents any token format with introspection, and JWT without it', async (t) => {
  for (const [entry, bearerFormat] of [
    [{ ...trusted, introspection: good }, undefined],
    [trusted, 'JWT']
  ] as const) {
    const app = await serve(t, { issuers: [entry] })
    await app.ready()
    const [scheme] = app.guard.securitySchemes()
    t.equal(Object(scheme?.definition()).bearerFormat, bearerFormat)
  }
})
