import { argon2Passwords, bcryptHashes, type VerifyPassword } from '@latchkey/passwords'
import { expect, test } from 'tstyche'

interface Row {
  id: number
  subject: string
  passwordHash: string | null
  scopes: Set<string>
}
declare function findUser(username: string): Promise<Row | undefined>

test('argon2Passwords gives a VerifyPassword', () => {
  expect(argon2Passwords({ findUser })).type.toBe<VerifyPassword>()
})

test('storeHash gets the row that findUser found, with all of its columns', () => {
  argon2Passwords({
    findUser,
    storeHash: async (user, passwordHash) => {
      expect(user).type.toBe<Row>()
      expect(passwordHash).type.toBe<string>()
    }
  })
})

test('a user without subject or hash is not one', () => {
  expect(argon2Passwords).type.not.toBeCallableWith({ findUser: async () => ({ subject: 'u1' }) })
  expect(argon2Passwords).type.not.toBeCallableWith({ findUser: async () => ({ passwordHash: null }) })
})

test('legacyHashes takes the results of the functions of the package', () => {
  expect(argon2Passwords).type.toBeCallableWith({ findUser, legacyHashes: [bcryptHashes({ cost: 10 })] })
  expect(argon2Passwords).type.not.toBeCallableWith({ findUser, legacyHashes: ['bcrypt'] })
})
