import Fastify from 'fastify'
import t from 'tap'
import { inspections } from '@latchkey/guard/plugin'
import { throttles } from '@latchkey/throttle'

for (const [trustProxy, proxyTrust] of [
  [false, 'none'],
  ['10.0.0.0/8', 'some'],
  [true, 'every']
] as const) {
  t.test(`tells tools that trustProxy ${trustProxy} trusts ${proxyTrust}`, async (t) => {
    const app = Fastify({ trustProxy })
    throttles(app, { plugin: 'login', realm: 'https://login.example.com' })
    await app.ready()
    t.same(inspections(app), [{ plugin: '@latchkey/throttle', facts: { of: 'login', proxyTrust } }])
  })
}

t.test('tells tools that a server of another kind does not show its trustProxy', async (t) => {
  const app = Fastify()
  const other = Object.create({ addHook() {} }) as typeof app
  throttles(Object.assign(other, { log: app.log }), { plugin: 'login', realm: 'https://login.example.com' })
  t.same(inspections(other), [{ plugin: '@latchkey/throttle', facts: { of: 'login', proxyTrust: 'unknown' } }])
})
