import * as o from '@latchkey/options'
import type { AccountUser, AccountUsers } from './users.ts'

/**
 * Checks the answers of the application's functions. An answer of the wrong type is an error with the fix: `1` must not mean that
 * an address is verified, nor an empty list that a user exists.
 */
export function checkedUsers(users: Required<AccountUsers>): Required<AccountUsers> {
  return {
    findByEmail: async (email) => userIn(await users.findByEmail(email), 'findByEmail'),
    findBySubject: async (subject) => userIn(await users.findBySubject(subject), 'findBySubject'),
    async createUser(user) {
      const answer: unknown = await users.createUser(user)
      if (answer === 'username_taken' || answer === 'email_taken') return answer
      if (o.isObject(answer) && o.isText(answer['subject'])) return { subject: answer['subject'] }
      return fail('createUser', "{ subject }, 'username_taken' or 'email_taken'", answer)
    },
    setPassword: async (subject, passwordHash) => users.setPassword(subject, passwordHash),
    async setVerified(subject, email) {
      const answer: unknown = await users.setVerified(subject, email)
      return typeof answer === 'boolean' ? answer : fail('setVerified', 'true or false', answer)
    }
  }
}

/** Checks the answer of the function that hashes passwords. */
export function checkedHash(hash: (password: string) => Promise<string>): (password: string) => Promise<string> {
  return async (password) => {
    const answer: unknown = await hash(password)
    if (o.isText(answer)) return answer
    throw new TypeError(`account.hashPassword must return a non-empty string; got ${o.kindOf(answer)}`)
  }
}

/** Databases without booleans return 0 and 1. */
function userIn(answer: unknown, name: 'findByEmail' | 'findBySubject'): AccountUser | null {
  if (answer === undefined || answer === null) return null
  if (!o.isObject(answer) || Array.isArray(answer)) return fail(name, 'a user, null or undefined', answer)
  const { subject, username, email, verified, disabled } = answer
  if (!o.isText(subject)) return fail(name, 'a user whose subject is a non-empty string', subject)
  if (!isTextOrNull(username)) return fail(name, 'a user whose username is a string or null', username)
  if (!isTextOrNull(email)) return fail(name, 'a user whose email is a string or null', email)
  return { subject, username, email, verified: isTrue(verified), disabled: Boolean(disabled) }
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function fail(name: keyof AccountUsers, expected: string, answer: unknown): never {
  throw new TypeError(`account.users.${name} must return ${expected}; got ${o.kindOf(answer)}`)
}
