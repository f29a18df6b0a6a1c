import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** The scope that a tool needs. Every caller sees every tool: a client asks for more scope when it calls one. */
export const toolScopes: ReadonlyMap<unknown, string> = new Map([
  ['read_notes', 'notes:read'],
  ['add_note', 'notes:write']
])

/** The tools of one caller. */
export function notesServer(notes: string[], subject: string): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('read_notes', { description: 'All notes' }, async () => text(notes.join('\n')))
  server.registerTool(
    'add_note',
    { description: 'Adds a note', inputSchema: z.object({ note: z.string() }) },
    async ({ note }) => text(`There are ${notes.push(`${subject}: ${note}`)} notes now`)
  )
  return server
}

function text(content: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text: content }] }
}
