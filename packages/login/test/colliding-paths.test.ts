import t from 'tap'
import { like } from '@latchkey/exact'
import { discord, type LoginOptions } from '@latchkey/login'
import { server } from './fixtures/server.ts'

const providers = [discord({ clientId: 'app', clientSecret: 'opensesame' })]
const callback = 'callbackPath must differ from the paths of the login and the logout'
const logout = 'logoutPath must differ from the paths of the login'

const colliding: [options: Partial<LoginOptions>, message: string][] = [
  [{ callbackPath: '/login/discord' }, callback],
  [{ callbackPath: '/login/discord/link' }, callback],
  [{ callbackPath: '/login/:provider/link' }, callback],
  [{ callbackPath: '/login/:provider/backchannel-logout' }, callback],
  [{ callbackPath: '/end/:provider', logoutPath: '/end/discord' }, callback],
  [{ logoutPath: '/login' }, logout],
  [{ logoutPath: '/login/discord' }, logout],
  [{ logoutPath: '/login/discord/link' }, logout]
]

for (const [options, message] of colliding) {
  t.test(
    `a server does not start with ${JSON.stringify(options)}: a route of one provider has this path`,
    async (t) => {
      const error: unknown = await server(t, { providers, ...options }).catch((thrown: unknown) => thrown)
      like(t, error, { name: 'RegistrationError', message: `@latchkey/login: ${message}` })
    }
  )
}
