import type { Knex } from 'knex'

/** The password of the three users below. */
export const PASSWORD = 'Password123$'

// Its hash, as before/plugins/passwords.ts makes it.
const HASH = 'e5b35902dfe16ebb21815b88169d3341.395a4b6185af6de237f9dde3c73709097f7d560feb776b949566776702eaa21a'

// A user has all roles up to the user's own.
const ROLES = ['user', 'moderator', 'admin']

/** Creates the tables and three users, unless the database has them. */
export async function createTables(database: Knex): Promise<void> {
  const { schema } = database
  if (await schema.hasTable('users')) return
  await schema
    .createTable('users', (table) => {
      table.increments('id')
      table.string('username').notNullable()
      table.string('email').notNullable().unique()
      table.string('password').notNullable()
      table.boolean('disabled').notNullable().defaultTo(false)
    })
    .createTable('roles', (table) => {
      table.increments('id')
      table.string('name').notNullable()
    })
    .createTable('user_roles', (table) => {
      table.integer('user_id').notNullable().references('users.id')
      table.integer('role_id').notNullable().references('roles.id')
    })
    .createTable('tasks', (table) => {
      table.increments('id')
      table.string('name').notNullable()
      table.integer('author_id').notNullable().references('users.id')
      table.integer('assigned_user_id').references('users.id')
    })
  await database('roles').insert(ROLES.map((name, at) => ({ id: at + 1, name })))
  for (const [at, username] of ROLES.entries()) {
    const id = at + 1
    await database('users').insert({ id, username, email: `${username}@example.com`, password: HASH })
    await database('user_roles').insert(ROLES.slice(0, id).map((_, role) => ({ user_id: id, role_id: role + 1 })))
  }
}
