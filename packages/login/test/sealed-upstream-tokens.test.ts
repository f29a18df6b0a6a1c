import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import { sealedUpstreamTokens } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'

const owner = { accountId: 'alice', provider: 'google' }
const [oldKey, newKey] = ['an old key of at least thirty-two bytes', new Uint8Array(32).fill(7)] as const

t.test('returns the stored text, and stores only an encrypted form (SEC-78)', async (t) => {
  const { upstreamTokens } = memoryStore()
  const tokens = sealedUpstreamTokens(upstreamTokens, [oldKey])
  t.equal(await tokens.find(owner), null)
  await tokens.put(owner, '{"access_token":"canary ő 🗝"}')
  const stored = await upstreamTokens.find(owner)
  t.same(await tokens.find(owner), { text: '{"access_token":"canary ő 🗝"}', version: stored?.version })
  const parts = String(stored?.sealed).split('.')
  t.equal(parts.length, 5)
  for (const part of parts) t.notMatch(Buffer.from(part, 'base64url').toString(), 'canary')
})

t.test('replaces by version and removes, like the store (SEC-80)', async (t) => {
  const tokens = sealedUpstreamTokens(memoryStore().upstreamTokens, [newKey])
  await tokens.put(owner, 'first')
  const { version = '' } = (await tokens.find(owner)) ?? {}
  t.equal(await tokens.replace(owner, 'second', version), true)
  t.equal(await tokens.replace(owner, 'third', version), false)
  t.equal((await tokens.find(owner))?.text, 'second')
  await tokens.remove(owner)
  t.equal(await tokens.find(owner), null)
})

t.test('decrypts with any key of the list, and encrypts with the first (FAULT-24)', async (t) => {
  const { upstreamTokens } = memoryStore()
  await sealedUpstreamTokens(upstreamTokens, [oldKey]).put(owner, 'sealed with the old key')
  const both = sealedUpstreamTokens(upstreamTokens, [newKey, oldKey])
  t.equal((await both.find(owner))?.text, 'sealed with the old key')
  await both.put(owner, 'sealed with the new key')
  t.equal((await sealedUpstreamTokens(upstreamTokens, [newKey]).find(owner))?.text, 'sealed with the new key')
  t.equal(await sealedUpstreamTokens(upstreamTokens, [oldKey]).find(owner), null, 'the key is not in the list')
})

t.test('rejects a text that was changed or moved to another owner (SEC-35)', async (t) => {
  const { upstreamTokens } = memoryStore()
  const tokens = sealedUpstreamTokens(upstreamTokens, [oldKey])
  await tokens.put(owner, 'mine')
  const { sealed = '' } = (await upstreamTokens.find(owner)) ?? {}
  for (const other of [
    { ...owner, accountId: 'mallory' },
    { ...owner, provider: 'discord' }
  ]) {
    await upstreamTokens.put(other, sealed)
    await rejectsLike(t, tokens.find(other), { code: 'ERR_JWE_DECRYPTION_FAILED' })
  }
  await upstreamTokens.put(owner, 'no sealed text')
  await rejectsLike(t, tokens.find(owner), { code: 'ERR_JWE_INVALID' })
  const [header, , ...rest] = sealed.split('.')
  const at = rest.length - 2
  rest[at] = Buffer.from('other').toString('base64url')
  await upstreamTokens.put(owner, [header, '', ...rest].join('.'))
  await rejectsLike(t, tokens.find(owner), { code: 'ERR_JWE_DECRYPTION_FAILED' })
})

for (const [name, keys, message] of [
  ['no key', [], /"keys" must be a list of at least one key/],
  ['a short text', ['too short'], /"keys" holds a key of less than 32 bytes/],
  ['a short second key', [oldKey, new Uint8Array(31)], /"keys" holds a key of less than 32 bytes/]
] as const) {
  t.test(`refuses ${name} (SEC-34)`, async (t) => {
    throwsLike(t, () => sealedUpstreamTokens(memoryStore().upstreamTokens, keys), { name: 'TypeError', message })
  })
}
