import { randomBytes } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import type { RecordKey, RecordStore, StoredRecord } from '@latchkey/store'
import { findLive, findStored, rewrite, secretKey, type Stored } from '../records.ts'
import type { AuthorizationRequest } from '../request/request-checks.ts'
import type { Question } from '../request/waiting.ts'
import { newUserCode } from './user-code.ts'

/** The request of a device. */
export type DeviceRequest = Pick<AuthorizationRequest, 'clientId' | 'scopes' | 'resources'>

/** The data that a device code stands for. */
export interface DeviceContent extends DeviceRequest {
  /** The codes are refused from this time on, in seconds since the epoch. */
  readonly expiresAt: number
  /** How long the device must wait between two polls, in seconds. */
  readonly interval: number
  /** When the device last polled, in seconds since the epoch; 0 for never. */
  readonly polledAt: number
}

/** A device code as it is stored. */
export interface StoredDevice extends Stored<DeviceContent> {
  /** The hash of the device code. */
  readonly id: string
}

/** A user code as it is stored. */
export interface StoredUserCode {
  readonly device: StoredDevice
  /** The last question for the user; `null` if nothing was asked yet. */
  readonly question: Question | null
  readonly record: StoredRecord
}

/** The codes of a device. */
export interface IssuedCodes {
  /** 256 random bits. The store gets its hash. */
  readonly deviceCode: string
  readonly userCode: string
}

/** Issues device codes and user codes. */
export interface DeviceCodes {
  issue(request: DeviceRequest): Promise<IssuedCodes>
  /** Returns what a device code stands for, expired or not; `null` for an unknown code. */
  find(deviceCode: string): Promise<StoredDevice | null>
  /** Returns what a user code stands for; `null` for a code that is unknown or expired. */
  findByUserCode(userCode: string): Promise<StoredUserCode | null>
  /** Stores the question that the user is asked. `false` if another question was stored meanwhile. */
  ask(stored: StoredUserCode, question: Question): Promise<boolean>
  /**
   * Notes that a device polls. `false` if it polls too early; its interval is then longer. Of polls at the same moment, one is
   * in time.
   */
  poll(stored: StoredDevice): Promise<boolean>
}

/** How long an expired device code is remembered, in seconds: for this time its second use revokes the tokens of the first. */
export const REMEMBERED = 900

const SLOWER = 5
const MOST_ATTEMPTS = 5

/** How user codes name the device code that they belong to. */
interface UserCodeContent {
  readonly deviceId: string
  readonly question: Question | null
}

/**
 * The device codes and user codes of a server, in its store. A poll and a decision change different records, so that neither
 * hinders the other.
 *
 * @param lifetime - in seconds
 * @param interval - in seconds
 * @see [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)
 */
export function deviceCodes(
  records: RecordStore,
  { lifetime, interval }: { readonly lifetime: number; readonly interval: number },
  seconds: () => number
): DeviceCodes {
  return {
    async issue({ clientId, scopes, resources }) {
      const deviceCode = randomBytes(32).toString('base64url')
      const id = sha256(deviceCode)
      const expiresAt = seconds() + lifetime
      const userCode = await reserve(id, expiresAt)
      const content = { clientId, scopes, resources, expiresAt, interval, polledAt: 0 } satisfies DeviceContent
      await records.create({
        ...keyOf(id),
        owner: null,
        content: JSON.stringify(content),
        expiresAt: expiresAt + REMEMBERED
      })
      return { deviceCode, userCode }
    },

    find: async (deviceCode) => findById(sha256(deviceCode)),

    async findByUserCode(userCode) {
      const stored = await findLive<UserCodeContent>(records, userKeyOf(userCode), seconds)
      const device = stored && (await findById(stored.content.deviceId))
      return device && { device, question: stored.content.question, record: stored.record }
    },

    ask: async ({ device, record }, question) =>
      rewrite(records, record, { deviceId: device.id, question } satisfies UserCodeContent),

    async poll({ content, record }) {
      const polledAt = seconds()
      const isEarly = polledAt - content.polledAt < content.interval
      // "the interval MUST be increased by 5 seconds for this and all subsequent requests"
      const next = { ...content, polledAt, interval: content.interval + (isEarly ? SLOWER : 0) } satisfies DeviceContent
      return (await rewrite(records, record, next)) && !isEarly
    }
  }

  /** Stores a new user code for a device code. Another device may have the same one at the moment. */
  async function reserve(deviceId: string, expiresAt: number): Promise<string> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const userCode = newUserCode()
      const content = JSON.stringify({ deviceId, question: null } satisfies UserCodeContent)
      if (await records.create({ ...userKeyOf(userCode), owner: null, content, expiresAt })) return userCode
    }
    throw new Error('No free user code was found')
  }

  async function findById(id: string): Promise<StoredDevice | null> {
    const stored = await findStored<DeviceContent>(records, keyOf(id))
    return stored && { id, ...stored }
  }
}

function keyOf(id: string): RecordKey {
  return { kind: 'device-code', id }
}

function userKeyOf(userCode: string): RecordKey {
  return secretKey('user-code', userCode)
}
