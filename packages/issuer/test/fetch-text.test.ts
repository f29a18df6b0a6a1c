import { fetchText } from '@latchkey/issuer'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { text, upstream } from './fixtures/upstream.ts'

for (const [contentType, body, read] of [
  ['application/jwt', 'a.b.c', 'a.b.c'],
  ['text/plain', '{"a":1}', '{"a":1}'],
  ['application/json', '\ufeff{"a":1}', '{"a":1}'],
  ['text/html', '', '']
] as const) {
  t.test(`fetchText() returns text of the type ${contentType} unchanged (K10.1, K10.4)`, async (t) => {
    const server = await upstream(t, text(body, { 'content-type': contentType }))
    const answer = await fetchText(`${server.origin}/a`)
    like(t, answer, { status: 200, body: read })
    t.equal(answer.headers.get('content-type'), contentType)
  })
}

t.test('fetchText() has the limits of fetchJson() (K10.1, FAULT-7)', async (t) => {
  const large = await upstream(t, text('a'.repeat(1025)))
  await rejectsLike(t, fetchText(`${large.origin}/a`, { maxBytes: 1024 }), { code: 'LATCHKEY_UPSTREAM_TOO_LARGE' })
  const latin = await upstream(t, text(Buffer.from('caf\u00e9', 'latin1')))
  await rejectsLike(t, fetchText(`${latin.origin}/a`), { code: 'LATCHKEY_UPSTREAM_NOT_JSON' })
  await rejectsLike(t, fetchText('http://api.example.com/'), { code: 'LATCHKEY_UPSTREAM_REFUSED_URL' })
})

t.test('an error of its options begins with fetchText() (K10.1)', async (t) => {
  await rejectsLike(t, fetchText('https://api.example.com', { timeout: 0 }), {
    name: 'RegistrationError',
    message: 'fetchText(): timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  })
})
