// Clients that break the connection, or send more than a server reads.
import { abort, exchange, NO_ANSWER } from './client.ts'
import type { Flow } from './flow.ts'
import { PASSWORD } from './token-requests.ts'

const form = new URLSearchParams({ grant_type: 'password', username: 'user-1', password: PASSWORD }).toString()
const head = 'POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n'

/** A request for a token whose sender does not wait for the answer. */
export const abortedSignIn = `${head}content-length: ${form.length}\r\n\r\n${form}`

/** A request with more headers than Node.js reads. */
export const largeRequest = `GET /items HTTP/1.1\r\nhost: localhost\r\ncookie: ${'a'.repeat(17 * 1_024)}\r\n\r\n`

const aborted: Flow = {
  name: 'aborted request',
  share: 40,
  allowed: [NO_ANSWER],
  async run({ port, stock, count }) {
    const requests = [
      `GET /items HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${stock.remembered.any() ?? ''}\r\n\r\n`,
      `${head}content-length: 999\r\n\r\ngrant_type=`,
      'GET /items HT',
      'GET /items HTTP/1.1\r\nhost: localhost\r\nauthorization: Bea'
    ]
    await abort(port, requests[Math.floor(Math.random() * requests.length)] ?? '')
    count(NO_ANSWER)
  }
}

const oversized: Flow = {
  name: 'headers of 17 KiB',
  share: 20,
  allowed: [431],
  async run({ port, count }) {
    const answer = await exchange(port, largeRequest)
    count(Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? NO_ANSWER))
  }
}

export const rudeClients: readonly Flow[] = [aborted, oversized]
