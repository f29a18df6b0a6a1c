import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { RefreshToken, RefreshTokenRotation, RefreshTokenStore } from '../refresh-tokens.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

/**
 * Registers one test for each rule of {@link RefreshTokenStore}, for authors of adapters. Fails through `node:assert`. All
 * identifiers are random, so the database may contain other data. The clock of the store must be within a minute of the test's.
 * Does not test the behaviour when the database cannot be reached.
 *
 * @example
 * ```ts
 * testRefreshTokenStore(test, () => myStore().refreshTokens)
 * ```
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testRefreshTokenStore(
  test: RegisterTest,
  createStore: () => RefreshTokenStore | Promise<RefreshTokenStore>
): void {
  const promise = (title: string, body: (store: RefreshTokenStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('finds a started token as it was given, unused', async (store) => {
    const token = aToken({
      scopes: ['items:read', 'items:write'],
      resources: ['https://items.example', 'urn:x:"é\\']
    })
    await store.start(token)
    assert.deepEqual(await store.find(token.hash), { ...token, usedAt: null, sealedSuccessor: null })
  })

  promise('keeps a token without scopes, and a subject of any letters', async (store) => {
    const token = aToken({ scopes: [], subject: `O'Hara "ő" \\ % 🗝 ${randomUUID()}` })
    await store.start(token)
    assert.deepEqual(await store.find(token.hash), { ...token, usedAt: null, sealedSuccessor: null })
  })

  promise('keeps its own copy of what it is given', async (store) => {
    const [scopes, resources] = [['items:read'], ['https://items.example']]
    const token = aToken({ scopes, resources })
    await store.start(token)
    scopes.push('items:write')
    resources.push('https://users.example')
    const found = await store.find(token.hash)
    assert.deepEqual([found?.scopes, found?.resources], [['items:read'], ['https://items.example']])
  })

  promise('finds nothing under an unknown hash', async (store) => {
    assert.equal(await store.find(randomUUID()), null)
  })

  promise('refuses to start under a hash that is taken, and changes nothing', async (store) => {
    const token = aToken()
    await store.start(token)
    await assert.rejects(store.start(aToken({ hash: token.hash })))
    assert.equal((await store.find(token.hash))?.familyId, token.familyId)
  })

  promise('has an expired token unchanged, or no more', async (store) => {
    const token = aToken({ expiresAt: 1_000, familyExpiresAt: 1_000 })
    await store.start(token)
    const found = await store.find(token.hash)
    assert.deepEqual(found ?? { ...token, usedAt: null, sealedSuccessor: null }, {
      ...token,
      usedAt: null,
      sealedSuccessor: null
    })
  })

  promise('rotates: marks the predecessor used and stores the successor', async (store) => {
    const token = aToken()
    await store.start(token)
    const rotation = aRotation(token)
    assert.equal(await store.rotate(rotation), true)
    const used = await store.find(token.hash)
    assert.deepEqual(used, { ...token, usedAt: used?.usedAt, sealedSuccessor: rotation.sealedSuccessor })
    assert.deepEqual(await store.find(rotation.successor.hash), {
      ...rotation.successor,
      usedAt: null,
      sealedSuccessor: null
    })
  })

  promise('takes the time of a use from its own clock, in whole seconds', async (store) => {
    const token = aToken()
    await store.start(token)
    const before = Math.floor(Date.now() / 1000)
    await store.rotate(aRotation(token))
    const usedAt = Number((await store.find(token.hash))?.usedAt)
    assert.ok(Number.isInteger(usedAt))
    // The clock of a database may differ a little from that of the test.
    assert.ok(Math.abs(usedAt - before) <= 60, `was used ${usedAt - before} s later`)
  })

  promise('rotates a token only once, and changes nothing the second time', async (store) => {
    const token = aToken()
    await store.start(token)
    const [first, second] = [aRotation(token), aRotation(token)]
    await store.rotate(first)
    assert.equal(await store.rotate(second), false)
    assert.equal((await store.find(token.hash))?.sealedSuccessor, first.sealedSuccessor)
    assert.equal(await store.find(second.successor.hash), null)
    assert.equal((await store.find(first.successor.hash))?.usedAt, null)
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const token = aToken()
      await assert.rejects(store.start({ ...token, subject: text }), TypeError)
      await assert.rejects(store.start({ ...token, scopes: [text] }), TypeError)
      await assert.rejects(store.find(text), TypeError)
      assert.equal(await store.find(token.hash), null)
    }
  })

  promise('does not rotate a missing token, and stores no successor', async (store) => {
    const rotation = aRotation(aToken())
    assert.equal(await store.rotate(rotation), false)
    assert.equal(await store.find(rotation.successor.hash), null)
  })

  promise('refuses a successor whose hash is taken, and leaves the predecessor unused', async (store) => {
    const [token, other] = [aToken(), aToken()]
    await store.start(token)
    await store.start(other)
    await assert.rejects(store.rotate(aRotation(token, { hash: other.hash })))
    assert.equal((await store.find(token.hash))?.usedAt, null)
    assert.equal((await store.find(other.hash))?.familyId, other.familyId)
  })

  promise('lets one of fifty concurrent rotations win, and keeps only its successor', async (store) => {
    const token = aToken()
    await store.start(token)
    const rotations = Array.from({ length: 50 }, () => aRotation(token))
    const won = await Promise.all(rotations.map((rotation) => store.rotate(rotation)))
    assert.equal(won.filter((one) => one).length, 1)
    const successors = await Promise.all(rotations.map(({ successor }) => store.find(successor.hash)))
    assert.deepEqual(
      successors.map((successor) => successor !== null),
      won
    )
    assert.equal((await store.find(token.hash))?.sealedSuccessor, rotations[won.indexOf(true)]?.sealedSuccessor)
  })

  promise('revokes all tokens of a family, used and unused, and no other family', async (store) => {
    const [token, other] = [aToken(), aToken()]
    const rotation = aRotation(token)
    await store.start(token)
    await store.start(other)
    await store.rotate(rotation)
    await store.revokeFamily(token.familyId)
    assert.equal(await store.find(token.hash), null)
    assert.equal(await store.find(rotation.successor.hash), null)
    assert.notEqual(await store.find(other.hash), null)
  })

  promise('does not rotate a token of a revoked family, and stores no successor', async (store) => {
    const token = aToken()
    const rotation = aRotation(token)
    await store.start(token)
    await store.revokeFamily(token.familyId)
    assert.equal(await store.rotate(rotation), false)
    assert.equal(await store.find(rotation.successor.hash), null)
  })

  promise('leaves no successor when a rotation and the revocation of its family meet', async (store) => {
    for (let round = 0; round < 20; round++) {
      const token = aToken()
      const rotation = aRotation(token)
      await store.start(token)
      const rotate = () => store.rotate(rotation)
      const revoke = () => store.revokeFamily(token.familyId)
      await Promise.all((round % 2 === 0 ? [rotate, revoke] : [revoke, rotate]).map((call) => call()))
      assert.equal(await store.find(token.hash), null)
      assert.equal(await store.find(rotation.successor.hash), null)
    }
  })

  promise('takes the revocation of an unknown family, or of a revoked one, for done', async (store) => {
    const token = aToken()
    await store.revokeFamily(token.familyId)
    await store.start(token)
    await store.revokeFamily(token.familyId)
    await store.revokeFamily(token.familyId)
    assert.equal(await store.find(token.hash), null)
  })

  promise('revokes all families of one subject only, at every client', async (store) => {
    const subject = `Alice ${randomUUID()}`
    const mine = [aToken({ subject }), aToken({ subject, clientId: randomUUID() })]
    const others = [aToken({ subject: subject.toLowerCase() }), aToken({ subject: `${subject} ` }), aToken()]
    for (const token of [...mine, ...others]) await store.start(token)
    await store.revokeSubject(subject)
    for (const { hash } of mine) assert.equal(await store.find(hash), null)
    for (const { hash } of others) assert.notEqual(await store.find(hash), null)
    await store.revokeSubject(subject)
  })

  promise('lists the families of one subject only, each once', async (store) => {
    const subject = `Alice ${randomUUID()}`
    const [rotated, revoked, other] = [aToken({ subject }), aToken({ subject }), aToken({ subject, clientId: 'app' })]
    const others = [aToken({ subject: subject.toLowerCase() }), aToken({ subject: `${subject} ` })]
    for (const token of [rotated, revoked, other, ...others]) await store.start(token)
    await store.rotate(aRotation(rotated))
    await store.revokeFamily(revoked.familyId)
    const families = [...(await store.families(subject))].sort((a, b) => a.clientId.localeCompare(b.clientId))
    assert.deepEqual(
      families,
      [other, rotated].map(({ familyId, clientId }) => ({ familyId, clientId }))
    )
    await store.revokeSubject(subject)
    assert.deepEqual(await store.families(subject), [])
  })
}

function aToken(differences: Partial<RefreshToken> = {}): RefreshToken {
  return {
    hash: randomUUID(),
    familyId: randomUUID(),
    clientId: 'first-party',
    subject: randomUUID(),
    scopes: ['items:read'],
    resources: [],
    authenticatedAt: 4_102_444_800,
    expiresAt: 4_103_654_400,
    familyExpiresAt: 4_110_220_800,
    ...differences
  }
}

function aRotation(token: RefreshToken, differences: Partial<RefreshToken> = {}): RefreshTokenRotation {
  const successor = { ...token, hash: randomUUID(), expiresAt: token.expiresAt + 60, ...differences }
  return { hash: token.hash, sealedSuccessor: randomUUID(), successor }
}
