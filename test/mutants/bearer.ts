import type { Mutant } from './mutant.ts'

export const bearerMutants: readonly Mutant[] = [
  {
    breaks: 'the audience is this server',
    file: 'packages/bearer/src/access-token/claims.ts',
    find: 'named.some((one) => audience.includes(one))',
    replace: 'true',
    tests: ['packages/bearer/test/claims.test.ts']
  },
  {
    breaks: 'an expired token is refused',
    file: 'packages/bearer/src/access-token/claims.ts',
    find: 'if (!(now < expires)) throw',
    replace: 'if (!(now < expires * 2)) throw',
    tests: ['packages/bearer/test/claims.test.ts']
  },
  {
    breaks: 'a token from the future is refused',
    file: 'packages/bearer/src/access-token/claims.ts',
    find: "['nbf', 'iat', 'auth_time']",
    replace: "['iat', 'auth_time']",
    tests: ['packages/bearer/test/claims.test.ts']
  },
  {
    breaks: 'exp is required',
    file: 'packages/bearer/src/access-token/claims.ts',
    find: "exp === undefined && !mayLack.includes('exp')",
    replace: 'false',
    tests: ['packages/bearer/test/claims.test.ts']
  },
  {
    breaks: 'an algorithm is allowed for its issuer',
    file: 'packages/bearer/src/access-token/verify.ts',
    find: '!issuer.algorithms.has(header.alg)',
    replace: 'false',
    tests: [
      'packages/bearer/test/forgery.test.ts',
      'packages/bearer/test/trusted-issuer.test.ts',
      'packages/bearer/test/verification-key.test.ts'
    ]
  },
  {
    breaks: 'an ID token is not an access token',
    file: 'packages/bearer/src/access-token/token-type.ts',
    find: "if (expected === 'at+jwt') throw",
    replace: "if (expected === 'at+jwt' && type === undefined) throw",
    tests: ['packages/bearer/test/token-type.test.ts', 'packages/bearer/test/forgery.test.ts']
  },
  {
    breaks: 'a revoked token that is remembered is refused',
    file: 'packages/bearer/src/verified-tokens.ts',
    find: '    checkRevocation(verified)\n',
    replace: '',
    tests: ['packages/bearer/test/revocation.test.ts']
  },
  {
    breaks: 'a remembered token is the same in all its text',
    file: 'packages/bearer/src/token-memory.ts',
    find: 'if (entry?.credentials !== credentials) return null',
    replace: 'if (entry === undefined) return null',
    tests: ['packages/bearer/test/token-memory.test.ts']
  },
  {
    breaks: 'a token without scopes carries none',
    file: 'packages/bearer/src/scopes.ts',
    find: 'if (scopes === null) throw',
    replace: 'if (false) throw',
    tests: ['packages/bearer/test/scopes.test.ts']
  },
  {
    breaks: 'a bound token is not a bearer token',
    file: 'packages/bearer/src/dpop/binding.ts',
    find: 'if (cnf !== undefined) throw',
    replace: 'if (cnf === null) throw',
    tests: ['packages/bearer/test/dpop-binding.test.ts']
  },
  {
    breaks: 'a proof counts once',
    file: 'packages/bearer/src/dpop/proof-verifier.ts',
    find: '!(await isNew(proof, jkt))',
    replace: '(await isNew(proof, jkt)) === undefined',
    tests: ['packages/bearer/test/dpop-replay.test.ts']
  }
]
