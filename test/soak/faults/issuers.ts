// Issuers that fail: the server trusts their tokens and needs their keys.
import { equal, ok } from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../client.ts'
import { breaks, fails, hangs, json } from '../endpoint.ts'
import type { Issuer } from '../issuer.ts'
import { several } from '../several.ts'
import { all, becomes, type Fault, items, manyAtOnce, statuses, timed } from './fault.ts'
import { malformed } from './malformed-keys.ts'

function hasRetryAfter(answers: readonly Answer[]): void {
  ok(answers.every(({ headers }) => /^\d+$/.test(String(headers['retry-after']))))
}

const cold: Fault = {
  number: 4,
  injected: 'an issuer answers 500 from the start of the server on; 4 seconds of requests with its tokens',
  expected: 'each answer is 503 with `Retry-After`; one fetch for each step of the back-off; then 200',
  async inject(soak) {
    const { cold: issuer } = soak.issuers
    const token = await issuer.token()
    const [before, end] = [issuer.asked, performance.now() + 4_000]
    const answers: Answer[] = []
    while (performance.now() < end) {
      answers.push(...(await several(10, () => items(soak, token))))
      await setTimeout(50)
    }
    all(answers, 503)
    hasRetryAfter(answers)
    const asked = issuer.asked - before
    ok(asked <= 4, `${asked} fetches`)
    issuer.behave()
    const seconds = await becomes(200, () => items(soak, token))
    return `${statuses(answers)}; ${asked} fetches; 200 after ${seconds} s with the issuer up again`
  }
}

const hanging: Fault = {
  number: 2,
  injected: 'an issuer accepts connections and never answers; 20 requests at once with its tokens',
  expected: 'each answer is 503 after 5 seconds at most; the connections to the issuer are closed',
  async inject(soak) {
    const { hanging: issuer } = soak.issuers
    const token = await issuer.token()
    issuer.behave(hangs)
    const { result, took } = await timed(() => several(20, () => items(soak, token)))
    all(result, 503)
    ok(took < 6_500, `${took} ms`)
    let open = await issuer.connections()
    for (let tries = 0; open > 0 && tries < 20; tries++) {
      await setTimeout(100)
      open = await issuer.connections()
    }
    equal(open, 0, `${open} connections stay open`)
    issuer.behave()
    const seconds = await becomes(200, () => items(soak, token))
    return `${statuses(result)} after ${took} ms; ${open} connections open; 200 after ${seconds} s with the issuer up again`
  }
}

const outage: Fault = {
  number: 3,
  injected: 'two issuers with known keys break every connection',
  expected: 'tokens of known keys stay 200; a token of an unknown key is 503 with `Retry-After`, not 401',
  allows: { 'token of an unknown key': [503] },
  async inject(soak) {
    const { issuers, world } = soak
    const known = await issuers.outage.token()
    await becomes(200, () => items(soak, known))
    for (const issuer of [issuers.outage, world.main]) issuer.behave(breaks)
    const unknown = await several(20, () => items(soak, issuers.outage.tokenOfUnknownKey()))
    const good = await manyAtOnce(200, async () => items(soak, await issuers.outage.token()))
    for (const issuer of [issuers.outage, world.main]) issuer.behave()
    all(unknown, 503)
    hasRetryAfter(unknown)
    all(good, 200)
    for (const issuer of [issuers.outage, world.main]) await becomes(401, () => items(soak, issuer.tokenOfUnknownKey()))
    return `known key: ${statuses(good)}; unknown key: ${statuses(unknown)}`
  }
}

const rotation: Fault = {
  number: 5,
  injected: 'an issuer makes a new key and withdraws the old one',
  expected: 'the first token of the new key is 200 after one fetch; then a token of the old key is 401',
  async inject(soak) {
    const { rotating: issuer } = soak.issuers
    const old = await issuer.token()
    await becomes(200, () => items(soak, old))
    await issuer.rotate()
    const before = issuer.asked
    const { status } = await items(soak, await issuer.token())
    const fetches = issuer.asked - before
    const late = await items(soak, old)
    equal(status, 200)
    equal(fetches, 1)
    equal(late.status, 401)
    return `new key: ${status} after ${fetches} fetch; old key: ${late.status}`
  }
}

const flood: Fault = {
  number: 6,
  injected: 'a flood of tokens with random key ids (10,000; fewer in a short run)',
  expected: 'each answer is 401; one fetch in 30 seconds; other tokens stay 200',
  async inject(soak) {
    const { issuers, load } = soak
    await becomes(200, async () => items(soak, await issuers.flooded.token()))
    load.latency.reset()
    await setTimeout(3_000)
    const before = { asked: issuers.flooded.asked, p99: load.latency.percentile(99) / 1_000 }
    load.latency.reset()
    const { result, took } = await timed(() =>
      manyAtOnce(soak.flood, () => items(soak, issuers.flooded.tokenOfUnknownKey()))
    )
    const asked = issuers.flooded.asked - before.asked
    all(result, 401)
    ok(asked <= 1 + Math.floor(took / 30_000), `${asked} fetches in ${took} ms`)
    const p99 = load.latency.percentile(99) / 1_000
    return `${statuses(result)} in ${took} ms; fetches: ${asked}; p99 of good tokens: ${before.p99.toFixed(0)} ms before, ${p99.toFixed(0)} ms during the flood`
  }
}

const introspection: Fault = {
  number: 27,
  injected: 'the introspection endpoint answers 500, then `"active": "true"`, then nothing; later it revokes a token',
  expected: 'new tokens are 503; a revoked token is 401 within the ttl of 2 seconds',
  allows: { 'opaque token': [503], 'unknown opaque token': [503] },
  async inject(soak) {
    const seen: string[] = []
    for (const listener of [fails, json({ active: 'true', aud: 'https://api.example.com', sub: 'ada' }), hangs]) {
      soak.introspection.behave(listener)
      const { result, took } = await timed(() => items(soak, soak.introspection.token()))
      equal(result.status, 503)
      seen.push(`${result.status} after ${took} ms`)
    }
    soak.introspection.behave()
    const token = soak.introspection.token()
    const up = await becomes(200, () => items(soak, token), 90)
    soak.introspection.revoke(token)
    const seconds = await becomes(401, () => items(soak, token))
    ok(seconds <= 3, `the revoked token worked for ${seconds} s`)
    return `${seen.join(', ')}; 200 after ${up} s with the endpoint up again; 401 ${seconds} s after the revocation`
  }
}

const network: Fault = {
  number: 30,
  injected: 'an issuer breaks the connection of the first request; another issuer has an unknown host name',
  expected: 'the GET is repeated once, so the token is 200; the unknown host name gives 503, and the process lives on',
  async inject(soak) {
    const { resetting } = soak.issuers
    resetting.behave(breaksOnce(resetting))
    const broken = await items(soak, await resetting.token())
    equal(broken.status, 200)
    const { result, took } = await timed(async () =>
      items(soak, await resetting.token({ issuer: 'https://nowhere.invalid' }))
    )
    equal(result.status, 503)
    return `broken connection: ${broken.status}; unknown host name: ${result.status} after ${took} ms`
  }
}

function breaksOnce(issuer: Issuer): RequestListener {
  return (request, response) => {
    issuer.behave()
    breaks(request, response)
  }
}

export const issuers: readonly Fault[] = [cold, hanging, outage, rotation, flood, malformed, introspection, network]
