import type { Client } from '@latchkey/token-endpoint'
import t from 'tap'
import { visitor } from '../visitor.ts'
import { type Answer, logIn, statusOfItems } from './client.ts'
import { kinds, servers } from './each-store.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const cli: Client = { clientId: 'cli', clientName: 'Command Line', grantTypes: [DEVICE_CODE, 'refresh_token'] }
const settings = { clients: [cli], endpoint: { device: true } }

/** Sends a form of the device. */
async function post(url: string, form: Readonly<Record<string, string>>): Promise<Answer & { body: Codes }> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: 'cli', ...form }) })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] & Codes } // by RFC 8628 §3.2
}

interface Codes {
  readonly device_code: string
  readonly user_code: string
}

for (const kind of kinds) {
  t.test(
    `a device on ${kind.name} gets tokens once, although the server restarts between the steps (RFC 8628 §3)`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind, settings)
      const origin = await restart()
      const begun = await post(`${origin}/device_authorization`, { scope: 'items:read' })
      t.equal(begun.status, 200)
      const { device_code: deviceCode, user_code: userCode } = begun.body
      const poll = async (): Promise<Answer> =>
        post(`${origin}/token`, { grant_type: DEVICE_CODE, device_code: deviceCode })
      const early = await poll()
      t.same([early.status, early.body.error], [400, 'authorization_pending'])

      await restart()
      const browser = visitor()
      const asked = await logIn(browser, await browser.get(`${origin}/device?user_code=${userCode}`))
      t.equal(asked.status, 200)
      t.equal((await browser.post(`${origin}/device`, { user_code: userCode })).status, 200)

      await restart()
      const allowed = await browser.post(`${origin}/device/decision`, { user_code: userCode, decision: 'allow' })
      t.equal(allowed.status, 200)
      const again = await browser.post(`${origin}/device/decision`, { user_code: userCode, decision: 'deny' })
      t.equal(again.status, 410, 'a decision counts once')

      await restart()
      const answers = await Promise.all(Array.from({ length: 8 }, poll))
      const [tokens, ...others] = answers.filter(({ status }) => status === 200)
      t.same([tokens?.body.scope, others], ['items:read', []])
      const refused = answers.filter(({ status }) => status === 400).map(({ body }) => body.error)
      t.same(
        refused,
        Array.from({ length: 7 }, () => 'slow_down')
      )

      await restart()
      t.equal(await statusOfItems(origin, tokens?.body.access_token), 200)
      const refresh = { grant_type: 'refresh_token', refresh_token: tokens?.body.refresh_token ?? '' }
      t.equal((await post(`${origin}/token`, refresh)).status, 200)
    }
  )
}
