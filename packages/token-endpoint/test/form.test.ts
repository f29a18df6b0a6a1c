import t from 'tap'
import { like } from '@latchkey/exact'
import { server } from './fixtures/server.ts'

const login = 'grant_type=password&username=alice&password=opensesame'

for (const type of [
  'application/x-www-form-urlencoded',
  'APPLICATION/X-WWW-Form-UrlEncoded',
  'application/x-www-form-urlencoded;charset=UTF-8',
  'application/x-www-form-urlencoded; charset="utf-8"',
  'application/x-www-form-urlencoded; charset=utf8',
  'application/x-www-form-urlencoded; charset="UTF8"',
  'application/x-www-form-urlencoded;',
  'application/x-www-form-urlencoded ; ',
  'application/x-www-form-urlencoded; charset=utf-8;',
  'application/x-www-form-urlencoded;;charset=utf-8 ; ;',
  'application/x-www-form-urlencoded\t;\tcharset=utf-8',
  'application/x-www-form-urlencoded; charset=ISO-8859-1',
  'application/x-www-form-urlencoded; charset="iso-8859-1";',
  'application/x-www-form-urlencoded; charset=us-ascii',
  'application/x-www-form-urlencoded; charset=windows-1252'
]) {
  t.test(`accepts a form with the content type ${JSON.stringify(type)} (K26, SEC-2)`, async (t) => {
    const { post } = await server()
    like(t, await post(login, { headers: { 'content-type': type } }), { status: 200 })
  })
}

t.test('refuses letters beyond ASCII in a charset other than UTF-8 (K26, SEC-2)', async (t) => {
  const { post } = await server()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=ISO-8859-1' }
  const latin = Buffer.concat([Buffer.from(`${login}&x=`), Buffer.from([0xe9])])
  for (const payload of [latin, Buffer.from(`${login}&x=\u00E9`), `${login}&x=%E9`, `${login}&x=%c3%a9`]) {
    const answer = await post('', { headers, payload })
    like(t, answer, { status: 400, body: { error: 'invalid_request' } })
    t.notOk('access_token' in answer.body)
  }
  like(t, await post(`${login}&x=%20%7E`, { headers }), { status: 200 })
})

for (const type of [
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded; boundary=x',
  'application/x-www-form-urlencoded; charset=utf-8; boundary=x',
  'application/x-www-form-urlencoded; charset=utf-8; charset=iso-8859-1',
  'application/x-www-form-urlencoded; charset=utf-16',
  'application/x-www-form-urlencoded; charset=shift_jis',
  'application/x-www-form-urlencoded; charset=nonsense',
  'application/x-www-form-urlencoded; charset=',
  'application/x-www-form-urlencoded; charset="utf-8',
  "application/x-www-form-urlencoded; charset='utf-8'",
  'application/x-www-form-urlencoded; charset',
  'application/x-www-form-urlencoded; charset = utf-8',
  'application/x-www-form-urlencoded; charset=utf-8, application/json',
  'application/x-www-form-urlencoded\u00A0; charset=utf-8',
  'application/x-www-form-urlencodedx',
  'application/xml',
  '*/*',
  'application',
  ';',
  '',
  // Content types from advisories. They bypass the checks of some parsers.
  ' application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded\tx',
  'application/x-www-form-urlencoded x',
  'application/x-www-form-urlencoded, text/plain',
  'application/json\ta',
  'application/jsonfoo; charset=utf-8'
]) {
  t.test(`refuses a body of the type ${JSON.stringify(type)} in the OAuth format (SEC-2, SEC-3)`, async (t) => {
    const { post } = await server()
    const { status, body, headers } = await post(login, { headers: { 'content-type': type } })
    t.equal(status, 400)
    like(t, body, { error: 'invalid_request', error_description: /application\/x-www-form-urlencoded/ })
    like(t, headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
  })
}

t.test('refuses a body without a content type, and a request without a body (SEC-2)', async (t) => {
  const { app } = await server()
  for (const payload of [login, undefined]) {
    const answer = await app.inject({ method: 'POST', url: '/token', ...(payload && { payload }) })
    t.equal(answer.statusCode, 400)
    t.equal(answer.json().error, 'invalid_request')
  }
})

t.test('the parsers of the application do not change (SEC-2)', async (t) => {
  const { app } = await server()
  app.post('/other', async (request) => request.body)
  const json = await app.inject({ method: 'POST', url: '/other', payload: { a: 1 } })
  like(t, [json.statusCode, json.json()], [200, { a: 1 }])
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal((await app.inject({ method: 'POST', url: '/other', headers, payload: 'a=1' })).statusCode, 415)
})

for (const name of [
  'grant_type',
  'username',
  'password',
  'scope',
  'client_id',
  'refresh_token',
  'unheard_of',
  '__proto__'
]) {
  t.test(`refuses a repeated ${name}, in any spelling and with any value (SEC-4, RFC 6749 §3.2)`, async (t) => {
    const { post } = await server()
    const encoded = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`
    for (const second of [`${name}=x`, `${encoded}=x`, name, `${name}=`]) {
      const { status, body } = await post(`${login}&${name}=x&${second}`)
      like(t, [status, body.error], [400, 'invalid_request'])
      like(t, (await post(`${name}=&${second}&${login}`)).status, 400)
    }
  })
}

t.test('a parameter without a value counts as missing (SEC-5, RFC 6749 §3.2)', async (t) => {
  const { post } = await server()
  const empty = await post('grant_type=refresh_token&refresh_token=')
  like(t, empty, { status: 400, body: { error: 'invalid_request', error_description: 'refresh_token is missing' } })
  like(t, await post(`&&${login}&code=&client_id&scope=&`), { status: 200 })
})

t.test('decodes form encoding, and refuses invalid encoding (SEC-2)', async (t) => {
  const subjects: string[] = []
  const grant = {
    grantType: 'echo',
    handle: async ({ parameters }: { parameters: ReadonlyMap<string, string> }) => {
      subjects.push(parameters.get('username') ?? '')
      return { subject: 'x', scopes: [], authenticatedAt: 0 }
    }
  }
  const { post } = await server({ clients: [{ clientId: 'a', grantTypes: ['echo'] }] }, { grants: [grant] })
  for (const name of ['a+b%20c', 'a=b==', '%C3%A9', 'é'])
    like(t, await post(`grant_type=echo&username=${name}`), { status: 200 })
  t.same(subjects, ['a b c', 'a=b==', 'é', 'é'])
  const latin = Buffer.concat([Buffer.from('grant_type=echo&username='), Buffer.from([0xe9])])
  for (const payload of ['grant_type=echo&username=%zz', 'grant_type=echo&%E9=x', latin]) {
    like(t, await post('', { payload }), { status: 400, body: { error: 'invalid_request' } })
  }
})

t.test('answers 413 to a large body and 400 to many parameters, in the OAuth format (SEC-24, SEC-21)', async (t) => {
  const { post } = await server()
  const exact = `${login}&x=`.padEnd(16 * 1024, 'x')
  like(t, await post(exact), { status: 200 })
  const large = await post(`${exact}x`)
  like(t, large, { status: 413, body: { error: 'invalid_request' }, headers: { 'cache-control': 'no-store' } })
  const many = await post(`${login}&${'a&'.repeat(8_000)}`)
  like(t, many, { status: 400, body: { error: 'invalid_request', error_description: /too many/ } })
  like(t, await post(`${login}&${Array.from({ length: 29 }, (_, i) => `p${i}=1`).join('&')}`), { status: 200 })
  like(t, await post(`${login}&${Array.from({ length: 30 }, (_, i) => `p${i}=1`).join('&')}`), { status: 400 })
})
