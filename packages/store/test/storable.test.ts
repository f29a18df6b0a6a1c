import { rejectsLike } from '@latchkey/exact'
import { eachDatabase } from './fixtures/each-database.ts'
import { refreshToken } from './fixtures/expiring.ts'

await eachDatabase('values that a database would change are refused (SEC-78)', async (t, open) => {
  const store = await open()
  const { accounts, dpopReplay, records, refreshTokens, revocations, sessions, signingKeys, throttle, upstreamTokens } =
    store
  const inEveryColumn = (text: unknown): [column: string, store: () => Promise<unknown>][] => {
    // The types allow text and numbers only; JavaScript callers may pass other values.
    const value = text as string & number
    const identity = { provider: 'p', subject: 's' }
    const profile = { name: null, email: null, picture: null }
    const account = { id: 'a', profile, permissions: [], disabled: false, createdAt: 0 }
    const token = refreshToken('h', 1)
    const session = {
      id: 'i',
      subject: 's',
      createdAt: 0,
      lastSeenAt: 0,
      expiresAt: 1,
      label: null,
      upstream: { issuer: 'i', sid: 's' }
    }
    const record = { kind: 'k', id: 'i', owner: 'o', content: '', expiresAt: 0 }
    const key = { kid: 'k', key: '', activeFrom: 0, expiresAt: 0 }
    const revocation = { kind: 'token', id: 'i', revokedAt: 0, expiresAt: 0 } as const
    const rotation = { hash: 'h', sealedSuccessor: '', successor: token }
    return [
      ...(['provider', 'subject'] as const).map((name): [string, () => Promise<unknown>] => [
        `identity ${name}`,
        () => accounts.findOrCreate({ ...identity, [name]: value }, account)
      ]),
      ...(['id', 'createdAt'] as const).map((name): [string, () => Promise<unknown>] => [
        `account ${name}`,
        () => accounts.findOrCreate(identity, { ...account, [name]: value })
      ]),
      ...(['name', 'email', 'picture'] as const).map((name): [string, () => Promise<unknown>] => [
        `account ${name}`,
        () => accounts.setProfile('a', { ...profile, [name]: value })
      ]),
      ['account password hash', () => accounts.setPasswordHash('a', value)],
      ['current password hash', () => accounts.setPasswordHash('a', 'h', value)],
      ['proof key', () => dpopReplay.remember(value, 0)],
      ['proof expiresAt', () => dpopReplay.remember('k', value)],
      ...(['kind', 'id', 'owner', 'content', 'expiresAt'] as const).map((name): [string, () => Promise<unknown>] => [
        `record ${name}`,
        () => records.create({ ...record, [name]: value })
      ]),
      ['record version', () => records.replace(record, value, record)],
      ['most records', () => records.create(record, value)],
      ...(['hash', 'familyId', 'clientId', 'subject', 'authenticatedAt', 'expiresAt', 'familyExpiresAt'] as const).map(
        (name): [string, () => Promise<unknown>] => [
          `refresh token ${name}`,
          () => refreshTokens.start({ ...token, [name]: value })
        ]
      ),
      ...(['hash', 'sealedSuccessor'] as const).map((name): [string, () => Promise<unknown>] => [
        `rotation ${name}`,
        () => refreshTokens.rotate({ ...rotation, [name]: value })
      ]),
      ...(['kind', 'id'] as const).map((name): [string, () => Promise<unknown>] => [
        `revocation ${name}`,
        () => revocations.revoke({ ...revocation, [name]: value })
      ]),
      ...(['id', 'subject', 'createdAt', 'lastSeenAt', 'expiresAt', 'label'] as const).map(
        (name): [string, () => Promise<unknown>] => [
          `session ${name}`,
          () => sessions.create({ ...session, [name]: value })
        ]
      ),
      ...(['issuer', 'sid'] as const).map((name): [string, () => Promise<unknown>] => [
        `session upstream ${name}`,
        () => sessions.create({ ...session, upstream: { ...session.upstream, [name]: value } })
      ]),
      ...(['kid', 'key', 'activeFrom', 'expiresAt'] as const).map((name): [string, () => Promise<unknown>] => [
        `signing key ${name}`,
        () => signingKeys.add({ ...key, [name]: value }, 0)
      ]),
      ['throttle key', () => throttle.reserve([{ key: value }], { window: 1, now: 1 })],
      ['upstream account', () => upstreamTokens.put({ accountId: value, provider: 'p' }, 's')],
      ['upstream provider', () => upstreamTokens.put({ accountId: 'a', provider: value }, 's')],
      ['upstream sealed', () => upstreamTokens.put({ accountId: 'a', provider: 'p' }, value)]
    ]
  }
  for (const [name, value] of [
    ['NUL', 'a\0b'],
    ['a high surrogate', 'a\ud800b'],
    ['a low surrogate', '\udc00'],
    ['a boolean', true],
    ['an object', {}],
    ['NaN', Number.NaN]
  ] as const) {
    for (const [column, call] of inEveryColumn(value)) {
      await rejectsLike(t, call(), { name: 'TypeError', message: /^Only text without NUL/ }, `${name} in ${column}`)
    }
  }
  await rejectsLike(t, accounts.setPermissions('a', ['a\0b']), { name: 'TypeError' }, 'NUL in a list')
})
