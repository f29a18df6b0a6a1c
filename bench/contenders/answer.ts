import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Server } from '../contender.ts'
import { neededScope } from '../tokens.ts'

/** What every contender answers when it accepts the request. */
export const answer = 'hello'

export async function hello(): Promise<string> {
  return answer
}

/** Lets a Fastify server listen where only this machine can reach it. */
export async function listening(app: FastifyInstance, cookie?: string): Promise<Server> {
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, ...(cookie !== undefined && { cookie }), close: () => app.close() }
}

/** Whether the `scope` claim of a token names what is needed here. */
export function holdsScope(scope: unknown): boolean {
  return typeof scope === 'string' && scope.split(' ').includes(neededScope)
}

/** The two headers that the guard adds to an answer to a bearer token. */
export function writePrivateHeaders(reply: FastifyReply): void {
  reply.header('vary', 'Authorization').header('cache-control', 'no-store')
}

/** What a browser would send back of the cookies that an answer sets. */
export function cookiesOf(lines: string | readonly string[] | undefined): string {
  return [lines ?? []]
    .flat()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}
