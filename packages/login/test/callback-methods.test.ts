import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, type Server, server } from './fixtures/server.ts'

const query = 'code=the-code&state=the-state'

async function logging(
  t: Test,
  responseMode: 'query' | 'form_post' = 'query'
): Promise<Server & { readonly log: () => string }> {
  const lines: string[] = []
  const made = await server(
    t,
    { providers: [{ ...house(await fakeProvider(t)), responseMode }] },
    { fastify: { logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } } }
  )
  return { ...made, log: () => lines.join('') }
}

t.test('a callback accepts only GET; its parameters are neither logged nor shown (SEC-147)', async (t) => {
  const { app, log } = await logging(t)
  for (const method of app.supportedMethods.filter((method) => method !== 'GET')) {
    const { statusCode, headers, body } = await app.inject({ method, url: `/login/house/callback?${query}` })
    t.equal(statusCode, 405, method)
    t.equal(headers.allow, 'GET', method)
    t.notMatch(body, /the-(?:code|state)/, method)
  }
  contains(t, log(), '"url":"/login/house/callback"')
  t.notMatch(log(), /the-(?:code|state)/)
})

t.test('a callback accepts GET and POST when the provider answers by POST (SEC-110)', async (t) => {
  const { app, browser, log } = await logging(t, 'form_post')
  const { statusCode, headers } = await app.inject({ method: 'PUT', url: `/login/house/callback?${query}` })
  t.equal(statusCode, 405)
  t.equal(headers.allow, 'GET, POST')
  t.equal((await browser().post(`/login/house/callback?${query}`)).statusCode, 400)
  t.notMatch(log(), /the-(?:code|state)/)
})

t.test('the parameters of a callback for an unknown provider are neither logged nor shown (SEC-147)', async (t) => {
  const { app, log } = await logging(t)
  for (const path of ['/login/nobody', '/login/nobody/callback']) {
    const { statusCode, body, json } = await app.inject(`${path}?${query}`)
    t.equal(statusCode, 404)
    like(t, json(), { error: 'unknown_provider' })
    t.notMatch(body, /nobody|the-(?:code|state)/)
  }
  t.notMatch(log(), /the-(?:code|state)/)
})
