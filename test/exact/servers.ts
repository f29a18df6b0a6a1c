import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'

/** The methods of a Redis client that {@link clear} calls. */
interface Keys {
  keys(pattern: string): Promise<string[]>
  del(keys: string[]): Promise<unknown>
}

/** Returns the reason to skip the tests that need a server on 127.0.0.1, or `false` if it listens. */
export async function skipWithout(name: 'mariadb' | 'postgresql' | 'redis', port: number): Promise<string | false> {
  return (await isListening(port)) ? false : `needs ${name}: none on 127.0.0.1:${port}`
}

/** Returns a name for a schema, a database or a prefix that no other test uses. */
export function uniqueName(): string {
  return `latchkey_test_${randomBytes(6).toString('hex')}`
}

/** Deletes every key with a prefix. */
export async function clear(client: Keys, prefix: string): Promise<void> {
  const keys = await client.keys(`${prefix}*`)
  if (keys.length > 0) await client.del(keys)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.setTimeout(10_000)
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
    function end(listening: boolean): void {
      socket.destroy()
      resolve(listening)
    }
  })
}
