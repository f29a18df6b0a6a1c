import { type Context, type Middleware, readForm } from '../context.ts'
import { faultFromFields, settingsError } from './input.ts'
import type { FaultName } from './settings.ts'
import type { FaultSwitches } from './switches.ts'

/** Serves `/faults`: lists the faults that are on, and switches faults for the form of the home page and for programs. */
export function faultRoute(switches: FaultSwitches): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/faults') return next()
    if (ctx.method === 'POST') return change(ctx)
    ctx.body = switches.active
  }

  async function change(ctx: Context): Promise<void> {
    // Otherwise a page of another site could post this form.
    if (!['', 'none', 'same-origin'].includes(ctx.get('sec-fetch-site'))) {
      refuse(ctx, 403, 'The request comes from another site')
      return
    }
    const { clear, ...fields } = Object.fromEntries(await readForm(ctx))
    if (clear === undefined) {
      const [name, settings] = faultFromFields(fields)
      const error = settingsError(name, settings)
      if (error) {
        refuse(ctx, 400, error.message)
        return
      }
      switches.set(name, settings)
    } else {
      switches.clear(clear === 'all' ? undefined : (clear as FaultName)) // an unknown fault is already off
    }
    if (ctx.accepts('json', 'html') === 'html') {
      ctx.status = 303
      ctx.redirect('/')
    } else {
      ctx.body = switches.active
    }
  }
}

function refuse(ctx: Context, status: number, description: string): void {
  ctx.status = status
  ctx.body = { error: 'invalid_request', error_description: description }
}
