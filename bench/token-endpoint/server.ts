// A token endpoint in a process of its own.
import { once } from 'node:events'
import passwordGrant from '@latchkey/password-grant'
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import { endWithParent } from '../parent.ts'
import { neededScope } from '../tokens.ts'
import { tokenApp } from './app.ts'
import { PASSWORD } from './names.ts'
import { openStore, type StoreName } from './stores.ts'

/** What the parent sends first. */
export interface Order {
  readonly store: StoreName
  /** For files. The parent deletes it. */
  readonly folder: string
  /** How many passwords may be verified at once, or wait for that. */
  readonly logins: number
}

/** What the parent gets when the server listens. */
export interface Started {
  readonly url: string
  readonly secret: string
}

/** The answer to any other message. */
export interface Used {
  /** CPU of the process. */
  readonly microseconds: number
}

const [{ store: name, folder, logins }] = (await once(process, 'message')) as [Order]
const opened = await openStore(name, folder)
const { app, secret } = await tokenApp(opened.store)
if (logins > 0) {
  const passwordHash = await hashPassword(PASSWORD)
  await app.register(passwordGrant, {
    verifyPassword: argon2Passwords({
      findUser: async (username) => ({ subject: username, passwordHash, scopes: [neededScope] }),
      waitingHashes: logins
    }),
    // All logins come from one address, and each counts as a failure until it is verified.
    throttle: { failuresPerAddress: 10 * logins }
  })
}
const url = await app.listen({ port: 0, host: '127.0.0.1' })
endWithParent(stop)
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ microseconds: user + system } satisfies Used)
})
process.send?.({ url, secret } satisfies Started)

async function stop(): Promise<void> {
  await app.close()
  await opened.close()
}
