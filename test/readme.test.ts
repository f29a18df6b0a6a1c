// Runs in a process of its own: it compiles every snippet of the documentation, which takes minutes on a busy machine.
import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { find, read, root } from './architecture/workspace.ts'
import { freeOrigin } from './loopback.ts'
import { startReadmeServer } from './readme-server.js'

t.setTimeout(600_000)

t.test('the server in the README behaves as the README describes', async (t) => {
  const origin = await freeOrigin()
  const folder = path.join(root, '.artifacts/readme')
  const server = await startReadmeServer(folder, Number(new URL(origin).port), [])
  t.teardown(() => server.kill())

  const curl = /curl -d '([^']*)' localhost:3000\/token/.exec(read('README.md'))
  const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(curl?.[1]) })
  t.equal(answer.status, 200)
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const authorization = `Bearer ${token}`

  const items = await fetch(`${origin}/items`, { headers: { authorization } })
  t.equal(items.status, 200)
  t.same(await items.json(), ['a brass key'])
  const little = await fetch(`${origin}/items`, { method: 'POST', headers: { authorization } })
  t.equal(little.status, 403)
  t.match(little.headers.get('www-authenticate'), /scope="items:write"/)
  const none = await fetch(`${origin}/items`)
  t.equal(none.status, 401)
  t.equal(none.headers.get('www-authenticate'), 'Bearer scope="items:read"')
  t.equal((await fetch(`${origin}/docs/`)).status, 200)
})

t.test(
  "the table for users of other plugins in the guard's README names only code of the program beneath it",
  async (t) => {
    const [, section = ''] = read('packages/guard/README.md').split('## Coming from ')
    const [, program = ''] = /```ts\n(.*?)```/s.exec(section) ?? []
    const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| there '))
    const shown = rows.flatMap((row) =>
      [...(row.split(' | ').at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
    )
    t.ok(shown.length > 15)
    t.same(
      shown.filter((code) => code !== 'POST /token' && !program.includes(code)),
      []
    )
  }
)

t.test('every snippet of TypeScript in a README or a page of docs compiles', async (t) => {
  const shared: Snippets = new Map()
  const programs: [Snippets, ts.CompilerOptions][] = [[shared, {}]]
  for (const page of find('**/README.md', 'docs/**/*.md')) {
    const snippets = snippetsOf(page)
    const experimentalDecorators = read(page).includes('"experimentalDecorators": true')
    // The types of `principal.user` and of `request.user` are one for a whole program.
    const isAlone = [...snippets.values()].some((code) => /interface (?:PrincipalTypes|PassportUser)/.test(code))
    if (isAlone || experimentalDecorators) programs.push([snippets, { experimentalDecorators }])
    else for (const [file, code] of snippets) shared.set(file, code)
  }
  t.ok(shared.size > 0)
  t.same(
    programs.flatMap(([snippets, options]) => faultsOf(snippets, options)),
    []
  )
})

/** The files that are no snippets. Each is parsed once for all programs. */
const parsedFiles = new Map<string, ts.SourceFile>()

/** The code of each snippet, by the path of the file that it would be. */
type Snippets = Map<string, string>

/** The snippets of a page. One that begins with `// plugins/name.ts` is that file, and others may import it. */
function snippetsOf(page: string): Snippets {
  const folder = path.join(root, path.dirname(page), path.basename(page, '.md'))
  const codes = [...read(page).matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  return new Map(
    codes.map((code, at) => {
      const [, name] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? []
      return [name === undefined ? `${folder}.${at + 1}.ts` : path.join(folder, name), `${code}\nexport {}\n`]
    })
  )
}

/** The errors of the compiler in the snippets. `pnpm types` checks the packages. */
function faultsOf(snippets: Snippets, more: ts.CompilerOptions): string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile) as { config: object }
  const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, ...more }
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false })
  const { directoryExists, fileExists, getSourceFile, readFile } = host
  const folders = new Set([...snippets.keys()].map((file) => path.dirname(file)))
  host.directoryExists = (folder) => folders.has(path.normalize(folder)) || (directoryExists?.(folder) ?? true)
  host.fileExists = (file) => snippets.has(path.normalize(file)) || fileExists(file)
  host.readFile = (file) => snippets.get(path.normalize(file)) ?? readFile(file)
  host.getSourceFile = (file, ...rest) => {
    if (snippets.has(path.normalize(file))) return getSourceFile(file, ...rest)
    const parsed = parsedFiles.get(file) ?? getSourceFile(file, ...rest)
    if (parsed) parsedFiles.set(file, parsed)
    return parsed
  }
  const program = ts.createProgram([...snippets.keys()], { ...options, noUnusedLocals: false }, host)
  const sources = [...snippets.keys()].map((file) => program.getSourceFile(file))
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...sources.flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source)
    ])
  ]
  return found.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${path.relative(root, file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
