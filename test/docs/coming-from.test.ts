// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { like } from '@latchkey/exact'
import t, { type Test } from 'tap'
import { visitor } from '../visitor.ts'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

t.test('after the move from @fastify/jwt, old and new tokens open the same routes', async (t) => {
  const page = await reader(t, 'docs/coming-from/fastify-jwt.md')
  await page.rest()
  const items = page.here('http://localhost:3000/items')
  const forged = { authorization: `Bearer ${token({ alg: 'HS256' }, { sub: 'user-1', scopes: ['items:read'] })}` }
  const none = { authorization: `Bearer ${token({ alg: 'none' }, { sub: 'user-1', scopes: ['items:read'] })}` }
  for (const headers of [forged, none]) {
    const answer = await fetch(items, { headers })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Bearer error="invalid_token"/)
  }
})

function token(header: object, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`
}

const python = '/usr/bin/python3'
const noFastApi =
  spawnSync(python, ['-c', 'import fastapi, jwt, multipart, passlib, uvicorn']).status !== 0 &&
  `needs fastapi: ${python} does not import it and what its page names`

t.test('after the move from FastAPI, old passwords and old tokens work', { skip: noFastApi }, async (t) => {
  const PATH = `${path.dirname(python)}:${process.env.PATH}`
  const page = await reader(t, 'docs/coming-from/fastapi.md', { settings: { PATH } })
  await page.section('Before')
  const kindOfHash = async (): Promise<string | undefined> => {
    const users = JSON.parse(await readFile(path.join(page.folder, 'users.json'), 'utf8')) as {
      readonly johndoe: { readonly password_hash: string }
    }
    return users.johndoe.password_hash.split('$')[1]
  }
  t.equal(await kindOfHash(), '2b')
  await page.section('After')
  t.equal(await kindOfHash(), 'argon2id')
  const items = page.here('http://localhost:3000/users/me/items')
  const claims = { sub: 'johndoe', scopes: ['items'], exp: 4_102_444_800 }
  for (const [alg, reason] of [
    ['HS256', 'The token is not valid'],
    ['none', 'The access token is not valid']
  ] as const) {
    const answer = await fetch(items, { headers: { authorization: `Bearer ${token({ alg }, claims)}` } })
    t.equal(answer.status, 401)
    t.equal(answer.headers.get('www-authenticate'), `Bearer error="invalid_token", error_description="${reason}"`)
  }
})

t.test('after the move from @fastify/oauth2, a user is the same as before', async (t) => {
  const page = await reader(t, 'docs/coming-from/fastify-oauth2.md')
  await page.section('Before')
  const me = page.here('http://localhost:3000/me')
  const ada = { name: 'Ada Lovelace', id: 'user-1' }
  const before = await visitor().logIn(page.here('http://localhost:3000/login/google'), 'ada')
  t.equal(before.url, me)
  like(t, JSON.parse(before.text), ada)

  await page.section('After')
  const after = await visitor().logIn(me, 'ada')
  t.equal(after.url, me)
  t.same(JSON.parse(after.text), JSON.parse(before.text))
  const grace = await visitor().logIn(me, 'grace')
  like(t, JSON.parse(grace.text), { name: 'Grace Hopper', id: 'user-2' })
})

t.test('after the move from @fastify/passport, old cookies and old passwords log in', async (t) => {
  const page = await reader(t, 'docs/coming-from/fastify-passport.md')
  await page.section('Before')
  const [old = ''] = cookiesIn(await readFile(path.join(page.folder, 'old-cookies.txt'), 'utf8'), 'session')
  await page.section('After')
  const me = page.here('http://localhost:3000/me')
  await opensOnce(t, me, `session=${old}`, 'Ada Lovelace')
  await isRefused(t, me, [`session=${flipped(old)}`, 'session=', `session=${old.slice(0, 20)}`])
  const otherSite = { cookie: `session=${old}`, 'sec-fetch-site': 'cross-site' }
  const logout = await fetch(page.here('http://localhost:3000/logout'), { method: 'POST', headers: otherSite })
  t.same([logout.status, logout.headers.getSetCookie()], [403, []])
})

for (const { strategy, replacements } of [
  { strategy: 'jwt', replacements: new Map() },
  {
    strategy: 'database',
    replacements: new Map([
      ["strategy: 'jwt'", "strategy: 'database'"],
      ["from './old-sessions.ts'", "from './old-database-sessions.ts'"]
    ])
  }
]) {
  t.test(
    `after the move from Auth.js, cookies of the strategy ${strategy} and new logins are the same account`,
    async (t) => {
      const page = await reader(t, 'docs/coming-from/auth-js.md', { replacements })
      await page.section('Before')
      const origin = page.here('http://localhost:3000')
      const ada = visitor()
      const signIn = await ada.get(`${origin}/auth/signin`)
      const [, csrfToken = ''] = /name="csrfToken" value="(\w+)"/.exec(signIn.text) ?? []
      const provider = await ada.post(`${origin}/auth/signin/google`, { csrfToken, callbackUrl: `${origin}/me` })
      like(t, await ada.pick(provider, 'ada'), { url: `${origin}/me`, text: 'Ada Lovelace' })
      const old = (await ada.cookies(origin)).get('authjs.session-token') ?? ''
      t.not(old, '')
      const { users } = JSON.parse(await readFile(path.join(page.folder, 'tables.json'), 'utf8')) as {
        users: { id: string }[]
      }
      t.equal(users.length, 1)

      await page.section('The accounts')
      if (strategy === 'database') await page.section('Sessions in the database')
      await page.section('After')
      like(t, await ada.get(`${origin}/me`), { status: 200, text: 'Ada Lovelace' })
      t.same([...(await ada.cookies(origin)).keys()].includes('authjs.session-token'), false)
      like(t, await ada.get(`${origin}/id`), { status: 200, text: users[0]?.id })
      like(t, await visitor().logIn(`${origin}/id`, 'ada'), { url: `${origin}/id`, text: users[0]?.id })
      if (strategy === 'jwt') await opensOnce(t, `${origin}/me`, `authjs.session-token=${old}`, 'Ada Lovelace')
      // The row was deleted with the first request.
      else await isRefused(t, `${origin}/me`, [`authjs.session-token=${old}`])
      await isRefused(t, `${origin}/me`, [`authjs.session-token=${flipped(old)}`, 'authjs.session-token='])
      const bearer = await fetch(`${origin}/me`, { headers: { authorization: `Bearer ${old}` } })
      t.equal(bearer.status, 401)
    }
  )
}

t.test('after the move from Better Auth, old cookies, passwords and providers lead to the same users', async (t) => {
  const page = await reader(t, 'docs/coming-from/better-auth.md')
  await page.section('Before')
  const origin = page.here('http://localhost:3000')
  const ada = visitor()
  like(t, await ada.logIn(`${origin}/login/google`, 'ada'), { url: `${origin}/me`, text: 'Ada Lovelace' })
  const old = (await ada.cookies(origin)).get('better-auth.session_token') ?? ''
  t.not(old, '')

  await page.section('After')
  like(t, await ada.get(`${origin}/me`), { status: 200, text: 'Ada Lovelace' })
  t.same([...(await ada.cookies(origin)).keys()].includes('better-auth.session_token'), false)
  const before = await ada.get(`${origin}/id`)
  like(t, await visitor().logIn(`${origin}/login/google?returnTo=%2Fid`, 'ada'), {
    url: `${origin}/id`,
    text: before.text
  })
  await isRefused(t, `${origin}/me`, [
    `better-auth.session_token=${old}`,
    `better-auth.session_token=${flipped(old)}`,
    'better-auth.session_token='
  ])
})

/** The values of a cookie in a file of curl. */
function cookiesIn(file: string, name: string): string[] {
  return file.split('\n').flatMap((line) => {
    const [, , , , , found, value = ''] = line.split('\t')
    return found === name ? [value] : []
  })
}

/** An old cookie opens a page, starts a session and is removed. */
async function opensOnce(t: Test, url: string, cookie: string, text: string): Promise<void> {
  const answer = await fetch(url, { headers: { cookie } })
  t.same([answer.status, await answer.text()], [200, text])
  const [name = ''] = cookie.split('=')
  const set = answer.headers.getSetCookie()
  t.equal(set.filter((each) => each.startsWith('__Host-session=') && each.includes('Secure')).length, 1)
  t.same(
    set.filter((each) => each.startsWith(`${name}=`)),
    [`${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`]
  )
  const [session = ''] = set.filter((each) => each.startsWith('__Host-session='))
  const next = await fetch(url, { headers: { cookie: `${session.split(';')[0]}; ${cookie}` } })
  t.same([next.status, await next.text()], [200, text])
  // The session comes first, and an old cookie beside it is removed.
  t.same(next.headers.getSetCookie(), [`${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`])
}

async function isRefused(t: Test, url: string, cookies: readonly string[]): Promise<void> {
  for (const cookie of cookies) {
    const answer = await fetch(url, { headers: { cookie } })
    t.equal(answer.status, 401, cookie)
    t.same(answer.headers.getSetCookie(), [], cookie)
  }
}

/** A value with one other character in the middle. */
function flipped(value: string): string {
  const at = Math.floor(value.length / 2)
  return `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
}
