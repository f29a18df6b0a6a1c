// A server with a cheap route and a token endpoint on a SQLite file, in a process of its own.
import { once } from 'node:events'
import { sqlStore } from '@latchkey/store/sql'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import { audience, issuer, neededScope } from '../tokens.ts'
import { CLIENT_ID, GRANT_TYPE } from './names.ts'

/** What the parent sends: the path of the database, which is made. */
export interface Order {
  readonly file: string
}

/** What the parent gets when the server listens. */
export interface Started {
  readonly url: string
}

const [{ file }] = (await once(process, 'message')) as [Order]
const store = sqlStore({ file })
await store.migrate()
const app = Fastify()
await app.register(tokenEndpoint, {
  issuer,
  audience,
  keys: [await generateSigningKey()],
  store,
  clients: [{ clientId: CLIENT_ID, grantTypes: [GRANT_TYPE, 'refresh_token'] }]
})
app.tokenEndpoint.addGrant({
  grantType: GRANT_TYPE,
  async handle() {
    return { subject: 'ann', scopes: [neededScope], authenticatedAt: Math.floor(Date.now() / 1000) }
  }
})
app.get('/cheap', async () => 'hello')
const url = await app.listen({ port: 0, host: '127.0.0.1' })
process.once('disconnect', () => void stop())
process.send?.({ url } satisfies Started)

async function stop(): Promise<void> {
  await app.close()
  await store.close()
  process.exit()
}
