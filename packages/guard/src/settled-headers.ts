import type { FastifyReply } from 'fastify'

/** The rules for the headers of a response, until it is sent. */
export interface HeaderPolicy {
  /** The request headers that the answer depends on, for `Vary`; empty for none. */
  readonly vary: string
  /**
   * `anyone`: `Cache-Control` is not changed. `private`: `no-store`, unless `Cache-Control` is set after the guard. `never`:
   * always `no-store`.
   */
  readonly storing: 'anyone' | 'private' | 'never'
}

const policyOf = Symbol('header policy')
const earlierOf = Symbol('writeHead before the policy')

type Raw = FastifyReply['raw']
type WriteHead = (this: Raw, status: number, second?: unknown, third?: unknown) => Raw
type SettledRaw = Raw & { [policyOf]?: HeaderPolicy; [earlierOf]?: WriteHead }
type Values = Readonly<Record<string, unknown>>

/**
 * Enforces a policy on a reply: on answers of Fastify, on a `Response` of a handler, on later hooks, and on handlers that write
 * to `reply.raw`. All of them end in `writeHead()`; an `onSend` hook would run before some of them. The cost is that of an
 * `onSend` hook that does nothing. A `Cache-Control` that was set before the guard is not the route's choice: it stays only if
 * it is equally private. `never` cannot be undone.
 */
export function settleHeaders(reply: FastifyReply, policy: HeaderPolicy): void {
  const raw: SettledRaw = reply.raw
  const before = raw[policyOf]
  if (before === undefined) {
    // Cast: Node's type has one overload per kind of headers; this function passes on its arguments.
    raw[earlierOf] = Reflect.get(raw, 'writeHead') as WriteHead
    raw.writeHead = writeHead
  }
  raw[policyOf] = before?.storing === 'never' ? { ...policy, storing: 'never' } : policy
  if (policy.storing === 'never' || (policy.storing === 'private' && !isPrivate(reply.getHeader('cache-control')))) {
    reply.header('cache-control', 'no-store')
  }
  if (policy.vary === '') return
  const varies = reply.getHeader('vary')
  if (varies === undefined) reply.header('vary', policy.vary)
  else if (!hasPart(String(varies), policy.vary)) reply.header('vary', `${String(varies)}, ${policy.vary}`)
}

/**
 * Keeps an answer out of every cache: sets `Cache-Control: no-store`, even if the handler or a later hook sets another value,
 * and removes the fields for CDNs (RFC 9213). For authors of plugins: call it with each `Set-Cookie` that is for one caller
 * only.
 *
 * @see [RFC 9111 §5.2.2.5](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5)
 *
 * @example
 * app.get('/api-key', { config: { access: authenticated } }, async (request, reply) => {
 *   neverStored(reply)
 *   return { key: await keyOf(request.principal.subject) }
 * })
 */
export function neverStored(reply: FastifyReply): void {
  const { [policyOf]: policy }: SettledRaw = reply.raw
  settleHeaders(reply, { vary: policy?.vary ?? '', storing: 'never' })
}

/** Whether a `Cache-Control` keeps an answer out of shared caches (RFC 9111 §5.2.2.7). */
function isPrivate(cacheControl: number | string | string[] | undefined): boolean {
  if (cacheControl === undefined) return false
  const directives = listed(String(cacheControl))
  return directives.includes('no-store') || (directives.includes('private') && !directives.includes('public'))
}

function writeHead(this: SettledRaw, status: number, second?: unknown, third?: unknown): Raw {
  // Casts: both are set before this function can be called.
  const [policy, earlier] = [this[policyOf] as HeaderPolicy, this[earlierOf] as WriteHead]
  const hasReason = typeof second === 'string'
  const headers = hasReason ? third : second
  if (this.headersSent || isInOrder(this, headers, policy)) return earlier.call(this, status, second, third)
  const mended = mend(this, headers, policy)
  return hasReason ? earlier.call(this, status, second, mended) : earlier.call(this, status, mended)
}

/** Whether the headers of the guard are unchanged, which is the usual case. Other cases may cost more. */
function isInOrder(raw: Raw, headers: unknown, { vary, storing }: HeaderPolicy): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  const { vary: varies, 'cache-control': caching } = headers as Values
  if (vary !== '' && !(typeof varies === 'string' && hasPart(varies, vary))) return false
  if (storing !== 'never') return storing === 'anyone' || caching !== undefined
  return caching === 'no-store' && ![...Object.keys(headers), ...raw.getHeaderNames()].some(isTargeted)
}

/** Whether a list contains another list literally. */
function hasPart(list: string, part: string): boolean {
  const at = list.indexOf(part)
  return (
    at !== -1 &&
    (at === 0 || list[at - 1] === ' ') &&
    (list.length === at + part.length || list[at + part.length] === ',')
  )
}

function mend(raw: Raw, given: unknown, { vary, storing }: HeaderPolicy): unknown {
  const fields = fieldsOf(given)
  const value = (name: string): string | undefined => {
    const own = fields.filter(([field]) => field.toLowerCase() === name).flatMap(([, found]) => found)
    const found = own.length > 0 ? own.map(String) : raw.getHeader(name)
    return found === undefined ? undefined : [found].flat().join(', ')
  }
  const settled = new Map<string, string>()
  const varies = value('vary')
  const lacking = lackingIn(varies, vary)
  if (lacking.length > 0) settled.set('vary', [...(varies === undefined ? [] : [varies]), ...lacking].join(', '))
  if (storing === 'never' || (storing === 'private' && value('cache-control') === undefined)) {
    settled.set('cache-control', 'no-store')
  }
  const isDropped = (name: string): boolean =>
    settled.has(name.toLowerCase()) || (storing === 'never' && isTargeted(name))
  for (const name of raw.getHeaderNames()) if (isDropped(name)) raw.removeHeader(name)
  for (const [name, text] of settled) raw.setHeader(name, text)
  if (!fields.some(([name]) => isDropped(name))) return given
  const kept = fields.filter(([name]) => !isDropped(name))
  return Array.isArray(given) ? kept.flat() : Object.fromEntries(kept)
}

// RFC 9213 §2, and the older headers of CDNs. They override Cache-Control.
function isTargeted(name: string): boolean {
  return name.length > 'cache-control'.length && /-cache-control$|^surrogate-control$/i.test(name)
}

/** Returns the fields of an argument of `writeHead()`: an object, a list of names and values, or a list of pairs. */
function fieldsOf(headers: unknown): [name: string, value: unknown][] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers)
  const flat: unknown[] = Array.isArray(headers[0]) ? headers.flatMap((pair: unknown[]) => pair.slice(0, 2)) : headers
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[String(name), flat[at + 1]]] : []))
}

/** Returns the members of a header list, in lower case. */
function listed(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}

/** Returns the names that a `Vary` lacks. A star stands for all names (RFC 9110 §12.5.5). */
function lackingIn(varies: string | undefined, wanted: string): string[] {
  const present = listed(varies ?? '')
  return present.includes('*')
    ? []
    : wanted.split(', ').filter((name) => name !== '' && !present.includes(name.toLowerCase()))
}
