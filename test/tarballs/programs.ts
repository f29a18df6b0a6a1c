// The programs of users that each installation runs.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freeOrigin } from '../loopback.ts'
import { startReadmeServer } from '../readme-server.js'
import { run } from './command.ts'
import { root } from './packed.ts'

/** The settings that the root README names: of an application, and of a CommonJS program. */
const MODULES = ['nodenext', 'node20']
/** The newest compiler, and the oldest that the README allows. */
export const COMPILERS = {
  typescript: 'npm:typescript@latest',
  'typescript-oldest': 'npm:typescript@~5.9.0'
} as const

/** The name of a compiler. */
export type Compiler = keyof typeof COMPILERS

/** Writes the programs that the other functions compile and run. */
export async function writePrograms(folder: string, entryPoints: readonly string[]): Promise<void> {
  const names = entryPoints.map((name) => JSON.stringify(name))
  await writeFile(path.join(folder, 'every.mjs'), names.map((name) => `await import(${name})\n`).join(''))
  await writeFile(path.join(folder, 'every.cjs'), names.map((name) => `require(${name})\n`).join(''))
  for (const file of ['every.mts', 'every.cts']) await writeFile(path.join(folder, file), namespaceImports(entryPoints))
  await writeFile(path.join(folder, 'app.mts'), await application())
  await writeFile(path.join(folder, 'app.cjs'), COMMONJS_APPLICATION)
}

/** Compiles the programs, with the declarations of all dependencies. */
export async function compile(folder: string, compilers: readonly Compiler[]): Promise<void> {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--types', 'node']
  const sources = ['every.mts', 'every.cts', 'app.mts']
  for (const compiler of compilers) {
    const tsc = path.join('node_modules', compiler, 'bin/tsc')
    for (const module of MODULES) {
      const options = [...strict, '--target', 'es2023', '--module', module, '--outDir', path.join('compiled', module)]
      await run(process.execPath, [tsc, ...options, ...sources], { cwd: folder })
    }
  }
}

/** The program of TypeScript, compiled. It starts the server of the README of `latchkey`, and ends it. */
export async function runCompiled(folder: string, node: string): Promise<void> {
  await run(node, ['compiled/nodenext/app.mjs'], { cwd: folder })
  await run(node, ['every.mjs'], { cwd: folder })
}

/** A program that loads everything with `require()`, and a server in CommonJS. */
export async function runCommonJs(folder: string, node: string): Promise<void> {
  await run(node, ['every.cjs'], { cwd: folder })
  await run(node, ['app.cjs'], { cwd: folder })
}

/** The server of the root README, with the requests that it shows. */
export async function runReadmeServer(folder: string, node: string): Promise<void> {
  const origin = await freeOrigin()
  const server = await startReadmeServer(folder, Number(new URL(origin).port), [], node)
  try {
    const [, form] = /curl -d '([^']*)' localhost:3000\/token/.exec(await readme('README.md')) ?? []
    const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) })
    const { access_token: token } = (await answer.json()) as { access_token?: string } // RFC 6749 §5.1
    const authorization = `Bearer ${token}`
    const items = await fetch(`${origin}/items`, { headers: { authorization } })
    const anonymous = await fetch(`${origin}/items`)
    const statuses = [answer.status, items.status, anonymous.status].join(', ')
    if (statuses !== '200, 200, 401') throw new Error(`the server of the README answered ${statuses}`)
  } finally {
    server.kill()
  }
}

/** The first program of the README of `latchkey`, which makes its requests itself in place of listening. */
async function application(): Promise<string> {
  const [, code = ''] = /```ts\n(.*?)```/s.exec(await readme('packages/latchkey/README.md')) ?? []
  if (!code.includes(LISTENS)) throw new Error('the README of latchkey shows no server that listens')
  return `process.env['LATCHKEY_SECRET'] = ${SECRET}\n${code.replace('process.env.LATCHKEY_SECRET', "process.env['LATCHKEY_SECRET']").replace(LISTENS, REQUESTS)}`
}

const LISTENS = 'await app.listen({ port: 3000 })'
const SECRET = "Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')"
const REQUESTS = `const answer = await app.inject({
  method: 'POST',
  url: '/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  payload: 'grant_type=password&username=alice&password=wonderland&scope=items:read'
})
const authorization = \`Bearer \${answer.json<{ access_token: string }>().access_token}\`
const items = await app.inject({ url: '/items', headers: { authorization } })
const anonymous = await app.inject('/items')
await app.close()
if (items.statusCode !== 200 || anonymous.statusCode !== 401) {
  throw new Error(\`the answers are \${answer.statusCode}, \${items.statusCode} and \${anonymous.statusCode}\`)
}
`

const COMMONJS_APPLICATION = `const Fastify = require('fastify')
const { default: guard, authenticated } = require('@latchkey/guard')
const { default: session } = require('@latchkey/session')
const { memoryStore } = require('@latchkey/store/memory')
const { randomBytes } = require('node:crypto')

async function main() {
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  const { statusCode } = await app.inject('/me')
  await app.close()
  if (statusCode !== 401) throw new Error(\`the answer is \${statusCode}\`)
}
main()
`

function namespaceImports(entryPoints: readonly string[]): string {
  const imports = entryPoints.map((name, at) => `import * as entryPoint${at} from ${JSON.stringify(name)}\n`)
  return `${imports.join('')}export const loaded: readonly object[] = [${entryPoints.map((_, at) => `entryPoint${at}`).join(', ')}]\n`
}

async function readme(file: string): Promise<string> {
  return readFile(path.join(root, file), 'utf8')
}
