import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import type { RouteEntry } from '@latchkey/cli'
import { appFile, latchkey } from './fixtures/latchkey.ts'

const file = appFile('rules.ts')

const TABLE = `METHOD       PATH     RULE                                              DECLARED BY
PUT,PATCH,+2  /a       noAuthentication                                  route
GET          /inner   allOf(read)                                       route, context
`

t.test('prints each route with its rule and the place of the rule', async (t) => {
  const { code, stdout, stderr } = await latchkey(['routes', file])
  t.same(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['METHOD', 'PATH', 'RULE', 'DECLARED BY'],
      ['PUT,PATCH,+2', '/a', 'noAuthentication', 'route'],
      ['GET', '/inner', 'allOf(read, authenticated)', 'route, context'],
      ['GET', '/items', 'anyOf(admin, allOf(read, write))', 'route'],
      ['GET', '/mapped', 'everyone', 'routes option'],
      ['POST', '/pay', 'allOf(authenticated, recentLogin({ maxAge: 300 }))', 'route'],
      ['']
    ]
  )
  t.same({ code, stderr }, { code: 0, stderr: '' })
})
