import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { readItems } from '../../examples/command-line/client.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { startCommandLine } from './command-line.ts'

/** Runs the client, and opens the link that it prints as a person who answers the consent page. */
async function run(t: Test, origin: string, ada: Visitor, decision: string): Promise<unknown> {
  const lines: string[] = []
  let answered: Promise<void> | undefined
  const items = readItems(new URL(origin), (line) => {
    lines.push(line)
    if (lines.length === 2) answered = answer()
  })
  const [found] = await Promise.allSettled([items])
  await answered
  if (found.status === 'rejected') throw found.reason
  return found.value

  async function answer(): Promise<void> {
    const [, code = ''] = / and enter ([A-Z-]{9})$/.exec(lines[0] ?? '') ?? []
    const link = (lines[1] ?? '').replace('Or open ', '')
    t.same(lines, [`Open ${origin}/device and enter ${code}`, `Or open ${origin}/device?user_code=${code}`])
    const form = await ada.logIn(link, 'ada')
    like(t, form, { status: 200, url: link, text: new RegExp(`value="${code}"`) })
    like(t, await ada.post(`${origin}/device`, { user_code: code }), { status: 200, text: /<li>Read your items<\/li>/ })
    t.equal((await ada.post(`${origin}/device/decision`, { user_code: code, decision })).status, 200)
  }
}

t.test(
  'command-line reads the items after its user logged in and allowed it in a browser (RFC 8628 §3.5)',
  async (t) => {
    t.same(await run(t, await startCommandLine(t), visitor(), 'allow'), ['a brass key'])
  }
)

t.test('command-line ends with access_denied when its user refuses (RFC 8628 §3.5)', async (t) => {
  const refused = run(t, await startCommandLine(t), visitor(), 'deny')
  await rejectsLike(t, refused, { error: 'access_denied', status: 400 })
})
