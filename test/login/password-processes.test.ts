import t from 'tap'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { PASSWORD } from './password-login.ts'
import { startProcess } from './served-passwords.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(
    `two processes on ${name} count together: an attack on an account refuses no other address (SEC-27, SEC-28)`,
    { skip },
    async (t) => {
      const place = (await open(t)).placeAt()
      const processes = await Promise.all([1, 2].map(() => startProcess(t, place)))
      const origins = processes.flatMap((each) => each.origins)
      const [one = '', two = ''] = origins
      const statusOf = async (
        origin: string,
        address: string,
        password: string,
        username = 'alice'
      ): Promise<number> => {
        const answer = await fetch(`${origin}/login/password`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
          body: JSON.stringify({ username, password })
        })
        return answer.status
      }
      for (let turn = 0; turn < 5; turn++) t.equal(await statusOf(turn % 2 ? one : two, '192.0.2.1', 'x'), 401)
      for (const origin of origins) t.equal(await statusOf(origin, '192.0.2.1', PASSWORD), 429, 'of that address')
      for (let turn = 0; turn < 4; turn++) await statusOf(turn % 2 ? one : two, `198.51.${turn}.1`, 'x')
      for (const origin of origins) t.equal(await statusOf(origin, '203.0.113.9', PASSWORD), 200, 'of another address')

      const guesses = Array.from({ length: 40 }, async (_, at) => statusOf(at % 2 ? one : two, '192.0.2.7', 'x', 'bob'))
      const verified = (await Promise.all(guesses)).filter((status) => status !== 429)
      t.same(verified, [401, 401, 401, 401, 401], 'at once, no more guesses than the limit are verified')
    }
  )
}
