import type { Mutant } from './mutant.ts'

export const storeMutants: readonly Mutant[] = [
  {
    breaks: 'a refresh token rotates once',
    file: 'packages/store/src/memory/refresh-tokens.ts',
    find: 'if (token?.usedAt !== null) return false',
    replace: 'if (token === undefined) return false',
    tests: ['packages/store/test/memory.test.ts']
  },
  {
    breaks: 'the sessions of one subject end',
    file: 'packages/store/src/memory/sessions.ts',
    find: 'forget(sessions, (session) => session.subject === subject)',
    replace: 'forget(sessions, () => true)',
    tests: ['packages/store/test/memory.test.ts']
  }
]
