import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Finding } from '@latchkey/cli'
import { appFile, latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

const random = (): string => randomBytes(32).toString('base64url')
const env = { SESSION_SECRET: random(), KEY_SECRET: random(), DISCORD_SECRET: random(), LOGIN_SECRET: random() }

interface Planted {
  /** The name of the app file. */
  readonly rule: string
  /** Default: the name of the file. */
  readonly id?: string
  readonly severity: Finding['severity']
  readonly finding: string
  readonly production?: true
}

const planted: readonly Planted[] = [
  {
    rule: 'insecure-cookie',
    severity: 'error',
    finding: 'The session cookie "session" is sent over plain http, and everyone on the network can read it'
  },
  {
    rule: 'trust-proxy-none',
    severity: 'warning',
    finding:
      'The origin is https and this server is not, so there is a proxy. Fastify does not trust it: failures of one client count for all in @latchkey/token-endpoint'
  },
  {
    rule: 'trust-proxy-every',
    severity: 'warning',
    finding:
      'Fastify trusts every proxy, so clients make up their address: the limits of @latchkey/token-endpoint by address have no effect'
  },
  {
    rule: 'clock-differs',
    severity: 'warning',
    finding:
      'The clocks of this process and of the store differ by 300 seconds: this process deletes and rotates nothing'
  },
  {
    rule: 'weak-secret',
    severity: 'error',
    finding:
      '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  },
  {
    rule: 'reused-secret',
    severity: 'error',
    finding: 'The client secret of a login provider is also a secret of @latchkey/session: the provider knows it'
  },
  {
    rule: 'secret-in-source',
    severity: 'error',
    finding: 'A secret of the server is in test/fixtures/apps/secret-in-source.ts:4'
  },
  {
    rule: 'callback-origin',
    severity: 'error',
    finding:
      'The callback http://127.0.0.1:3000/login/discord/callback is at another origin than the session: its cookie is not sent there'
  },
  {
    rule: 'store-not-migrated',
    severity: 'error',
    finding: 'The tables of the store are missing or out of date. Fix: call store.migrate() first'
  },
  {
    rule: 'undeclared-allow',
    severity: 'warning',
    finding: 'A route without a rule is open to everyone: now /open, /open-too'
  },
  {
    rule: 'key-algorithm',
    severity: 'warning',
    finding: 'The key "old" signs with the algorithm name EdDSA, which RFC 9864 deprecates'
  },
  {
    rule: 'memory-store',
    severity: 'error',
    finding:
      'The data of @latchkey/session, @latchkey/login, @latchkey/token-endpoint are in memory: a restart loses them',
    production: true
  },
  {
    rule: 'sqlite-in-memory',
    id: 'memory-store',
    severity: 'error',
    finding:
      'The data of @latchkey/session, @latchkey/login, @latchkey/token-endpoint are in memory: a restart loses them',
    production: true
  },
  {
    rule: 'no-guard',
    severity: 'error',
    finding: 'The server has no plugin of Latchkey: every route is open to everyone'
  },
  {
    rule: 'unguarded-route',
    severity: 'warning',
    finding: 'No guard covers GET /outside, POST /outside: open to everyone'
  },
  {
    rule: 'keys-made-at-start',
    severity: 'error',
    finding:
      'The signing key is made at each start: a restart ends all access tokens, and processes do not accept those of each other',
    production: true
  },
  {
    rule: 'password-grant',
    severity: 'warning',
    finding: 'grant_type=password is on, and RFC 9700 §2.4 says that it must not be used',
    production: true
  },
  {
    rule: 'loopback-origin',
    severity: 'error',
    finding: 'The public origin is http://localhost:3000, and only this machine reaches it',
    production: true
  },
  {
    rule: 'wrong-option',
    severity: 'error',
    finding: '@latchkey/session: idleTimeout must be a whole number of seconds from 60 to 34560000; got a number'
  }
]

for (const { rule, id = rule, severity, finding, production = false } of planted) {
  t.test(`finds ${rule}, and nothing else, in a server with that mistake`, async (t) => {
    const args = ['doctor', appFile(`${rule}.ts`), '--json', ...(production ? ['--production'] : [])]
    const { code, stdout, stderr } = await latchkey(args, { env })
    t.equal(stderr, '')
    const findings = JSON.parse(stdout) as Finding[]
    t.same(
      findings.map((found) => ({ rule: found.rule, severity: found.severity, finding: found.finding })),
      [{ rule: id, severity, finding }]
    )
    t.equal(code, severity === 'error' ? 1 : 0)
    t.ok(findings.every(({ see }) => hasSection(see)))
  })

  if (!production) continue
  t.test(`does not look for ${rule} outside production`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['doctor', appFile(`${rule}.ts`)], { env })
    t.same({ code, stdout, stderr }, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })
  })
}

t.test('finds nothing in a server without a mistake, in production too', async (t) => {
  const { code, stdout, stderr } = await latchkeyProcess(['doctor', appFile('healthy.ts'), '--production'], { env })
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })
})

t.test('takes NODE_ENV=production of the environment for --production', async (t) => {
  const production = { ...env, NODE_ENV: 'production' }
  const { code, stdout } = await latchkey(['doctor', appFile('memory-store.ts'), '--json'], { env: production })
  t.same(
    (JSON.parse(stdout) as Finding[]).map(({ rule }) => rule),
    ['memory-store']
  )
  t.equal(code, 1)
})

t.test('prints the worst finding first, with fix, section and totals', async (t) => {
  const { code, stdout, stderr } = await latchkey(['doctor', appFile('several.ts'), '--production'], { env })
  t.equal(stderr, '')
  t.equal(
    stdout,
    `error memory-store
  The data of @latchkey/session, @latchkey/token-endpoint are in memory: a restart loses them
  Fix: use sqlStore() of @latchkey/store/sql, or redisStore() of @latchkey/store/redis
  See: @latchkey/store/README.md#memorystoreoptions

error loopback-origin
  The public origin is http://localhost:3000, and only this machine reaches it
  Fix: set the origin and the issuer to the https origin that browsers and clients see
  See: @latchkey/session/README.md#options

warning undeclared-allow
  A route without a rule is open to everyone: now there is none
  Fix: give each route a rule, then leave out undeclared: 'allow'
  See: @latchkey/guard/README.md#options

2 errors, 1 warning
`
  )
  t.equal(code, 1)
})

t.test('reports the routes that the guard refuses, and the fix of the guard', async (t) => {
  const { code, stdout, stderr } = await latchkey(['doctor', appFile('no-rule.ts')], { env })
  t.equal(stderr, '')
  t.match(stdout, /^error route-access\n {2}The guard will not start:\n {4}GET \/open has no rule\n/)
  t.match(
    stdout,
    /\n {2}Fix: follow the advice of the message\n {2}See: @latchkey\/guard\/README\.md#rules\n\n1 error\n$/
  )
  t.equal(code, 1)
})

for (const file of ['rules.ts', 'no-origin.ts']) {
  t.test(`finds nothing in ${file}, a server with fewer options`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['doctor', appFile(file)], { env })
    t.same({ code, stdout, stderr }, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })
  })
}

t.test('names the package of a function whose argument is wrong', async (t) => {
  const { code, stdout } = await latchkey(['doctor', appFile('no-keys.ts'), '--json'])
  t.same(
    (JSON.parse(stdout) as Finding[]).map(({ rule, see }) => [rule, see]),
    [['wrong-option', '@latchkey/token-endpoint/README.md#options']]
  )
  t.equal(code, 1)
})

t.test('exits with 2 for a file that does not exist', async (t) => {
  const message = `latchkey: ${appFile('missing.ts')}: there is no such file\n`
  t.same(await latchkey(['doctor', appFile('missing.ts')]), { code: 2, stdout: '', stderr: message })
})

t.test('exits with 2 and prints the message when the application itself fails', async (t) => {
  const { code, stdout, stderr } = await latchkey(['doctor', appFile('throws.ts')])
  const message = `latchkey: ${appFile('throws.ts')}: the database is on fire\n`
  t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: message })
})

t.test('never prints a secret of the server', async (t) => {
  for (const file of ['reused-secret.ts', 'secret-in-source.ts']) {
    const { stdout, stderr } = await latchkey(['doctor', appFile(file), '--json'], { env })
    const source = /const secret = '([^']+)'/.exec(readFileSync(appFile('secret-in-source.ts'), 'utf8'))?.[1] ?? 'none'
    t.notOk([...Object.values(env), source].some((secret) => (stdout + stderr).includes(secret)))
  }
})

/** Whether a README of this repository has the section of a link such as `@latchkey/store/README.md#time`. */
function hasSection(link: string): boolean {
  const [, name = '', anchor = ''] = /^@latchkey\/([a-z-]+)\/README\.md#(.+)$/.exec(link) ?? []
  const readme = readFileSync(new URL(`../../${name}/README.md`, import.meta.url), 'utf8')
  const headings = readme.split('\n').filter((line) => line.startsWith('#'))
  return headings.some((heading) => slug(heading) === anchor)
}

function slug(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
