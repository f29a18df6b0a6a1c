import { text } from 'node:stream/consumers'
import type { Context } from './middleware.ts'

const MOST_BYTES = 16_384

/** The fields of a form that was posted. What is no form, or longer than any of ours, has none. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  // Without a length there is none: no browser and no fetch posts a form in chunks.
  const readable = ctx.is('urlencoded') === 'urlencoded' && ctx.request.length <= MOST_BYTES
  return new URLSearchParams(readable ? await text(ctx.req) : '')
}
