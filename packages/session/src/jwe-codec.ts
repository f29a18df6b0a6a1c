import { prepareSealing, seal, unseal } from '@latchkey/secrets'
import type { SessionCodec, SessionSealer, UnsealedSession } from './codec.ts'

/**
 * Seals cookies as a JWE with `dir` and A256GCM, by `jose`. Has no native dependency, so it works on Alpine Linux and in
 * bundles. Does not open cookies of `secureSessionCodec`.
 *
 * @see [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)
 *
 * @example await app.register(session, { secrets: [process.env.SESSION_SECRET], store: memoryStore(), codec: jweCodec() })
 */
export function jweCodec(): SessionCodec {
  return Object.freeze({ open })
}

function open(keys: readonly Uint8Array[]): SessionSealer {
  const [newest] = keys
  if (newest === undefined) throw new TypeError('jweCodec: at least one key is required')
  return {
    prepare: prepareSealing,
    seal: (content) => seal(JSON.stringify(content), newest),
    async unseal(text) {
      for (const key of keys) {
        const opened = await openWith(key, text)
        if (opened) return { ...opened, isStale: key !== newest }
      }
      return null
    }
  }
}

async function openWith(key: Uint8Array, text: string): Promise<Pick<UnsealedSession, 'content'> | null> {
  try {
    return { content: JSON.parse(await unseal(text, key)) as unknown }
  } catch {
    return null
  }
}
