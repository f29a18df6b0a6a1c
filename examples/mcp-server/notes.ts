import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** Who calls a tool. */
export interface Caller {
  readonly subject: string
  readonly scopes: ReadonlySet<string>
}

/** The tools of one caller: what they may not do they do not even see. */
export function notesServer(notes: string[], { subject, scopes }: Caller): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('read_notes', { description: 'All notes' }, async () => text(notes.join('\n')))
  if (scopes.has('notes:write')) {
    server.registerTool(
      'add_note',
      { description: 'Adds a note', inputSchema: z.object({ note: z.string() }) },
      async ({ note }) => text(`There are ${notes.push(`${subject}: ${note}`)} notes now`)
    )
  }
  return server
}

function text(content: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text: content }] }
}
