// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { like } from '@latchkey/exact'
import t from 'tap'
import { visitor } from '../visitor.ts'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

t.test('after the move from @fastify/jwt, old and new tokens open the same routes', async (t) => {
  const page = await reader(t, 'docs/coming-from/fastify-jwt.md')
  await page.rest()
  const items = page.here('http://localhost:3000/items')
  const forged = { authorization: `Bearer ${token({ alg: 'HS256' }, { sub: 'user-1', scopes: ['items:read'] })}` }
  const none = { authorization: `Bearer ${token({ alg: 'none' }, { sub: 'user-1', scopes: ['items:read'] })}` }
  for (const headers of [forged, none]) {
    const answer = await fetch(items, { headers })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Bearer error="invalid_token"/)
  }
})

function token(header: object, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`
}

t.test('after the move from @fastify/oauth2, a user is the same as before', async (t) => {
  const page = await reader(t, 'docs/coming-from/fastify-oauth2.md')
  await page.section('Before')
  const me = page.here('http://localhost:3000/me')
  const ada = { name: 'Ada Lovelace', id: 'user-1' }
  const before = await visitor().logIn(page.here('http://localhost:3000/login/google'), 'ada')
  t.equal(before.url, me)
  like(t, JSON.parse(before.text), ada)

  await page.section('After')
  const after = await visitor().logIn(me, 'ada')
  t.equal(after.url, me)
  t.same(JSON.parse(after.text), JSON.parse(before.text))
  const grace = await visitor().logIn(me, 'grace')
  like(t, JSON.parse(grace.text), { name: 'Grace Hopper', id: 'user-2' })
})
