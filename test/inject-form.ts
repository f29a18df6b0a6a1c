import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

/** Sends a form to a server. */
export async function injectForm(
  app: FastifyInstance,
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {}
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString()
  })
}
