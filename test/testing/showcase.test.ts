import { discord } from '@latchkey/login'
import testing, { accessMatrix, assertDocumented, assertRefusesForgeries } from '@latchkey/testing'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build } from '../../examples/showcase/app.ts'

/** The example with every plugin. Nobody logs in with its provider, so none runs. */
async function showcase(t: Test): Promise<FastifyInstance> {
  const provider = discord({ clientId: 'c', clientSecret: 's', baseUrl: 'http://localhost:1' })
  const app = await build('http://localhost:3000', { providers: [provider] })
  t.teardown(() => app.close())
  await app.register(testing)
  return app
}

t.test('the document of the showcase says what its guard requires', async (t) => {
  await assertDocumented(await showcase(t))
  t.pass('they agree')
})

t.test('the showcase refuses forged tokens and cookies', async (t) => {
  const refused = await assertRefusesForgeries(await showcase(t), { url: '/items' })
  t.ok(refused.length > 50)
})

t.test('the table shows who opens which route of the showcase', async (t) => {
  const table = await accessMatrix(await showcase(t), {
    principals: {
      anonymous: null,
      reader: { subject: 'u1', scopes: ['items:read'] },
      'signed in': { subject: 'u1', session: true, scopes: ['items:write'] }
    }
  })
  // All other routes are open to everyone.
  const [title, ...rows] = table.split('\n').map((row) => row.split(/ {2,}/))
  t.same(title, ['route', 'anonymous', 'reader', 'signed in'])
  t.same(
    rows.filter(([, ...cells]) => cells.some((cell) => cell !== 'yes')),
    [
      ['GET /admin', '401', '403', '403'],
      ['GET /items', '401', 'yes', '403'],
      ['POST /items', '401', '403', 'yes'],
      ['GET /me', '401', 'yes', 'yes']
    ]
  )
  t.ok(rows.length > 20)
})
