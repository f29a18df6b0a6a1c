import { randomBytes } from 'node:crypto'
import { devProvider } from '@latchkey/dev-provider'
import { discord } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { like } from '@latchkey/exact'
import { build } from '../../examples/sessions/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'

t.test(
  'sessions opens a closed page after the login, shows the current profile, and closes the page after the logout',
  async (t) => {
    const { clientId, clientSecret, origin: baseUrl, close } = await devProvider({ profile: 'discord' })
    t.teardown(close)
    const origin = await freeOrigin()
    const sessionSecret = randomBytes(32).toString('base64url')
    const provider = discord({ clientId, clientSecret, baseUrl })
    await listen(t, await build({ origin, sessionSecret, provider, store: memoryStore() }), origin)
    const ada = visitor()

    t.equal((await ada.get(`${origin}/privileged`)).status, 401)
    t.equal((await ada.get(`${origin}/users/me`)).status, 401)
    const opened = await ada.logIn(`${origin}/login`, 'ada')
    like(t, opened, { status: 200, url: `${origin}/privileged`, text: /^Congratulations/ })
    like(t, JSON.parse((await ada.get(`${origin}/users/me`)).text), {
      username: 'ada.lovelace',
      global_name: 'Ada Lovelace',
      verified: true
    })

    const cookies = [...(await ada.cookies(origin)).keys()]
    t.same(cookies, ['__Host-session'], 'the cookie of the login is deleted')
    t.equal((await ada.get(`${origin}/logout`)).status, 200)
    t.equal((await ada.get(`${origin}/privileged`)).status, 200, 'opening the page does not log out (SEC-136)')
    await ada.post(`${origin}/logout`)
    t.equal((await ada.get(`${origin}/privileged`)).status, 401)
  }
)
