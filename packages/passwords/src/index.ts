export type { Argon2Parameters } from './argon2-parameters.ts'
export { type Argon2PasswordsOptions, argon2Passwords, type PasswordUser } from './argon2-passwords.ts'
export type { PasswordLoginEvent, PasswordRefusal } from './events.ts'
export { type BcryptParameters, bcryptHashes } from './forms/bcrypt.ts'
export { djangoBcryptHashes } from './forms/django-bcrypt.ts'
export type { LegacyHashes } from './forms/form.ts'
export { type Pbkdf2Parameters, pbkdf2Hashes } from './forms/pbkdf2.ts'
export { scryptHashes, scryptHexHashes, type ScryptParameters } from './forms/scrypt.ts'
export { hashPassword } from './hash-password.ts'
export type { HashQueueOptions } from './hash-queue.ts'
export {
  type Attempt,
  type AttemptContext,
  type PasswordAttempts,
  type PasswordAttemptsOptions,
  passwordAttempts
} from './password-attempts.ts'
export {
  type PasswordPolicy,
  type PasswordPolicyOptions,
  passwordPolicy,
  type PasswordWeakness
} from './password-policy.ts'
export { prepareHashing } from './argon2.ts'
export { normalizeUsername } from './username.ts'
export type { PasswordContext, PasswordCredentials, VerifiedUser, VerifyPassword } from './verify-password.ts'
