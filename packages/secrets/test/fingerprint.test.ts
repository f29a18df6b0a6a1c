import { randomBytes } from 'node:crypto'
import t from 'tap'
import { fingerprint } from '@latchkey/secrets'

t.test('gives the same secret the same fingerprint, and another secret another one', async (t) => {
  const [one, other] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')]
  t.match(fingerprint(one), /^[A-Za-z0-9_-]{16}$/)
  t.equal(fingerprint(one), fingerprint(one))
  t.not(fingerprint(one), fingerprint(other))
})
