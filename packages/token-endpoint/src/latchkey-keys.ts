#!/usr/bin/env node
// Prints a new key set, or a new secret, as one line for an environment variable.
import { parseArgs } from 'node:util'
import { generateClientSecret } from './clients/secret.ts'
import { generateSigningKey, SIGNING_ALGORITHMS } from './keys/jwk.ts'

const USAGE = `Usage: latchkey-keys [--alg ${SIGNING_ALGORITHMS.join('|')}] [--secret]

Prints a new key set for the option "keys" of @latchkey/token-endpoint as one line of JSON.
Keep it as a secret: with it, tokens for any user can be made.

  --alg <name>  the algorithm, ${SIGNING_ALGORITHMS[0]} by default
  --secret      print 32 random bytes in base64url instead, for the option "secrets" of storedKeys()
  --help        print this
`

try {
  process.stdout.write(await output(process.argv.slice(2)))
} catch (error) {
  const { message } = error as Error // parseArgs() and output() throw only errors
  process.stderr.write(`latchkey-keys: ${message}\n\n${USAGE}`)
  process.exitCode = 2
}

async function output(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: { alg: { type: 'string' }, secret: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
  })
  if (values.help === true) return USAGE
  if (values.secret === true) return `${generateClientSecret().clientSecret}\n`
  const alg = SIGNING_ALGORITHMS.find((name) => name === (values.alg ?? SIGNING_ALGORITHMS[0]))
  if (alg === undefined) throw new RangeError(`the algorithm must be one of ${SIGNING_ALGORITHMS.join(', ')}`)
  return `${JSON.stringify({ keys: [await generateSigningKey(alg)] })}\n`
}
