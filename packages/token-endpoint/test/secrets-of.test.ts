import Fastify from 'fastify'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint from '@latchkey/token-endpoint'
import t, { type Test } from 'tap'
import { basic, issuer, key } from './fixtures/server.ts'

/** The log of a request in which a hook of the application fails with the given words. */
async function logged(
  t: Test,
  words: string,
  { form = {}, headers = {} }: { form?: Record<string, string>; headers?: Record<string, string> }
): Promise<string> {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: (line) => void lines.push(line) } } })
  t.teardown(() => app.close())
  app.addHook('preHandler', async () => Promise.reject(new Error(`the query failed for ${words}.`)))
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store: memoryStore() })
  const answer = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams({ grant_type: 'password', ...form }).toString()
  })
  t.equal(answer.statusCode, 500)
  t.equal(answer.json().error, 'server_error')
  const [line = ''] = lines.filter((one) => one.includes('A token request failed'))
  return (JSON.parse(line) as { err: { message: string } }).err.message
}

const parameters = [
  ...['username', 'password', 'client_secret', 'refresh_token', 'token', 'code', 'code_verifier', 'assertion'],
  ...['client_assertion', 'subject_token', 'actor_token', 'device_code']
]

for (const name of parameters) {
  t.test(`the parameter ${name} is not in the log, in any spelling (SEC-147)`, async (t) => {
    const secret = 'p"a\\ss word of a canary'
    const spellings = [JSON.stringify(secret), new URLSearchParams({ secret }).toString(), encodeURIComponent(secret)]
    t.notMatch(await logged(t, spellings.join(), { form: { [name]: secret } }), /canary/)
  })
}

const { authorization } = basic('app', 'p%2Ba+canary')
const loose = authorization.replaceAll('=', '')
const cookie = 'a="canary-of-a-cookie%2Fvalue"; b=canary-of-another; flag; theme=dark'
const headers: { name: string; headers: Record<string, string>; quoted: string[] }[] = [
  {
    name: 'Authorization: Basic',
    headers: { authorization },
    quoted: [authorization, authorization.slice(6), 'app:p%2Ba+canary', 'p%2Ba+canary', 'p+a canary']
  },
  {
    name: 'Authorization: basic with loose base64',
    headers: { authorization: loose.replace('Basic', 'basic ') },
    quoted: [loose.slice(6), authorization.slice(6), 'p%2Ba+canary', 'p+a canary']
  },
  {
    name: 'Authorization: Bearer',
    headers: { authorization: 'Bearer a.canary' },
    quoted: ['Bearer a.canary', 'a.canary']
  },
  { name: 'Authorization without a scheme', headers: { authorization: 'a-canary' }, quoted: ['a-canary'] },
  {
    name: 'Cookie',
    headers: { cookie },
    quoted: [cookie, '"canary-of-a-cookie%2Fvalue"', 'canary-of-a-cookie/value', 'canary-of-another']
  },
  { name: 'DPoP', headers: { dpop: 'a.canary.proof' }, quoted: ['a.canary.proof'] }
]

for (const { name, headers: sent, quoted } of headers) {
  t.test(`no part of ${name} is in the log (SEC-147)`, async (t) => {
    for (const part of quoted) {
      t.match(await logged(t, part, { headers: sent }), /failed for "?\[redacted\][="]*\.$/, part)
    }
  })
}

t.test('parameters and cookies that are not secrets are not redacted', async (t) => {
  const form = { scope: 'the', redirect_uri: 'query', z: 'failed', no_token: 'for what' }
  const words = await logged(t, 'what is dark', { form, headers: { cookie: 'theme=dark; is=what; a=failed' } })
  t.match(words, /the query failed for what is dark\.$/)
})
