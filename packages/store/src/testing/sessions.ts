import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Session, SessionStore } from '../sessions.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

/**
 * Registers one test for each rule of {@link SessionStore}, for authors of adapters. Fails through `node:assert`. All
 * identifiers are random, so the database may contain other data. Does not test the behaviour when the database cannot be
 * reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testSessionStore(test: RegisterTest, createStore: () => SessionStore | Promise<SessionStore>): void {
  const promise = (title: string, body: (store: SessionStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('finds a session as it was created', async (store) => {
    const plain = aSession()
    const full = aSession({
      subject: `O'Hara "ő" \\ % 🗝 ${randomUUID()}`,
      label: 'Firefox on Linux, "work"',
      upstream: { issuer: 'https://id.example', sid: randomUUID() }
    })
    for (const session of [plain, full]) {
      await store.create(session)
      assert.deepEqual(await store.find(session.id), session)
    }
  })

  promise('finds nothing under an unknown identifier', async (store) => {
    assert.equal(await store.find(randomUUID()), null)
  })

  promise('rejects an identifier that is taken, and changes nothing', async (store) => {
    const session = aSession()
    await store.create(session)
    await assert.rejects(store.create(aSession({ id: session.id })))
    assert.deepEqual(await store.find(session.id), session)
  })

  promise('keeps its own copy of what it is given', async (store) => {
    const upstream: { issuer: string; sid: string } = { issuer: 'https://id.example', sid: randomUUID() }
    const session = aSession({ upstream: { ...upstream } })
    await store.create({ ...session, upstream })
    upstream.sid = ''
    assert.deepEqual(await store.find(session.id), session)
  })

  promise('has an expired session unchanged, or no more', async (store) => {
    const session = aSession({ expiresAt: 1_000 })
    await store.create(session)
    assert.deepEqual((await store.find(session.id)) ?? session, session)
  })

  promise('notes when a session was last used, and never goes back', async (store) => {
    const session = aSession()
    const { id, lastSeenAt } = session
    await store.create(session)
    assert.equal(await store.touch(id, lastSeenAt + 60), true)
    assert.deepEqual(await store.find(id), { ...session, lastSeenAt: lastSeenAt + 60 })
    assert.equal(await store.touch(id, lastSeenAt + 30), true)
    assert.equal((await store.find(id))?.lastSeenAt, lastSeenAt + 60)
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.touch(id, lastSeenAt + 100 - i)))
    assert.equal((await store.find(id))?.lastSeenAt, lastSeenAt + 100)
  })

  promise('ends a session for good, and no other: no touch brings it back', async (store) => {
    const subject = randomUUID()
    const [session, other] = [aSession({ subject }), aSession({ subject })]
    for (const each of [session, other]) await store.create(each)
    await store.end(session.id)
    await store.end(session.id)
    assert.equal(await store.touch(session.id, session.lastSeenAt + 60), false)
    assert.equal(await store.find(session.id), null)
    assert.deepEqual(await store.list(subject), [other])
  })

  promise('lists the sessions of one subject only, the oldest first', async (store) => {
    const subject = `Alice ${randomUUID()}`
    const at = (hours: number): Session => aSession({ subject, createdAt: 4_102_444_800 + hours * 3_600 })
    const [newest, oldest, middle] = [at(3), at(1), at(2)]
    for (const session of [newest, oldest, middle]) await store.create(session)
    for (const other of [subject.toLowerCase(), `${subject} `]) await store.create(aSession({ subject: other }))
    await store.touch(oldest.id, 4_102_466_400)
    assert.deepEqual(await store.list(subject), [{ ...oldest, lastSeenAt: 4_102_466_400 }, middle, newest])
    assert.deepEqual(await store.list(randomUUID()), [])
  })

  promise('ends all sessions of one subject only', async (store) => {
    const subject = `Alice ${randomUUID()}`
    const mine = [aSession({ subject }), aSession({ subject })]
    const others = [aSession({ subject: subject.toLowerCase() }), aSession({ subject: `${subject} ` }), aSession()]
    for (const session of [...mine, ...others]) await store.create(session)
    await store.endSubject(subject)
    await store.endSubject(subject)
    for (const { id } of mine) assert.equal(await store.find(id), null)
    for (const { id } of others) assert.notEqual(await store.find(id), null)
    assert.deepEqual(await store.list(subject), [])
  })

  promise('ends all sessions that came of a session at a provider, and no others', async (store) => {
    const upstream = { issuer: 'https://id.example', sid: randomUUID() }
    const those = [aSession({ upstream }), aSession({ upstream })]
    const others = [
      aSession(),
      aSession({ upstream: { ...upstream, issuer: 'https://other.example' } }),
      aSession({ upstream: { ...upstream, sid: upstream.sid.toUpperCase() } })
    ]
    for (const session of [...those, ...others]) await store.create(session)
    await store.endUpstream(upstream)
    await store.endUpstream(upstream)
    for (const { id } of those) assert.equal(await store.find(id), null)
    for (const { id } of others) assert.notEqual(await store.find(id), null)
  })

  promise('leaves nothing when a session is ended while it is touched', async (store) => {
    for (let round = 0; round < 10; round++) {
      const session = aSession()
      await store.create(session)
      const touch = () => store.touch(session.id, session.lastSeenAt + 60)
      const end = () => store.endSubject(session.subject)
      await Promise.all((round % 2 === 0 ? [touch, end] : [end, touch]).map((call) => call()))
      assert.equal(await store.find(session.id), null)
    }
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const session = aSession()
      await assert.rejects(store.create({ ...session, label: text }), TypeError)
      await assert.rejects(store.create({ ...session, upstream: { issuer: text, sid: text } }), TypeError)
      await assert.rejects(async () => store.find(text), TypeError)
      assert.equal(await store.find(session.id), null)
    }
  })
}

function aSession(differences: Partial<Session> = {}): Session {
  return {
    id: randomUUID(),
    subject: randomUUID(),
    createdAt: 4_102_444_800,
    lastSeenAt: 4_102_444_860,
    expiresAt: 4_103_049_600,
    label: null,
    upstream: null,
    ...differences
  }
}
