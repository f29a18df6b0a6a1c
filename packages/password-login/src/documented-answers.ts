/** The documentation of an answer with an error. */
export function errorWith(description: string, headers?: object): object {
  return {
    description,
    type: 'object',
    required: ['error', 'error_description'],
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
    ...(headers !== undefined && { headers })
  }
}

/** The documentation of the answer after a login. */
export const LOGGED_IN: Readonly<Record<string, object>> = {
  200: {
    description: 'Logged in, for JSON',
    type: 'object',
    required: ['subject', 'returnTo'],
    properties: { subject: { type: 'string' }, returnTo: { type: 'string' } }
  }
}
