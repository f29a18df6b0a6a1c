import t from 'tap'
import { noAuthentication } from '@latchkey/guard'
import { serverWith } from './fixtures/server.ts'

t.test('app.sessions describes how its cookie is sent (K20.1, K20.2)', async (t) => {
  t.same((await serverWith(t)).sessions.cookie, { secure: true, sameSite: 'lax' })
  const options = { insecureCookie: true, sameSite: 'strict' } as const
  t.same((await serverWith(t, { options })).sessions.cookie, { secure: false, sameSite: 'strict' })
})

t.test(
  'app.sessions.presented() returns the session of a cookie on a route that ignores credentials (K20.3)',
  async (t) => {
    const app = await serverWith(t, {
      after: async (app) =>
        app.get('/presented', { config: { access: noAuthentication } }, async (request) => ({
          presented: await app.sessions.presented(request),
          current: app.sessions.current(request)
        }))
    })
    const ask = async (cookie = ''): Promise<unknown> =>
      (await app.inject({ url: '/presented', headers: { cookie } })).json()
    t.same(await ask(), { presented: null, current: null })
    t.same(await ask('__Host-session=rubbish'), { presented: null, current: null })
    const { headers } = await app.inject({ method: 'POST', url: '/sign-in', payload: { subject: 'ann' } })
    const [cookie = ''] = String(headers['set-cookie']).split(';')
    const [session] = await app.sessions.list('ann')
    t.same(await ask(cookie), { presented: { id: session?.id, subject: 'ann' }, current: null })
    await app.sessions.revokeAll('ann')
    t.same(
      await ask(cookie),
      { presented: { id: session?.id, subject: 'ann' }, current: null },
      'it does not call the store'
    )
  }
)
