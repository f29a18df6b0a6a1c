import t from 'tap'
import { like } from '@latchkey/exact'
import type * as Session from '@latchkey/session'

t.test('names the codec to use when the native addon of the default codec is missing (K30)', async (t) => {
  const missing = Object.assign(new Error('Cannot find addon'), { code: 'ADDON_NOT_FOUND' })
  const { CodecUnavailableError, jweCodec, secureSessionCodec } = await t.mockImport<typeof Session>(
    '../src/index.ts',
    {
      '@fastify/secure-session': Object.defineProperty({}, 'default', {
        enumerable: true,
        get() {
          throw missing
        }
      })
    }
  )
  const keys = [Buffer.alloc(32, 1)]
  const error = await t.rejects(async () => secureSessionCodec().open(keys))
  like(t, error, { code: 'LATCHKEY_SESSION_CODEC', message: /set the option "codec" to jweCodec\(\)/, cause: missing })
  t.ok(error instanceof CodecUnavailableError)

  const sealer = await jweCodec().open(keys)
  like(t, await sealer.unseal(await sealer.seal({ a: 1 })), { content: { a: 1 }, isStale: false })
})
