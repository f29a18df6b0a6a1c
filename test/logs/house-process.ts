// The house as a process of its own, which logs everything that it can: to standard output, as servers do.
import { type HouseOptions, house, type KnownProviders } from './house.ts'

const { ORIGIN = '', PROVIDERS = '' } = process.env

const options: HouseOptions = {
  // As SECURITY.md advises: Node's error for invalid HTTP contains the received bytes.
  server: { logger: { level: 'trace', redact: ['err.rawPacket'] } },
  failures: 50,
  async before(app) {
    // As SECURITY.md says: Fastify's own answer repeats the URL, and logs it.
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not_found' }))
  },
  // A database that quotes its query in an error, as some do.
  verifyPassword: (ordinary) => async (credentials, request) => {
    if (credentials.username !== 'thrower') return ordinary(credentials, request)
    const { password } = credentials
    const quoted = new Error(`no such row: select 1 where password = '${password}'`)
    throw Object.assign(new Error('the query failed', { cause: quoted }), { parameters: [password] })
  },
  // An HTTP client that quotes its request in an error, as some do.
  onLogin({ identity, tokens }) {
    if (identity.name?.startsWith('Ada') === true) return undefined
    const quoted = new Error(`401 for Authorization: Bearer ${tokens.accessToken}`)
    throw Object.assign(new Error('the request failed', { cause: quoted }), { request: { body: tokens.idToken } })
  }
}

const { app, client } = await house(ORIGIN, JSON.parse(PROVIDERS) as KnownProviders, options) // the test's own
await app.listen({ port: Number(new URL(ORIGIN).port), host: 'localhost' })
process.once('disconnect', () => void app.close())
process.send?.(client)
