import { defineConfig } from 'vitest/config'

const conditions = ['@latchkey/source', 'node']

export default defineConfig({
  test: { include: ['in-vitest.ts'], watch: false },
  resolve: { conditions },
  ssr: { resolve: { conditions } }
})
