import { discord } from './discord/discord.ts'
import type { ProfileName } from './endpoints.ts'
import { google } from './google/google.ts'
import { oidc } from './oidc.ts'
import type { Profile } from './profile.ts'

/** All profiles. */
export const profiles: Readonly<Record<ProfileName, Profile>> = { discord, google, oidc }
