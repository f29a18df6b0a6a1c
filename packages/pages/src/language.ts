import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { settingsOf } from './settings.ts'
import type { Texts } from './texts/texts.ts'
import { addVary } from './vary.ts'

/** A longer header is ignored: the search for the best language compares each of its entries with each dictionary. */
const LONGEST_HEADER = 1024
const chosen = new WeakMap<FastifyRequest, Texts>()

/**
 * Returns the texts of the pages for a request: those of the option `texts` of the plugin that its `Accept-Language` prefers, or
 * else the first ones. English without the plugin.
 *
 * @example const { login } = textsFor(request)
 * @see [RFC 9110 §12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)
 */
export function textsFor(request: FastifyRequest): Texts {
  const { texts } = settingsOf(request.server.server)
  const [first, another] = texts
  if (another === undefined) return first
  const known = chosen.get(request)
  if (known !== undefined) return known
  const accepted = request.headers['accept-language'] ?? ''
  const preferred = accepted.length > LONGEST_HEADER ? undefined : preferredOf(accepted, texts)
  const found = texts.find(({ language }) => language === preferred) ?? first
  chosen.set(request, found)
  return found
}

function preferredOf(accepted: string, texts: readonly Texts[]): string | undefined {
  return new Negotiator({ headers: { 'accept-language': accepted } }).language(texts.map(({ language }) => language))
}

/** Sets the headers for the language of a page. */
export function setLanguage(reply: FastifyReply, { language }: Texts): void {
  reply.header('content-language', language)
  if (settingsOf(reply.server.server).texts.length === 1) return
  addVary(reply, 'Accept-Language')
}
