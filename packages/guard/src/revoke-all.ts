import * as o from '@latchkey/options'
import type { FastifyInstance } from 'fastify'
import { RevocationFailedError, UnavailableError } from './errors.ts'
import { isWithin, watch } from './inventory.ts'
import { isUnavailable } from './protocol/failure.ts'
import type { Revocation } from './revocation.ts'

const schema = o.shape<Revocation>({
  name: o.text,
  first: o.optional(o.flag),
  revokeAll: o.aFunction()
})

/**
 * Adds a function that `app.guard.revokeAll()` calls, for plugins that work without a guard or are registered before it. The
 * guards of the context, of its parents and of its child contexts call it, also those that are registered later.
 *
 * @throws RegistrationError naming the missing or wrong member
 *
 * @example addRevocation(app, { name: 'my-keys', revokeAll: async (subject) => keys.removeOf(subject) })
 */
export function addRevocation(context: FastifyInstance, revocation: Revocation): void {
  o.checkArgument('addRevocation()', 'revocation', schema, revocation)
  watch(context).revocations.push({ context, revocation })
}

/**
 * Makes `app.guard.revokeAll()`. It calls the functions of the guard's context, of its parents and of its child contexts. All are
 * called, even when one fails.
 *
 * @param guarded - the context of the guard
 */
export function revokerOf(guarded: FastifyInstance): (subject: string) => Promise<void> {
  return async (subject) => {
    if (!o.isText(subject)) throw new TypeError('app.guard.revokeAll(): subject must be a non-empty string')
    const all = watch(guarded)
      .revocations.filter(({ context }) => isWithin(context, guarded) || isWithin(guarded, context))
      .map(({ revocation }) => revocation)
    const failures: FailedRevocation[] = []
    for (const isFirst of [true, false]) {
      const group = all.filter(({ first = false }) => first === isFirst)
      failures.push(...(await failuresOf(group, subject)))
    }
    if (failures.length > 0) throw failed(failures)
  }
}

interface FailedRevocation {
  readonly name: string
  readonly error: unknown
}

async function failuresOf(revocations: readonly Revocation[], subject: string): Promise<readonly FailedRevocation[]> {
  const results = await Promise.all(
    revocations.map(async (revocation): Promise<FailedRevocation | null> => {
      try {
        await revocation.revokeAll(subject)
        return null
      } catch (error) {
        return { name: revocation.name, error }
      }
    })
  )
  return results.filter((result) => result !== null)
}

function failed(failures: readonly FailedRevocation[]): UnavailableError | RevocationFailedError {
  const cause = new AggregateError(
    failures.map(({ error }) => error),
    `Failed: ${failures.map(({ name }) => name).join(', ')}`
  )
  return failures.some(({ error }) => isUnavailable(error))
    ? new UnavailableError('Not all credentials of the subject could be ended. Try again', { cause })
    : new RevocationFailedError({ cause })
}
