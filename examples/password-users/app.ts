import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { stopOnSignal } from '../stopping.ts'

/** A row of the user table. */
export interface User {
  username: string
  fullName: string
  email: string
  passwordHash: string
  disabled: boolean
}

declare module '@latchkey/guard' {
  interface PrincipalTypes {
    user: User
  }
}

/** The user table, by username. */
export async function makeUsers(): Promise<Map<string, User>> {
  const john = { username: 'johndoe', fullName: 'John Doe', email: 'johndoe@example.com', disabled: false }
  const alice = { username: 'alice', fullName: 'Alice Wonderson', email: 'alice@example.com', disabled: true }
  return new Map([
    ['johndoe', { ...john, passwordHash: await hashPassword('secret') }],
    ['alice', { ...alice, passwordHash: await hashPassword('secret2') }]
  ])
}

/** Users with passwords, and who is logged in. `origin` is where people reach the server. */
export async function build(
  origin: string,
  users: ReadonlyMap<string, User>,
  app = Fastify()
): Promise<FastifyInstance> {
  await app.register(guard, {
    // Asked on every request: a user who is disabled after the login is out at once.
    resolveUser: ({ subject }) => {
      const user = users.get(subject)
      return user?.disabled === false ? user : null
    }
  })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store: memoryStore()
  })
  await app.register(passwordGrant, {
    verifyPassword: argon2Passwords({
      findUser: async (username) => {
        const user = users.get(username)
        return user && { ...user, subject: user.username, scopes: [] }
      }
    })
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  app.get('/users/me', { config: { access: authenticated } }, async ({ principal: { user } }) => ({
    username: user.username,
    full_name: user.fullName,
    email: user.email
  }))
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  await build(origin, await makeUsers(), app)
  await app.listen({ port, host: 'localhost' })
  console.log(`curl -d 'grant_type=password&username=johndoe&password=secret' ${origin}/token
curl -H 'Authorization: Bearer <the access_token>' ${origin}/users/me`)
}
