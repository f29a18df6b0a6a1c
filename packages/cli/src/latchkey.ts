#!/usr/bin/env node
// The program of the command line.
import { run } from './program.ts'

process.exitCode = await run(process.argv.slice(2))
