import t from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { storeUsers } from '@latchkey/password-login'
import { memoryStore } from '@latchkey/store/memory'

const eve = { email: 'eve@example.com', username: 'Eve', passwordHash: 'one' }

t.test('a user is found by the name and by the address, without regard to case', async (t) => {
  const store = memoryStore({ now: () => 1_700_000_000_500 })
  const users = storeUsers(store)
  const created = await users.createUser(eve)
  if (typeof created === 'string') throw new Error('the user is new')
  const { subject } = created
  const user = { subject, username: 'eve', email: 'eve@example.com', verified: true, disabled: false }
  for (const name of ['eve', 'EVE', 'eve@example.com', 'Eve@EXAMPLE.com']) {
    t.same(await users.findUser(name), { subject, disabled: false, passwordHash: 'one' })
  }
  t.same(await users.findByEmail('eve@example.com'), user)
  t.same(await users.findBySubject(subject), user)
  for (const name of ['adam', 'adam@example.com']) t.equal(await users.findUser(name), null)
  t.same([await users.findByEmail('adam@example.com'), await users.findBySubject('other')], [null, null])
  like(t, await store.accounts.find(subject), {
    id: subject,
    profile: { name: 'Eve', email: 'eve@example.com', picture: null },
    permissions: [],
    disabled: false,
    createdAt: Number
  })
})

t.test('names and addresses belong to one user each', async (t) => {
  const store = memoryStore()
  const users = storeUsers(store)
  await users.createUser(eve)
  t.equal(await users.createUser({ ...eve, email: 'other@example.com', username: 'eVe' }), 'username_taken')
  t.equal(await users.createUser({ ...eve, username: 'adam' }), 'email_taken')
  t.equal(await users.findByEmail('other@example.com'), null)
  t.equal(await users.findUser('adam'), null)
  const attempts = await Promise.all(
    ['a@example.com', 'b@example.com', 'c@example.com'].map(async (email) =>
      users.createUser({ email, username: 'same', passwordHash: email })
    )
  )
  t.equal(attempts.filter((attempt) => attempt === 'username_taken').length, 2)
  const found = await users.findUser('same')
  like(
    t,
    attempts.find((attempt) => typeof attempt !== 'string'),
    { subject: found?.subject }
  )
})

t.test('a name that is taken between the look and the write leaves nothing behind', async (t) => {
  const store = memoryStore()
  const accounts = { ...store.accounts, link: async () => 'taken' as const }
  const users = storeUsers({ ...store, accounts })
  t.equal(await users.createUser(eve), 'username_taken')
  t.equal(await users.findByEmail('eve@example.com'), null)
})

t.test('an address alone can be the login name', async (t) => {
  const users = storeUsers(memoryStore())
  const created = await users.createUser({ ...eve, username: 'eve@example.com' })
  if (typeof created === 'string') throw new Error('the user is new')
  like(t, await users.findBySubject(created.subject), { username: 'eve@example.com', email: 'eve@example.com' })
})

t.test('the account of a provider gets an address and a password; equal addresses are never merged', async (t) => {
  const store = memoryStore()
  const users = storeUsers(store)
  const profile = { name: 'Ada', email: 'eve@example.com', picture: null }
  const account = { id: 'ada', profile, permissions: [], disabled: false, createdAt: 1 }
  await store.accounts.findOrCreate({ provider: 'discord', subject: '1' }, account)
  const created = await users.createUser(eve)
  t.not(
    typeof created === 'string' ? '' : created.subject,
    'ada',
    'the address in the profile of a provider proves nothing'
  )
  t.same(await users.findBySubject('ada'), {
    subject: 'ada',
    username: null,
    email: null,
    verified: false,
    disabled: false
  })
  t.equal(await users.setVerified('ada', 'eve@example.com'), false)
  t.equal(await users.setVerified('ada', 'ada@example.com'), true)
  t.equal(await users.setVerified('ada', 'ada@example.com'), true)
  t.equal(await users.setPassword('ada', 'two'), true)
  like(t, await users.findUser('ada@example.com'), { subject: 'ada', passwordHash: 'two' })
  t.equal(await users.setVerified('ada', 'new@example.com'), true)
  t.equal(await users.findUser('ada@example.com'), null, 'the old address is free')
  t.equal((await store.accounts.find('ada'))?.profile.email, 'new@example.com')
  t.equal((await store.accounts.identities('ada')).length, 2)
  await store.accounts.remove('ada')
  t.equal(await users.setVerified('ada', 'late@example.com'), false)
})

t.test('an account that is removed while its address is set stays removed', async (t) => {
  const store = memoryStore()
  const accounts = { ...store.accounts, find: async () => null }
  const users = storeUsers({ ...store, accounts })
  const created = await users.createUser(eve)
  t.equal(await users.setVerified(typeof created === 'string' ? '' : created.subject, 'new@example.com'), true)
})

t.test('a better hash is stored only in place of the one that was found', async (t) => {
  const users = storeUsers(memoryStore())
  await users.createUser(eve)
  const found = await users.findUser('eve')
  if (found === null) throw new Error('the user exists')
  await users.setPassword(found.subject, 'changed')
  t.equal(await users.storeHash(found, 'better'), false)
  t.equal((await users.findUser('eve'))?.passwordHash, 'changed')
})

t.test('a disabled account is a disabled user', async (t) => {
  const store = memoryStore()
  const users = storeUsers(store)
  const created = await users.createUser(eve)
  const subject = typeof created === 'string' ? '' : created.subject
  await store.accounts.setDisabled(subject, true)
  t.equal((await users.findUser('eve'))?.disabled, true)
  t.equal((await users.findBySubject(subject))?.disabled, true)
})

t.test('a store without accounts is refused', async (t) => {
  const { accounts, clock } = memoryStore()
  const used = ['find', 'findByIdentity', 'findOrCreate', 'findPasswordHash', 'identities', 'link', 'unlink', 'remove']
  const lacking = [...used, 'setPasswordHash', 'setProfile'].map((method) => ({
    accounts: { ...accounts, [method]: undefined },
    clock
  }))
  for (const store of [{}, { accounts }, { clock }, ...lacking]) {
    throwsLike(t, () => storeUsers(store as never), {
      name: 'RegistrationError',
      message: 'storeUsers(): the store must have accounts and a clock, as memoryStore() has'
    })
  }
})

t.test('an address that an interrupted change left behind goes with the next change', async (t) => {
  const store = memoryStore()
  let isDown = false
  const unlink: typeof store.accounts.unlink = async (...identity) => {
    if (isDown) throw new Error('the database is gone')
    return store.accounts.unlink(...identity)
  }
  const users = storeUsers({ ...store, accounts: { ...store.accounts, unlink } })
  const created = await users.createUser({ email: 'old@example.com', username: 'ada', passwordHash: 'hash' })
  const { subject } = created as { subject: string } // neither is taken
  isDown = true
  await rejectsLike(t, async () => users.setVerified(subject, 'new@example.com'), { message: 'the database is gone' })
  isDown = false
  t.equal(await users.setVerified(subject, 'new@example.com'), true)
  t.equal(await users.findByEmail('old@example.com'), null)
  t.equal((await users.findBySubject(subject))?.email, 'new@example.com')
})
