import t from 'tap'
import { reader } from './follow.ts'

t.test('the page about passwords leads to a server where users sign up and log in', async (t) => {
  const page = await reader(t, 'docs/how-to/passwords.md')
  await page.rest()
})
