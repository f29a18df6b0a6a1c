import * as o from '@latchkey/options'
import type { SessionLifetime, Sessions } from './session.ts'

/** A lifetime of sessions. It can be at most that of the options of `@latchkey/session`, which are also the defaults. */
export interface RememberMeLifetime {
  /** Seconds without a request after which the session ends, 60 or more. */
  readonly idle?: number | undefined
  /** Seconds after which the session ends even if it is used, 60 or more. */
  readonly absolute?: number | undefined
}

/** The options of "remember me". */
export interface RememberMeOptions {
  /** The lifetime of a session that is remembered. Its cookie stays when the browser is closed. */
  readonly remembered?: RememberMeLifetime | undefined
  /** The lifetime of a session that is not remembered. The browser forgets its cookie when it is closed. */
  readonly notRemembered?: RememberMeLifetime | undefined
  /** Whether the checkbox is ticked when the page is opened. Default: `false`. */
  readonly checked?: boolean | undefined
}

/** The resolved option. */
export interface RememberMe {
  readonly checked: boolean
  /** Returns the lifetime of a session, by the choice of the user. */
  lifetimeFor(isRemembered: boolean): SessionLifetime
}

/** The schema of the option. `timeouts` are the bounds of the session plugin. */
export function rememberMeOption({ idle, absolute }: Sessions['timeouts']): o.Schema<boolean | RememberMeOptions> {
  const lifetime = o.optional(
    o.members({
      idle: o.optional(seconds(idle, 'idleTimeout')),
      absolute: o.optional(seconds(absolute, 'absoluteTimeout'))
    })
  )
  const options = o.members({
    remembered: lifetime,
    notRemembered: lifetime,
    checked: o.optional(o.flag, false)
  })
  return o.optional(
    o.either((value) => typeof value === 'boolean', o.flag, options),
    true
  )
}

function seconds(most: number, option: string): o.Schema<number> {
  return o.must<number>(
    `be a whole number of seconds from 60 to ${most}, the ${option} of @latchkey/session`,
    (value) => o.isWhole(value, 60, most)
  )
}

/** Resolves the option; `null` if every session has the lifetime of the session plugin. */
export function rememberMe(given: boolean | RememberMeOptions): RememberMe | null {
  if (given === false) return null
  const { remembered = {}, notRemembered = {}, checked = false } = given === true ? {} : given
  return {
    checked,
    lifetimeFor: (isRemembered) => ({ ...(isRemembered ? remembered : notRemembered), remembered: isRemembered })
  }
}
