import type { Mutant } from './mutant.ts'

export const tokenEndpointMutants: readonly Mutant[] = [
  {
    breaks: 'a client that acts for itself gets the scopes that it asks for and no others',
    file: 'packages/token-endpoint/src/grants/scopes.ts',
    find: 'return new Set(scopes)',
    replace: 'return granted.authenticatedAt === null ? new Set([...scopes, ...allowed]) : new Set(scopes)',
    tests: ['packages/token-endpoint/test/client-credentials-grant.test.ts']
  },
  {
    breaks: 'a grant limits the scopes',
    file: 'packages/token-endpoint/src/grants/scopes.ts',
    find: 'allowed.has(scope) && ',
    replace: '',
    tests: [
      'packages/token-endpoint/test/scopes.test.ts',
      'packages/token-endpoint/test/client-credentials-grant.test.ts'
    ]
  },
  {
    breaks: 'a client limits the scopes',
    file: 'packages/token-endpoint/src/grants/scopes.ts',
    find: 'client.scopes?.includes(scope) ?? true',
    replace: 'true',
    tests: [
      'packages/token-endpoint/test/scopes.test.ts',
      'packages/token-endpoint/test/client-credentials-grant.test.ts'
    ]
  },
  {
    breaks: "default scopes are the client's only where the request names none",
    file: 'packages/token-endpoint/src/grants/scopes.ts',
    find: 'requested ?? granted.defaultScopes',
    replace: 'granted.defaultScopes ?? requested',
    tests: ['packages/token-endpoint/test/scopes.test.ts', 'packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'asking for none of the allowed scopes is invalid_scope',
    file: 'packages/token-endpoint/src/grants/scopes.ts',
    find: 'requested !== null && scopes.length === 0',
    replace: 'false',
    tests: [
      'packages/token-endpoint/test/scopes.test.ts',
      'packages/token-endpoint/test/client-credentials-grant.test.ts'
    ]
  },
  {
    breaks: 'a refresh does not widen the scope',
    file: 'packages/token-endpoint/src/grants/refresh-token.ts',
    find: 'if (!scopes.includes(scope)) throw',
    replace: 'if (scopes.length === 0) throw',
    tests: ['packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'a narrowed refresh keeps the scope of its family',
    file: 'packages/token-endpoint/src/tokens/refresh-token-records.ts',
    find: 'const bound = { familyId, clientId, subject, scopes,',
    replace: 'const bound = { familyId, clientId, subject, scopes: scopes.slice(0, 1),',
    tests: ['packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'a client limits the resources',
    file: 'packages/token-endpoint/src/grants/resources.ts',
    find: 'client.resources?.includes(resource) ?? true',
    replace: 'true',
    tests: ['packages/token-endpoint/test/resources.test.ts']
  },
  {
    breaks: 'a refresh does not widen the resources',
    file: 'packages/token-endpoint/src/grants/resources.ts',
    find: 'bound?.includes(resource) ?? true',
    replace: 'true',
    tests: ['packages/token-endpoint/test/resources.test.ts']
  },
  {
    breaks: 'an unknown resource is invalid_target',
    file: 'packages/token-endpoint/src/grants/resources.ts',
    find: '!resources.every((resource) => most.includes(resource))',
    replace: 'false',
    tests: ['packages/token-endpoint/test/resources.test.ts']
  },
  {
    breaks: 'a refresh token belongs to one client',
    file: 'packages/token-endpoint/src/grants/refresh-token.ts',
    find: 'stored?.clientId !== client.clientId',
    replace: 'stored === null',
    tests: ['packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'an inactive subject does not refresh',
    file: 'packages/token-endpoint/src/grants/refresh-token.ts',
    find: '!(await subjectIsActive(stored.subject))',
    replace: 'false',
    tests: ['packages/token-endpoint/test/introspection.test.ts']
  },
  {
    breaks: 'a reused refresh token ends its family',
    file: 'packages/token-endpoint/src/grants/refresh-token.ts',
    find: 'await revocations.revokeFamily(used.familyId)',
    replace: '',
    tests: ['packages/token-endpoint/test/refresh-token-reuse.test.ts']
  },
  {
    breaks: 'the grace period ends',
    file: 'packages/token-endpoint/src/tokens/refresh-token-records.ts',
    find: 'seconds() > usedAt + gracePeriod',
    replace: 'false',
    tests: ['packages/token-endpoint/test/refresh-token-reuse.test.ts']
  },
  {
    breaks: 'the grace period returns the same successor only while it is unused',
    file: 'packages/token-endpoint/src/tokens/refresh-token-records.ts',
    find: 'return stored?.usedAt === null ? successor : null',
    replace: 'return successor',
    tests: ['packages/token-endpoint/test/refresh-token-reuse.test.ts']
  },
  {
    breaks: 'an expired refresh token is unknown',
    file: 'packages/token-endpoint/src/tokens/refresh-token-records.ts',
    find: 'seconds() < stored.expiresAt',
    replace: 'true',
    tests: ['packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'a family has an end that no refresh moves',
    file: 'packages/token-endpoint/src/tokens/refresh-token-records.ts',
    find: 'Math.min(seconds() + lifetime.idle, familyExpiresAt)',
    replace: 'seconds() + lifetime.idle',
    tests: ['packages/token-endpoint/test/refresh-grant.test.ts']
  },
  {
    breaks: 'a client uses only the grants that it may use',
    file: 'packages/token-endpoint/src/endpoints/token.ts',
    find: 'if (client.grantTypes.includes(grantType)) return grant',
    replace: 'return grant',
    tests: [
      'packages/token-endpoint/test/token-request.test.ts',
      'packages/token-endpoint/test/client-credentials-grant.test.ts'
    ]
  },
  {
    breaks: 'a sign-in that a revocation overtook is undone',
    file: 'packages/token-endpoint/src/endpoints/token.ts',
    find: 'signsIn ? await revocations.revokedSince(begin, { subject, familyId }) : null',
    replace: 'null as "subject" | null',
    tests: ['packages/token-endpoint/test/revoke-all.test.ts']
  },
  {
    breaks: 'a client without the refresh grant gets no refresh token',
    file: 'packages/token-endpoint/src/endpoints/token.ts',
    find: "const mayRefresh = !signsIn || client.grantTypes.includes('refresh_token')",
    replace: 'const mayRefresh = true',
    tests: [
      'packages/token-endpoint/test/token-request.test.ts',
      'packages/token-endpoint/test/client-credentials-grant.test.ts',
      'packages/token-endpoint/test/plugin.test.ts'
    ]
  },
  {
    breaks: 'a repeated parameter is invalid_request',
    file: 'packages/token-endpoint/src/endpoints/form.ts',
    find: 'if (all.has(decoded)) throw',
    replace: 'if (all.has(name)) throw',
    tests: ['packages/token-endpoint/test/form.test.ts']
  },
  {
    breaks: 'an unknown client does not authenticate',
    file: 'packages/token-endpoint/src/clients/authentication.ts',
    find: 'return isSecretRight && (client.tokenEndpointAuthMethod',
    replace: 'return (client.tokenEndpointAuthMethod',
    tests: ['packages/token-endpoint/test/client-authentication.test.ts']
  },
  {
    breaks: 'a client uses its own authentication method',
    file: 'packages/token-endpoint/src/clients/authentication.ts',
    find: '(client.tokenEndpointAuthMethod ?? method) === method',
    replace: 'true',
    tests: ['packages/token-endpoint/test/client-authentication.test.ts']
  },
  {
    breaks: 'a public client cannot introspect',
    file: 'packages/token-endpoint/src/clients/authentication.ts',
    find: 'if (client.clientSecretHash === undefined) throw unauthenticated()',
    replace: '',
    tests: ['packages/token-endpoint/test/introspection.test.ts']
  },
  {
    breaks: 'a disabled client is unknown',
    file: 'packages/token-endpoint/src/clients/directory.ts',
    find: 'client.disabled === true ? undefined : client',
    replace: 'client',
    tests: ['packages/token-endpoint/test/client-authentication.test.ts']
  },
  {
    breaks: 'a secret is compared',
    file: 'packages/token-endpoint/src/clients/secret.ts',
    find: 'timingSafeEqual(Buffer.from(hash(clientSecret)), expected) && clientSecretHash !== undefined',
    replace: 'clientSecretHash !== undefined',
    tests: [
      'packages/token-endpoint/test/client-secret.test.ts',
      'packages/token-endpoint/test/client-authentication.test.ts'
    ]
  },
  {
    breaks: 'a client revokes only its own tokens',
    file: 'packages/token-endpoint/src/endpoints/revocation.ts',
    find: 'found.clientId !== client.clientId',
    replace: 'found.clientId === undefined',
    tests: ['packages/token-endpoint/test/revocation.test.ts']
  },
  {
    breaks: 'a revoked access token is inactive',
    file: 'packages/token-endpoint/src/endpoints/introspection.ts',
    find: 'revocations.isRevoked(claims) || ',
    replace: '',
    tests: ['packages/token-endpoint/test/introspection.test.ts']
  },
  {
    breaks: 'a client sees only tokens that are for it',
    file: 'packages/token-endpoint/src/endpoints/introspection.ts',
    find: 'found === null || !maySee(client, found)',
    replace: 'found === null',
    tests: ['packages/token-endpoint/test/introspection.test.ts']
  },
  {
    breaks: 'a used refresh token is inactive',
    file: 'packages/token-endpoint/src/endpoints/introspection.ts',
    find: 'usedAt !== null || ',
    replace: '',
    tests: ['packages/token-endpoint/test/introspection.test.ts']
  },
  {
    breaks: 'tokens of a revoked subject are revoked',
    file: 'packages/token-endpoint/src/revocations/revoked.ts',
    find: 'return iat <= subject.revokedAt || iat > seconds() + FARTHEST_AHEAD',
    replace: 'return false',
    tests: ['packages/token-endpoint/test/revoke-all.test.ts']
  },
  {
    breaks: 'tokens of a revoked family are revoked',
    file: 'packages/token-endpoint/src/revocations/revoked.ts',
    find: 'dot !== -1 && families.has(jti.slice(0, dot))',
    replace: 'false',
    tests: [
      'packages/token-endpoint/test/revocation.test.ts',
      'packages/token-endpoint/test/refresh-token-reuse.test.ts'
    ]
  },
  {
    breaks: 'a token that came at the second of the revocation is revoked',
    file: 'packages/token-endpoint/src/revocations/revoked.ts',
    find: 'return iat <= subject.revokedAt',
    replace: 'return iat < subject.revokedAt',
    tests: ['packages/token-endpoint/test/revoke-all.test.ts']
  },
  {
    breaks: 'an attempt past the limit is not verified',
    file: 'packages/throttle/src/reserved-attempts.ts',
    find: 'if (!reservation.reserved) throw refusal(buckets, reservation, guess)',
    replace: '',
    tests: ['packages/throttle/test/reserved-attempts.test.ts', 'packages/throttle/test/throttle.test.ts']
  },
  {
    breaks: 'a success is given back',
    file: 'packages/throttle/src/reserved-attempts.ts',
    find: 'if (verified) await giveBack(buckets, reservation)\n      else await tellIfUnderAttack',
    replace: 'await tellIfUnderAttack',
    tests: ['packages/throttle/test/reserved-attempts.test.ts', 'packages/throttle/test/throttle.test.ts']
  },
  {
    breaks: 'an attempt without a result for the guess is given back',
    file: 'packages/throttle/src/reserved-attempts.ts',
    find: 'else await counts.release(reservation, at())\n      throw error',
    replace: 'throw error',
    tests: ['packages/throttle/test/reserved-attempts.test.ts', 'packages/throttle/test/throttle.test.ts']
  },
  {
    breaks: 'a success wipes out the earlier failures',
    file: 'packages/throttle/src/reserved-attempts.ts',
    find: 'if (hadFailures) await counts.forget(own.limit.key, at())',
    replace: 'void [hadFailures, own]',
    tests: ['packages/throttle/test/reserved-attempts.test.ts', 'packages/throttle/test/throttle.test.ts']
  },
  {
    breaks: 'an account under attack has fewer guesses at each address',
    file: 'packages/throttle/src/buckets.ts',
    find: ', tight: underAttack(failuresUnderAttack) } },',
    replace: ', tight: underAttack(Math.max(failures, failuresUnderAttack)) } },',
    tests: ['packages/throttle/test/throttle.test.ts', 'packages/throttle/test/shared-throttle.test.ts']
  },
  {
    breaks: 'an account under attack has so many guesses at each site',
    file: 'packages/throttle/src/buckets.ts',
    find: "{ name: 'account and site', limit: { key: siteKey, tight: underAttack(failures) } }",
    replace: "{ name: 'account and site', limit: { key: siteKey } }",
    tests: ['packages/throttle/test/reserved-attempts.test.ts']
  }
]
