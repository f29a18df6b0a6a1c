// The server that the README shows, as a program that listens on a port of one's choice.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

const readme = path.join(import.meta.dirname, '../README.md')

/** The program, with its port changed. */
async function program(port) {
  const [, code] = /```js\n(.*?)```/s.exec(await readFile(readme, 'utf8')) ?? []
  if (code === undefined) throw new Error('the README shows no server')
  return code.replaceAll('3000', String(port))
}

/**
 * Runs the program in a folder with its imports, until it listens.
 *
 * @param {string} folder
 * @param {number} port
 * @param {string[]} execArgv options of Node.js
 * @param {string} [execPath] the program of Node.js. Default: this one
 * @returns {Promise<import('node:child_process').ChildProcess>} kill it when done
 */
export async function startReadmeServer(folder, port, execArgv, execPath = process.execPath) {
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'server.mjs')
  await writeFile(file, `${await program(port)}\nprocess.send('listening')\n`)
  const env = { ...process.env, TAP: undefined, NODE_OPTIONS: undefined }
  const server = fork(file, { cwd: folder, execArgv, execPath, env })
  const ended = once(server, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)))
  await Promise.race([once(server, 'message'), ended])
  return server
}
