import type { Account, RefreshToken, Session, Store } from '@latchkey/store'

const identity = { provider: 'google', subject: 'subject' }
const owner = { accountId: 'account', provider: 'google' }
const account: Account = {
  id: 'account',
  profile: { name: null, email: null, picture: null },
  permissions: [],
  disabled: false,
  createdAt: 0
}
const session: Session = {
  id: 'session',
  subject: 'subject',
  createdAt: 0,
  lastSeenAt: 0,
  expiresAt: 4_102_444_800,
  label: null,
  upstream: null
}
const token: RefreshToken = {
  hash: 'hash',
  familyId: 'family',
  clientId: 'client',
  subject: 'subject',
  scopes: [],
  resources: [],
  authenticatedAt: 0,
  expiresAt: 4_102_444_800,
  familyExpiresAt: 4_102_444_800
}
const key = { kid: 'kid', key: '{}', activeFrom: 0, expiresAt: 4_102_444_800 }

/** A call of every method of every contract. */
export function everyMethod(store: Store): [name: string, call: () => Promise<unknown>][] {
  const { accounts, dpopReplay, refreshTokens, revocations, sessions, signingKeys, throttle, upstreamTokens } = store
  return [
    ['accounts.findOrCreate', () => accounts.findOrCreate(identity, account)],
    ['accounts.find', () => accounts.find('account')],
    ['accounts.findByIdentity', () => accounts.findByIdentity(identity)],
    ['accounts.identities', () => accounts.identities('account')],
    ['accounts.link', () => accounts.link('account', identity)],
    ['accounts.unlink', () => accounts.unlink('account', identity)],
    ['accounts.setProfile', () => accounts.setProfile('account', account.profile)],
    ['accounts.setPermissions', () => accounts.setPermissions('account', [])],
    ['accounts.setDisabled', () => accounts.setDisabled('account', true)],
    ['dpopReplay.remember', () => dpopReplay.remember('key', 4_102_444_800)],
    ['dpopReplay.forget', () => dpopReplay.forget('key')],
    ['refreshTokens.start', () => refreshTokens.start(token)],
    ['refreshTokens.find', () => refreshTokens.find('hash')],
    [
      'refreshTokens.rotate',
      () => refreshTokens.rotate({ hash: 'hash', sealedSuccessor: '', successor: { ...token, hash: 'next' } })
    ],
    ['refreshTokens.revokeFamily', () => refreshTokens.revokeFamily('family')],
    ['refreshTokens.revokeSubject', () => refreshTokens.revokeSubject('subject')],
    ['revocations.revoke', () => revocations.revoke({ kind: 'token', id: 'jti', revokedAt: 1, expiresAt: 2 })],
    ['revocations.since', () => revocations.since(null)],
    ['sessions.create', () => sessions.create(session)],
    ['sessions.find', async () => sessions.find('session')],
    ['sessions.touch', () => sessions.touch('session', 1)],
    ['sessions.list', () => sessions.list('subject')],
    ['sessions.end', () => sessions.end('session')],
    ['sessions.endSubject', () => sessions.endSubject('subject')],
    ['sessions.endUpstream', () => sessions.endUpstream({ issuer: 'issuer', sid: 'sid' })],
    ['signingKeys.list', () => signingKeys.list()],
    ['signingKeys.add', () => signingKeys.add(key, 0)],
    ['signingKeys.removeExpired', () => signingKeys.removeExpired(1)],
    ['throttle.reserve', () => throttle.reserve([{ key: 'key' }], { window: 1, now: 1 })],
    ['throttle.release', () => throttle.release([{ key: 'key', resetsAt: 2 }])],
    ['throttle.read', () => throttle.read('key', { window: 1, now: 1 })],
    ['throttle.reset', () => throttle.reset('key')],
    ['upstreamTokens.find', () => upstreamTokens.find(owner)],
    ['upstreamTokens.put', () => upstreamTokens.put(owner, 'sealed')],
    ['upstreamTokens.replace', () => upstreamTokens.replace(owner, 'sealed', 'version')],
    ['upstreamTokens.remove', () => upstreamTokens.remove(owner)]
  ]
}
