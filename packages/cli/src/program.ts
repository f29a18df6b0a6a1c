import { styleText } from 'node:util'
import { Argument, Command, CommanderError, Option } from 'commander'
import { CommandError } from './command-error.ts'
import type { DoctorOptions } from './doctor/doctor.ts'
import type { InitOptions } from './init/init.ts'
import type { KeysOptions } from './keys/keys.ts'
import { version } from './manifest.ts'
import { allowEarlyReaders, note } from './printing.ts'
import type { RoutesOptions } from './routes/routes.ts'
import type { TokenOptions } from './token/token.ts'

type ExitWith = (code: number) => void

const FILE = 'a file that exports build(), a Fastify server or a plugin'
const EXIT_CODES = `
Exit codes:
  0  done; doctor, mcp and routes --check found no error
  1  the answer is no: an error was found, a check failed, a token was refused
  2  the command could not do its work: a wrong argument, a file that does not load, a server that does not answer
`

/**
 * Runs the command line with the arguments after its name, such as `['doctor', 'app.ts']`. Prints to the standard output and the
 * standard error. Does not end the process.
 *
 * @returns the exit code: 0; 1 when the answer is no; 2 when the command could not do its work
 *
 * @example
 * ```ts
 * process.exitCode = await run(['routes', 'app.ts', '--check'])
 * ```
 */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0
  allowEarlyReaders()
  try {
    await program((code) => (exitCode = code)).parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof CommandError)) throw error
    note(`${styleText('red', 'latchkey:', { stream: process.stderr })} ${error.message}`)
    return error.exitCode
  }
}

function program(exitWith: ExitWith): Command {
  const latchkey = new Command('latchkey')
    .description('The command line of Latchkey: OAuth2 login and resource protection for Fastify.')
    .version(version())
    .helpCommand('help [command]', 'print the help of a command')
    .helpOption('-h, --help', 'print the help')
    .addHelpText('after', EXIT_CODES)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
  addRoutes(latchkey, exitWith)
  addDoctor(latchkey, exitWith)
  addToken(latchkey, exitWith)
  addKeys(latchkey, exitWith)
  addMcp(latchkey, exitWith)
  addInit(latchkey, exitWith)
  return latchkey
}

function addRoutes(latchkey: Command, exitWith: ExitWith): void {
  const command = latchkey.command('routes').description('list the routes of an app file with their rules')
  command
    .argument('<file>', FILE)
    .option('--check', 'exit with 1 if a route has no rule, or if the routes differ from the --snapshot')
    .option('--snapshot <file>', 'write the routes to a file for your repository; with --check, compare with it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  latchkey routes app.ts --check --snapshot routes.txt\n')
    .action(async (file: string, options: RoutesOptions) => {
      exitWith(await (await import('./routes/routes.ts')).routes(file, options))
    })
  addLoadOptions(command)
}

function addDoctor(latchkey: Command, exitWith: ExitWith): void {
  const command = latchkey.command('doctor').description('find mistakes in the server of an app file')
  command
    .argument('<file>', FILE)
    .option('--production', 'set NODE_ENV to production, and check what production needs')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  latchkey doctor app.ts --production --env-file .env.production\n')
    .action(async (file: string, options: DoctorOptions) => {
      exitWith(await (await import('./doctor/doctor.ts')).doctor(file, options))
    })
  addLoadOptions(command)
}

function addToken(latchkey: Command, exitWith: ExitWith): void {
  const command = latchkey.command('token').description('get an access token, for development')
  command
    .argument('<target>', `the issuer or the token endpoint of a running server, or ${FILE}`)
    .requiredOption('--client <id>', 'the identifier of the client')
    .option('--user <name>', 'get a token for a user with the password grant, instead of client credentials')
    .option('--public', 'the client has no secret')
    .option('--scope <scopes>', 'the scopes, with spaces between them')
    .option('--resource <uri>', 'the resource that the token is for (RFC 8707)')
    .option('--stdin', 'read the password of the --user, or else the client secret, from the standard input')
    .option('--json', 'print the whole response')
    .addHelpText(
      'after',
      `
The client secret comes from LATCHKEY_CLIENT_SECRET, the password from LATCHKEY_PASSWORD. If it is missing, a terminal asks for it.
A client of the password grant without LATCHKEY_CLIENT_SECRET is public.

Example:
  curl -H "Authorization: Bearer $(latchkey token http://localhost:3000 --client job --scope items:read)" localhost:3000/items
`
    )
    .action(async (target: string, options: TokenOptions) => {
      exitWith(await (await import('./token/token.ts')).token(target, options))
    })
  addLoadOptions(command)
}

function addKeys(latchkey: Command, exitWith: ExitWith): void {
  const keys = latchkey.command('keys').description('make, describe and rotate signing keys, and make secrets')
  const algorithm = new Option('--alg <name>', 'the algorithm').choices(['ES256', 'RS256', 'Ed25519', 'EdDSA'])
  keys
    .command('new')
    .description(
      'print a new key set for the option keys of @latchkey/token-endpoint, as one line of JSON. It is secret'
    )
    .addOption(algorithm)
    .action(async (options: Pick<KeysOptions, 'alg'>) => {
      exitWith(await (await import('./keys/keys.ts')).newKeys(options))
    })
  keys
    .command('secret')
    .description('print 32 random bytes in base64url: a secret for sessions, for storedKeys() or for a client')
    .action(async () => {
      exitWith(await (await import('./keys/keys.ts')).newSecret())
    })
  const list = keys.command('list').description('describe the keys of a key set, or of the server of an app file')
  const rotate = keys.command('rotate').description('take the next step of a rotation of a key set, or of storedKeys()')
  for (const command of [list, rotate]) {
    command
      .argument('[app]', `${FILE}. Default: a key set`)
      .option('--env <name>', 'the environment variable with the key set', 'SIGNING_KEYS')
      .option('--file <file>', 'a file with the key set, or - for the standard input')
    addLoadOptions(command)
  }
  list.option('--json', 'print JSON').action(async (app: string | undefined, options: KeysOptions) => {
    exitWith(await (await import('./keys/keys.ts')).listKeys(app, options))
  })
  rotate
    .addOption(algorithm)
    .option('--drop-public', 'remove the public keys of earlier rotations')
    .addHelpText(
      'after',
      `
A key set needs two steps. The first adds a key that is published and does not sign. The second lets it sign.
Deploy the printed key set after each step.

Example:
  latchkey keys rotate --file keys.json > next-keys.json
`
    )
    .action(async (app: string | undefined, options: KeysOptions) => {
      exitWith(await (await import('./keys/keys.ts')).rotateKeys(app, options))
    })
}

function addMcp(latchkey: Command, exitWith: ExitWith): void {
  latchkey
    .command('mcp')
    .description('walk the discovery of an MCP server, and tell what a client would find wrong')
    .argument('<url>', 'the URL of the MCP server, such as http://localhost:3000/mcp')
    .option('--json', 'print JSON')
    .action(async (url: string, options: { readonly json?: boolean }) => {
      exitWith(await (await import('./mcp/mcp.ts')).mcp(url, options))
    })
}

function addInit(latchkey: Command, exitWith: ExitWith): void {
  latchkey
    .command('init')
    .description('write a server that starts. Asks three questions, unless the options answer them')
    .addArgument(new Argument('[folder]', 'the folder of the server'))
    .addOption(new Option('--access <kind>', 'the callers: see below').choices(['tokens', 'login', 'api']))
    .addOption(new Option('--store <kind>', 'where it stores data').choices(['memory', 'sqlite', 'postgres']))
    .addHelpText(
      'after',
      `
Callers:
  tokens  programs get tokens from this server
  login   people log in with Discord, and stay logged in with a cookie
  api     programs bring tokens of another issuer

Example:
  latchkey init my-server --access tokens --store sqlite
`
    )
    .action(async (folder: string | undefined, options: Omit<InitOptions, 'folder'>) => {
      const { init } = await import('./init/init.ts')
      exitWith(await init({ ...options, ...(folder !== undefined && { folder }) }))
    })
}

function addLoadOptions(command: Command): void {
  command
    .option('--run', 'run the file as the main program until it calls listen(), instead of using its exports')
    .option('--env-file <file>', 'set environment variables from a file')
}
