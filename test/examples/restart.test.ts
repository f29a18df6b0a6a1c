import path from 'node:path'
import t from 'tap'
import { like } from '@latchkey/exact'
import { freeOrigin } from '../loopback.ts'
import { visitor } from '../visitor.ts'
import { type Program, runExample } from './program.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

t.test('tokens and sessions of the showcase work after a restart and after a crash', async (t) => {
  const origin = await freeOrigin()
  const settings = { PORT: new URL(origin).port, DATABASE_FILE: path.join(t.testdir(), 'data/showcase.sqlite') }
  const start = async (): Promise<Program> => {
    const program = runExample(t, 'showcase/app.ts', settings)
    await program.hasPrinted(`${origin}/docs`)
    return program
  }
  const ask = async (parameters: Record<string, string>): Promise<Tokens> => {
    const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(parameters) })
    t.equal(answer.status, 200)
    return (await answer.json()) as Tokens // the status says that it has them
  }
  const statusOfItems = async ({ access_token: token }: Tokens): Promise<number> =>
    (await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${token}` } })).status

  const ada = visitor()
  const before = await start()
  await before.hasPrinted(origin) // a text that was printed before
  like(t, await ada.logIn(`${origin}/login/discord?returnTo=/me`, 'ada'), { status: 200, url: `${origin}/me` })
  const login = { grant_type: 'password', username: 'alice', password: 'wonderland', scope: 'items:read' }
  const first = await ask(login)
  t.equal(await statusOfItems(first), 200)
  like(t, await before.stop('SIGTERM'), { code: 0, signal: null })

  const restarted = await start()
  t.equal(await statusOfItems(first), 200, 'an earlier access token')
  like(t, await ada.get(`${origin}/items`), { status: 200 }, 'an earlier session')
  const second = await ask({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
  t.equal(await statusOfItems(second), 200)
  like(t, await restarted.stop('SIGKILL'), { code: null, signal: 'SIGKILL' })

  await start()
  t.equal(await statusOfItems(second), 200, 'an earlier access token')
  like(t, await ada.get(`${origin}/items`), { status: 200 }, 'an earlier session')
  await ada.post(`${origin}/logout`)
  like(t, await ada.get(`${origin}/items`), { url: `${origin}/login?returnTo=%2Fitems` })
  const third = await ask({ grant_type: 'refresh_token', refresh_token: second.refresh_token })
  t.equal(await statusOfItems(third), 200)
})
