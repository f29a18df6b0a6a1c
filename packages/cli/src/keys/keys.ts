import { generateClientSecret, generateSigningKey, type SigningAlgorithm } from '@latchkey/token-endpoint'
import { factsOf } from '../app/facts.ts'
import { type LoadOptions, type OpenedApp, openApp } from '../app/open-app.ts'
import { CommandError } from '../command-error.ts'
import { note, print, printJson, table } from '../printing.ts'
import { isPrivate, type Key, readKeySet, rotated } from './key-set.ts'

/** The options of `latchkey keys list` and `latchkey keys rotate`. */
export interface KeysOptions extends LoadOptions {
  /** The environment variable with the key set. */
  readonly env: string
  readonly file?: string
  readonly json?: boolean
  readonly alg?: SigningAlgorithm
  readonly dropPublic?: boolean
}

/** Prints a new key set. Returns the exit code. */
export async function newKeys({ alg }: { readonly alg?: SigningAlgorithm }): Promise<number> {
  printKeys([await generateSigningKey(alg)])
  return 0
}

/** Prints a new secret for sessions, or for the keys in a store. Returns the exit code. */
export async function newSecret(): Promise<number> {
  print(generateClientSecret().clientSecret)
  return 0
}

/** Describes the keys of a key set, or of the server of an app file. Returns the exit code. */
export async function listKeys(app: string | undefined, options: KeysOptions): Promise<number> {
  const described = app === undefined ? await ofKeySet(options) : await ofApp(app, options, async () => {})
  if (options.json === true) printJson(described)
  else
    print(
      table(
        ['KID', 'ALG', 'USE'],
        described.map(({ kid, alg, use }) => [kid, alg, use])
      )
    )
  return 0
}

/** Takes the next step of a rotation. Returns the exit code. */
export async function rotateKeys(app: string | undefined, options: KeysOptions): Promise<number> {
  if (app !== undefined) {
    await ofApp(app, options, (opened) => opened.rotateKeys())
    note('The store has a new key, unless one was waiting. It signs after the overlap, in every process')
    return 0
  }
  const found = await readKeySet({ variable: options.env, file: options.file })
  const kept = options.dropPublic === true ? found.filter(isPrivate) : found
  const { step, keys } = await rotated(kept, options.alg)
  printKeys(keys)
  note(
    step === 'published'
      ? 'The last key is new. Deploy this key set to every process, wait for 10 minutes, and run the command again'
      : 'The first key signs now. Deploy this key set. Use --drop-public in the next rotation, a day from now at the earliest'
  )
  return 0
}

interface DescribedKey {
  readonly kid: string
  readonly alg: string
  readonly use: 'signs' | 'published, can sign' | 'published'
}

async function ofKeySet({ env, file }: KeysOptions): Promise<readonly DescribedKey[]> {
  const keys = await readKeySet({ variable: env, file })
  const signer = keys.find(isPrivate)
  return keys.map((key) => {
    const use = key === signer ? 'signs' : isPrivate(key) ? 'published, can sign' : 'published'
    return { kid: key.kid ?? 'none', alg: key.alg ?? 'none', use }
  })
}

async function ofApp(
  file: string,
  options: LoadOptions,
  act: (app: OpenedApp) => Promise<void>
): Promise<readonly DescribedKey[]> {
  const app = await openApp(file, options)
  try {
    const [endpoint] = factsOf(app.report, '@latchkey/token-endpoint')
    if (endpoint === undefined) throw new CommandError(`${file}: the server has no token endpoint`)
    await act(app)
    return endpoint.keys.published.map(({ kid, alg, signs }) => ({ kid, alg, use: signs ? 'signs' : 'published' }))
  } finally {
    await app.close()
  }
}

function printKeys(keys: readonly Key[]): void {
  print(JSON.stringify({ keys }))
}
