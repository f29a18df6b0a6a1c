import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import guard, { authenticated } from '@latchkey/guard'
import passwordLogin from '@latchkey/password-login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyPluginAsync } from 'fastify'
import t from 'tap'
import { read, root } from '../architecture/workspace.ts'

/** The route of the steps for clients that cannot change. */
async function oldLogin(): Promise<FastifyPluginAsync> {
  const [, code = ''] =
    /```ts\n((?:(?!```).)*function oldLogin.*?)```/s.exec(read('docs/from-fastify-session.md')) ?? []
  const file = path.join(root, '.artifacts/steps/old-login.ts')
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, code)
  const module = (await import(pathToFileURL(file).href)) as { default: FastifyPluginAsync } // as the page shows it
  return module.default
}

t.test('the route for old clients logs in at the old address, under the rule of its folder (SEC-135)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = memoryStore()
  await app.register(guard)
  const secrets = [randomBytes(32).toString('base64url')]
  await app.register(session, { secrets, store, origin: 'http://localhost:3000' })
  await app.register(passwordLogin, {
    store,
    verifyPassword: async ({ username, password }) =>
      username === 'ann@example.com' && password === 'right' ? { subject: '1', scopes: new Set(['a']) } : null
  })
  const plugin = await oldLogin()
  await app.register(
    async (area) => {
      area.guard.require(authenticated)
      area.get('/me', async ({ principal }) => [principal.subject, ...principal.scopes])
      await area.register(plugin, { prefix: '/auth' })
    },
    { prefix: '/api' }
  )
  const logIn = async (password: string, headers = {}) =>
    app.inject({ method: 'POST', url: '/api/auth/login', headers, payload: { email: 'ann@example.com', password } })

  const wrong = await logIn('wrong')
  t.same([wrong.statusCode, wrong.json()], [401, { message: 'The e-mail address or the password is wrong.' }])
  const refused = await logIn('right', { 'sec-fetch-site': 'cross-site' })
  t.same([refused.statusCode, refused.headers['set-cookie']], [403, undefined])
  const right = await logIn('right')
  t.same([right.statusCode, right.json()], [200, { success: true }])
  const cookies = Object.fromEntries(right.cookies.map(({ name, value }) => [name, value]))
  t.same((await app.inject({ url: '/api/me', cookies })).json(), ['1', 'a'])
})
