import { randomBytes } from 'node:crypto'
import { memoryStore } from '@latchkey/store/memory'
import { browser } from '@latchkey/testing'
import t from 'tap'
import { like } from '@latchkey/exact'
import { build } from '../../examples/sessions/app.ts'
import { standIn } from '../stand-in.ts'

const origin = 'http://localhost:3000'

t.test(
  'sessions opens a closed page after the login, shows the current profile, and closes the page after the logout',
  async (t) => {
    const { running, provider } = await standIn(t, 'discord')
    const sessionSecret = randomBytes(32).toString('base64url')
    const app = await build({ origin, sessionSecret, provider, store: memoryStore() })
    t.teardown(() => app.close())
    const ada = browser(app)

    const asked = await ada.open('/privileged')
    t.same([asked.statusCode, new URL(String(asked.location)).origin], [303, running.origin])
    const opened = await ada.open((await running.authorize(String(asked.location), 'ada')).href, { site: 'cross-site' })
    like(t, opened, { statusCode: 200, url: `${origin}/privileged`, body: /^Congratulations/ })
    like(t, (await ada.open('/users/me')).json(), {
      username: 'ada.lovelace',
      global_name: 'Ada Lovelace',
      verified: true
    })

    const cookies = [...(await ada.cookies()).keys()]
    t.same(cookies, ['__Host-session'], 'the cookie of the login is deleted')
    t.equal((await ada.open('/logout')).statusCode, 200)
    t.equal((await ada.open('/privileged')).statusCode, 200, 'opening the page does not log out (SEC-136)')
    await ada.submit('/logout')
    t.equal(new URL(String((await ada.open('/users/me')).location)).origin, running.origin)
  }
)
