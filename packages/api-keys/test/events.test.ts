import t from 'tap'
import type { ApiKeyEvent } from '@latchkey/api-keys'
import { correlationId } from '@latchkey/guard'
import { heard } from '@latchkey/exact/heard'
import { ask, newKey, serverWith, start } from './fixtures/server.ts'

t.test('publishes and logs the life of a key without the key (SEC-147, SEC-149)', async (t) => {
  const events = heard<ApiKeyEvent>(t, 'latchkey:api-key')
  const logged: string[] = []
  const app = await serverWith(t, {
    server: { logger: { stream: { write: (line: string) => logged.push(line) } } }
  })
  const one = await newKey(app)
  const two = await newKey(app, { expiresAt: start + 5 })
  const [first, second] = [correlationId(one.id), correlationId(two.id)]
  await ask(app, one.key)
  await app.apiKeys.revoke('alice', one.id)
  await ask(app, one.key)
  await ask(app, `${one.key}0`)
  app.clock.time = start + 5
  await ask(app, two.key)
  await app.apiKeys.revokeAll('alice')
  t.same(events, [
    { kind: 'created', subject: 'alice', key: first },
    { kind: 'created', subject: 'alice', key: second },
    { kind: 'revoked', subject: 'alice', key: first },
    { kind: 'refused', code: 'unknown', subject: null, key: first },
    { kind: 'refused', code: 'malformed', subject: null, key: null },
    { kind: 'refused', code: 'expired', subject: 'alice', key: second },
    { kind: 'all-revoked', subject: 'alice' }
  ] satisfies ApiKeyEvent[])
  const log = logged.join('')
  for (const { key } of [one, two]) t.notOk(log.includes(key.slice(5, 35)))
  const lines = logged.map(
    (line) => JSON.parse(line) as { event?: string; kind?: string; reason?: string; msg: string }
  )
  t.same(
    lines.filter(({ event }) => event === 'latchkey:api-key').map(({ kind, msg }) => [kind, msg]),
    [
      ['created', 'An API key was created'],
      ['created', 'An API key was created'],
      ['revoked', 'An API key was revoked'],
      ['all-revoked', 'All API keys of a subject were revoked']
    ]
  )
  t.same(
    lines.filter(({ event }) => event === 'latchkey:authentication').map(({ reason }) => reason),
    ['it was never created, or it was revoked', 'its form or its checksum is wrong', 'it has expired']
  )
})

t.test('keeps keys out of logged URLs and headers (SEC-147)', async (t) => {
  const logged: string[] = []
  const app = await serverWith(t, {
    server: {
      logger: {
        stream: { write: (line: string) => logged.push(line) },
        serializers: { req: ({ url, headers }: { url: string; headers: object }) => ({ url, headers }) }
      }
    }
  })
  const { key } = await newKey(app)
  await app.inject({
    url: `/me?note=x${key}&b=c`,
    headers: { 'x-api-key': key, 'X-Other': `see ${key}`, 'x-third': 'kept' }
  })
  const { req } = JSON.parse(logged.find((line) => line.includes('"req"')) ?? '') as {
    req: { url: string; headers: Record<string, string> }
  }
  t.equal(req.url, '/me?note=x[redacted]&b=c')
  t.equal(req.headers['x-api-key'], '[redacted]')
  t.equal(req.headers['x-other'], 'see [redacted]')
  t.equal(req.headers['x-third'], 'kept')
  t.notOk(logged.join('').includes(key))
})
