import cookies from '@fastify/cookie'
import type { SessionCodec } from '@latchkey/session'
import fc from 'fast-check'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { serverWith } from './fixtures/server.ts'

const NAME = '__Host-session'

const PARTS = [
  NAME,
  `${NAME}=`,
  `; ${NAME}=`,
  `;\t${NAME} = `,
  `x${NAME}`,
  `${NAME}2`,
  '__host-session',
  'a',
  '=',
  '==',
  ';',
  '; ',
  ' ',
  '\t',
  '"',
  '%41',
  '%'
]
const ODD_PARTS = ['%E0%A4', ',', '\\', '\u00a0', 'é', 'session', '-']

t.test('reads its cookie exactly as @fastify/cookie reads it among all cookies (K9.3)', async (t) => {
  const library = Fastify()
  t.teardown(() => library.close())
  await library.register(cookies, { hook: false })
  await library.ready()
  const read = await reader(t)
  let found = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...PARTS, ...ODD_PARTS), { maxLength: 14 }), async (parts) => {
      const header = parts.join('')
      const names = header.split(';').map((pair) => pair.split('=', 1)[0]?.replace(/^[ \t]+|[ \t]+$/g, ''))
      const isSole = names.filter((name) => name === NAME).length === 1
      const expected = isSole ? (library.parseCookie(header)[NAME] ?? null) : null
      if (expected !== null) found++
      return (await read(header)) === expected
    }),
    { numRuns: 1000 }
  )
  t.ok(found > 20, 'the cookie was present often enough')
})

t.test('a name that ends with another kind of space is another name (K9.3)', async (t) => {
  const read = await reader(t)
  t.equal(await read(`${NAME}=a; ${NAME}\u00a0=b`), 'a')
  t.equal(await read(`${NAME}\u00a0=b`), null)
  t.equal(await read(`${NAME} \t=a`), 'a')
})

t.test('finds its cookie before, between and after 15 KB of other cookies (K9.3)', async (t) => {
  const read = await reader(t)
  const others = Array.from({ length: 400 }, (_, i) => `c${i}=%41%42%43%44`).join('; ')
  t.equal(await read(`${others}; ${NAME}=a%41; ${others}`), 'aA')
  t.equal(await read(`${NAME}=a%41; ${others}`), 'aA')
  t.equal(await read(`${others};${NAME}=a%41`), 'aA')
  t.equal(await read(others), null)
})

/** Returns a function that reads a `Cookie` header as the session plugin does. */
async function reader(t: Test): Promise<(header: string) => Promise<string | null>> {
  let seen: string | null = null
  const codec: SessionCodec = {
    open: () => ({
      seal: () => '',
      unseal(text) {
        seen = text
        return null
      }
    })
  }
  const app = await serverWith(t, { options: { codec } })
  return async (header) => {
    seen = null
    await app.inject({ url: '/open', headers: { cookie: header } })
    return seen
  }
}
