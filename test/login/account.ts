import { EventEmitter, once } from 'node:events'
import type { AccountMail, SendMail } from '@latchkey/password-login'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

/** Receives mails. */
export interface Mailbox {
  readonly sendMail: SendMail
  /** Runs a call, and returns the token of the link that it makes the server send. */
  tokenOf(call: () => Promise<unknown>): Promise<string>
}

export function mailbox(): Mailbox {
  const arrivals = new EventEmitter()
  return {
    sendMail: async (mail) => arrivals.emit('mail', mail),
    async tokenOf(call) {
      const arrival = once(arrivals, 'mail')
      await call()
      const [mail] = (await arrival) as [AccountMail]
      return new URL(mail.url).searchParams.get('token') ?? ''
    }
  }
}

/** Posts JSON to a route below the login page, as a script of its site does. */
export async function post(
  app: FastifyInstance,
  path: string,
  body: object,
  cookie = ''
): Promise<LightMyRequestResponse> {
  const headers = { 'sec-fetch-site': 'same-origin', cookie }
  return app.inject({ method: 'POST', url: `/login/${path}`, headers, payload: body })
}

/** The cookie of the session that an answer starts. */
export function cookieOf({ headers }: LightMyRequestResponse): string {
  return String(headers['set-cookie']).split(';', 1)[0] ?? ''
}
