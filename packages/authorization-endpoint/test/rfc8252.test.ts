import { generateClientSecret } from '@latchkey/token-endpoint'
import t from 'tap'
import { app, redirectUri, server } from './fixtures/server.ts'

const { clientSecretHash } = generateClientSecret()

for (const [name, changes, uri, isAsked] of [
  ['a public client at a loopback address', {}, 'http://127.0.0.1:4000/callback', true],
  ['a public client with a scheme of its own', {}, 'com.example.app:/callback', true],
  ['a public client at an https address', {}, redirectUri, false],
  ['a client with a secret at a loopback address', { clientSecretHash }, 'http://127.0.0.1:4000/callback', true],
  ['a client with a secret and a scheme of its own', { clientSecretHash }, 'com.example.app:/callback', true],
  ['a client with a secret at an https address', { clientSecretHash }, redirectUri, false],
  ['a first-party client at a loopback address', { isFirstParty: true }, 'http://127.0.0.1:4000/callback', false]
] as const) {
  t.test(
    `${isAsked ? 'asks' : 'does not ask'} the user again about ${name} (RFC 6749 §10.2, RFC 8252 §8.5, §8.6)`,
    async (t) => {
      const { authorize, code } = await server(t, { clients: [{ ...app, ...changes, redirectUris: [uri] }] })
      t.match(await code({ redirect_uri: uri }), /^[\w-]{43}$/)
      const again = await authorize({ redirect_uri: uri })
      t.equal(again.location.startsWith('/authorize/continue?id='), isAsked)
      const silent = await authorize({ redirect_uri: uri, prompt: 'none' })
      t.equal(silent.query['error'], isAsked ? 'consent_required' : undefined)
    }
  )
}

t.test(
  'sends the code to the port that the request named, and exchanges it for that port only (RFC 8252 §7.3, RFC 9700 §4.1.3)',
  async (t) => {
    const clients = [
      { ...app, redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback'], isFirstParty: true }
    ]
    const { authorize, exchange } = await server(t, { clients })
    for (const uri of ['http://127.0.0.1:51004/callback', 'http://[::1]:51004/callback']) {
      const { location, query } = await authorize({ redirect_uri: uri })
      t.equal(location.split('?')[0], uri)
      const other = await exchange(query['code'], { redirect_uri: uri.replace('51004', '51005') })
      t.same([other.status, other.json['error']], [400, 'invalid_grant'])
      t.equal((await exchange(query['code'], { redirect_uri: uri })).status, 200)
    }
  }
)

t.test('requires PKCE of native apps, also of those that are trusted (RFC 8252 §6, §8.1)', async (t) => {
  const clients = [{ ...app, redirectUris: ['com.example.app:/callback'], isFirstParty: true }]
  const { authorize } = await server(t, { clients })
  const { location, query } = await authorize({
    redirect_uri: 'com.example.app:/callback',
    code_challenge: undefined,
    code_challenge_method: undefined
  })
  t.equal(location.split('?')[0], 'com.example.app:/callback')
  t.same([query['error'], query['code']], ['invalid_request', undefined])
})
