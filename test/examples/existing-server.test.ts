import t from 'tap'
import { PASSWORD } from '../../examples/existing-server/shared/tables.ts'
import { type Browser, existingServer, type State } from './existing-server.ts'

// Processes take their time to start on a busy machine, and hashes of scrypt take theirs.
t.setTimeout(300_000)

const CALLERS = ['nobody', 'user', 'moderator', 'admin'] as const
type Caller = (typeof CALLERS)[number]

// A row: the statuses for nobody, a user, a moderator and an admin. 404 and 400 are answers of the route itself.
const ROUTES: readonly [method: string, path: string, body: object | undefined, statuses: readonly number[]][] = [
  ['GET', '/', undefined, [200, 200, 200, 200]],
  ['GET', '/status', undefined, [200, 200, 200, 200]],
  ['GET', '/api/docs/', undefined, [200, 200, 200, 200]],
  ['GET', '/api', undefined, [401, 200, 200, 200]],
  ['GET', '/api/tasks', undefined, [401, 200, 200, 200]],
  ['HEAD', '/api/tasks', undefined, [401, 200, 200, 200]],
  ['POST', '/api/tasks', { name: 'Polish the key' }, [401, 201, 201, 201]],
  ['POST', '/api/tasks/999/assign', { userId: 1 }, [401, 403, 404, 404]],
  ['DELETE', '/api/tasks/999', undefined, [401, 403, 403, 404]],
  ['PUT', '/api/users/password', { currentPassword: PASSWORD, newPassword: 'short' }, [401, 400, 400, 400]],
  ['POST', '/api/auth/logout', undefined, [401, 204, 204, 204]]
]
const EXPECTED = ROUTES.map(([method, path, , statuses]) => [`${method} ${path}`, statuses])

interface Documented {
  readonly delete?: { readonly security: unknown }
}

const emailOf = (caller: Caller): string => `${caller}@example.com`
const storedHash = 'select substr(password, 1, 10) as start from users where email = ?'

/** Sends a request to each route, as each of the callers. */
async function statuses(state: State, newBrowser: () => Browser): Promise<typeof EXPECTED> {
  const browsers: [Browser, Record<string, string>][] = []
  for (const caller of CALLERS) {
    const browser = newBrowser()
    if (caller !== 'nobody') await browser.logIn(state, emailOf(caller))
    browsers.push([browser, state === 'before' ? await csrfToken(browser) : {}])
  }
  const rows: typeof EXPECTED = []
  for (const [method, path, body] of ROUTES) {
    const row: number[] = []
    for (const [browser, headers] of browsers) row.push((await browser.send(method, path, body, headers)).status)
    rows.push([`${method} ${path}`, row])
  }
  return rows
}

async function csrfToken(browser: Browser): Promise<Record<string, string>> {
  const { token } = (await browser.send('GET', '/api/auth/csrf-token')).body as { token: string } // as the route says
  return { 'csrf-token': token }
}

t.test('users of @fastify/session log in after the move, with their passwords and their rights', async (t) => {
  const server = await existingServer(t)
  const old = server.browser()
  const before = await server.start('before')
  t.same(await statuses('before', server.browser), EXPECTED)
  t.equal((await old.logIn('before', 'user@example.com')).status, 200)
  t.same((await old.send('GET', '/api')).body, { message: 'Hello user!' })
  const scrypt = server.query(storedHash, 'user@example.com')
  await before.stop('SIGTERM')

  await server.start('after')
  t.equal((await old.send('GET', '/api')).status, 401, 'an old session has ended')
  t.same(server.query(storedHash, 'user@example.com'), scrypt)
  t.same(await old.logIn('after', 'user@example.com'), { status: 200, body: { subject: '1', returnTo: '/' } })
  t.same((await old.send('GET', '/api')).body, { message: 'Hello user!' })
  t.same(server.query(storedHash, 'user@example.com'), [{ start: '$argon2id$' }])
  t.same(server.query(storedHash, 'admin@example.com'), scrypt)
  t.same(await statuses('after', server.browser), EXPECTED)
  t.same(server.query(storedHash, 'admin@example.com'), [{ start: '$argon2id$' }])
  const { paths } = (await old.send('GET', '/api/docs/json')).body as { paths: Record<string, Documented> } // OpenAPI
  t.ok(paths['/login/password'])
  t.same(paths['/api/tasks/{id}']?.delete?.security, [{ session: ['tasks:delete'] }])
  const tasks = (await old.send('GET', '/api/tasks')).body as { author_id: number }[] // rows of the table
  t.same(
    tasks.map(({ author_id: author }) => author),
    [1, 2, 3, 1, 2, 3]
  )
})

t.test('a wrong password, an unknown user and a disabled user get the same answer (SEC-16, SEC-59)', async (t) => {
  const server = await existingServer(t)
  await server.start('after')
  const [browser, disabled] = [server.browser(), server.browser()]
  await disabled.logIn('after', 'moderator@example.com')
  server.query('update users set disabled = 1 where email = ?', 'moderator@example.com')
  t.equal((await disabled.send('GET', '/api')).status, 401, 'the session of a disabled user is of no use')
  const wrong = await browser.logIn('after', 'user@example.com', 'a wrong password')
  t.equal(wrong.status, 401)
  t.same(await browser.logIn('after', 'stranger@example.com'), wrong)
  t.same(await browser.logIn('after', 'moderator@example.com'), wrong)
  t.equal((await browser.send('GET', '/api')).status, 401)
})

t.test('requests of other sites are refused, those that log in too (SEC-133, SEC-135)', async (t) => {
  const server = await existingServer(t)
  await server.start('after')
  const browser = server.browser()
  const login = { username: 'user@example.com', password: PASSWORD }
  const refused = await browser.send('POST', '/login/password', login, { 'sec-fetch-site': 'cross-site' })
  t.same([refused.status, await browser.cookie('__Host-session')], [403, undefined])
  await browser.logIn('after', 'user@example.com')
  const task = { name: 'Polish the key' }
  t.equal((await browser.send('POST', '/api/tasks', task, { 'sec-fetch-site': 'same-site' })).status, 403)
  t.equal((await browser.send('POST', '/api/tasks', task)).status, 201)
})

t.test('a cookie that was planted before a login is of no use after it (SEC-126)', async (t) => {
  const server = await existingServer(t)
  await server.start('after')
  const attacker = server.browser()
  await attacker.logIn('after', 'moderator@example.com')
  const victim = server.browser(await attacker.jar.clone())
  const planted = await victim.cookie('__Host-session')
  await victim.logIn('after', 'user@example.com')
  t.not(await victim.cookie('__Host-session'), planted)
  t.same((await victim.send('GET', '/api')).body, { message: 'Hello user!' })
  t.equal((await attacker.send('GET', '/api')).status, 401)
})

t.test('a role that is taken away, a new password and a logout take effect at once (SEC-128)', async (t) => {
  const server = await existingServer(t)
  await server.start('after')
  const [here, there] = [server.browser(), server.browser()]
  for (const browser of [here, there]) await browser.logIn('after', 'admin@example.com')
  t.equal((await here.send('DELETE', '/api/tasks/999')).status, 404)
  server.query('delete from user_roles where user_id = 3')
  t.equal((await here.send('DELETE', '/api/tasks/999')).status, 403)

  const newPassword = 'correct horse battery'
  const change = async (currentPassword: string) =>
    here.send('PUT', '/api/users/password', { currentPassword, newPassword })
  t.equal((await change('a wrong password')).status, 401)
  t.equal((await there.send('GET', '/api')).status, 200)
  t.equal((await change(PASSWORD)).status, 204)
  for (const browser of [here, there]) t.equal((await browser.send('GET', '/api')).status, 401)
  t.equal((await here.logIn('after', 'admin@example.com')).status, 401)
  t.equal((await here.logIn('after', 'admin@example.com', newPassword)).status, 200)

  const copy = server.browser(await here.jar.clone())
  t.equal((await here.send('POST', '/api/auth/logout')).status, 204)
  t.same([(await here.send('GET', '/api')).status, (await copy.send('GET', '/api')).status], [401, 401])
})
