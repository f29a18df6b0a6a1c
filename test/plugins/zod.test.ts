// An application whose schemas are zod's, all of them: https://github.com/turkerdev/fastify-type-provider-zod
import swagger from '@fastify/swagger'
import guard, { allOf, everyone } from '@latchkey/guard'
import { like } from '@latchkey/exact'
import openapi, { accessTransform } from '@latchkey/openapi'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider
} from 'fastify-type-provider-zod'
import t from 'tap'
import { z } from 'zod'
import { injectForm } from '../inject-form.ts'

const origin = 'http://localhost:3000'
const keys = [await generateSigningKey()]

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: object }
}

interface Operation {
  readonly tags?: readonly string[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>
}

const documents: Readonly<Record<string, (app: FastifyInstance) => Promise<unknown>>> = {
  'openapi({ transform })': async (app) =>
    app.register(openapi, { ui: '/docs', transform: jsonSchemaTransform, transformObject: jsonSchemaTransformObject }),
  'accessTransform(app, transform)': async (app) => {
    await app.register(swagger, {
      openapi: { openapi: '3.1.0' },
      transform: accessTransform(app, jsonSchemaTransform),
      transformObject: jsonSchemaTransformObject
    })
    app.get('/docs/json', { config: { access: everyone } }, async () => app.swagger())
  },
  '@fastify/swagger alone': async (app) => {
    await app.register(swagger, { openapi: { openapi: '3.1.0' }, transform: jsonSchemaTransform })
    app.get('/docs/json', { config: { access: everyone } }, async () => app.swagger())
  }
}

for (const [name, register] of Object.entries(documents)) {
  t.test(`${name} documents zod's routes and the token endpoint's (K2.3)`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(serializerCompiler)
    await register(app)
    await app.register(guard, { resource: origin, undeclared: 'deny' })
    await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys, store: memoryStore() })
    app.withTypeProvider<ZodTypeProvider>().post(
      '/items',
      {
        config: { access: allOf('items:write') },
        schema: {
          body: z.object({ name: z.string().min(1) }),
          response: { 201: z.object({ id: z.number() }) }
        }
      },
      async (_request, reply) => reply.code(201).send({ id: 1 })
    )
    const answer = await app.inject('/docs/json')
    t.equal(answer.statusCode, 200)
    const { paths } = answer.json<Document>()
    like(t, paths['/items']?.['post'], {
      requestBody: { content: { 'application/json': { schema: { properties: { name: { type: 'string' } } } } } },
      responses: { 201: { content: { 'application/json': { schema: { properties: { id: { type: 'number' } } } } } } }
    })
    like(t, paths['/token']?.['post'], {
      tags: ['OAuth'],
      requestBody: {
        content: { 'application/x-www-form-urlencoded': { schema: { properties: { grant_type: { type: 'string' } } } } }
      }
    })
    for (const path of ['/revoke', '/introspect']) like(t, paths[path]?.['post'], { tags: ['OAuth'] })
    for (const path of ['/jwks', '/.well-known/oauth-authorization-server']) {
      like(t, paths[path]?.['get'], { tags: ['OAuth'] })
    }
    t.notOk('put' in (paths['/token'] ?? {}))
  })
}

t.test('the token endpoint, its documents and those of the guard answer beside zod compilers (K2.3)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(guard, { resource: origin })
  await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys, store: memoryStore() })
  const answer = await injectForm(app, '/token', { grant_type: 'refresh_token', refresh_token: 'none' })
  like(t, [answer.statusCode, answer.json()], [400, { error: 'invalid_grant' }])
  for (const [url, member] of [
    ['/jwks', 'keys'],
    ['/.well-known/oauth-authorization-server', 'issuer'],
    ['/.well-known/oauth-protected-resource', 'resource']
  ] as const) {
    const document = await app.inject(url)
    t.equal(document.statusCode, 200)
    t.ok(member in document.json())
  }
})
