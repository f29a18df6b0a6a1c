import type { FastifyInstance } from 'fastify'
import { injectForm } from '../inject-form.ts'

/** The access token that an example issues for a username and password, with the requested `scope`. */
export async function passwordLogin(
  app: FastifyInstance,
  form: { username: string; password: string; scope?: string }
): Promise<string> {
  const response = await injectForm(app, '/token', { grant_type: 'password', ...form })
  const { access_token: token } = response.json<{ access_token?: string }>()
  if (token === undefined) throw new Error(`no token: ${response.statusCode} ${response.body}`)
  return token
}
