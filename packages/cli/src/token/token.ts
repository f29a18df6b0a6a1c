import { factsOf } from '../app/facts.ts'
import { type LoadOptions, type OpenedApp, openApp } from '../app/open-app.ts'
import { CommandError } from '../command-error.ts'
import { print, printJson } from '../printing.ts'
import { readSecret } from '../secret-input.ts'
import { findServer, requestToken, type Send, type TokenRequest } from './token-request.ts'

/** The options of `latchkey token`. */
export interface TokenOptions extends LoadOptions {
  readonly client: string
  readonly user?: string
  readonly public?: boolean
  readonly scope?: string
  readonly resource?: string
  readonly stdin?: boolean
  readonly json?: boolean
}

/** Gets a token from a server, or from an app file, and prints it. Returns the exit code. */
export async function token(target: string, options: TokenOptions): Promise<number> {
  const answer = /^https?:\/\//.test(target)
    ? await requestToken(await findServer(target), await requestOf(options), fetch)
    : await fromFile(target, options)
  if (options.json === true) printJson(answer)
  else print(answer.access_token)
  return 0
}

async function fromFile(file: string, options: TokenOptions) {
  const request = await requestOf(options)
  const app = await openApp(file, options)
  try {
    const [endpoint] = factsOf(app.report, '@latchkey/token-endpoint')
    if (endpoint === undefined) throw new CommandError(`${file}: the server has no token endpoint`)
    const { issuer, tokenUrl } = endpoint
    return await requestToken({ issuer, token_endpoint: new URL(tokenUrl, issuer).href }, request, sendTo(app))
  } finally {
    await app.close()
  }
}

function sendTo(app: OpenedApp): Send {
  return async (url, { headers, body }) => {
    const { pathname } = new URL(url)
    const answer = await app.inject({ method: 'POST', url: pathname, headers, payload: String(body) })
    return new Response(answer.payload, { status: answer.statusCode, headers: answer.headers })
  }
}

/** One secret can come from the standard input: the password if there is a user, or else the secret of the client. */
async function requestOf({ client, user, public: isPublic = false, stdin = false, scope, resource }: TokenOptions) {
  const needsSecret = !isPublic && user === undefined
  const clientSecret = needsSecret
    ? await readSecret({ name: 'client secret', variable: 'LATCHKEY_CLIENT_SECRET', stdin })
    : isPublic
      ? undefined
      : nonEmpty(process.env['LATCHKEY_CLIENT_SECRET'])
  const password =
    user === undefined ? '' : await readSecret({ name: 'password', variable: 'LATCHKEY_PASSWORD', stdin })
  return {
    clientId: client,
    clientSecret,
    user: user === undefined ? undefined : { username: user, password },
    scope,
    resource
  } satisfies TokenRequest
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
