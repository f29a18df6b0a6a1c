// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import t from 'tap'
import { type DatabaseKind, mariadb, postgres, redis } from '../databases.ts'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

/** A section of the page, with the address that it shows. */
interface Section {
  readonly heading: string
  readonly kind: DatabaseKind
  readonly shown: string
}

const sections: readonly Section[] = [
  { heading: 'PostgreSQL', kind: postgres, shown: 'postgres://app:secret@db.example.com/app' },
  { heading: 'MySQL or MariaDB', kind: mariadb, shown: 'mysql://app:secret@db.example.com/app' },
  { heading: 'Redis', kind: redis, shown: 'redis://redis.example.com' }
]

for (const { heading, kind, shown } of sections) {
  t.test(
    `users stay logged in after a restart with ${kind.name}, as the page shows`,
    { skip: kind.skip },
    async (t) => {
      const database = await kind.open(t)
      const [url = ''] = Object.values(database.placeAt())
      const page = await reader(t, 'docs/how-to/stores.md', { replacements: new Map([[shown, url]]) })
      await page.section('The server')
      await page.section(heading)
    }
  )
}
