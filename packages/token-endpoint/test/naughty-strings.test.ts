import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { server } from './fixtures/server.ts'

const file = new URL('../../../../shared/corpora/blns/blns.json', import.meta.url)
const strings: string[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
const parameters = ['grant_type', 'username', 'password', 'scope', 'client_id', 'client_secret', 'refresh_token']
const skip = strings.length === 0 ? `${parameters.length + 2} parameters skipped: no corpora` : false

// The text is long enough that an answer does not contain it by chance.
const tellable = (text: string) => text.trim().length > 6

for (const parameter of parameters) {
  t.test(
    `any text in ${parameter} gives a plain ASCII answer, without a failure and without an echo (SEC-22)`,
    { skip },
    async (t) => {
      const { login, refresh } = await server()
      for (const text of strings) {
        const send = parameter === 'refresh_token' ? refresh('x', { [parameter]: text }) : login({ [parameter]: text })
        const answer = await send
        const wellFormed =
          answer.status < 500 &&
          (answer.status === 200 ||
            (/^[a-z_]+$/.test(String(answer.body.error)) &&
              /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/.test(String(answer.body.error_description)) &&
              !(tellable(text) && answer.text.includes(text))))
        if (!wellFormed) t.fail(`${JSON.stringify(text)}: ${answer.status} ${answer.text}`)
      }
      t.ok(strings.length > 500)
    }
  )
}

t.test('parameter names can be any text (SEC-22, SEC-154)', { skip }, async (t) => {
  const { login } = await server()
  for (const text of strings) {
    const { status, text: body } = await login({ [text]: 'x' })
    if (status >= 500 || (status !== 200 && tellable(text) && body.includes(text)))
      t.fail(`${JSON.stringify(text)}: ${status} ${body}`)
  }
  t.ok(strings.length > 500)
})

t.test('the body can be any text, encoded and unencoded (SEC-22)', { skip }, async (t) => {
  const { post } = await server()
  for (const text of strings) {
    for (const body of [text, `grant_type=password&username=${text}`]) {
      const { status, text: answer } = await post(body)
      if (status >= 500 || (tellable(text) && answer.includes(text)))
        t.fail(`${JSON.stringify(text)}: ${status} ${answer}`)
    }
  }
  t.ok(strings.length > 500)
})
