import type { FastifyReply } from 'fastify'

/** What holds for the headers of a response, whoever sets them until they are sent. */
export interface HeaderPolicy {
  /** The request headers that the answer depends on, for `Vary`; empty for none. */
  readonly vary: string
  /**
   * `anyone`: nothing is said of caches. `private`: `no-store`, unless `Cache-Control` is set after the guard. `never`:
   * `no-store`, whatever else is set.
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
 * Makes a policy hold for a reply: for what Fastify sends, for a `Response` that a handler gives, for hooks that come later,
 * and for handlers that write to `reply.raw` themselves. All of them end in `writeHead()`; an `onSend` hook would come before
 * some of them. It costs as much as an `onSend` hook that does nothing. What was set before is no choice of the route's: it
 * stays only where it is as private. `never` holds for good.
 */
export function settleHeaders(reply: FastifyReply, policy: HeaderPolicy): void {
  const raw: SettledRaw = reply.raw
  const before = raw[policyOf]
  if (before === undefined) {
    // Node's type has one overload for each kind of headers; this function passes on what it is given.
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
 * Keeps an answer out of every cache: `Cache-Control: no-store`, whatever the handler or a later hook says, and none of the
 * fields that are for CDNs alone (RFC 9213). For authors of plugins: call it with each `Set-Cookie` that must not get to
 * anybody else.
 *
 * @see [RFC 9111 §5.2.2.5](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5)
 */
export function neverStored(reply: FastifyReply): void {
  const { [policyOf]: policy }: SettledRaw = reply.raw
  settleHeaders(reply, { vary: policy?.vary ?? '', storing: 'never' })
}

/** Whether a `Cache-Control` keeps an answer out of caches that are shared (RFC 9111 §5.2.2.7). */
function isPrivate(cacheControl: number | string | string[] | undefined): boolean {
  if (cacheControl === undefined) return false
  const directives = listed(String(cacheControl))
  return directives.includes('no-store') || (directives.includes('private') && !directives.includes('public'))
}

function writeHead(this: SettledRaw, status: number, second?: unknown, third?: unknown): Raw {
  // Both are set before this function can be called.
  const [policy, earlier] = [this[policyOf] as HeaderPolicy, this[earlierOf] as WriteHead]
  const hasReason = typeof second === 'string'
  const headers = hasReason ? third : second
  if (this.headersSent || isInOrder(this, headers, policy)) return earlier.call(this, status, second, third)
  const mended = mend(this, headers, policy)
  return hasReason ? earlier.call(this, status, second, mended) : earlier.call(this, status, mended)
}

/** The usual case: what the guard set is still there. Anything else may cost more. */
function isInOrder(raw: Raw, headers: unknown, { vary, storing }: HeaderPolicy): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  const { vary: varies, 'cache-control': caching } = headers as Values
  if (vary !== '' && !(typeof varies === 'string' && hasPart(varies, vary))) return false
  if (storing !== 'never') return storing === 'anyone' || caching !== undefined
  return caching === 'no-store' && ![...Object.keys(headers), ...raw.getHeaderNames()].some(isTargeted)
}

/** Whether a list contains another one as it stands. */
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

// RFC 9213 §2, and what CDNs had before it. They outweigh Cache-Control.
function isTargeted(name: string): boolean {
  return name.length > 'cache-control'.length && /-cache-control$|^surrogate-control$/i.test(name)
}

/** The fields of what `writeHead()` takes: an object, a list of names and values, or a list of pairs. */
function fieldsOf(headers: unknown): [name: string, value: unknown][] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers)
  const flat: unknown[] = Array.isArray(headers[0]) ? headers.flatMap((pair: unknown[]) => pair.slice(0, 2)) : headers
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[String(name), flat[at + 1]]] : []))
}

/** The members of a list in a header, in lower case. */
function listed(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}

/** The names that a `Vary` does not have yet. A star stands for all of them (RFC 9110 §12.5.5). */
function lackingIn(varies: string | undefined, wanted: string): string[] {
  const present = listed(varies ?? '')
  return present.includes('*')
    ? []
    : wanted.split(', ').filter((name) => name !== '' && !present.includes(name.toLowerCase()))
}
