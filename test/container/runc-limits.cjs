'use strict';
/* Runs runc with no more descriptors than this machine allows (the first argument), whatever the engine asked for. */
const { spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , most, ...args] = process.argv;
const valueOf = (flag) => args[args.indexOf(flag) + 1];

function change(file, edit) {
  const config = JSON.parse(readFileSync(file, 'utf8'));
  edit(config);
  writeFileSync(file, JSON.stringify(config));
}

function lowered({ type, hard, soft }) {
  return { type, hard: Math.min(hard, most), soft: Math.min(soft, most) };
}

if (args.includes('create') && args.includes('--bundle'))
  change(join(valueOf('--bundle'), 'config.json'), ({ process: it }) => {
    it.rlimits = (it.rlimits ?? []).filter(({ type }) => type === 'RLIMIT_NOFILE').map(lowered);
  });
if (args.includes('exec') && args.includes('--process'))
  change(valueOf('--process'), (it) => {
    delete it.rlimits;
  });

const { status, error } = spawnSync('runc', args, { stdio: 'inherit' });
if (error) console.error(error.message);
process.exit(status ?? 1);
