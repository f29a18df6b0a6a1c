import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TABLE, useEverything } from './suite.ts'

void test('the package works with node:test', async () => {
  assert.deepEqual(await useEverything(), { table: TABLE, statuses: [200, 200, 401] })
})
