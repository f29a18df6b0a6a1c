import t from 'tap'
import { app, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

t.test(
  'exchanges a code for one of fifty requests at once, and its tokens are dead afterwards (RFC 6749 §4.1.2)',
  async (t) => {
    const { app: fastify, code, exchange, refresh } = await server(t)
    const given = await code()
    const answers = await Promise.all(Array.from({ length: 50 }, async () => exchange(given)))
    const good = answers.filter(({ status }) => status === 200)
    t.ok(good.length <= 1)
    t.ok(answers.every(({ status, json }) => status === 200 || json['error'] === 'invalid_grant'))
    for (const { json } of good) {
      const claims = JSON.parse(Buffer.from(String(json.access_token.split('.')[1]), 'base64url').toString())
      t.equal(fastify.tokenEndpoint.isRevoked(claims), true)
      t.equal((await refresh(json.refresh_token)).status, 400)
    }
  }
)

t.test('refuses a code that another process removes or uses during the exchange', async (t) => {
  for (const isRemoved of [true, false]) {
    let isExchanged = false
    const { code, exchange } = await server(t, {
      records: (records) => ({
        async replace(key, version, change) {
          if (key.kind !== 'authorization-code') return records.replace(key, version, change)
          isExchanged = true
          return false
        },
        find: async (key) => (isRemoved && isExchanged ? null : records.find(key))
      })
    })
    const answer = await exchange(await code())
    t.same([answer.status, answer.json['error']], [400, 'invalid_grant'])
  }
})

t.test('keeps a consent that another process changes at the same time, and gives up after ten attempts', async (t) => {
  let failures = 3
  const { code, authorize, get, decide } = await server(t, {
    records: (records) => ({
      create: async (record, most) =>
        record.kind === 'consent' && failures-- > 0 ? false : records.create(record, most)
    })
  })
  t.match(await code(), /^[\w-]{43}$/)
  failures = 10
  const bob = cookieOf({ id: 's9', subject: 'bob' })
  const { location } = await authorize({}, bob)
  await get(location, bob)
  const failed = await decide(location, 'allow', bob)
  t.equal(failed.status, 500)
  t.equal(failed.location, '')
})

t.test('loads the consent page again when another tab was faster', async (t) => {
  let isFaster = true
  const { authorize, get, decide } = await server(t, {
    records: (records) => ({
      async replace(key, version, change) {
        if (isFaster && key.kind === 'authorization-request') return (isFaster = false)
        return records.replace(key, version, change)
      }
    })
  })
  const { location } = await authorize()
  t.equal((await get(location)).location, location)
  t.equal((await get(location)).status, 200)
  t.equal((await get(location)).status, 200)
  t.match((await decide(location, 'allow')).query['code'], /^[\w-]{43}$/)
})

t.test('answers a request once, although another process answers it at the same time', async (t) => {
  const { authorize, get, decide } = await server(t, {
    records: (records) => ({
      remove: async (key) => (await records.remove(key)) && key.kind !== 'authorization-request'
    })
  })
  const { location } = await authorize()
  await get(location)
  const late = await decide(location, 'allow')
  t.same([late.status, late.location], [410, ''])
})

t.test('takes a pushed request for one of fifty browsers', async (t) => {
  const { post, get } = await server(t, {
    endpoint: { pushedRequestPath: '/par', requestsPerMinute: 1000 },
    clients: [{ ...app, isFirstParty: true }]
  })
  const { requestOf } = await import('./fixtures/server.ts')
  const pushed = await post('/par', Object.fromEntries(new URLSearchParams(requestOf())))
  const query = new URLSearchParams({ client_id: 'app', request_uri: String(pushed.json['request_uri']) }).toString()
  const answers = await Promise.all(Array.from({ length: 50 }, async () => get(`/authorize?${query}`)))
  t.equal(answers.filter(({ query: answer }) => answer['code'] !== undefined).length, 1)
  t.equal(answers.filter(({ status }) => status === 400).length, 49)
})

t.test('answers 500 and keeps the request when a function of the application fails', async (t) => {
  let fails = true
  const { authorize, get, decide } = await server(t, {
    endpoint: {
      grantableScopes: (principal) => {
        if (fails) throw new Error('canary')
        return principal.scopes
      }
    }
  })
  t.equal((await authorize()).status, 500)
  const { query } = await authorize({}, null)
  const url = query['returnTo'] ?? ''
  t.equal((await get(url)).status, 500)
  fails = false
  t.equal((await get(url)).status, 200)
  fails = true
  t.equal((await decide(url, 'allow')).status, 500)
  fails = false
  t.match((await decide(url, 'allow')).query['code'], /^[\w-]{43}$/)
})

t.test(
  'takes neither a decision without an identifier nor a request of a client that lost its redirect URI',
  async (t) => {
    let client = app
    const { post, authorize, get } = await server(t, { clients: async () => client })
    const own = { cookie: cookieOf(), 'sec-fetch-site': 'same-origin' }
    t.equal((await post('/authorize/continue', { decision: 'allow' }, own)).status, 410)
    t.equal((await get('/authorize/continue')).status, 410)
    const { location } = await authorize()
    client = { ...app, redirectUris: ['https://other.example.com/'] }
    t.equal((await get(location)).status, 400)
    const { redirectUris: _gone, ...without } = app
    client = without
    t.equal((await get(location)).status, 400)
  }
)
