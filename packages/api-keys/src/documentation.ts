const SESSION = 'Needs a session. API keys and tokens are refused with 403.'

const seconds = (description: string): object => ({
  type: ['integer', 'null'],
  description: `${description}, in seconds since the epoch`
})

const properties = {
  id: { type: 'string', description: 'Identifies the key. It is no secret.' },
  subject: { type: 'string' },
  name: { type: 'string' },
  hint: { type: 'string', description: 'The prefix and the last four characters of the key' },
  scopes: { type: 'array', items: { type: 'string' } },
  createdAt: { type: 'integer', description: 'In seconds since the epoch' },
  expiresAt: seconds('When the key expires; null for never'),
  lastUsedAt: seconds('When the key was last used; null for never')
}

const required = Object.keys(properties)
const key = { type: 'object', properties, required }

/** The OpenAPI documentation of the routes. It validates nothing. */
export const documentation: Readonly<Record<'list' | 'create' | 'revoke', object>> = {
  list: {
    summary: 'Your API keys',
    description: SESSION,
    response: {
      200: {
        description: 'The keys that have not expired',
        type: 'object',
        properties: { keys: { type: 'array', items: key } },
        required: ['keys']
      }
    }
  },
  create: {
    summary: 'Create an API key',
    description: `${SESSION} Needs a recent login, and the scopes that the key is to have.`,
    body: {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 100 },
        scopes: { type: 'array', items: { type: 'string' } },
        expiresAt: seconds('When the key expires')
      },
      required: ['name', 'scopes'],
      additionalProperties: false
    },
    response: {
      201: {
        description: 'The key. It is shown this once.',
        type: 'object',
        properties: { key: { type: 'string' }, ...properties },
        required: ['key', ...required]
      },
      409: { description: 'There are too many keys already', type: 'object' }
    }
  },
  revoke: {
    summary: 'Revoke an API key',
    description: SESSION,
    params: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    response: {
      204: { description: 'The key is revoked', type: 'null' },
      404: { description: 'There is no such key', type: 'object' }
    }
  }
}
