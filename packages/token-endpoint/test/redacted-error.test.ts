import t from 'tap'
import { generateClientSecret, type Grant } from '@latchkey/token-endpoint'
import { basic, started } from './server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const clients = [{ clientId: 'app', clientSecretHash, grantTypes: ['password'] }]
const password = 'canary-password'

const causes: { name: string; cause: unknown; told: RegExp }[] = [
  { name: 'an error', cause: new Error(`where password = '${password}'`), told: /where password = '\[redacted\]'/ },
  { name: 'a text', cause: `where password = '${password}'`, told: /the query failed/ },
  { name: 'an object', cause: { password }, told: /the query failed/ },
  { name: 'an error of the platform', cause: new DOMException(`no ${password}`), told: /no \[redacted\]/ },
  { name: 'an error without a stack', cause: Object.assign(new Error(password), { stack: undefined }), told: /failed/ }
]

for (const { name, cause, told } of causes) {
  t.test(
    `what was sent is not in the log, although ${name} quotes it as the cause of a failure (SEC-147)`,
    async (t) => {
      const lines: string[] = []
      const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
      const grant: Grant = {
        grantType: 'password',
        handle: () => {
          const members = { detail: password, parameters: [password], position: 7, password: Symbol(password) }
          throw Object.assign(new Error('the query failed', { cause }), members, { name: 'QueryError' })
        }
      }
      const { login } = await started(t, { clients }, { grants: [grant], fastify: { logger } })
      const answer = await login({ password, scope: 'items:read' }, { headers: basic('app', clientSecret) })
      t.match(answer, { status: 500, body: { error: 'server_error' } })
      const [line = ''] = lines.filter((one) => one.includes('A token request failed'))
      t.match(line, told)
      t.match(line, /redacted-error\.test\.ts/, 'it still says where')
      t.match(JSON.parse(line), { err: { type: 'TokenError', error: 'server_error', statusCode: 500 } })
      for (const secret of [password, clientSecret]) t.notOk(lines.join('').includes(secret))
    }
  )
}

t.test('what is too short to be a secret leaves the log readable', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const grant: Grant = {
    grantType: 'password',
    handle: () => Promise.reject(new Error('a failure'))
  }
  const { login } = await started(t, {}, { grants: [grant], fastify: { logger } })
  await login({ username: 'a', password: 'e' })
  t.match(lines.join(''), /The server failed to answer: a failure/)
})
