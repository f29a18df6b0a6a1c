import path from 'node:path'
import Database from 'libsql'
import type { Test } from 'tap'
import { CookieJar } from 'tough-cookie'
// Its fetch says of each request that a script made it.
import { request } from 'undici'
import { PASSWORD } from '../../examples/existing-server/shared/tables.ts'
import { freeOrigin } from '../loopback.ts'
import { type Program, runExample } from './program.ts'

/** The server before the migration, or after it. */
export type State = 'before' | 'after'

/** An answer of the server. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The server of examples/existing-server, on one address and one database. */
export interface ExistingServer {
  start(state: State): Promise<Program>
  /** A browser whose page sends JSON to the server. */
  browser(jar?: CookieJar): Browser
  /** Runs a statement on the application's own tables. */
  query(statement: string, ...parameters: (string | number)[]): unknown
}

/** A browser, whose pages are those of the server. */
export interface Browser {
  readonly jar: CookieJar
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  /** Logs in, as clients of this state of the server do. */
  logIn(state: State, email: string, password?: string): Promise<Answer>
  /** The value of the cookie with this name. */
  cookie(name: string): Promise<string | undefined>
}

export async function existingServer(t: Test): Promise<ExistingServer> {
  const origin = await freeOrigin()
  const folder = t.testdir()
  const file = path.join(folder, 'tasks.sqlite')
  const settings = {
    PORT: new URL(origin).port,
    DATABASE_FILE: file,
    SESSION_FILE: path.join(folder, 'sessions.sqlite')
  }
  return {
    async start(state) {
      const program = runExample(t, 'existing-server/app.ts', settings, state)
      await program.hasPrinted(`Open ${origin}`)
      return program
    },
    browser: (jar = new CookieJar()) => browser(origin, jar),
    query(statement, ...parameters) {
      const database = new Database(file)
      const prepared = database.prepare(statement)
      const rows: unknown = prepared.reader ? prepared.all(...parameters) : prepared.run(...parameters)
      database.close()
      return rows
    }
  }
}

function browser(origin: string, jar: CookieJar): Browser {
  return {
    jar,
    send,
    logIn: async (state, email, password = PASSWORD) =>
      state === 'before'
        ? send('POST', '/api/auth/login', { email, password })
        : send('POST', '/login/password', { username: email, password }),
    async cookie(name) {
      return (await jar.getCookies(origin)).find(({ key }) => key === name)?.value
    }
  }

  async function send(
    method: string,
    pathname: string,
    json?: object,
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const url = new URL(pathname, origin).href
    const answer = await request(url, {
      method: method as 'GET', // undici has no name for its type of methods
      headers: {
        cookie: await jar.getCookieString(url),
        'sec-fetch-site': 'same-origin',
        ...(json && { 'content-type': 'application/json' }),
        ...headers
      },
      body: json ? JSON.stringify(json) : null
    })
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) await jar.setCookie(cookie, url)
    const text = await answer.body.text()
    const isJson = text !== '' && String(answer.headers['content-type']).startsWith('application/json')
    return { status: answer.statusCode, body: isJson ? JSON.parse(text) : text }
  }
}
