import t from 'tap'
import { correlationId } from '@latchkey/guard'

t.test('returns the SHA-256 of an identifier in base64url', async (t) => {
  // The digest of "abc" in FIPS 180-4, appendix B.1.
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  t.equal(correlationId('abc'), Buffer.from(digest, 'hex').toString('base64url'))
})
