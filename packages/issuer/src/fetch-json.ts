import type { RequestInit, Response } from 'undici'
import * as o from '@latchkey/options'
import { deadline, MAX_TIMEOUT } from './deadline.ts'
import { UpstreamError } from './errors.ts'
import { isFetchable } from './fetchable-url.ts'
import { readJson, readText } from './json-body.ts'
import { client } from './late-modules.ts'
import { namesSpecialUse, SPECIAL_USE } from './special-use-address.ts'
import { isTlsFailure, tellOfTlsFailure } from './tls-failure.ts'

/** The options of {@link fetchJson} and {@link fetchText}. Each is optional. */
export interface FetchJsonOptions {
  /** Default: `'GET'`. */
  method?: 'GET' | 'POST' | undefined
  /** Request headers. The default of `accept` is `application/json`. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined
  /** The body of a `POST`. With {@link URLSearchParams} the content type is set. Default: none. */
  body?: string | URLSearchParams | undefined
  /** The time limit of the whole call, including the body of the answer, in milliseconds from 1 to 5000. Default: 5000. */
  timeout?: number | undefined
  /** The maximum size of the answer's body after decompression, in bytes up to 1 MiB. Default: 1 MiB. */
  maxBytes?: number | undefined
  /** Aborts the call, which then throws the signal's reason. Default: none. */
  signal?: AbortSignal | undefined
  /** The accepted statuses; any other one is an error. A redirect is always an error. Default: `[200]`. */
  statuses?: readonly number[] | undefined
  /**
   * Whether to refuse hosts outside the public Internet, by address or by a name that resolves to such an address. For URLs
   * that the application did not choose. The connection goes to the same address that was checked. Default: `false`.
   */
  blockSpecialUse?: boolean | undefined
}

/** An answer with an accepted status. */
export interface Answer {
  readonly status: number
  readonly headers: { readonly get: (name: string) => string | null }
}

/** An answer with an accepted status and a JSON body. */
export interface JsonAnswer extends Answer {
  /** Any JSON value: check it before you use it. */
  readonly body: unknown
}

/** An answer with an accepted status and a text body. */
export interface TextAnswer extends Answer {
  /** Without a byte order mark. */
  readonly body: string
}

type Client = Awaited<ReturnType<typeof client.get>>

/** Reads the body of an answer. */
type Reader<Body> = (response: Response, maxBytes: number, description: string) => Promise<Body>

const MAX_BYTES = 2 ** 20
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT'
])
const BROKEN_CONNECTION = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const HEADERS = 'be an object of header names and values'

const schema = o.members({
  method: o.optional(o.oneOf('GET', 'POST'), 'GET'),
  headers: o.optional(o.must<Readonly<Record<string, string>>>(HEADERS, o.isRecord), {}),
  body: o.optional(o.must('be a string or URLSearchParams', isBody)),
  timeout: o.optional(o.integer(1, MAX_TIMEOUT, 'milliseconds'), MAX_TIMEOUT),
  maxBytes: o.optional(o.integer(1, MAX_BYTES, 'bytes'), MAX_BYTES),
  signal: o.optional(o.must('be an AbortSignal', (value) => value instanceof AbortSignal)),
  statuses: o.optional(
    o.listOf('be a list of at least one HTTP status', o.must<number>('be an HTTP status', Number.isInteger), 1),
    [200]
  ),
  blockSpecialUse: o.optional(o.flag, false)
})

/**
 * Fetches JSON from a server that may fail. Follows no redirects. Always checks certificates. Stops at
 * the limits of time and size. Sends a `GET` once more if the connection breaks before there is an answer. Does NOT cache, and
 * does NOT check the content of the JSON.
 *
 * @throws UpstreamError when there is no such answer; RegistrationError when the options cannot work
 * @example
 * ```ts
 * const { body } = await fetchJson('https://login.example.com/userinfo', {
 *   headers: { authorization: `Bearer ${accessToken}` },
 *   timeout: 2000
 * })
 * ```
 */
export async function fetchJson(url: string, options: FetchJsonOptions = {}): Promise<JsonAnswer> {
  return await fetchBody('fetchJson()', url, options, readJson)
}

/**
 * Fetches UTF-8 text with the same limits as {@link fetchJson}. The answer may have any content type. For servers that
 * send a JWT, or JSON with another content type. Does NOT check the content of the text.
 *
 * @throws UpstreamError when there is no such answer; RegistrationError when the options cannot work
 */
export async function fetchText(url: string, options: FetchJsonOptions = {}): Promise<TextAnswer> {
  return await fetchBody('fetchText()', url, options, readText)
}

async function fetchBody<Body>(
  caller: string,
  url: string,
  options: FetchJsonOptions,
  read: Reader<Body>
): Promise<Answer & { readonly body: Body }> {
  const { method, timeout, maxBytes, statuses, body, ...rest } = o.checkOptions(caller, schema, options)
  if (body !== undefined && method !== 'POST') throw new o.RegistrationError(caller, 'body needs the method POST')
  // Before the time limit begins: its first load says nothing about the server.
  const http = await client.get()
  const headers = requestHeaders(caller, http, rest.headers)
  if (!isFetchable(url) || (rest.blockSpecialUse && namesSpecialUse(url))) {
    throw new UpstreamError('LATCHKEY_UPSTREAM_REFUSED_URL')
  }
  const { origin, pathname } = new URL(url)
  const description = `${method} ${origin}${pathname}`
  const limit = deadline(timeout, rest.signal, description)
  const dispatcher = http.connections(rest.blockSpecialUse)
  const request: RequestInit = { method, headers, redirect: 'manual', signal: limit.signal, dispatcher }
  if (body !== undefined) request.body = body
  return await exchange().catch(giveUp).finally(limit.end)

  async function exchange(): Promise<Answer & { readonly body: Body }> {
    const response = await send(http, url, request)
    const refusal = refusalOf(response, statuses, description)
    if (refusal !== null) throw refusal
    const { status, headers } = response
    return { status, headers, body: await read(response, maxBytes, description) }
  }

  function giveUp(error: unknown): never {
    limit.signal.throwIfAborted()
    limit.giveUp()
    if (error instanceof UpstreamError) throw error
    tellOfTlsFailure(url, codeOf(error))
    throw failure(error, description)
  }
}

function isBody(value: unknown): value is string | URLSearchParams {
  return typeof value === 'string' || value instanceof URLSearchParams
}

function requestHeaders(
  caller: string,
  { Headers }: Client,
  given: Readonly<Record<string, string>>
): InstanceType<Client['Headers']> {
  try {
    const headers = new Headers({ ...given })
    if (!headers.has('accept')) headers.set('accept', 'application/json')
    return headers
  } catch {
    // The message of the caught error quotes the header.
    throw new o.RegistrationError(caller, `headers must ${HEADERS}`)
  }
}

async function send({ fetch }: Client, url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request)
  } catch (error) {
    if (request.method !== 'GET' || !BROKEN_CONNECTION.has(codeOf(error))) throw error
    return await fetch(url, request)
  }
}

function refusalOf({ status, headers }: Response, statuses: readonly number[], cause: string): UpstreamError | null {
  if (REDIRECTS.has(status)) return new UpstreamError('LATCHKEY_UPSTREAM_REDIRECT', { cause, status })
  if (statuses.includes(status)) return null
  const retryAfter = Number(headers.get('retry-after') ?? undefined)
  return new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause: `${cause}: ${status}`, status, retryAfter })
}

function failure(error: unknown, description: string): UpstreamError {
  const code = codeOf(error)
  if (code === SPECIAL_USE) return new UpstreamError('LATCHKEY_UPSTREAM_REFUSED_URL', { cause: description })
  const isUnsent = NO_CONNECTION.has(code) || isTlsFailure(code)
  return new UpstreamError('LATCHKEY_UPSTREAM_UNREACHABLE', { cause: `${description}: ${code}`, isUnsent })
}

// An error of undici may contain the beginning of an answer: only its code is used.
function codeOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown } // any thrown value can be destructured this way
  const { code } = Object(cause) as { code?: unknown }
  return typeof code === 'string' ? code : 'no code'
}
