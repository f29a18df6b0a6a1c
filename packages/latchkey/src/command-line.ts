#!/usr/bin/env node
import { run } from '@latchkey/cli'

process.exitCode = await run(process.argv.slice(2))
