import { existsSync, readFileSync } from 'node:fs'
import type { FastifyInstance, InjectOptions } from 'fastify'
import t from 'tap'
import { house, startProviders } from './house.ts'

const file = new URL('../../../shared/corpora/blns/blns.json', import.meta.url)
// A list of strings, as its own repository says.
const naughty = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : []

// Texts that could start a new line, or another member of a line.
const breaks = [
  '\r\n',
  '\n',
  '\r',
  '\u2028',
  '\u2029',
  '\u0085',
  '\v',
  '\f',
  '\0',
  '\u001b[2K',
  '%0d%0a',
  '%0a',
  '\\n',
  '"}\n{'
]
const forged = '{"level":60,"time":0,"msg":"forged","event":"latchkey:token"}'
const lineBreaks = breaks.flatMap((text) => [
  `${text}${forged}`,
  `ann${text}level":60,"msg":"forged`,
  `","level":60,"x":"${text}`
])

const KEYS = new Set([10, 20, 30, 40, 50, 60])
const PLACES: { name: string; request: (text: string) => InjectOptions }[] = [
  { name: 'username', request: (text) => form({ username: text, password: 'no' }) },
  { name: 'password', request: (text) => form({ username: 'ann', password: text }) },
  { name: 'client_id', request: (text) => form({ client_id: text, username: 'ann', password: 'no' }) },
  { name: 'client_secret', request: (text) => form({ client_id: 'backend', client_secret: text }) },
  { name: 'scope', request: (text) => form({ scope: text, username: 'ann', password: 'no' }) },
  { name: 'grant_type', request: (text) => form({ grant_type: text }) },
  { name: 'Basic', request: (text) => ({ ...form({}), headers: { ...FORM, authorization: basic(text) } }) },
  { name: 'state', request: (text) => get('/login/oidc/callback', { state: text, code: 'x' }) },
  { name: 'error', request: (text) => get('/login/oidc/callback', { state: 'x', error: text }) },
  { name: 'provider', request: (text) => ({ url: `/login/${encodeURIComponent(text)}` }) },
  { name: 'returnTo', request: (text) => get('/login/oidc', { returnTo: text }) },
  { name: 'path', request: (text) => ({ url: `/${encodeURIComponent(text)}` }) },
  { name: 'query', request: (text) => get('/items', { access_token: text }) },
  {
    name: 'Authorization',
    request: (text) => ({ url: '/items', headers: { authorization: `Bearer ${header(text)}` } })
  },
  { name: 'Cookie', request: (text) => ({ url: '/me', headers: { cookie: `__Host-session=${header(text)}` } }) },
  {
    name: 'other headers',
    request: (text) => ({ url: '/me', headers: { 'user-agent': header(text), dpop: header(text) } })
  }
]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

for (const { title, strings, skip } of [
  { title: 'line breaks', strings: lineBreaks, skip: false },
  { title: 'any text', strings: naughty, skip: naughty.length === 0 && `${PLACES.length} places skipped: no corpora` }
]) {
  t.test(
    `${title} in a request: each line of the log stays one object with the usual keys (SEC-148)`,
    { skip },
    async (t) => {
      const chunks: string[] = []
      const logger = { level: 'trace', stream: { write: (chunk: string) => void chunks.push(chunk) } }
      const origin = 'http://localhost:3000'
      const { app } = await house(origin, await startProviders(t, origin), {
        server: { logger },
        verifyPassword: () => async () => null,
        failures: 1_000_000
      })
      t.teardown(() => app.close())
      await app.ready()
      for (const { name, request } of PLACES) {
        const before = chunks.length
        for (const text of strings) await send(app, request(text))
        const faults = chunks.slice(before).filter((chunk) => !isOneLine(chunk))
        t.same(faults, [], name)
        t.ok(chunks.length >= before + strings.length, `${name}: there are lines`)
      }
    }
  )
}

function isOneLine(chunk: string): boolean {
  if (!chunk.endsWith('\n') || /[\r\n]/.test(chunk.slice(0, -1))) return false
  const line: unknown = JSON.parse(chunk)
  if (typeof line !== 'object' || line === null) return false
  const { level, time, msg, pid, event } = line as Record<string, unknown> // an object, by now
  const names = [...chunk.matchAll(/[{,]"(level|time|pid|hostname|reqId)":/g)].map(([, name]) => name)
  return (
    KEYS.has(Number(level)) &&
    Number(time) > 1_600_000_000_000 &&
    pid === process.pid &&
    msg !== 'forged' &&
    (event === undefined || (typeof event === 'string' && /^latchkey:[a-z-]+$/.test(event))) &&
    new Set(names).size === names.length
  )
}

async function send(app: FastifyInstance, request: InjectOptions): Promise<void> {
  await app.inject({ method: 'GET', ...request })
}

function form(parameters: Record<string, string>): InjectOptions {
  const payload = new URLSearchParams({ grant_type: 'password', ...parameters }).toString()
  return { method: 'POST', url: '/token', headers: FORM, payload }
}

function get(path: string, query: Record<string, string>): InjectOptions {
  return { url: `${path}?${new URLSearchParams(query).toString()}` }
}

function basic(text: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(text)}:secret`).toString('base64')}`
}

// Node refuses a line break in a header. The other characters are sent as bytes.
function header(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
}
