import Fastify from 'fastify'
import type { SessionCodec, SessionSealer } from './codec.ts'
import { CodecUnavailableError } from './errors.ts'

// Ciphertext and nonce in base64url. @fastify/secure-session writes both in base64, with a semicolon between them.
const SEALED = /^([\w-]+)\.([\w-]{32})$/
// The plugin requires an expiry. The one that counts is in the content, and this package checks it by its own clock.
const NEVER = 1e12

/**
 * Seals cookies with XSalsa20-Poly1305 of libsodium, by `@fastify/secure-session`. It runs in a separate Fastify instance, so
 * the application may use secure-session too. Its native part has no build for Alpine Linux, where registration fails with
 * {@link CodecUnavailableError}: use `jweCodec` there.
 *
 * @see [secretbox](https://doc.libsodium.org/secret-key_cryptography/secretbox)
 *
 * @example await app.register(session, { secrets, store, codec: secureSessionCodec() })
 */
export function secureSessionCodec(): SessionCodec {
  return Object.freeze({ open })
}

async function open(keys: readonly Uint8Array[]): Promise<SessionSealer> {
  const secureSession = await load()
  const engine = Fastify()
  await engine.register(secureSession, { key: keys.map((key) => Buffer.from(key)), expiry: NEVER })
  await engine.ready()

  return {
    seal(content) {
      const text = engine.encodeSecureSession(engine.createSecureSession({ ...content }))
      return text.split(';').map(toBase64Url).join('.')
    },
    unseal(text) {
      const [, sealed, nonce] = SEALED.exec(text) ?? []
      if (sealed === undefined || nonce === undefined) return null
      const session = engine.decodeSecureSession(`${sealed};${nonce}`)
      return session && { content: session.data(), isStale: session.changed }
    }
  }
}

/** Loaded on use: on other systems its native part may be missing. */
async function load(): Promise<typeof import('@fastify/secure-session').default> {
  try {
    const module = await import('@fastify/secure-session')
    return module.default
  } catch (cause) {
    throw new CodecUnavailableError({ cause })
  }
}

function toBase64Url(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url')
}
