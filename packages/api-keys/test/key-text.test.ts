import { crc32 } from 'node:zlib'
import { apiKeyPattern } from '@latchkey/api-keys'
import t from 'tap'
import { accepted, ask, newKey, refused, serverWith } from './fixtures/server.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

t.test('a key is its prefix, 30 random digits, and the CRC32 of these in base 62 (SEC-36)', async (t) => {
  const app = await serverWith(t, { options: { prefix: 'acme_live', maxPerSubject: 1000 } })
  const keys = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const { key, hint } = await newKey(app)
    keys.add(key)
    t.match(key, /^acme_live_[0-9A-Za-z]{36}$/)
    t.equal(hint, `acme_live_…${key.slice(-4)}`)
    const checksum = Array.from(key.slice(-6)).reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0)
    t.equal(checksum, crc32(key.slice(0, -6)))
  }
  t.equal(keys.size, 200)
})

t.test('apiKeyPattern() finds keys in other texts, and nothing else', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  const pattern = apiKeyPattern('acme')
  t.equal(pattern.source, '\\bacme_[0-9A-Za-z]{36}\\b')
  t.equal(pattern.flags, '')
  for (const text of [key, `key: "${key}"`, `X-API-Key:${key}\n`, `https://example.com/?k=${key}&a=b`]) {
    t.equal(pattern.exec(text)?.[0], key)
  }
  for (const text of [`x${key}`, `my_${key}`, `${key}0`, key.slice(0, -1), key.toUpperCase(), key.replace('_', '-')]) {
    t.notMatch(text, pattern)
  }
})

t.test('refuses a key with any one character changed without asking the store', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  let asked = 0
  const { records } = app.store
  const counting = await serverWith(t, {
    options: {
      store: {
        records: {
          ...records,
          find: async (wanted) => {
            asked++
            return records.find(wanted)
          }
        }
      }
    }
  })
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'a' ? 'b' : 'a'
    t.same(await ask(counting, key.slice(0, at) + other + key.slice(at + 1)), refused)
  }
  t.equal(asked, 0)
  t.same(await ask(counting, key), accepted)
  t.not(asked, 0)
})
