import type { Mutant } from './mutant.ts'

export const loginMutants: readonly Mutant[] = [
  {
    breaks: 'state belongs to one provider',
    file: 'packages/login/src/authorization/state.ts',
    find: 'transaction?.provider === provider.name && transaction.redirectUri === redirectUri',
    replace: 'transaction !== null',
    tests: ['packages/login/test/callback.test.ts']
  },
  {
    breaks: 'a transaction ends',
    file: 'packages/login/src/authorization/transaction-cookie.ts',
    find: 'now() / 1000 < transaction.issuedAt + TRANSACTION_LIFETIME',
    replace: 'transaction.issuedAt > 0',
    tests: ['packages/login/test/callback.test.ts', 'packages/login/test/sealed-transaction.test.ts']
  },
  {
    breaks: 'a transaction belongs to its state',
    file: 'packages/login/src/authorization/transaction-cookie.ts',
    find: 'isFresh && transaction.state === state',
    replace: 'isFresh',
    tests: ['packages/login/test/callback.test.ts']
  },
  {
    breaks: 'the nonce is that of the login',
    file: 'packages/login/src/provider-client/id-token.ts',
    find: 'if (own !== nonce) throw',
    replace: 'if (own === undefined) throw',
    tests: ['packages/login/test/openid.test.ts']
  },
  {
    breaks: 'at_hash is checked',
    file: 'packages/login/src/provider-client/id-token.ts',
    find: 'atHash !== undefined && !isHashOf(accessToken, atHash, alg)',
    replace: 'false',
    tests: ['packages/login/test/openid.test.ts']
  },
  {
    breaks: 'azp is this client',
    file: 'packages/login/src/provider-client/id-token.ts',
    find: 'azp !== clientId',
    replace: 'false',
    tests: ['packages/login/test/openid.test.ts']
  },
  {
    breaks: 'a disabled account does not log in',
    file: 'packages/login/src/authorization/callback.ts',
    find: 'account?.disabled === true',
    replace: 'false',
    tests: [
      'packages/login/test/callback.test.ts',
      'packages/login/test/permissions.test.ts',
      'packages/login/test/decision.test.ts'
    ]
  },
  {
    breaks: 'a link needs a fresh session',
    file: 'packages/login/src/authorization/link.ts',
    find: '> FRESH',
    replace: '> FRESH * 1000',
    tests: ['packages/login/test/link.test.ts']
  },
  {
    breaks: 'a link is finished by the session that began it',
    file: 'packages/login/src/authorization/link.ts',
    find: 'live?.some(({ id }) => id === session) !== true',
    replace: 'false',
    tests: ['packages/login/test/link.test.ts']
  },
  {
    breaks: 'the browser goes back to a safe place',
    file: 'packages/login/src/authorization/callback.ts',
    find: 'safeReturnTo(transaction.returnTo, origin, returnTo)',
    replace: 'transaction.returnTo',
    tests: ['packages/login/test/return-to.test.ts', 'packages/login/test/sealed-transaction.test.ts']
  },
  {
    breaks: 'logout redirects are on the list',
    file: 'packages/login/src/logout/logout.ts',
    find: 'postLogoutRedirects.includes(wanted)',
    replace: 'postLogoutRedirects !== undefined',
    tests: ['packages/login/test/logout.test.ts']
  }
]
