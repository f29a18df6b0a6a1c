import { channel } from 'node:diagnostics_channel'
import { type Telling, tell } from '@latchkey/guard/plugin'
import t from 'tap'
import { heard } from '@latchkey/exact/heard'

/** A logger of one level that stores its lines. */
function logger(wanted?: string): { readonly lines: unknown[]; readonly log: Telling['log'] } {
  const lines: unknown[] = []
  const at =
    (level: string) =>
    (line: unknown, message?: unknown): void =>
      void lines.push([level, line, message])
  const log = { info: at('info'), warn: at('warn'), error: at('error') }
  return { lines, log: wanted === undefined ? log : { ...log, isLevelEnabled: (level: string) => level === wanted } }
}

const told = channel('test:tell')

t.test('logs an event with the name of its channel and with details that subscribers do not receive', (t) => {
  const events = heard(t, 'test:tell')
  const { log, lines } = logger()
  tell(told, { kind: 'plain' }, { log, message: 'It happened' })
  tell(told, { kind: 'detailed' }, { log, message: 'It failed', level: 'error', details: () => ({ reason: 'why' }) })
  t.same(lines, [
    ['info', { event: 'test:tell', kind: 'plain' }, 'It happened'],
    ['error', { event: 'test:tell', kind: 'detailed', reason: 'why' }, 'It failed']
  ])
  t.same(events, [{ kind: 'plain' }, { kind: 'detailed' }])
  t.ok(events.every((event) => Object.isFrozen(event)))
  t.end()
})

t.test('does not compute details for a disabled log level', (t) => {
  const { log, lines } = logger('warn')
  const details = (): object => ({ asked: t.fail('the level is disabled') })
  tell(told, { kind: 'quiet' }, { log, message: 'It happened', details })
  t.same(lines, [])
  tell(told, { kind: 'loud' }, { log, message: 'It happened', level: 'warn', details: () => ({ more: 1 }) })
  t.same(lines, [['warn', { event: 'test:tell', kind: 'loud', more: 1 }, 'It happened']])
  t.end()
})
