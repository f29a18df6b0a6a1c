/** The callers of a new server. */
export type Access = 'tokens' | 'login' | 'api'

/** The store of a new server. */
export type StoreKind = 'memory' | 'sqlite' | 'postgres'

interface Part {
  readonly packages: readonly string[]
  readonly imports: readonly string[]
  /** Names with defaults, taken out of the environment. */
  readonly environment: readonly string[]
  readonly lines: readonly string[]
}

const NO_STORE: Part = { packages: [], imports: [], environment: [], lines: [] }

const STORES: Readonly<Record<StoreKind, Part>> = {
  memory: {
    packages: ['@latchkey/store'],
    imports: ["import { memoryStore } from '@latchkey/store/memory'"],
    environment: [],
    lines: ['// A restart loses it. In production use sqlStore() or redisStore().', 'const store = memoryStore()']
  },
  sqlite: {
    packages: ['@latchkey/store', 'kysely', 'libsql'],
    imports: ["import { sqlStore } from '@latchkey/store/sql'"],
    environment: ["DATABASE_FILE = 'latchkey.sqlite'"],
    lines: [
      'const store = sqlStore({ file: DATABASE_FILE })',
      'await store.migrate()',
      "app.addHook('onClose', () => store.close())"
    ]
  },
  postgres: {
    packages: ['@latchkey/store', 'kysely', 'pg'],
    imports: ["import { sqlStore } from '@latchkey/store/sql'", "import pg from 'pg'"],
    environment: ['DATABASE_URL'],
    lines: [
      'const pool = new pg.Pool({ connectionString: DATABASE_URL })',
      'const store = sqlStore({ pool })',
      'await store.migrate()',
      "app.addHook('onClose', async () => {",
      '  await store.close()',
      '  await pool.end()',
      '})'
    ]
  }
}

const GUARD = "await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } })"
const ITEMS = [
  "const items = ['a brass key']",
  "app.get('/items', { config: { access: allOf('items:read') } }, async () => items)",
  "app.get('/health', { config: { access: noAuthentication } }, async () => 'ok')"
]

const ACCESS: Readonly<Record<Access, Part>> = {
  tokens: {
    packages: ['@latchkey/bearer', '@latchkey/guard', '@latchkey/token-endpoint'],
    imports: [
      "import bearer from '@latchkey/bearer'",
      "import guard, { allOf, noAuthentication } from '@latchkey/guard'",
      "import tokenEndpoint, { clientCredentialsGrant, keysFromText } from '@latchkey/token-endpoint'"
    ],
    environment: ['SIGNING_KEYS', "JOB_SECRET_HASH = ''"],
    lines: [
      GUARD,
      'await app.register(tokenEndpoint, {',
      '  issuer: ORIGIN,',
      '  audience: ORIGIN,',
      '  keys: keysFromText(SIGNING_KEYS),',
      '  store,',
      '  clients: [',
      '    {',
      "      clientId: 'job',",
      '      clientSecretHash: JOB_SECRET_HASH,',
      "      grantTypes: ['client_credentials'],",
      "      scopes: ['items:read']",
      '    }',
      '  ]',
      '})',
      'app.tokenEndpoint.addGrant(clientCredentialsGrant())',
      'await app.register(bearer, { issuers: [app.tokenEndpoint] })',
      '',
      ...ITEMS
    ]
  },
  login: {
    packages: ['@latchkey/guard', '@latchkey/login', '@latchkey/session'],
    imports: [
      "import guard, { authenticated, noAuthentication } from '@latchkey/guard'",
      "import login, { discord } from '@latchkey/login'",
      "import session from '@latchkey/session'"
    ],
    environment: ['SESSION_SECRET', "DISCORD_ID = ''", "DISCORD_SECRET = ''", 'DISCORD_URL'],
    lines: [
      'await app.register(guard)',
      "await app.register(session, { secrets: [SESSION_SECRET], store, origin: ORIGIN, loginPath: '/login' })",
      '// With DISCORD_URL, an imitation of Discord that runs on this machine.',
      'const imitation = DISCORD_URL === undefined ? {} : { baseUrl: DISCORD_URL }',
      'await app.register(login, {',
      '  store,',
      '  providers: [discord({ clientId: DISCORD_ID, clientSecret: DISCORD_SECRET, ...imitation })],',
      "  returnTo: '/me'",
      '})',
      '',
      "app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({ subject: principal.subject }))",
      "app.get('/health', { config: { access: noAuthentication } }, async () => 'ok')"
    ]
  },
  api: {
    packages: ['@latchkey/bearer', '@latchkey/guard'],
    imports: [
      "import bearer from '@latchkey/bearer'",
      "import guard, { allOf, noAuthentication } from '@latchkey/guard'"
    ],
    environment: ["ISSUER = ''"],
    lines: [
      '// Clients find the issuer in the metadata of the resource (RFC 9728).',
      'await app.register(guard, {',
      '  resource: ORIGIN,',
      "  scopes: { 'items:read': 'Read items', 'items:write': 'Change items' }",
      '})',
      'await app.register(bearer, { issuers: [{ issuer: ISSUER, audience: ORIGIN }] })',
      '',
      ...ITEMS
    ]
  }
}

/** The program of a new server, and the packages that it imports. */
export interface Template {
  readonly program: string
  readonly packages: readonly string[]
}

/** Writes the program of a server. One that only checks tokens stores nothing. */
export function template(access: Access, store: StoreKind): Template {
  const parts = [access === 'api' ? NO_STORE : STORES[store], ACCESS[access]]
  const imports = ["import Fastify, { type FastifyInstance } from 'fastify'", ...parts.flatMap((part) => part.imports)]
  const environment = [
    'PORT = 3000',
    'ORIGIN = `http://localhost:${PORT}`',
    ...parts.flatMap((part) => part.environment)
  ]
  const body = parts.flatMap(({ lines }) => lines)
  return {
    packages: ['fastify', ...parts.flatMap(({ packages }) => packages)].toSorted(),
    program: `import { fileURLToPath } from 'node:url'
${imports.toSorted((a, b) => (moduleOf(a) < moduleOf(b) ? -1 : 1)).join('\n')}

const { ${environment.join(', ')} } = process.env

/** Makes the server. Does not listen. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' } })
${body.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const app = await build()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close())
  await app.listen({ port: Number(PORT), host: 'localhost' })
  console.log(\`The server listens on \${ORIGIN}\`)
}
`
  }
}

function moduleOf(line: string): string {
  return line.slice(line.lastIndexOf(' from '))
}
