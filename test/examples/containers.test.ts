import t from 'tap'
import { like } from '@latchkey/exact'
import { read } from '../architecture/workspace.ts'
import { postgres, redis } from '../databases.ts'
import { freeOrigin } from '../loopback.ts'
import { visitor } from '../visitor.ts'
import { runExample } from './program.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const [, variables = ''] = /^ENV (.*)$/m.exec(read('examples/showcase/Dockerfile')) ?? []
const inContainer = Object.fromEntries(variables.split(' ').map((pair) => pair.split('=') as [string, string]))
const secrets = { KEY_SECRET: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url') }

t.test('the Dockerfile names the variables of the showcase', async (t) => {
  t.same(inContainer, { HOST: '0.0.0.0', PORT: '3000', STAND_INS: 'off' })
})

for (const database of [postgres, redis]) {
  t.test(`the showcase of the container serves on ${database.name}`, { skip: database.skip }, async (t) => {
    const place = (await database.open(t)).placeAt()
    const origin = await freeOrigin()
    const { port } = new URL(origin)
    const SESSION_SECRET = secrets.KEY_SECRET
    const program = runExample(t, 'showcase/app.ts', {
      ...inContainer,
      ...secrets,
      ...place,
      SESSION_SECRET,
      PORT: port
    })
    await program.hasPrinted(`${origin}/docs`)

    t.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200)
    const login = { grant_type: 'password', username: 'alice', password: 'wonderland', scope: 'items:read' }
    const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(login) })
    t.equal(answer.status, 200)
    const { access_token: token } = (await answer.json()) as { access_token: string } // RFC 6749 §5.1
    const items = await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${token}` } })
    t.equal(items.status, 200)
    // No stand-in runs, so there is the form alone.
    const page = await visitor().get(`${origin}/login`)
    like(t, page, { status: 200, text: /name="password"/ })
    t.notMatch(page.text, /Discord|Google/)
    like(t, await program.stop('SIGTERM'), { code: 0, signal: null })
  })
}
