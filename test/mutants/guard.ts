import type { Mutant } from './mutant.ts'

export const guardMutants: readonly Mutant[] = [
  {
    breaks: 'a rule asks for all scopes of allOf',
    file: 'packages/guard/src/sufficiency.ts',
    find: 'for (const scope of scopes) if (!held.has(scope)) return false',
    replace: 'for (const scope of scopes) if (held.has(scope)) return true',
    tests: ['packages/guard/test/rules.test.ts', 'packages/guard/test/rfc6750.test.ts']
  },
  {
    breaks: 'a recent login has an end',
    file: 'packages/guard/src/step-up-authentication.ts',
    find: '<= maxAge * 1000',
    replace: '<= maxAge * 10000',
    tests: ['packages/guard/test/rfc9470.test.ts']
  },
  {
    breaks: '403 names the scopes of the nearest alternative',
    file: 'packages/guard/src/sufficiency.ts',
    find: 'lacks(way) < lacks(best) ? way : best',
    replace: 'lacks(way) > lacks(best) ? way : best',
    tests: ['packages/guard/test/rfc6750.test.ts', 'packages/guard/test/rules.test.ts']
  },
  {
    breaks: 'permissions of the application limit a credential',
    file: 'packages/guard/src/principals.ts',
    find: 'return allowed ? new Set([...carried].filter((scope) => allowed.has(scope))) : carried',
    replace: 'return carried',
    tests: ['packages/guard/test/principal.test.ts']
  },
  {
    breaks: 'a caller without a user is refused',
    file: 'packages/guard/src/principals.ts',
    find: 'resolveUser && !user',
    replace: 'false',
    tests: ['packages/guard/test/principal.test.ts']
  },
  {
    breaks: 'anyOf multiplies within allOf',
    file: 'packages/guard/src/rules.ts',
    find: 'authenticated: a.authenticated || b.authenticated',
    replace: 'authenticated: a.authenticated && b.authenticated',
    tests: ['packages/guard/test/rules.test.ts', 'packages/guard/test/routes.test.ts']
  },
  {
    breaks: 'rules of a context and of a route add up',
    file: 'packages/guard/src/route-access.ts',
    find: 'rules.length === 1 ? first : allOf(...rules)',
    replace: 'first',
    tests: ['packages/guard/test/routes.test.ts', 'packages/guard/test/enforcement-order.test.ts']
  },
  {
    breaks: 'a route without a rule keeps the server from starting',
    file: 'packages/guard/src/route-access.ts',
    find: "return undeclared === 'allow'",
    replace: 'return undeclared !== undefined',
    tests: ['packages/guard/test/routes.test.ts']
  },
  {
    breaks: 'a refused credential is not anonymous',
    file: 'packages/guard/src/authorization.ts',
    find: 'by.ambient && error instanceof InvalidTokenError',
    replace: 'error instanceof InvalidTokenError',
    tests: ['packages/guard/test/principal.test.ts']
  },
  {
    breaks: 'implied scopes go down a chain',
    file: 'packages/guard/src/scope-catalog.ts',
    find: 'for (const scope of held) for (const implied',
    replace: 'for (const scope of scopes) for (const implied',
    tests: ['packages/guard/test/scope.test.ts', 'packages/guard/test/principal.test.ts']
  },
  {
    breaks: 'a doubled slash leads away',
    file: 'packages/guard/src/return-to.ts',
    find: "&& !pathname.startsWith('//')",
    replace: '',
    tests: ['packages/guard/test/return-to.test.ts']
  },
  {
    breaks: 'a target that leads away after one more decoding is refused',
    file: 'packages/guard/src/return-to.ts',
    find: 'local(decodeOnce(target), base) === null ? fallback : target',
    replace: 'target',
    tests: ['packages/guard/test/return-to.test.ts']
  },
  {
    breaks: 'a backslash leads away',
    file: 'packages/guard/src/return-to.ts',
    find: '[^\\p{Cc} \\\\]*$/u',
    replace: '[^\\p{Cc} ]*$/u',
    tests: ['packages/guard/test/return-to.test.ts']
  },
  {
    breaks: 'a rule without a guard keeps the server from starting',
    file: 'packages/guard/src/unguarded-routes.ts',
    find: "!context.hasDecorator('guard') && isDemanding(options.config?.access)",
    replace: 'false',
    tests: ['packages/guard/test/late-import.test.ts']
  },
  {
    breaks: 'a route of a guard that was imported late is seen in other contexts',
    file: 'packages/guard/src/unguarded-routes.ts',
    find: 'rootOf(app).addHook(',
    replace: 'app.addHook(',
    tests: ['packages/guard/test/late-import.test.ts']
  }
]
