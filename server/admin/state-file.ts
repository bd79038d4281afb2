/** Reads the state file whatever it holds, and replaces it so that neither a crash nor a stranger spoils it. */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { banChangeSchema, banSchema, type Ban, type BanChange } from './ban.ts';
import { Bans } from './bans.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Mode of the file: only for the user who runs the gateway, since addresses are in it. */
const MODE = 0o600;
/** Bytes of the file that are read at most: far more than as many bans as there may be take. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Symbolic links that may follow one another. */
const MAX_LINKS = 40;

/** Entry behind the bans, of a gateway that is or was one of several: older programs pass over it, and keep the bans. */
const changesSchema = v.strictObject({ changes: v.array(banChangeSchema) });

/** Longest name of the file, in bytes: 40 less than a name may have, for what stands beside it, a draft or one put aside. */
const MAX_NAME = 215;

/** Content to be kept. */
interface State {
  readonly bans: readonly Ban[];
  /** Last changes of these bans, and of those that were lifted; null when there are none to keep. */
  readonly changes: readonly BanChange[] | null;
}

/** Content of the state file, as it was read: bans that have not ended, as many as there may be. */
export interface Found extends State {
  /** Bans that have ended meanwhile. */
  readonly ended: number;
  /** Reason why not all of the file could be used, and where it is kept now; null when nothing was wrong. */
  readonly warning: string | null;
  /** True when the file may be written over: all of it was read, or it is kept elsewhere, or there was none. */
  readonly mayBeReplaced: boolean;
}

/** Thrown for a file that can keep nothing; at the start, the setting is wrong. */
export class NoPlaceForFile extends Error {}

const NOTHING = { bans: [], changes: null, ended: 0 };

/** Finds the file itself, which may be there or not. Throws a {@link NoPlaceForFile}. */
export async function findState(
  path: string,
): Promise<{ readonly file: string; readonly stats: Stats | null }> {
  const file = await whereItIs(path);
  const stats = await statOf(file);
  if (stats && !stats.isFile())
    throw new NoPlaceForFile(stats.isDirectory() ? 'is a folder' : 'is no ordinary file');
  if (Buffer.byteLength(basename(file)) > MAX_NAME)
    throw new NoPlaceForFile(`its name is too long: ${MAX_NAME} bytes at most`);
  return { file, stats };
}

/** Reads the bans. Throws a {@link NoPlaceForFile}; a file that cannot be read is put aside, and no reason to stop. */
export async function readState(path: string): Promise<Found> {
  const { file, stats } = await findState(path);
  if (stats === null) return { ...NOTHING, warning: null, mayBeReplaced: true };
  const { problem, ...state } = await readEntries(file, stats);
  const { bans } = state;
  if (problem === null) return { ...state, warning: null, mayBeReplaced: true };
  const start = bans.length === 0 ? 'nobody is refused' : `${bans.length} bans of it are in force`;
  try {
    const aside = await putAside(file, stats);
    return { ...state, warning: `${problem}: ${start}; it is kept as ${aside}`, mayBeReplaced: true };
  } catch (error) {
    const why = `and cannot be put aside (${inWords(error)})`;
    // Nothing is lost of an empty file: a file that has to be there to be mounted begins so.
    if (stats.size === 0) return { ...state, warning: `${problem}: ${start}`, mayBeReplaced: true };
    return { ...state, warning: `${problem}, ${why}: ${start}, and it stays as it is`, mayBeReplaced: false };
  }
}

/**
 * Writes the file: beside it first, then in its place, in one step. Where nothing can be put in its place, as when it is
 * a mount of its own, it is written over instead ('over'). Throws what the file system says.
 */
export async function writeState(
  path: string,
  bans: readonly Ban[],
  changes: readonly BanChange[] | null,
): Promise<'replaced' | 'over'> {
  const { file, stats } = await findState(path);
  const bytes = Buffer.from(serialize(changes ? [...bans, { changes }] : bans));
  try {
    await replace(file, bytes);
    return 'replaced';
  } catch (error) {
    if (!stats || !isAboutFolder(error)) throw error;
    await writeOver(file, bytes);
    return 'over';
  }
}

/** Tells one content of the file from another, by what the system knows of it; null while there is none. */
export async function versionOf(path: string): Promise<string | null> {
  const stats = await statOf(await whereItIs(path));
  return stats && [stats.ino, stats.size, stats.mtimeMs].join(' ');
}

/** Describes an error of the file system to a person, without the call and the path. */
export function inWords(error: unknown): string {
  if (error instanceof NoPlaceForFile) return error.message;
  const { code = 'unknown', message } = error as NodeJS.ErrnoException;
  // Node writes `CODE: words, call 'path'`.
  return `${/^\w+: ([^,]*)/.exec(message)?.[1] ?? 'failure'} (${code})`;
}

function serialize(entries: readonly object[]): string {
  return `[${entries.map((entry) => `\n  ${JSON.stringify(entry)}`).join(',')}\n]\n`;
}

async function readEntries(
  file: string,
  { size }: Stats,
): Promise<Omit<Found, 'warning' | 'mayBeReplaced'> & { readonly problem: string | null }> {
  const nothing = (problem: string) => ({ ...NOTHING, problem });
  if (size === 0) return nothing('it is empty');
  if (size > MAX_BYTES) return nothing(`it has more than ${MAX_BYTES} bytes`);
  let entries: unknown;
  try {
    entries = JSON.parse(await readText(file));
  } catch (error) {
    const isText = error instanceof SyntaxError || error instanceof TypeError;
    return nothing(isText ? 'it is not what this program wrote' : `it cannot be read: ${inWords(error)}`);
  }
  if (!Array.isArray(entries)) return nothing('it is not what this program wrote');
  const bans = entries.flatMap((entry) => {
    const { success, output } = v.safeParse(banSchema, entry);
    return success ? [output] : [];
  });
  const changes = entries.map((entry) => v.safeParse(changesSchema, entry)).find(({ success }) => success);
  const inForce = new Bans(bans);
  const { ended, rejected } = inForce.dropped;
  const lost = entries.length - bans.length - (changes ? 1 : 0);
  const problems = [
    ...(lost > 0 ? [`${lost} of its ${entries.length} entries cannot be read`] : []),
    ...(rejected > 0 ? [`${rejected} of its bans are more than there may be`] : []),
  ];
  return {
    bans: inForce.list(),
    changes: changes?.success ? changes.output.changes : null,
    ended,
    problem: problems.join(', and ') || null,
  };
}

/** Reads a text; throws a TypeError when it is no UTF-8. A mark in front (BOM) is no part of it. */
async function readText(file: string): Promise<string> {
  const bytes = await readFile(file, { flag: O_RDONLY | O_NONBLOCK | O_NOFOLLOW });
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Path of the file itself: a symbolic link stays one, and its target is read and replaced. */
async function whereItIs(path: string): Promise<string> {
  let file = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      file = join(await realpath(dirname(file)), basename(file));
      const stats = await statOf(file);
      if (!stats?.isSymbolicLink()) return file;
      file = resolve(dirname(file), await readlink(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new NoPlaceForFile(`there is no folder ${dirname(file)}; make it first`);
      throw new NoPlaceForFile(`there can be no such file: ${inWords(error)}`);
    }
  }
  throw new NoPlaceForFile('is a symbolic link that leads nowhere');
}

async function statOf(file: string): Promise<Stats | null> {
  try {
    return await lstat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Moves a file out of the way, never over another; returns its new path. */
async function putAside(file: string, { size }: Stats): Promise<string> {
  const stem = `${file}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const aside = `${stem}-${randomBytes(3).toString('hex')}`;
  try {
    // A link to it fails where there is something already; a renaming would not.
    await link(file, aside);
  } catch {
    // There are file systems without links, and mounts of one file: a copy serves as well, if it is not too large.
    if (size > MAX_BYTES) throw new NoPlaceForFile('it is too large to be copied');
    await copyFile(file, aside, constants.COPYFILE_EXCL);
    return aside;
  }
  await unlink(file);
  return aside;
}

/** Tells whether nothing can be put into the place of the file, though the file itself may well be written to. */
function isAboutFolder(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'].includes(code);
}

/** A reader, and a restart after a crash or a power cut, see the old file or the new one, never half of one. */
async function replace(file: string, bytes: Buffer): Promise<void> {
  // Nobody can know the name, so nobody can have put a file or a link of theirs there.
  const draft = `${file}.${randomBytes(8).toString('hex')}.new`;
  const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  try {
    await finish(handle, async () => handle.writeFile(bytes));
    await rename(draft, file);
  } catch (error) {
    // The first failure is the one to report; that this may fail as well changes nothing.
    await unlink(draft).catch(() => null);
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Writes over the file, not in one step: a power cut in the middle leaves one that is put aside at the next start. */
async function writeOver(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  await finish(handle, async () => {
    const { size } = await handle.stat();
    // The mode of a file that belongs to somebody else is up to its owner.
    await handle.chmod(MODE).catch(() => null);
    try {
      // The part that makes it longer comes first: where there is no room for that, the old content is still there.
      await writeAll(handle, bytes.subarray(size), size);
    } catch (error) {
      await handle.truncate(size);
      throw error;
    }
    await writeAll(handle, bytes.subarray(0, size), 0);
    await handle.truncate(bytes.length);
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Writes, and closes the file when all is on the disk. */
async function finish(handle: FileHandle, write: () => Promise<void>): Promise<void> {
  try {
    await write();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Syncs a folder: without that, a power cut may take the new name back. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, O_RDONLY);
    await finish(handle, () => Promise.resolve());
  } catch (error) {
    // Some file systems know no such thing, and a folder may be closed to its readers: the file is in its place anyway.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EISDIR', 'EBADF'].includes(code)) throw error;
  }
}
