import { readAhead } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import { ClientMetadataError } from '../errors.ts'

const LARGEST_BODY = 8 * 1024
const JSON_TYPE = /^application\/json\s*(?:;|$)/i

/**
 * Reads the JSON of a registration. It may be any JSON value.
 *
 * @throws ClientMetadataError for another content type, and for a body that is no JSON. An error with status 413 for a body over
 * 8 KB
 */
export async function readMetadata(request: FastifyRequest): Promise<unknown> {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new ClientMetadataError('invalid_client_metadata', 'The content type must be application/json', 415)
  }
  const bytes = await readAhead(request, LARGEST_BODY)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The message of the parser quotes the text.
    throw new ClientMetadataError('invalid_client_metadata', 'The body must be JSON')
  }
}
