// CPU per request of each contender, as a ratio to a bare Fastify route in the same run. Rounds are interleaved, so that
// whatever else the machine does falls on all alike. `--smoke` only proves that every contender answers as it must.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import path from 'node:path'
import { contenders } from './contenders.ts'

const CONNECTIONS = 32
const smoke = process.argv.includes('--smoke')
const rounds = smoke ? 1 : 9
const requests = smoke ? 64 : 6000

interface Running {
  readonly name: string
  readonly process: ChildProcess
  readonly url: string
  readonly token: string | null
  readonly status: number
  /** Microseconds of CPU per request, one of each round. */
  readonly costs: number[]
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const running = await Promise.all(Object.keys(contenders).map(start))
try {
  for (const contender of running) await load(contender, smoke ? 1 : requests)
  for (let round = 0; round < rounds; round++) for (const contender of running) await measure(contender)
} finally {
  agent.destroy()
  for (const contender of running) contender.process.disconnect()
}

const bare = median(running.find(({ name }) => name === 'bare')?.costs ?? [])
console.log('| contender | CPU per request | of bare | spread |\n| --- | --- | --- | --- |')
for (const { name, costs } of running) {
  const ratios = costs.map((cost) => bare / cost)
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  console.log(`| ${name} | ${median(costs).toFixed(0)} µs | ${median(ratios).toFixed(2)} | ${spread} |`)
}

async function start(name: string): Promise<Running> {
  const child = fork(path.join(import.meta.dirname, 'server.ts'), [name])
  const [{ url, token, status }] = (await once(child, 'message')) as [Omit<Running, 'name' | 'process' | 'costs'>]
  return { name, process: child, url, token, status, costs: [] }
}

async function measure(contender: Running): Promise<void> {
  const before = await cpu(contender)
  await load(contender, requests)
  contender.costs.push(((await cpu(contender)) - before) / requests)
}

async function cpu({ process: child }: Running): Promise<number> {
  child.send('cpu')
  const [{ microseconds }] = (await once(child, 'message')) as [{ microseconds: number }]
  return microseconds
}

async function load(contender: Running, count: number): Promise<void> {
  let left = count
  const connection = async (): Promise<void> => {
    while (left-- > 0) await ask(contender)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
}

function ask({ name, url, token, status }: Running): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` }
    const sent = request(url, { agent, headers }, (response) => {
      response.resume().once('end', resolve)
      if (response.statusCode !== status) reject(new Error(`${name} answered ${response.statusCode}, not ${status}`))
    })
    sent.once('error', reject).end()
  })
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
