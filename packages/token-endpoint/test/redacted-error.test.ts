import t from 'tap'
import { like } from '@latchkey/exact'
import { quotingCauses } from '@latchkey/exact/quoted-secret'
import { generateClientSecret, type Grant, TokenError } from '@latchkey/token-endpoint'
import { basic, started } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const clients = [{ clientId: 'app', clientSecretHash, grantTypes: ['password'] }]
const password = 'canary-password'

function sink(): { lines: string[]; logger: { level: string; stream: { write(line: string): void } } } {
  const lines: string[] = []
  return { lines, logger: { level: 'trace', stream: { write: (line) => void lines.push(line) } } }
}

for (const { name, cause, logged } of quotingCauses) {
  t.test(
    `the log has no parameter of the request when a grant throws with ${name} as the cause that quotes it (SEC-147)`,
    async (t) => {
      const { lines, logger } = sink()
      const grant: Grant = {
        grantType: 'password',
        handle: () => {
          const members = { detail: password, parameters: [password], position: 7, password: Symbol(password) }
          throw Object.assign(new Error('the request failed', { cause: cause(password) }), members, {
            name: 'QueryError'
          })
        }
      }
      const { login } = await started(t, { clients }, { grants: [grant], fastify: { logger } })
      const answer = await login({ password, scope: 'items:read' }, { headers: basic('app', clientSecret) })
      like(t, answer, { status: 500, body: { error: 'server_error' } })
      const [line = ''] = lines.filter((one) => one.includes('A token request failed'))
      like(t, line, logged)
      t.match(line, /redacted-error\.test\.ts/, 'the stack still names the file')
      like(t, JSON.parse(line), { err: { type: 'TokenError', error: 'server_error', statusCode: 500 } })
      for (const secret of [password, clientSecret]) t.notOk(lines.join('').includes(secret))
    }
  )
}

t.test('does not redact texts that are too short for a secret', async (t) => {
  const { lines, logger } = sink()
  const grant: Grant = {
    grantType: 'password',
    handle: () => Promise.reject(new Error('a failure'))
  }
  const { login } = await started(t, {}, { grants: [grant], fastify: { logger } })
  await login({ username: 'a', password: 'e' })
  t.match(lines.join(''), /The server failed to answer: a failure/)
})

t.test('parameters from the replacement text do not make the log grow (SEC-147)', async (t) => {
  const words = Array.from({ length: 22 }, (_, at) => [`p${at}`, at % 2 === 0 ? 'reda' : 'cted'])
  const named = { z: 'grant', username: 'reda', password: 'cted', code: 'dact', token: 'acte', assertion: 'edac' }
  for (const sent of [{ z: 'grant', ...Object.fromEntries(words) }, named]) {
    const { lines, logger } = sink()
    const { post } = await started(t, {}, { fastify: { logger } })
    like(t, await post({ grant_type: 'x', ...sent }), { status: 400, body: { error: 'unsupported_grant_type' } })
    t.ok(lines.join('').length < 5_000)
  }
})

t.test('an error that is its own cause is answered and logged like any other', async (t) => {
  const { lines, logger } = sink()
  const error = new Error('the query failed')
  error.cause = error
  const grant: Grant = { grantType: 'password', handle: () => Promise.reject(error) }
  const { login } = await started(t, {}, { grants: [grant], fastify: { logger } })
  like(t, await login(), { status: 500, body: { error: 'server_error' } })
  t.match(lines.join(''), /the query failed/)
})

t.test('a status from private fields of an error is answered and logged', async (t) => {
  class Away extends Error {
    readonly #statusCode = 503
    get statusCode(): number {
      return this.#statusCode
    }
  }
  const { lines, logger } = sink()
  const grant: Grant = { grantType: 'password', handle: () => Promise.reject(new Away('not now')) }
  const { login } = await started(t, {}, { grants: [grant], fastify: { logger } })
  like(t, await login(), { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '5' } })
  const [line = ''] = lines.filter((one) => one.includes('could not be answered'))
  like(t, JSON.parse(line), { err: { type: 'Away', message: 'not now', statusCode: 503 } })
})

t.test('no error is prepared for a disabled log level', async (t) => {
  for (const { level, isWanted } of [
    { level: 'info', isWanted: true },
    { level: 'warn', isWanted: false }
  ]) {
    const { lines, logger } = sink()
    let asked = 0
    const refusal = new TokenError('invalid_grant', 'No.')
    Object.defineProperty(refusal, 'stack', { get: () => `asked ${++asked} times` })
    const grant: Grant = { grantType: 'password', handle: () => Promise.reject(refusal) }
    const { login } = await started(t, {}, { grants: [grant], fastify: { logger: { ...logger, level } } })
    like(t, await login(), { status: 400, body: { error: 'invalid_grant' } })
    t.equal(asked > 0, isWanted)
    t.equal(lines.join('').includes('A token request was refused'), isWanted)
  }
})
