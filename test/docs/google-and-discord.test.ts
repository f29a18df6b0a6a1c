// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { like } from '@latchkey/exact'
import t from 'tap'
import { visitor } from '../visitor.ts'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

t.test('the page about Discord and Google leads to logins with both', async (t) => {
  const page = await reader(t, 'docs/how-to/google-and-discord.md')
  await page.rest()
  const me = page.here('http://localhost:3000/me')
  const login = page.here('http://localhost:3000/login')
  const { text } = await visitor().get(me)
  t.match(text, /Discord[\s\S]*Google/)
  for (const provider of ['discord', 'google']) {
    const seen = await visitor().logIn(`${login}/${provider}?returnTo=%2Fme`, 'ada')
    like(t, seen, { status: 200, url: me })
    const { name, identities } = JSON.parse(seen.text) as { name: string; identities: { provider: string }[] }
    t.equal(name, 'Ada Lovelace')
    t.same(
      identities.map((identity) => identity.provider),
      [provider]
    )
  }
})
