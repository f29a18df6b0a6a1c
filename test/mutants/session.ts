import type { Mutant } from './mutant.ts'

export const sessionMutants: readonly Mutant[] = [
  {
    breaks: 'a session has an idle timeout',
    file: 'packages/session/src/lifetime.ts',
    find: '&& now < session.lastSeenAt + idleTimeoutFor(session, timeouts)',
    replace: '',
    tests: ['packages/session/test/timeouts.test.ts']
  },
  {
    breaks: 'a session has an absolute timeout',
    file: 'packages/session/src/lifetime.ts',
    find: 'now < expiryOf(session, timeouts) && ',
    replace: '',
    tests: ['packages/session/test/timeouts.test.ts']
  },
  {
    breaks: 'a session that ended in the store is over',
    file: 'packages/session/src/authenticator.ts',
    find: 'stored?.subject !== opened.subject || ',
    replace: 'stored === null || ',
    tests: [
      'packages/session/test/sessions.test.ts',
      'packages/session/test/lookup.test.ts',
      'packages/session/test/hostile-cookies.test.ts'
    ]
  },
  {
    breaks: 'signing in ends the session before',
    file: 'packages/session/src/browser-session.ts',
    find: "await endEarlier(request, 'replaced')",
    replace: '',
    tests: ['packages/session/test/sign-in.test.ts']
  },
  {
    breaks: 'a session of another subject cannot be ended',
    file: 'packages/session/src/sessions.ts',
    find: 'session?.subject !== subject',
    replace: 'session === null',
    tests: ['packages/session/test/sessions.test.ts']
  },
  {
    breaks: 'another seal is not a session',
    file: 'packages/session/src/sealed-session.ts',
    find: "!isRecord(content) || content['t'] !== 'session'",
    replace: '!isRecord(content)',
    tests: ['packages/session/test/hostile-cookies.test.ts']
  }
]
