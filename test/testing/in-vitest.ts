import { expect, test } from 'vitest'
import { TABLE, useEverything } from './suite.ts'

test('the package works with Vitest', async () => {
  const { table, statuses } = await useEverything()
  expect(table).toBe(TABLE)
  expect(table).toMatchInlineSnapshot(`
    "route        anonymous  reader  owner
    GET /items   401        yes     403
    POST /items  401        403     403
    "
  `)
  expect(statuses).toEqual([200, 200, 401])
})
