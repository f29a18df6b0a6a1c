import { randomBytes } from 'node:crypto'
import t from 'tap'
import { build } from '../../examples/password-sessions/app.ts'
import { kinds } from '../authorization/each-store.ts'
import { cookieOf, mailbox, post } from './account.ts'

const EMAIL = 'alice@example.com'
const PASSWORD = 'wonderland in winter'
const NEXT_PASSWORD = 'through the looking glass'
const sessionSecret = randomBytes(32).toString('base64url')

for (const kind of kinds) {
  t.test(
    `on ${kind.name}, a link outlives its server, and one of many servers uses it (SEC-126)`,
    { skip: kind.skip },
    async (t) => {
      const connect = await kind.prepare(t)
      const { sendMail, tokenOf } = mailbox()
      const start = async () => {
        const store = await connect()
        const app = await build({ origin: 'http://localhost:3000', sessionSecret, store, sendMail })
        app.addHook('onClose', async () => store.close())
        t.teardown(() => app.close())
        return app
      }
      const first = await start()
      const signUp = await tokenOf(async () => post(first, 'sign-up', { email: EMAIL }))
      await first.close()

      const servers = [await start(), await start()] as const
      const [one, two] = servers
      const used = await everywhere('sign-up/link', { token: signUp, newPassword: PASSWORD })
      t.same(used, [200, 400, 400, 400, 400, 400])
      const log = async (password: string) => post(one, 'password', { username: EMAIL, password })
      const cookies = [cookieOf(await log(PASSWORD)), cookieOf(await log(PASSWORD))]
      for (const cookie of cookies) t.equal((await two.inject({ url: '/', headers: { cookie } })).statusCode, 200)

      const reset = await tokenOf(async () => post(one, 'reset-password', { email: EMAIL }))
      t.same(
        await everywhere('sign-up/link', { token: reset, newPassword: NEXT_PASSWORD }),
        [400, 400, 400, 400, 400, 400]
      )
      const reused = await everywhere('reset-password/link', { token: reset, newPassword: NEXT_PASSWORD })
      t.same(reused, [200, 400, 400, 400, 400, 400])
      for (const cookie of cookies) t.equal((await two.inject({ url: '/', headers: { cookie } })).statusCode, 401)
      t.same([(await log(PASSWORD)).statusCode, (await log(NEXT_PASSWORD)).statusCode], [401, 200])

      /** Posts the same body three times to both servers at once. Returns the statuses, sorted. */
      async function everywhere(path: string, body: object): Promise<number[]> {
        const answers = await Promise.all(
          [...servers, ...servers, ...servers].map(async (server) => post(server, path, body))
        )
        return answers.map(({ statusCode }) => statusCode).sort()
      }
    }
  )
}
