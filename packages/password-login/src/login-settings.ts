import type { OnPasswordLogin } from './on-login.ts'
import type { RenderPasswordLoginPage } from './pages.ts'
import type { RememberMe } from './remember-me.ts'

/** The options that say where a login is and how it ends, with their defaults. */
export interface LoginSettings {
  readonly origin: string
  readonly loginPath: string
  readonly returnTo: string
  readonly loginName: 'username' | 'email'
  /** `null` if users have no choice. */
  readonly rememberMe: RememberMe | null
  readonly onLogin: OnPasswordLogin | undefined
  readonly render: RenderPasswordLoginPage | undefined
}
