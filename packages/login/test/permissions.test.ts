import { accountPermissions, accountScopes } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'

const profile = { name: null, email: null, picture: null }
const account = { id: 'a', profile, permissions: ['items:read'], disabled: false, createdAt: 0 }
const identity = { provider: 'house', subject: 'alice-1' }

t.test(
  'accountPermissions() returns the permissions of an account, and refuses a disabled or missing one (SEC-59)',
  async (t) => {
    const { accounts } = memoryStore()
    const permissions = accountPermissions(accounts)
    await accounts.findOrCreate(identity, account)
    t.same(await permissions({ subject: 'a' }), ['items:read'])
    await accounts.setDisabled('a', true)
    await rejectsLike(t, permissions({ subject: 'a' }), { code: 'LATCHKEY_INVALID_TOKEN', statusCode: 401 })
    await rejectsLike(t, permissions({ subject: 'b' }), { code: 'LATCHKEY_INVALID_TOKEN', statusCode: 401 })
  }
)

t.test('accountScopes() returns the permissions of an account, and null for a disabled or missing one', async (t) => {
  const { accounts } = memoryStore()
  const scopes = accountScopes(accounts)
  await accounts.findOrCreate(identity, account)
  t.same(await scopes('a'), ['items:read'])
  await accounts.setDisabled('a', true)
  t.equal(await scopes('a'), null)
  t.equal(await scopes('b'), null)
})
