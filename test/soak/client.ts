import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Pool } from 'undici'

/** The status of a request without an answer. */
export const NO_ANSWER = 0

export interface Request {
  /** Default: `GET`, or `POST` with a form. */
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
}

export interface Answer {
  /** {@link NO_ANSWER} if the connection broke or could not be made. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends requests to one server, over connections that stay open. */
export interface Client {
  ask(request: Request): Promise<Answer>
  close(): Promise<void>
}

export function clientOf(port: number, connections = 64): Client {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 })
  return {
    async ask({ path, form, headers = {}, method = form ? 'POST' : 'GET' }) {
      const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
      const body = form ? new URLSearchParams(form).toString() : null
      try {
        const answer = await pool.request({ method, path, headers: { ...type, ...headers }, body })
        return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() }
      } catch (error) {
        return { status: NO_ANSWER, headers: {}, body: error instanceof Error ? error.message : '' }
      }
    },
    close: () => pool.close()
  }
}

/** Sends bytes over a connection of its own, and returns all bytes of the answer. */
export async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  // The server may cut the connection before it has read everything.
  socket.on('error', () => {})
  socket.write(sent)
  return text(socket).catch(() => '')
}

/** Sends bytes over a connection of its own, and breaks it. */
export async function abort(port: number, sent: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  // Not `once()` of events, which rejects when there is no connection.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(sent, () => socket.destroy())
  await closed
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookiesOf({ headers }: Answer): string {
  return [headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ')
}

/** The members of a JSON answer. */
export function members({ body }: Answer): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Record<string, unknown> // the caller knows that it is an object
}
