import t from 'tap'
import { visitor } from '../visitor.ts'
import { answerIn, authorizationUrl, codeFor, decide, exchange, logIn, refresh, statusOfItems } from './client.ts'
import { kinds, servers } from './each-store.ts'
import { ISSUER } from './server.ts'

for (const kind of kinds) {
  t.test(`a client gets tokens from a server on ${kind.name}`, { skip: kind.skip }, async (t) => {
    const origin = await (await servers(t, kind))()
    const browser = visitor()
    const login = await browser.get(authorizationUrl(origin))
    t.equal(new URL(login.url).pathname, '/login')
    const asked = await logIn(browser, login)
    t.same([asked.status, new URL(asked.url).pathname], [200, '/authorize/continue'])
    const back = await decide(browser, asked)
    t.same([back.status, new URL(back.url).pathname, back.text], [200, '/callback', 'the client'])
    const { code = '', ...rest } = answerIn(back)
    t.same(rest, { state: 'xyz', iss: ISSUER })

    const tokens = await exchange(origin, code)
    t.same([tokens.status, tokens.body.scope], [200, 'items:read'])
    t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
    const refreshed = await refresh(origin, tokens.body.refresh_token)
    t.same([refreshed.status, refreshed.body.scope], [200, 'items:read'])
    t.equal(await statusOfItems(origin, refreshed.body.access_token), 200)

    await t.test('a second use of the code ends the tokens of the first (RFC 6749 §4.1.2)', async (t) => {
      const again = await exchange(origin, code)
      t.same([again.status, again.body.error], [400, 'invalid_grant'])
      for (const { body } of [tokens, refreshed]) t.equal(await statusOfItems(origin, body.access_token), 401)
      t.equal((await refresh(origin, refreshed.body.refresh_token)).status, 400)
    })

    await t.test('the consent is remembered until it is withdrawn', async (t) => {
      const client = 'web'
      const silent = authorizationUrl(origin, { client_id: client, prompt: 'none' })
      t.equal(answerIn(await browser.get(silent))['error'], 'consent_required')
      const used = await exchange(origin, await codeFor(browser, origin, client), { client })
      t.equal(used.status, 200)
      const { code: unused = '', error } = answerIn(await browser.get(silent))
      t.equal(error, undefined)
      t.equal((await browser.post(`${origin}/withdraw`)).text, 'true')
      t.equal((await exchange(origin, unused, { client })).body.error, 'invalid_grant')
      t.equal((await refresh(origin, used.body.refresh_token, client)).body.error, 'invalid_grant')
      t.equal(await statusOfItems(origin, used.body.access_token), 401)
      t.equal(answerIn(await browser.get(silent))['error'], 'consent_required')
      t.equal((await browser.post(`${origin}/withdraw`)).text, 'false')
    })

    await t.test('a refused consent is not remembered', async (t) => {
      const refused = await decide(browser, await browser.get(authorizationUrl(origin)), 'deny')
      t.equal(answerIn(refused)['error'], 'access_denied')
      t.equal(new URL((await browser.get(authorizationUrl(origin))).url).pathname, '/authorize/continue')
    })
  })

  t.test(
    `requests, codes, consents and refresh tokens in ${kind.name} outlive their server`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind)
      const origin = await restart()
      const browser = visitor()
      const login = await browser.get(authorizationUrl(origin))

      await restart()
      const asked = await logIn(browser, login)
      t.same([asked.status, new URL(asked.url).pathname], [200, '/authorize/continue'])

      await restart()
      const { code = '' } = answerIn(await decide(browser, asked))
      const unused = await codeFor(browser, origin, 'web')

      await restart()
      const tokens = await exchange(origin, code)
      t.equal(tokens.status, 200)

      await restart()
      t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
      const refreshed = await refresh(origin, tokens.body.refresh_token)
      t.equal(refreshed.status, 200)
      const client = 'web'
      const silent = await browser.get(authorizationUrl(origin, { client_id: client, prompt: 'none' }))
      t.equal((await exchange(origin, answerIn(silent)['code'] ?? '', { client })).status, 200)
      t.equal((await exchange(origin, unused, { client })).status, 200)

      await restart()
      t.equal((await exchange(origin, code)).body.error, 'invalid_grant', 'a used code is remembered')
      t.equal(await statusOfItems(origin, refreshed.body.access_token), 401)
      t.equal((await refresh(origin, refreshed.body.refresh_token)).body.error, 'invalid_grant')
    }
  )
}
