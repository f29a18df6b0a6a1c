import t from 'tap'
import type { Store } from '@latchkey/store'
import {
  type RegisterTest,
  testAccountStore,
  testDpopReplayStore,
  testRefreshTokenStore,
  testRevocationStore,
  testSessionStore,
  testSigningKeyStore,
  testThrottleStore,
  testUpstreamTokenStore
} from '@latchkey/store/testing'

/** Runs the suite of every contract. */
export function testEveryContract(createStore: () => Store): void {
  testAccountStore(as('accounts', 'FAULT-32'), () => createStore().accounts)
  testDpopReplayStore(as('DPoP replay', 'SEC-76'), () => createStore().dpopReplay)
  testRefreshTokenStore(as('refresh tokens', 'SEC-80'), () => createStore().refreshTokens)
  testRevocationStore(as('revocations', 'SEC-81'), () => createStore().revocations)
  testSessionStore(as('sessions', 'SEC-128'), () => createStore().sessions)
  testSigningKeyStore(as('signing keys', 'SEC-39'), () => createStore().signingKeys)
  testThrottleStore(as('throttle', 'FAULT-9'), () => createStore().throttle)
  testUpstreamTokenStore(as('upstream tokens', 'SEC-80'), () => createStore().upstreamTokens)
}

function as(contract: string, requirement: string): RegisterTest {
  return (title, body) =>
    t.test(`${contract}: ${title} (${requirement})`, async (t) => {
      await body()
      t.pass()
    })
}
