import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isCancel, select, text } from '@clack/prompts'
import { generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import { CommandError } from '../command-error.ts'
import { version } from '../manifest.ts'
import { print } from '../printing.ts'
import { type Access, type StoreKind, template } from './templates.ts'

/** The options of `latchkey init`. What is missing is asked for. */
export interface InitOptions {
  readonly folder?: string
  readonly access?: Access
  readonly store?: StoreKind
}

/** Writes a new server into a folder. Returns the exit code. */
export async function init(options: InitOptions): Promise<number> {
  const { folder, access, store } = await answered(options)
  if (folder === '') throw new CommandError('the folder must have a name. Fix: "." is the current folder')
  const { program, packages } = template(access, store)
  const { environment, hints } = await settings(access, store)
  const files = {
    'app.ts': program,
    'package.json': `${JSON.stringify(manifest(folder, packages), null, 2)}\n`,
    '.env': environment,
    '.gitignore': 'node_modules\n.env\n*.sqlite*\n'
  }
  const taken = Object.keys(files).filter((name) => existsSync(path.join(folder, name)))
  if (taken.length > 0) throw new CommandError(`${folder} has ${taken.join(', ')} already. Fix: choose an empty folder`)
  try {
    await mkdir(folder, { recursive: true })
    // Only the owner may read the secrets. No file is replaced, and no link is followed.
    for (const [name, content] of Object.entries(files)) {
      await writeFile(path.join(folder, name), content, { mode: name === '.env' ? 0o600 : 0o644, flag: 'wx' })
    }
  } catch (cause) {
    throw new CommandError(`${folder}: the files cannot be written. Fix: choose a new folder`, { cause })
  }
  print(
    `${Object.keys(files).join(', ')} are in ${folder}. Next:\n\n${hints(folder)
      .map((line) => `  ${line}\n`)
      .join('')}`
  )
  return 0
}

async function answered({ folder, access, store }: InitOptions): Promise<Required<InitOptions>> {
  if (!process.stdin.isTTY && (folder === undefined || access === undefined || store === undefined)) {
    throw new CommandError('without a terminal, init needs the folder, --access and --store')
  }
  return {
    folder:
      folder ??
      given(await text({ input: process.stdin, message: 'The folder of the server', initialValue: 'latchkey-server' })),
    access:
      access ??
      given(
        await select<Access>({
          input: process.stdin,
          message: 'The callers',
          options: [
            { value: 'tokens', label: 'Programs get tokens from this server' },
            { value: 'login', label: 'People log in with Discord, and stay logged in' },
            { value: 'api', label: 'Programs bring tokens of another issuer' }
          ]
        })
      ),
    store:
      store ??
      given(
        await select<StoreKind>({
          input: process.stdin,
          message: 'The store',
          options: [
            { value: 'memory', label: 'Memory, to try things out' },
            { value: 'sqlite', label: 'A SQLite file' },
            { value: 'postgres', label: 'PostgreSQL' }
          ]
        })
      )
  }
}

function given<Value>(answer: Value): Exclude<Value, symbol> {
  if (isCancel(answer)) throw new CommandError('init was cancelled: nothing was written')
  return answer as Exclude<Value, symbol> // only a cancelled prompt gives a symbol
}

interface Settings {
  /** The content of the file `.env`. */
  readonly environment: string
  readonly hints: (folder: string) => readonly string[]
}

const START = (folder: string): readonly string[] => [`cd ${quoted(folder)}`, 'npm install', 'npm start']

/** A word of a command line. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

async function settings(access: Access, store: StoreKind): Promise<Settings> {
  const database = store === 'postgres' ? 'DATABASE_URL=postgres://localhost/postgres\n' : ''
  if (access === 'api') return { environment: 'ISSUER=https://login.example.com\n', hints: START }
  const { clientSecret, clientSecretHash } = generateClientSecret()
  if (access === 'login') {
    const discord = [
      `SESSION_SECRET=${clientSecret}`,
      '# Those of npx @latchkey/dev-provider --profile discord. For Discord itself, set its credentials and remove DISCORD_URL.',
      'DISCORD_ID=latchkey',
      'DISCORD_SECRET=latchkey-development-secret',
      'DISCORD_URL=http://127.0.0.1:4000',
      database
    ]
    return {
      environment: discord.join('\n'),
      hints: (folder) => [...START(folder), 'npx @latchkey/dev-provider --profile discord   # in another terminal']
    }
  }
  const keys = JSON.stringify({ keys: [await generateSigningKey()] })
  return {
    environment: `SIGNING_KEYS='${keys}'\nJOB_SECRET_HASH=${clientSecretHash}\n${database}`,
    hints: (folder) => [
      ...START(folder),
      'npx @latchkey/cli token http://localhost:3000 --client job --scope items:read   # in another terminal',
      `# It asks for the secret of the client, which is kept nowhere: ${clientSecret}`
    ]
  }
}

/** A name that npm accepts. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z\d.-]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
  return name === '' ? 'server' : name
}

/** The versions of the packages that this version of the command line works with. */
const VERSIONS: Readonly<Record<string, string>> = {
  fastify: '^5.12.1',
  kysely: '^0.29.0',
  libsql: '^0.5.0',
  pg: '^8.16.0'
}

function manifest(folder: string, packages: readonly string[]): object {
  return {
    name: packageName(path.basename(path.resolve(folder))),
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: { start: 'node --env-file=.env --import=tsx app.ts' },
    dependencies: {
      ...Object.fromEntries(packages.map((name) => [name, VERSIONS[name] ?? `^${version()}`])),
      tsx: '^4.20.0'
    }
  }
}
