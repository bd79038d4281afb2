/** Resources of this machine for a bench: cores to pin to, programs, connections, and a description. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { delimiter, join } from 'node:path';
import { openFilesLimit } from './proc.ts';

/** Cores for the servers and for the generator. */
export interface Pinning {
  readonly server: 0;
  readonly generator: 1;
}

/** Files that a process needs besides the connections that are measured. */
const OTHER_FILES = 200;
/** Greatest number of idle connections. */
const MOST_IDLE = 10_000;
/** Folders that are not on everyone's PATH, and where Debian has haproxy, mosquitto and nats-server. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Finds two cores to pin to; null when there is no taskset, or no two cores that it may use. */
export function findPinning(): Pinning | null {
  const canPin = (core: number): boolean => spawnSync('taskset', ['-c', String(core), 'true']).status === 0;
  return availableParallelism() >= 2 && canPin(0) && canPin(1) ? { server: 0, generator: 1 } : null;
}

/** The browser that a page is measured in. */
export const CHROMIUM = 'chromium';

/** Path of a program; null when it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const isProgram = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

/** Number of idle connections that this machine's limit on open files allows. */
export function idleConnections(): number {
  return Math.max(1, Math.min(MOST_IDLE, openFilesLimit() - OTHER_FILES));
}

/** Describes this machine in one line for a report. */
export function describeMachine(pinning: Pinning | null): string {
  const pinned = pinning
    ? 'server pinned to core 0, generator to core 1'
    : 'not pinned (no taskset or one core)';
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return `Node ${process.versions.node}, ${model}, ${availableParallelism()} cores, Linux ${release()}, ${pinned}`;
}

/** Names, in one line, what may distort the figures; null when nothing does. */
export function disturbance(): string | null {
  const load = loadavg()[0]!;
  return load > availableParallelism() / 2
    ? `this machine was busy with other things (load ${load.toFixed(1)}): trust ratios only, and those not far`
    : null;
}
