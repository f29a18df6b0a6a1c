import type { FastifyRequest } from 'fastify'
import type { ThrottleStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { type Guess, type Throttle, type ThrottleLimits, TokenError } from '@latchkey/token-endpoint'
import { clock } from './clock.ts'
import { server } from './server.ts'

export const TOO_MANY = {
  constructor: TokenError,
  error: 'temporarily_unavailable',
  statusCode: 429,
  message: 'Too many attempts'
}

interface LogLine {
  readonly level: number
  readonly msg: string
}

/** A throttle of a token endpoint, and the log of both. */
export async function throttled(
  limits: ThrottleLimits,
  { counters, time = clock(), issuer = 'https://api.example.com', purpose = 'PINs' }: Surroundings = {}
) {
  const logged: LogLine[] = []
  const logger = { stream: { write: (line: string) => void logged.push(JSON.parse(line)) } }
  const { refreshTokens, revocations } = memoryStore()
  const store = { refreshTokens, revocations, ...(counters && { throttle: counters }) }
  const { app } = await server({ store, issuer, now: time.now }, { fastify: { logger } })
  const throttle = app.tokenEndpoint.throttle(purpose, limits)
  const guess = (account: string, ip: string | undefined = '192.0.2.1', clientId = 'app'): Guess => ({
    account,
    clientId,
    // The other members are not used.
    request: { ip, log: app.log } as unknown as FastifyRequest
  })
  return { throttle, guess, logged, time }
}

interface Surroundings {
  readonly counters?: ThrottleStore
  readonly time?: ReturnType<typeof clock>
  readonly issuer?: string
  readonly purpose?: string
}

const wrong = async (): Promise<null> => null
export const right = async () => ({ subject: 'u1' })

export async function fail(throttle: Throttle, guess: Guess, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await throttle.attempt(guess, wrong)
}
