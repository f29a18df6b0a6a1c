import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { app, server } from './fixtures/server.ts'

const loopback = ['http://127.0.0.1/callback', 'http://[::1]:4000/callback', 'http://localhost/callback?a=b']
const native = 'com.example.app:/callback'

for (const [asked, isKnown] of [
  ['http://127.0.0.1:51004/callback', true],
  ['http://127.0.0.1/callback', true],
  ['http://[::1]:9/callback', true],
  ['http://localhost:8080/callback?a=b', true],
  [native, true],
  ['http://localhost:8080/callback', false],
  ['http://127.0.0.1:51004/callback/', false],
  ['http://127.0.0.2:51004/callback', false],
  ['http://127.0.0.1:99999/callback', false],
  ['http://127.0.0.1:51004@evil.example.com/callback', false],
  ['http://127.0.0.1:/callback', false],
  ['http://127.1/callback', false],
  ['https://127.0.0.1:51004/callback', false],
  ['http://localhost.evil.example.com/callback', false],
  ['com.example.app:/callback2', false],
  ['com.example.app://callback', false]
] as const) {
  t.test(
    `${isKnown ? 'accepts' : 'refuses'} ${asked} for native apps (RFC 8252 §7, §7.1, §7.2, §7.3, RFC 9700 §2.1)`,
    async (t) => {
      const { authorize } = await server(t, {
        clients: [{ ...app, redirectUris: [...loopback, native], isFirstParty: true }]
      })
      const answer = await authorize({ redirect_uri: asked })
      t.equal(answer.status, isKnown ? 303 : 400)
      t.equal(answer.location.startsWith(asked), isKnown)
    }
  )
}

const folder = new URL('../../../../shared/corpora/open-redirect/', import.meta.url)
const skip = existsSync(folder) ? false : 'open redirects skipped: no corpora'
t.test(
  'redirects to no URI of the open redirect corpus (RFC 6749 §10.15, RFC 9700 §2.1, §4.11.2)',
  { skip },
  async (t) => {
    const { authorize } = await server(t, { clients: [{ ...app, isFirstParty: true }] })
    const lines = readdirSync(folder).flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'))
    const attacks = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))]
    t.ok(attacks.length > 100)
    for (const attack of attacks) {
      const { status, location } = await authorize({ redirect_uri: attack })
      t.same([status, location], [400, ''], attack)
    }
  }
)
