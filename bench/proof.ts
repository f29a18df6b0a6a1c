// Before a contender is measured, it accepts the right request and refuses each wrong one.
import assert from 'node:assert/strict'
import type { Contender } from './contender.ts'
import { answer } from './contenders/answer.ts'
import type { Headers, Target } from './load.ts'
import type { Algorithm, Differences, TokenIssuer } from './tokens.ts'

const WRONG: readonly (readonly [name: string, differences: Differences, status: number])[] = [
  ['another issuer', { issuer: 'https://other.example.com' }, 401],
  ['another audience', { audience: 'https://other.example.com' }, 401],
  ['an expired token', { expiresIn: -3600 }, 401],
  ['too little scope', { scope: 'items:write' }, 403]
]

/** What the contender sends, for one token. */
export function headersWith(token: string): Headers {
  return { authorization: `Bearer ${token}` }
}

/** The algorithm of a contender's tokens; `undefined` when it sends none. */
export function algorithmOf({ sends }: Contender): Algorithm | undefined {
  return sends === 'cookie' || sends === 'nothing' ? undefined : (sends.replace('new ', '') as Algorithm) // by its type
}

/**
 * The target of a contender, with what it answers.
 *
 * @throws AssertionError when it does not answer as it must
 */
export async function prove(contender: Contender, url: string, headers: Headers, issuer: TokenIssuer): Promise<Target> {
  const { name, status = 200, checks = 'everything' } = contender
  const ask = async (other: Headers, expected: number, what: string): Promise<string> => {
    const response = await fetch(`${url}/`, { headers: other, signal: AbortSignal.timeout(10_000) })
    assert.equal(response.status, expected, `${name}: ${what}`)
    return response.text()
  }
  const body = await ask(headers, status, 'the request that is measured')
  if (status === 200) assert.equal(body, answer, name)
  else assert.notEqual(body, '', name)

  const target = { url: new URL(`${url}/`), status, body }
  if (checks === 'nothing') return target
  await ask({}, 401, 'no credential')
  const algorithm = algorithmOf(contender)
  if (algorithm === undefined) {
    const cookie = headers['cookie']
    if (cookie !== undefined) await ask({ cookie: altered(cookie) }, 401, 'a cookie that was altered')
  } else {
    for (const [what, differences, refused] of checks === 'everything' ? WRONG : []) {
      await ask(headersWith(await issuer.token(algorithm, differences)), refused, what)
    }
    await ask(headersWith(await issuer.token(algorithm, { isForged: true })), 401, "a stranger's token")
    await ask(headersWith(altered(await issuer.token(algorithm))), 401, 'a token that was altered')
  }
  return target
}

/** Another letter in the middle of each value, where nothing is padding. */
function altered(text: string): string {
  return text
    .split('; ')
    .map((pair) => {
      const at = Math.floor((pair.indexOf('=') + 1 + pair.length) * 0.5)
      return `${pair.slice(0, at)}${pair[at] === 'A' ? 'B' : 'A'}${pair.slice(at + 1)}`
    })
    .join('; ')
}
