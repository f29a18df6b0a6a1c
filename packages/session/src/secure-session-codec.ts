import Fastify from 'fastify'
import type { SessionCodec, SessionSealer } from './codec.ts'
import { CodecUnavailableError } from './errors.ts'

// Ciphertext and nonce, each in base64, as @fastify/secure-session writes them around a semicolon.
const SEALED = /^([\w-]+)\.([\w-]{32})$/
// It wants an expiry of its own. The one that counts is in the content, and is judged by this package's clock.
const NEVER = 1e12

/**
 * Seals with XSalsa20-Poly1305 of libsodium, by `@fastify/secure-session`. It runs in a Fastify instance of its own, so that
 * it gets along with a secure-session that the application has. Its native part has no build for Alpine Linux, where
 * registration fails with {@link CodecUnavailableError}: use `jweCodec` there.
 *
 * @see [secretbox](https://doc.libsodium.org/secret-key_cryptography/secretbox)
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

/** Loaded by those who use it alone: elsewhere its native part may be missing. */
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
