import type { Profile } from '../profile.ts'
import type { ProfileName } from '../profile-name.ts'
import { discord } from './discord.ts'
import { google } from './google.ts'
import { oidc } from './oidc.ts'

/** All profiles. */
export const profiles: Readonly<Record<ProfileName, Profile>> = { discord, google, oidc }
