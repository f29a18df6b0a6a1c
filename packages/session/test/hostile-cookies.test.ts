import fc from 'fast-check'
import t from 'tap'
import { jweCodec, secureSessionCodec, type SessionCodec, type SessionContent } from '@latchkey/session'
import { deriveKey } from '@latchkey/secrets'
import { key, newKey, serverWith, signIn, statusOf, subjectOf } from './fixtures/server.ts'

for (const [name, codec] of [
  ['secureSessionCodec()', secureSessionCodec],
  ['jweCodec()', jweCodec]
] as const) {
  t.test(`treats an invalid cookie as absent, with ${name} (SEC-131, FAULT-25)`, async (t) => {
    const app = await serverWith(t, { options: { codec: codec() } })
    const cookie = await signIn(app)
    const value = cookie.slice(cookie.indexOf('=') + 1)
    const middle = Math.floor(value.length / 3)
    const changed = value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A') + value.slice(middle + 1)
    const foreign = await signIn(await serverWith(t, { options: { codec: codec(), secrets: [newKey()] } }))
    const bad: [name: string, cookie: string][] = [
      ['changed', `__Host-session=${changed}`],
      ['cut short', cookie.slice(0, -1)],
      ['cut off', cookie.slice(0, 40)],
      ['longer', `${cookie}A`],
      ['quoted', `__Host-session="${value}`],
      ['empty', '__Host-session='],
      ['a name alone', '__Host-session'],
      ['a dot', '__Host-session=.'],
      ['dots', '__Host-session=....'],
      ['of the right form', `__Host-session=AAAA.${'A'.repeat(32)}`],
      ['long', `__Host-session=${'A'.repeat(8192)}.${'A'.repeat(32)}`],
      ['bad escapes', '__Host-session=%E0%A4%A.%'],
      ['control characters', '__Host-session=\x01\x7f\x80'],
      ['of another key', foreign],
      ['of another name', `session=${value}`],
      ['of a name in other letters', `__host-session=${value}`],
      ['twice', `${cookie}; ${cookie}`],
      ['twice, with a space', `__Host-session =evil; ${cookie}`],
      ['twice, with a tab', `\t__Host-session\t=evil; ${cookie}`],
      ['with another before it', `__Host-session=evil; ${cookie}`],
      ['with another after it', `${cookie};__Host-session=`],
      ['in the value of another', `a=${cookie}`]
    ]
    for (const [name, header] of bad) {
      t.equal(await subjectOf(app, header), null, name)
      t.equal(await statusOf(app, header), 401, name)
    }
    t.equal(await subjectOf(app, `a=1; ${cookie}; b=__Host-session=; =; ;;`), 'alice', 'among others')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 200 }), async (text) => {
        return (await subjectOf(app, `__Host-session=${text}`)) === null
      }),
      { numRuns: 200 }
    )
    t.pass('200 random values')
  })
}

const unsound: [name: string, change: SessionContent][] = [
  ['of another purpose', { t: 'tx' }],
  ['of no purpose', { t: undefined }],
  ['without an identifier', { id: '' }],
  ['without a subject', { sub: 7 }],
  ['without a beginning', { iat: '1' }],
  ['without a login time', { auth_time: undefined }],
  ['with a login time that is not whole', { auth_time: 1.5 }],
  ['with scopes that are a list', { scope: ['a'] }],
  ['with scopes of another syntax', { scope: 'a  b' }],
  ['with claims that are a list', { claims: [] }],
  ['with claims that are a text', { claims: 'admin' }],
  ['with an idle timeout that is a text', { idle: '600' }],
  ['with an absolute timeout that is not whole', { absolute: 1.5 }],
  ['with a mark that is no boolean', { remembered: 'no' }]
]

t.test('refuses sealed content that is not a session, even under the right key (SEC-35, SEC-129)', async (t) => {
  const app = await serverWith(t)
  const sealer = await secureSessionCodec().open([deriveKey(key, 'latchkey: session cookie __Host-session')])
  const cookie = await signIn(app)
  const { content } = (await sealer.unseal(cookie.slice(cookie.indexOf('=') + 1))) ?? {}
  const sealed = async (change: SessionContent) =>
    `__Host-session=${await sealer.seal({ ...(content as SessionContent), ...change })}`
  t.equal(await subjectOf(app, await sealed({})), 'alice', 'the unchanged content')
  for (const [name, change] of unsound) t.equal(await subjectOf(app, await sealed(change)), null, name)
  t.equal(await subjectOf(app, await sealed({ id: 'x' })), null, 'the store does not have this session')
})

t.test('treats a JWE whose content is not a JSON object as absent', async (t) => {
  const app = await serverWith(t, {
    options: { codec: { open: () => ({ seal: () => 'x', unseal: () => ({ content: null, isStale: false }) }) } }
  })
  t.equal(await subjectOf(app, '__Host-session=x'), null)
})

t.test('treats a cookie as absent when its stored session has another subject', async (t) => {
  const app = await serverWith(t)
  const sealer = await secureSessionCodec().open([deriveKey(key, 'latchkey: session cookie __Host-session')])
  const cookie = await signIn(app, { subject: 'alice' })
  const opened = await sealer.unseal(cookie.slice(cookie.indexOf('=') + 1))
  const mallory = await sealer.seal({ ...(opened?.content as SessionContent), sub: 'mallory' })
  t.equal(await subjectOf(app, `__Host-session=${mallory}`), null)
})

t.test('hides changes that a handler makes to the claims from the next request', async (t) => {
  const app = await serverWith(t, {
    after: async (app) => {
      app.get('/change', { config: { access: { kind: 'authenticated' } } }, async (request) => {
        const { tags } = request.principal.claims as { tags: string[] }
        tags.push('admin')
      })
    }
  })
  const cookie = await signIn(app, { subject: 'alice', claims: { tags: ['user'] } })
  t.equal((await app.inject({ url: '/change', headers: { cookie } })).statusCode, 500)
  t.same((await app.inject({ url: '/me', headers: { cookie } })).json().claims, { tags: ['user'] })
})

t.test('distinguishes cookies with the same end', async (t) => {
  const end = `.${'x'.repeat(40)}`
  const codec: SessionCodec = {
    open: () => ({
      seal: (content) => Buffer.from(JSON.stringify(content)).toString('base64url') + end,
      unseal: (text) => ({
        content: JSON.parse(Buffer.from(text.slice(0, -end.length), 'base64url').toString()),
        isStale: false
      })
    })
  }
  const app = await serverWith(t, { options: { codec } })
  const [alice, bob] = [await signIn(app), await signIn(app, { subject: 'bob' })]
  for (const [cookie, subject] of [
    [alice, 'alice'],
    [bob, 'bob'],
    [bob, 'bob'],
    [alice, 'alice']
  ] as const) {
    t.equal(await subjectOf(app, cookie), subject)
  }
})
