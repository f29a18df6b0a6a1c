import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Account, AccountStore, Identity } from '../accounts.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

/**
 * Registers one test for each rule of {@link AccountStore}, for authors of adapters. Fails through `node:assert`. All
 * identifiers are random, so the database may contain other data. Does not test the behaviour when the database cannot be
 * reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testAccountStore(test: RegisterTest, createStore: () => AccountStore | Promise<AccountStore>): void {
  const promise = (title: string, body: (store: AccountStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('creates an account at the first login, and finds it at the next', async (store) => {
    const [identity, account] = [anIdentity(), anAccount()]
    assert.deepEqual(await store.findOrCreate(identity, account), { account, created: true })
    assert.deepEqual(await store.findOrCreate(identity, anAccount()), { account, created: false })
    assert.deepEqual(await store.find(account.id), account)
    assert.deepEqual(await store.findByIdentity(identity), account)
    assert.deepEqual(await store.identities(account.id), [identity])
  })

  promise('keeps every field, and text of any letters', async (store) => {
    const subject = `O'Hara "ő" \\ % 🗝 ${randomUUID()}`
    const account = anAccount({
      profile: { name: `"Ő" \\ 🗝`, email: 'a@b.example', picture: 'https://pictures.example/1' },
      permissions: ['items:read', 'say "hi"'],
      disabled: true
    })
    await store.findOrCreate({ provider: 'google', subject }, account)
    assert.deepEqual(await store.findByIdentity({ provider: 'google', subject }), account)
    assert.deepEqual(await store.identities(account.id), [{ provider: 'google', subject }])
  })

  promise('keeps its own copy of what it is given', async (store) => {
    const permissions = ['items:read']
    const account = anAccount({ permissions })
    await store.findOrCreate(anIdentity(), account)
    permissions.push('items:write')
    assert.deepEqual((await store.find(account.id))?.permissions, ['items:read'])
  })

  promise('finds nothing under what is unknown', async (store) => {
    assert.equal(await store.find(randomUUID()), null)
    assert.equal(await store.findByIdentity(anIdentity()), null)
    assert.deepEqual(await store.identities(randomUUID()), [])
  })

  promise('tells identities apart byte for byte, and by provider', async (store) => {
    const identity = { provider: 'google', subject: `Alice ${randomUUID()}` }
    await store.findOrCreate(identity, anAccount())
    for (const other of [
      { ...identity, provider: 'discord' },
      { ...identity, subject: identity.subject.toLowerCase() },
      { ...identity, subject: `${identity.subject} ` }
    ]) {
      assert.equal(await store.findByIdentity(other), null)
    }
  })

  promise('makes one account of fifty first logins at once', async (store) => {
    const identity = anIdentity()
    const accounts = Array.from({ length: 50 }, () => anAccount())
    const found = await Promise.all(accounts.map((account) => store.findOrCreate(identity, account)))
    const winner = accounts.find((_, i) => found[i]?.created === true)
    assert.equal(found.filter(({ created }) => created).length, 1)
    for (const { account } of found) assert.deepEqual(account, winner)
    const kept = await Promise.all(accounts.map(({ id }) => store.find(id)))
    assert.equal(kept.filter((account) => account !== null).length, 1)
  })

  promise('rejects a new account whose identifier is taken, and gives it no identity', async (store) => {
    const [account, identity] = [anAccount(), anIdentity()]
    await store.findOrCreate(anIdentity(), account)
    await assert.rejects(store.findOrCreate(identity, anAccount({ id: account.id, disabled: true })))
    assert.deepEqual(await store.find(account.id), account)
    assert.equal(await store.findByIdentity(identity), null)
  })

  promise('links an identity to an account, and again', async (store) => {
    const [account, first, second] = [anAccount(), anIdentity(), anIdentity()]
    await store.findOrCreate(first, account)
    assert.equal(await store.link(account.id, second), 'linked')
    assert.equal(await store.link(account.id, second), 'linked')
    assert.deepEqual(await store.findByIdentity(second), account)
    assert.deepEqual(new Set(await store.identities(account.id)), new Set([first, second]))
  })

  promise('refuses to link an identity of another account, and changes nothing', async (store) => {
    const [mine, theirs, identity] = [anAccount(), anAccount(), anIdentity()]
    await store.findOrCreate(anIdentity(), mine)
    await store.findOrCreate(identity, theirs)
    assert.equal(await store.link(mine.id, identity), 'taken')
    assert.equal((await store.findByIdentity(identity))?.id, theirs.id)
    assert.equal((await store.identities(mine.id)).length, 1)
  })

  promise('links nothing to an account that is missing', async (store) => {
    const identity = anIdentity()
    assert.equal(await store.link(randomUUID(), identity), 'missing')
    assert.equal(await store.findByIdentity(identity), null)
  })

  promise('links an identity to one account when several ask at once', async (store) => {
    const [identity, accounts] = [anIdentity(), Array.from({ length: 10 }, () => anAccount())]
    for (const account of accounts) await store.findOrCreate(anIdentity(), account)
    const outcomes = await Promise.all(accounts.map(({ id }) => store.link(id, identity)))
    assert.deepEqual(outcomes.toSorted(), ['linked', ...Array.from({ length: 9 }, () => 'taken')])
    assert.equal((await store.findByIdentity(identity))?.id, accounts[outcomes.indexOf('linked')]?.id)
  })

  promise('unlinks an identity from its own account only, and lets it be linked anew', async (store) => {
    const [mine, theirs, identity] = [anAccount(), anAccount(), anIdentity()]
    await store.findOrCreate(identity, mine)
    await store.findOrCreate(anIdentity(), theirs)
    assert.equal(await store.unlink(theirs.id, identity), false)
    assert.equal((await store.findByIdentity(identity))?.id, mine.id)
    assert.equal(await store.unlink(mine.id, identity), true)
    assert.equal(await store.unlink(mine.id, identity), false)
    assert.equal(await store.findByIdentity(identity), null)
    assert.deepEqual(await store.identities(mine.id), [])
    assert.deepEqual(await store.find(mine.id), mine)
    assert.equal(await store.link(theirs.id, identity), 'linked')
  })

  promise('sets profile, permissions and whether an account is shut, each by itself', async (store) => {
    const account = anAccount()
    const profile = { name: 'Alice', email: null, picture: null }
    await store.findOrCreate(anIdentity(), account)
    assert.equal(await store.setProfile(account.id, profile), true)
    assert.equal(await store.setDisabled(account.id, true), true)
    assert.equal(await store.setPermissions(account.id, ['items:write', 'items:write']), true)
    assert.deepEqual(await store.find(account.id), {
      ...account,
      profile,
      disabled: true,
      permissions: ['items:write']
    })
    assert.equal(await store.setDisabled(account.id, false), true)
    assert.equal(await store.setPermissions(account.id, []), true)
    assert.deepEqual(await store.find(account.id), { ...account, profile })
  })

  promise('changes nothing of an account that is missing', async (store) => {
    const id = randomUUID()
    assert.equal(await store.setProfile(id, anAccount().profile), false)
    assert.equal(await store.setPermissions(id, []), false)
    assert.equal(await store.setDisabled(id, true), false)
    assert.equal(await store.setPasswordHash(id, 'hash'), false)
    assert.equal(await store.setPasswordHash(id, 'hash', null), false)
    assert.equal(await store.findPasswordHash(id), null)
    assert.equal(await store.remove(id), false)
    assert.equal(await store.unlink(id, anIdentity()), false)
    assert.equal(await store.find(id), null)
  })

  promise('keeps a password hash, which no account shows, byte for byte', async (store) => {
    const [account, other] = [anAccount(), anAccount()]
    const hash = `$argon2id$v=19$"Ő" \\ ${randomUUID()}`
    await store.findOrCreate(anIdentity(), account)
    await store.findOrCreate(anIdentity(), other)
    assert.equal(await store.findPasswordHash(account.id), null)
    assert.equal(await store.setPasswordHash(account.id, hash), true)
    assert.equal(await store.findPasswordHash(account.id), hash)
    assert.equal(await store.findPasswordHash(other.id), null)
    assert.deepEqual(await store.find(account.id), account)
    for (const text of ['', `${hash} `, hash]) {
      assert.equal(await store.setPasswordHash(account.id, text), true)
      assert.equal(await store.findPasswordHash(account.id), text)
    }
    assert.equal(await store.setPasswordHash(account.id, hash), true, 'the same hash again')
    assert.equal(await store.setPasswordHash(account.id, null), true)
    assert.equal(await store.findPasswordHash(account.id), null)
    assert.equal(await store.setPasswordHash(account.id, null), true)
  })

  promise('replaces the password hash that the caller found only', async (store) => {
    const account = anAccount()
    const hash = `Hash ${randomUUID()}`
    await store.findOrCreate(anIdentity(), account)
    assert.equal(await store.setPasswordHash(account.id, hash, 'none is stored'), false)
    assert.equal(await store.setPasswordHash(account.id, hash, ''), false)
    assert.equal(await store.findPasswordHash(account.id), null)
    assert.equal(await store.setPasswordHash(account.id, hash, null), true)
    for (const other of [null, '', hash.toLowerCase(), `${hash} `]) {
      assert.equal(await store.setPasswordHash(account.id, 'changed', other), false)
      assert.equal(await store.setPasswordHash(account.id, null, other), false)
    }
    assert.equal(await store.findPasswordHash(account.id), hash)
    assert.equal(await store.setPasswordHash(account.id, hash, hash), true, 'the same hash again')
    assert.equal(await store.setPasswordHash(account.id, 'second', hash), true)
    assert.equal(await store.findPasswordHash(account.id), 'second')
    assert.equal(await store.setPasswordHash(account.id, null, 'second'), true)
    assert.equal(await store.findPasswordHash(account.id), null)
  })

  promise('lets one of fifty at once replace a password hash', async (store) => {
    const account = anAccount()
    await store.findOrCreate(anIdentity(), account)
    for (const current of [null, 'first']) {
      if (current !== null) await store.setPasswordHash(account.id, current)
      const hashes = Array.from({ length: 50 }, () => randomUUID())
      const won = await Promise.all(hashes.map((hash) => store.setPasswordHash(account.id, hash, current)))
      assert.equal(won.filter((one) => one).length, 1)
      assert.equal(await store.findPasswordHash(account.id), hashes[won.indexOf(true)])
    }
  })

  promise('removes an account with its identities and its password hash, and no other', async (store) => {
    const [account, other] = [anAccount({ id: `Id ${randomUUID()}` }), anAccount()]
    const [first, second, theirs] = [anIdentity(), anIdentity(), anIdentity()]
    await store.findOrCreate(first, account)
    await store.link(account.id, second)
    await store.findOrCreate(theirs, other)
    for (const { id } of [account, other]) await store.setPasswordHash(id, 'hash')
    for (const id of [account.id.toLowerCase(), `${account.id} `]) assert.equal(await store.remove(id), false)
    assert.deepEqual(await store.find(account.id), account)
    assert.equal(await store.remove(account.id), true)
    assert.equal(await store.remove(account.id), false)
    assert.equal(await store.find(account.id), null)
    assert.equal(await store.findPasswordHash(account.id), null)
    assert.deepEqual(await store.identities(account.id), [])
    for (const identity of [first, second]) assert.equal(await store.findByIdentity(identity), null)
    assert.deepEqual(await store.findByIdentity(theirs), other)
    assert.equal(await store.findPasswordHash(other.id), 'hash')
    const next = anAccount()
    assert.deepEqual(await store.findOrCreate(first, next), { account: next, created: true })
    assert.equal(await store.findPasswordHash(next.id), null)
    assert.equal(await store.link(other.id, second), 'linked')
  })

  promise('lets one of fifty at once remove an account', async (store) => {
    const account = anAccount()
    await store.findOrCreate(anIdentity(), account)
    const removed = await Promise.all(Array.from({ length: 50 }, () => store.remove(account.id)))
    assert.equal(removed.filter((one) => one).length, 1)
  })

  promise('leaves nothing of an account that is removed while it is changed', async (store) => {
    for (let round = 0; round < 20; round++) {
      const [account, identity] = [anAccount(), anIdentity()]
      await store.findOrCreate(anIdentity(), account)
      const changes = [
        () => store.link(account.id, identity),
        () => store.setPasswordHash(account.id, 'hash'),
        () => store.setDisabled(account.id, true)
      ]
      const calls = [...changes.slice(round % 4), () => store.remove(account.id), ...changes.slice(0, round % 4)]
      await Promise.all(calls.map((call) => call()))
      assert.equal(await store.find(account.id), null)
      assert.equal(await store.findPasswordHash(account.id), null)
      assert.deepEqual(await store.identities(account.id), [])
      const next = anAccount()
      assert.deepEqual(await store.findOrCreate(identity, next), { account: next, created: true })
    }
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const [identity, account] = [anIdentity(), anAccount()]
      await assert.rejects(store.findOrCreate({ ...identity, subject: text }, account), TypeError)
      await assert.rejects(store.findOrCreate(identity, { ...account, permissions: [text] }), TypeError)
      assert.equal(await store.find(account.id), null)
      await store.findOrCreate(identity, account)
      for (const name of ['name', 'email', 'picture']) {
        await assert.rejects(store.setProfile(account.id, { ...account.profile, [name]: text }), TypeError)
      }
      await assert.rejects(store.setPermissions(account.id, [text]), TypeError)
      await assert.rejects(store.setPasswordHash(account.id, text), TypeError)
      await assert.rejects(store.setPasswordHash(account.id, 'hash', text), TypeError)
      await assert.rejects(store.findPasswordHash(text), TypeError)
      await assert.rejects(store.remove(text), TypeError)
      assert.equal(await store.findPasswordHash(account.id), null)
      await assert.rejects(store.link(account.id, { ...identity, subject: text }), TypeError)
      assert.deepEqual(await store.find(account.id), account)
      assert.deepEqual(await store.identities(account.id), [identity])
    }
  })
}

function anIdentity(): Identity {
  return { provider: 'discord', subject: randomUUID() }
}

function anAccount(differences: Partial<Account> = {}): Account {
  return {
    id: randomUUID(),
    profile: { name: null, email: null, picture: null },
    permissions: [],
    disabled: false,
    createdAt: 4_102_444_800,
    ...differences
  }
}
