import type { DevClient } from './client.ts'
import { faultFromFields } from './fault-fields.ts'
import type { FaultName } from './fault-settings.ts'
import { type FaultSwitches, refusalOf } from './fault-switches.ts'
import { readForm } from './form.ts'
import type { Context, Middleware } from './middleware.ts'
import { homePage } from './pages/home-page.ts'
import { sendPage } from './pages/layout.ts'

/** The context of the home page. */
interface Surroundings {
  readonly title: string
  readonly endpoints: Readonly<Record<string, string>>
  readonly client: DevClient
  readonly registration: string
  readonly switches: FaultSwitches
}

/** Serves the page at `/`, and `/faults`: the switches for a browser, and for curl. */
export function control({ title, endpoints, client, registration, switches }: Surroundings): Middleware {
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/') {
      sendPage(ctx, `${title} for development`, homePage({ endpoints, client, registration, active: switches.active }))
      return
    }
    if (ctx.path !== '/faults') return next()
    if (ctx.method === 'POST') return change(ctx)
    ctx.body = switches.active
  }

  async function change(ctx: Context): Promise<void> {
    // Otherwise a page of another site could post this form.
    if (!['', 'none', 'same-origin'].includes(ctx.get('sec-fetch-site'))) {
      refuse(ctx, 403, 'Another site asked')
      return
    }
    const { clear, ...fields } = Object.fromEntries(await readForm(ctx))
    if (clear === undefined) {
      const [name, settings] = faultFromFields(fields)
      const refusal = refusalOf(name, settings)
      if (refusal) {
        refuse(ctx, 400, refusal.message)
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
