import { deriveKey, seal, unseal } from '@latchkey/secrets'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'

const secret = 'a text of which the derived key shows nothing'

t.test('another label derives another key (SEC-35)', async (t) => {
  const key = deriveKey(secret, 'one purpose')
  t.equal(key.length, 32)
  t.same(deriveKey(new TextEncoder().encode(secret), 'one purpose'), key)
  t.not(Buffer.from(deriveKey(secret, 'another')).toString('hex'), Buffer.from(key).toString('hex'))
})

t.test('a sealed text opens with its key, and shows only its header', async (t) => {
  const key = deriveKey(secret, 'one purpose')
  const sealed = await seal('canary ő 🗝', key, { kid: 'k1' })
  t.equal(await unseal(sealed, key), 'canary ő 🗝')
  const [header = '', ...others] = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  t.same(JSON.parse(header), { alg: 'dir', enc: 'A256GCM', kid: 'k1' })
  t.notMatch(others.join(' '), 'canary')
})

t.test('unseal() rejects a changed text and a text of another key (SEC-35)', async (t) => {
  const key = deriveKey(secret, 'one purpose')
  const sealed = await seal('text', key)
  await rejectsLike(t, unseal(sealed, deriveKey(secret, 'another')), { code: 'ERR_JWE_DECRYPTION_FAILED' })
  const [header, ...others] = sealed.split('.')
  const changed = [Buffer.from('{"alg":"dir","enc":"A256GCM","kid":"k2"}').toString('base64url'), ...others].join('.')
  t.not(header, changed.split('.')[0])
  await rejectsLike(t, unseal(changed, key), { code: 'ERR_JWE_DECRYPTION_FAILED' })
})
