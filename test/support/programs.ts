/** Programs of the system that the cluster's tests need: where they are, and how they are installed where they are not. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPackages } from './install-packages.ts';

/** Folders that a user's path may lack. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/** A program of the system; its package has the same name. */
export interface Program {
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /** Environment variable that names another one. */
  readonly variable: string;
  /** Address where else it can be had. */
  readonly site: string;
  /** Consequence of its absence, for people. */
  readonly without: string;
}

export const NATS_SERVER: Program = {
  name: 'nats-server',
  title: 'NATS',
  variable: 'CHATON_NATS_SERVER',
  site: 'https://nats.io/download',
  without: 'the tests of test/cluster with a real engine are impossible here and will fail.',
};

export const HAPROXY: Program = {
  name: 'haproxy',
  title: 'HAProxy',
  variable: 'CHATON_HAPROXY',
  site: 'https://www.haproxy.org',
  without: 'the tests of test/cluster/long behind a proxy are impossible here and will fail.',
};

/** The path of a program, or the one that its environment variable names. Undefined when there is none. */
export function findProgram({ name, variable }: Program): string | undefined {
  const named = process.env[variable];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...ALSO];
  const paths = named ? [named] : folders.map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs a program where there is none, and prints nothing when there is; false, with a word why, when that cannot be done. */
export async function ensureProgram(program: Program): Promise<boolean> {
  if (findProgram(program) !== undefined) return true;
  const { name, title, variable, site } = program;
  const advice = `Install the package ${name} yourself, or set ${variable} to the path of one (${site}), and try again.`;
  console.log(`${title}: not found, installing ${name} with apt-get`);
  try {
    await installPackages([name]);
    if (findProgram(program) !== undefined) return true;
    console.error(`${title}: it was installed, and still there is none where it is looked for.\n${advice}`);
  } catch (error) {
    console.error(
      `${title}: none found, and none could be installed: ${(error as Error).message}\n${advice}`,
    );
  }
  return false;
}
