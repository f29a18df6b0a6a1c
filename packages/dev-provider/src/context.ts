import { text } from 'node:stream/consumers'
import type { Provider } from 'oidc-provider'

/** A request and its answer in oidc-provider, which is a Koa application. */
export type Context = Parameters<Parameters<Provider['use']>[0]>[0]

/** A step in the handling of a request. */
export type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void>

const MOST_BYTES = 16_384

/** Reads the fields of a posted form. A body that is not a form, or is too long, has no fields. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  // Without a content length the body is not read: no browser and no fetch posts a form in chunks.
  const readable = ctx.is('urlencoded') === 'urlencoded' && ctx.request.length <= MOST_BYTES
  return new URLSearchParams(readable ? await text(ctx.req) : '')
}
