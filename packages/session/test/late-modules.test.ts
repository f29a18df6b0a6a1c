// Runs in a process of its own: it watches the first import of modules.
import { watchModules } from '@latchkey/exact/late-modules'
import { jweCodec } from '@latchkey/session'
import t from 'tap'
import { origin, serverWith } from './fixtures/server.ts'

const modules = watchModules('jose')

t.test('imports jose in the background when the server is ready, without a request', async (t) => {
  const app = await serverWith(t, { options: { codec: jweCodec() } })
  t.same(await modules.names(), [], 'nothing is imported at registration')
  await app.ready()
  await modules.reach('jose')
  const headers = { origin }
  const { statusCode, cookies } = await app.inject({
    method: 'POST',
    url: '/sign-in',
    payload: { subject: 'ada' },
    headers
  })
  t.equal(statusCode, 200)
  t.equal(cookies.length, 1)
  t.same(await modules.names(), ['jose'], 'one import')
})
