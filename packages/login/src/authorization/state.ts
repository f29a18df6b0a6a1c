import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoginDependencies } from './dependencies.ts'
import { LoginError } from '../errors.ts'
import { isLeftOut, only } from './parameters.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { isDenial } from './response.ts'
import type { Transaction } from './transaction.ts'

/**
 * Returns the transaction that the `state` of an authorization response names, and ends it.
 *
 * @param given - the query or the form of the response
 * @throws LoginError `invalid_state` unless this browser began the transaction, at this provider
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)
 */
export async function takeTransaction(
  { transactions }: LoginDependencies,
  { provider, redirectUri }: RelyingParty,
  given: unknown,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<Transaction> {
  const state = only(given, 'state')
  // A provider may leave out the state of a denial. That is not an `invalid_state` error.
  if (isDenial(only(given, 'error')) && isLeftOut(given, 'state')) {
    throw new LoginError('access_denied', { cause: 'the provider denied the login, and sent no state' })
  }
  const transaction = state === undefined ? null : await transactions.take(request, reply, state)
  const isOurs = transaction?.provider === provider.name && transaction.redirectUri === redirectUri
  if (!isOurs) throw new LoginError('invalid_state')
  const isPost = request.method === 'POST'
  if (isPost !== (provider.responseMode === 'form_post')) throw new LoginError('invalid_response')
  return transaction
}
