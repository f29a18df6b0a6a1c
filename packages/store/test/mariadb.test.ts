import t from 'tap'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { newMariadb, noMariadb } from './fixtures/servers.ts'

if (noMariadb !== false) {
  t.pass('skipped', { skip: noMariadb })
} else {
  const { pool } = await newMariadb(t)
  const store = sqlStore({ pool })
  t.before(() => store.migrate())
  testEveryContract(() => store)
}
