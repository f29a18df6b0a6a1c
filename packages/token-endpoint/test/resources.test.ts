import t from 'tap'
import { like } from '@latchkey/exact'
import { decodeJwt } from 'jose'
import { type Client, clientCredentialsGrant, generateClientSecret } from '@latchkey/token-endpoint'
import { type Answer, basic, issuer, server } from './fixtures/server.ts'

const login = 'grant_type=password&username=alice&password=opensesame'
const [items, users, urn] = ['https://items.example', 'https://users.example/v1', 'urn:example:mail']
const resources = [items, users, urn]

const audience = ({ body }: Answer) => decodeJwt(body.access_token).aud
const asking = (...named: string[]) => named.map((name) => `&resource=${encodeURIComponent(name)}`).join('')

for (const [name, form, aud] of [
  ['the audience when no resource is requested', '', issuer],
  ['the audience, when the resource is empty (SEC-5)', '&resource=&resource', issuer],
  ['the audience when it is requested by name', asking(issuer), issuer],
  ['one resource', asking(items), items],
  ['a resource that is not a URL', asking(urn), urn],
  ['several resources', asking(users, items), [users, items]],
  ['a repeated resource', asking(items, items), items]
] as const) {
  t.test(`a token is for ${name} (SEC-25, RFC 9700 §4.10.2)`, async (t) => {
    const { post } = await server({ resources })
    const answer = await post(login + form)
    t.equal(answer.status, 200)
    t.same(audience(answer), aud)
  })
}

for (const [name, form] of [
  ['that is unknown', asking('https://other.example')],
  ['that is known except for a slash', asking(`${items}/`)],
  ['next to an unknown one', asking(items, 'https://other.example')],
  ['with a fragment', asking(`${items}#a`)],
  ['with an empty fragment', asking(`${items}#`)],
  ['that is relative', asking('/items')],
  ['that is not a URI', asking('items')],
  ['with a space', asking(`${items}/a b`)],
  ['with a line break', asking(`${items}\n`)],
  ['beyond ASCII', asking('https://ítems.example')]
] as const) {
  t.test(`refuses a resource ${name} as invalid_target (SEC-25)`, async (t) => {
    const { post } = await server({ resources })
    like(t, await post(login + form), { status: 400, body: { error: 'invalid_target' } })
  })
}

t.test('only the parameter resource may be repeated (SEC-4, SEC-25)', async (t) => {
  const { post } = await server({ resources })
  const answer = await post(`${login}&resource=${items}&%72esource=${users}`)
  t.same(audience(answer), [items, users])
  like(t, await post(`${login}&scope=a&scope=b${asking(items)}`), { status: 400, body: { error: 'invalid_request' } })
})

t.test('a client receives tokens for its own resources only (SEC-14, SEC-25)', async (t) => {
  const spa: Client = { clientId: 'spa', grantTypes: ['password'] }
  const clients: Client[] = [
    { ...spa, resources: [users, items] },
    { ...spa, clientId: 'none', resources: [] },
    { ...spa, clientId: 'elsewhere', resources: ['https://other.example'] }
  ]
  const { post } = await server({ resources, clients })
  const as = async (clientId: string, ...named: string[]) => post(`${login}&client_id=${clientId}${asking(...named)}`)
  t.equal(audience(await as('spa')), items, 'the first resource of the endpoint that the client has')
  t.equal(audience(await as('spa', users)), users)
  for (const refused of [
    await as('spa', issuer),
    await as('spa', items, urn),
    await as('none'),
    await as('none', items),
    await as('elsewhere', 'https://other.example')
  ]) {
    like(t, refused, { status: 400, body: { error: 'invalid_target' } })
  }
})

t.test('a refresh can request fewer resources than the sign-in, but no others (SEC-25, SEC-79)', async (t) => {
  const { post, refresh } = await server({ resources })
  const first = await post(login + asking(items, users))
  const narrow = await refresh(first.body.refresh_token, { resource: users })
  t.equal(audience(narrow), users)
  like(t, await refresh(narrow.body.refresh_token, { resource: urn }), {
    status: 400,
    body: { error: 'invalid_target' }
  })
  like(t, await refresh(narrow.body.refresh_token, { resource: issuer }), { body: { error: 'invalid_target' } })
  const again = await refresh(narrow.body.refresh_token)
  t.same(audience(again), [items, users], 'the refused requests changed nothing (SEC-83)')
})

t.test('a sign-in without a resource keeps the default audience (SEC-25)', async (t) => {
  const { login, refresh } = await server({ resources })
  const first = await login()
  like(t, await refresh(first.body.refresh_token, { resource: items }), {
    status: 400,
    body: { error: 'invalid_target' }
  })
  t.equal(audience(await refresh(first.body.refresh_token, { resource: issuer })), issuer)
})

t.test('a refresh omits resources that the client no longer has, and fails when none remains (SEC-25)', async (t) => {
  let mine = resources
  const clients = async () => ({ clientId: 'spa', grantTypes: ['password', 'refresh_token'], resources: mine })
  const { post, refresh } = await server({ resources, clients })
  const client_id = 'spa'
  const first = await post(`${login}&client_id=spa${asking(items, users)}`)
  mine = [users, urn]
  const second = await refresh(first.body.refresh_token, { client_id })
  t.equal(audience(second), users)
  mine = [urn]
  like(t, await refresh(second.body.refresh_token, { client_id }), { status: 400, body: { error: 'invalid_target' } })
})

t.test('a client that acts for itself can request resources (SEC-25)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const clients = [{ clientId: 'job', clientSecretHash, grantTypes: ['client_credentials'] }]
  const { post } = await server({ resources, clients }, { grants: [clientCredentialsGrant()] })
  const answer = await post(`grant_type=client_credentials${asking(items)}`, { headers: basic('job', clientSecret) })
  t.equal(audience(answer), items)
})

t.test('issue() accepts one or several other resources', async (t) => {
  const { app } = await server()
  const issued = async (...named: string[]) =>
    decodeJwt(await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'cli', resources: named })).aud
  t.equal(await issued(items), items)
  t.same(await issued(items, users), [items, users])
})
