// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { existsSync } from 'node:fs'
import t from 'tap'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

const missing = ['/usr/sbin/nginx', '/usr/bin/caddy'].filter((program) => !existsSync(program))

t.test(
  'the page about proxies leads to logins through nginx, through Caddy and below a path',
  { skip: missing.length > 0 && `needs nginx and caddy: no ${missing.join(', ')}` },
  async (t) => {
    const page = await reader(t, 'docs/how-to/behind-a-proxy.md', {
      settings: { PATH: `${process.env.PATH}:/usr/sbin` }
    })
    await page.rest()
  }
)
