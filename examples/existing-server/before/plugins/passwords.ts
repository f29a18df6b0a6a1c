import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    passwords: { readonly hash: typeof hash; readonly verify: typeof verify }
  }
}

const COSTS = { cost: 65_536, blockSize: 8, parallelization: 2, maxmem: 256 * 1024 * 1024 }

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, COSTS, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}.${(await derive(password, salt)).toString('hex')}`
}

async function verify(password: string, stored: string): Promise<boolean> {
  const [salt = '', key = ''] = stored.split('.')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex')), Buffer.from(key, 'hex'))
}

export default fp(
  async (fastify) => {
    fastify.decorate('passwords', { hash, verify })
  },
  { name: 'passwords' }
)
