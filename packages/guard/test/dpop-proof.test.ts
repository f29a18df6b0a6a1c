import Fastify from 'fastify'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import guard, { everyone, InvalidDpopProofError } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

for (const { error, nonce } of [
  { error: 'invalid_dpop_proof', nonce: undefined },
  { error: 'invalid_dpop_proof', nonce: 'n-1' },
  { error: 'use_dpop_nonce', nonce: '!~n-2' }
] as const) {
  t.test(`answers 401 ${error} to an invalid proof, with ${nonce ?? 'no'} nonce (SEC-65)`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    app.guard.addAuthenticator({
      ...keyAuthenticator({ challenge: 'DPoP' }),
      authenticate() {
        throw new InvalidDpopProofError(error, 'Another proof is needed', { cause: 'private', ...(nonce && { nonce }) })
      }
    })
    app.get('/', { config: { access: everyone } }, async () => 'ok')
    const response = await app.inject('/')
    t.equal(response.statusCode, 401)
    t.equal(response.headers['www-authenticate'], `DPoP error="${error}", error_description="Another proof is needed"`)
    t.equal(response.headers['dpop-nonce'], nonce)
    t.equal(response.json().code, 'LATCHKEY_INVALID_DPOP_PROOF')
    t.notMatch(response.body, /private/)
  })
}

t.test('refuses a nonce that a header cannot contain', async (t) => {
  for (const nonce of ['', 'a b', 'a"b', 'a\\b', 'a\r\nb: c', 'é']) {
    throwsLike(t, () => new InvalidDpopProofError('use_dpop_nonce', 'A nonce is needed', { nonce }), {
      name: 'TypeError'
    })
  }
  t.equal(new InvalidDpopProofError('use_dpop_nonce', 'A nonce is needed').nonce, null)
})
