import Fastify, { type FastifyRequest } from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { TooManyRequestsError } from '@latchkey/guard'
import { type Guess, type ThrottleEvent, type ThrottlesOptions, throttles } from '@latchkey/throttle'

const HASH = /^[A-Za-z0-9_-]{43}$/

function withDefaults(options: Partial<ThrottlesOptions> = {}) {
  const app = Fastify()
  const made = throttles(app, { plugin: 'login', realm: 'https://login.example.com', ...options })
  // The other members are not used.
  const guess: Guess = { account: 'ada', request: { ip: '192.0.2.1', log: app.log } as FastifyRequest }
  return { ...made, guess }
}

t.test('publishes a throttled attempt and an account under attack, without the account’s name (SEC-149)', async (t) => {
  const events = heard<ThrottleEvent>(t, 'latchkey:throttle')
  const { forGuessableSecrets, guess } = withDefaults()
  const throttle = forGuessableSecrets('passwords', { failures: 2, failuresPerAccount: 2, window: 60 })
  for (let time = 0; time < 2; time++) await throttle.attempt(guess, async () => null)
  const refused = throttle.attempt(guess, async () => null)
  await rejectsLike(t, refused, { constructor: TooManyRequestsError, statusCode: 429, message: 'Too many attempts' })
  const names = { throttle: 'passwords', account: HASH, clientId: null }
  like(t, events, [
    { kind: 'under-attack', ...names },
    { kind: 'throttled', ...names, limit: 'account and address', retryAfter: Number }
  ])
})

t.test('counts no error as a failure unless `isFailure` says so', async (t) => {
  const { forGuessableSecrets, guess } = withDefaults()
  const throttle = forGuessableSecrets('passwords', { failures: 1, window: 60 })
  const broken = async () => Promise.reject(new Error('broken'))
  for (let time = 0; time < 3; time++) await rejectsLike(t, throttle.attempt(guess, broken), { message: 'broken' })
})

t.test('throws the error of `tooMany`', async (t) => {
  const error = new RangeError('of the application')
  const told: number[] = []
  const tooMany = (retryAfter: number): Error => {
    told.push(retryAfter)
    return error
  }
  const { forRandomSecrets, guess } = withDefaults({ tooMany, now: () => 0 })
  const throttle = forRandomSecrets('API keys', { failures: 1, window: 60 })
  await throttle.attempt(guess, async () => null)
  const refused = await throttle.attempt(guess, async () => null).catch((thrown: unknown) => thrown)
  t.equal(refused, error)
  t.same(told, [60])
})
