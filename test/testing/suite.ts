import assert from 'node:assert/strict'
import { accessMatrix, as, assertDocumented, assertRefusesForgeries, browser } from '@latchkey/testing'
import { build } from './server.ts'

/** What each test runner compares with its own assertions or snapshots. */
export interface Outcome {
  readonly table: string
  readonly statuses: readonly number[]
}

/** Uses each part of the package. */
export async function useEverything(): Promise<Outcome> {
  const app = await build()
  await assertDocumented(app)
  assert.ok((await assertRefusesForgeries(app, { url: '/items' })).length > 80)
  const reader = { subject: 'bob', scopes: ['items:read'] }
  const table = await accessMatrix(app, {
    principals: { anonymous: null, reader, owner: { subject: 'alice', session: true } }
  })
  const answers = [
    await as(app, reader).get('/items'),
    await as(app, { ...reader, session: true }).get('/items'),
    await browser(app).open('/items')
  ]
  await app.close()
  return { table, statuses: answers.map(({ statusCode }) => statusCode) }
}

export const TABLE = `route        anonymous  reader  owner
GET /items   401        yes     403
POST /items  401        403     403
`
