import t from 'tap'
import { generateClientSecret } from '@latchkey/token-endpoint'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { freeOrigin } from '../loopback.ts'
import { runExample } from './program.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(`four processes on ${name} behave like one server (SEC-80, SEC-91, FAULT-23)`, { skip }, async (t) => {
    const { port } = new URL(await freeOrigin())
    const place = (await open(t)).placeAt()
    const settings = {
      DATABASE_URL: '',
      MYSQL_URL: '',
      REDIS_URL: '',
      ...place,
      PORT: port,
      KEY_SECRET: generateClientSecret().clientSecret
    }
    const { code, printed } = await runExample(t, 'many-processes/story.ts', settings).end
    t.equal(code, 0)
    t.match(printed, /^worker \d logged alice in$/m)
    const refreshed = [...printed.matchAll(/^worker (\d) refreshed$/gm)].map(([, worker]) => worker)
    t.equal(refreshed.length, 4)
    // The operating system chooses which processes answer: at least two, perhaps not all four.
    t.match(printed, /^workers \d(?: \d)+ refreshed one token 20 times at once: refresh tokens given: 1$/m)
    t.match(printed, /^workers 1 2 3 4 honoured the access token\nworker \d revoked the sign-in: 200$/m)
    const refused = [...printed.matchAll(/^worker (\d) refused the access token after \d+ ms$/gm)]
    t.same(
      refused.map(([, worker]) => worker),
      ['1', '2', '3', '4']
    )
    t.match(printed, /^worker \d refused the refresh token: 400$/m)
    t.match(printed, /^the server stopped with 0$/m)
  })
}
