import type { Contender } from '../contender.ts'
import { bare } from './bare.ts'
import { betterAuth } from './better-auth.ts'
import { expressBearer } from './express.ts'
import { fastifyJwt } from './fastify-jwt.ts'
import { growth } from './growth.ts'
import { jose } from './jose.ts'
import { latchkeyBearer } from './latchkey-bearer.ts'
import { latchkeySession } from './latchkey-session.ts'
import { sessions } from './sessions.ts'

export { bare, growth }

/** What is compared, by the order of the report. */
export const contenders: readonly Contender[] = [
  ...latchkeyBearer,
  ...fastifyJwt,
  ...jose,
  ...expressBearer,
  ...latchkeySession,
  ...sessions,
  ...betterAuth
]

/** All that can be started. */
export const everyContender: readonly Contender[] = [bare, ...contenders, ...growth]
