import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { contains } from '@latchkey/exact'
import { sealedUpstreamTokens } from '@latchkey/login'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { redis } from '../databases.ts'

t.test('a token of a provider cannot be read in a SQLite file (SEC-78)', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const store = sqlStore({ file })
  await store.migrate()
  const owner = { accountId: 'find-me-account', provider: 'google' }
  const tokens = sealedUpstreamTokens(store.upstreamTokens, ['a key of at least thirty-two bytes'])
  await tokens.put(owner, 'canary-of-a-token')
  t.equal((await tokens.find(owner))?.text, 'canary-of-a-token')
  const dump = ['', '-wal'].map((part) => readFileSync(file + part, 'latin1')).join('')
  contains(t, dump, 'find-me-account')
  t.notMatch(dump, 'canary')
  await store.close()
})

t.test('a token of a provider cannot be read in Redis (SEC-78)', { skip: redis.skip }, async (t) => {
  const client = new Redis({ host: '127.0.0.1', port: redis.port })
  const prefix = `latchkey_test_${randomBytes(6).toString('hex')}:`
  const key = `${prefix}upstream-token:["find-me","google"]`
  const store = redisStore({ client, prefix })
  const tokens = sealedUpstreamTokens(store.upstreamTokens, ['a key of at least thirty-two bytes'])
  await tokens.put({ accountId: 'find-me', provider: 'google' }, 'canary-of-a-token')
  const dump = JSON.stringify(await client.hgetall(key))
  contains(t, dump, 'sealed')
  t.notMatch(dump, 'canary')
  await client.del(key)
  client.disconnect()
})
