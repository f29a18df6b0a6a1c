import { randomBytes } from 'node:crypto'
import { memoryStore } from '@latchkey/store/memory'
import t, { type Test } from 'tap'
import { build } from '../../examples/password-sessions/app.ts'
import { addUser } from '../../examples/password-sessions/users.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'

const PASSWORD = 'wonderland in winter'

async function started(t: Test): Promise<string> {
  const [origin, store] = [await freeOrigin(), memoryStore()]
  await addUser(store, 'alice', PASSWORD)
  await addUser(store, 'alice', 'a second user of this name')
  const app = await build({ origin, sessionSecret: randomBytes(32).toString('base64url'), store })
  await listen(t, app, origin)
  return origin
}

/** Opens the site in a new browser, and sends the form of the page where it ends. */
async function logIn(origin: string, password: string) {
  const browser = visitor()
  const page = await browser.get(origin)
  const returnTo = new URL(page.url).searchParams.get('returnTo') ?? ''
  const seen = await browser.post(`${origin}/login/password`, { username: 'alice', password, returnTo })
  return { browser, seen, path: new URL(seen.url).pathname }
}

t.test('a user logs in, and ends the session of another device', async (t) => {
  const origin = await started(t)
  const wrong = await logIn(origin, 'a second user of this name')
  t.same([wrong.seen.status, wrong.path], [401, '/login/password'])
  const here = await logIn(origin, PASSWORD)
  t.same([here.seen.status, here.path], [200, '/'])
  t.ok(here.seen.text.includes('You are <strong>alice</strong>'))
  const there = await logIn(origin, PASSWORD)
  const page = (await here.browser.get(origin)).text
  const ids = [
    ...page.matchAll(/(\(this one\))?<\/td><td>\s*<form[^>]+><input type="hidden" name="id" value="([^"]+)"/g)
  ]
  t.equal(ids.length, 2)
  const other = ids.find(([, isThis]) => isThis === undefined)?.[2] ?? ''
  t.equal((await here.browser.post(`${origin}/sessions/end`, { id: other })).status, 200)
  t.equal(new URL((await there.browser.get(origin)).url).pathname, '/login')
  t.equal(new URL((await here.browser.get(origin)).url).pathname, '/')
})

t.test('a new password ends all sessions, and the old one does not log in any more', async (t) => {
  const origin = await started(t)
  const [one, two] = [await logIn(origin, PASSWORD), await logIn(origin, PASSWORD)]
  t.equal((await one.browser.post(`${origin}/password`, { password: 'short' })).status, 400)
  t.equal(new URL((await two.browser.get(origin)).url).pathname, '/')
  const changed = await one.browser.post(`${origin}/password`, { password: 'through the looking glass' })
  t.same([changed.status, new URL(changed.url).pathname], [200, '/login'])
  for (const { browser } of [one, two]) t.equal(new URL((await browser.get(origin)).url).pathname, '/login')
  t.equal((await logIn(origin, PASSWORD)).seen.status, 401)
  const again = await logIn(origin, 'through the looking glass')
  t.same([again.seen.status, again.path], [200, '/'])
  t.equal(new URL((await again.browser.post(`${origin}/logout`)).url).pathname, '/login')
  t.equal(new URL((await again.browser.get(origin)).url).pathname, '/login')
})
