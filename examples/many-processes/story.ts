// Starts app.ts, and does to it what a client does, request by request: each may be answered by another process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

const origin = `http://localhost:${process.env.PORT ?? 3000}`

interface Answer {
  readonly worker: string
  readonly status: number
  readonly body: { readonly access_token?: string; readonly refresh_token?: string }
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

const server = fork(path.join(import.meta.dirname, 'app.ts'))
const ended = once(server, 'exit')
const failed = ended.then(() => Promise.reject(new Error('the server did not start')))
const [workers] = (await Promise.race([once(server, 'message'), failed])) as [number] // app.ts sends how many there are
try {
  await tell()
} finally {
  server.kill()
}
const [code] = (await ended) as [number | null]
say(`the server stopped with ${code}`)

async function tell(): Promise<void> {
  const login = await post('/token', { grant_type: 'password', username: 'alice', password: 'wonderland' })
  say(`worker ${login.worker} logged alice in`)
  let tokens = tokensOf(login)
  for (let refreshes = 0; refreshes < 4; refreshes++) {
    const refreshed = await refresh(tokens)
    say(`worker ${refreshed.worker} refreshed`)
    tokens = tokensOf(refreshed)
  }

  const together = await refreshAtOnce(tokens)
  const successors = new Set(together.map((answer) => tokensOf(answer).refreshToken))
  say(`workers ${workersOf(together)} refreshed one token 20 times at once: refresh tokens given: ${successors.size}`)
  const [next] = together
  if (next) await tellOfRevocation(tokensOf(next))
}

async function tellOfRevocation(tokens: Tokens): Promise<void> {
  const before = await askEveryWorker(tokens, 200)
  say(`workers ${[...before.keys()].sort().join(' ')} honoured the access token`)
  const revoked = await post('/revoke', { token: tokens.refreshToken })
  say(`worker ${revoked.worker} revoked the sign-in: ${revoked.status}`)
  const refused = await askEveryWorker(tokens, 401)
  for (const [worker, after] of [...refused].sort()) say(`worker ${worker} refused the access token after ${after} ms`)
  const late = await refresh(tokens)
  say(`worker ${late.worker} refused the refresh token: ${late.status}`)
}

/** Asks until every worker has given an answer of a status. Gives how long each took to, in milliseconds. */
async function askEveryWorker({ accessToken }: Tokens, status: number): Promise<Map<string, number>> {
  const start = performance.now()
  const times = new Map<string, number>()
  for (let attempt = 0; times.size < workers; attempt++) {
    if (attempt === 1000) throw new Error(`not all workers answered ${status}`)
    const answer = await request('/me', { headers: { authorization: `Bearer ${accessToken}` } })
    const isNew = answer.status === status && !times.has(answer.worker)
    if (isNew) times.set(answer.worker, Math.round(performance.now() - start))
    else await setTimeout(5)
  }
  return times
}

/** Refreshes one token 20 times at once. The operating system may give all requests to one worker: then it tries the next token. */
async function refreshAtOnce(tokens: Tokens): Promise<Answer[]> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(tokens)))
    const [first, ...others] = answers
    if (!first || others.some(({ worker }) => worker !== first.worker)) return answers
    tokens = tokensOf(first)
  }
  throw new Error('one worker answered all requests')
}

async function refresh({ refreshToken }: Tokens): Promise<Answer> {
  return post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken })
}

async function post(url: string, parameters: Record<string, string>): Promise<Answer> {
  return request(url, { method: 'POST', body: new URLSearchParams(parameters) })
}

/** The operating system gives each connection to one of the workers, and so each request has one of its own. */
async function request(url: string, options: RequestInit): Promise<Answer> {
  const headers = new Headers(options.headers)
  headers.set('connection', 'close')
  const response = await fetch(origin + url, { ...options, headers })
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Answer['body'] // the members that are looked at may be missing
  return { worker: response.headers.get('x-worker') ?? '?', status: response.status, body }
}

function tokensOf({ status, body }: Answer): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = body
  if (accessToken === undefined || refreshToken === undefined) throw new Error(`no tokens: ${status}`)
  return { accessToken, refreshToken }
}

function workersOf(answers: readonly Answer[]): string {
  return [...new Set(answers.map(({ worker }) => worker))].sort().join(' ')
}

function say(line: string): void {
  console.log(line)
}
