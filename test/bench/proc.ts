/** Figures of Linux about a process, its forked children included. */
import { readFileSync } from 'node:fs';

/** Ticks per second in /proc/PID/stat: Linux shows user space 100, whatever it counts itself. */
const USER_HZ = 100;

/** Processor time, user and system, in seconds; in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  return sumOver(pid, (member) => {
    const stat = readFileSync(`/proc/${member}/stat`, 'latin1');
    // The second field is a name in parentheses that may hold anything; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / USER_HZ;
  });
}

/** Resident memory, in kilobytes. */
export function residentKilobytes(pid: number): number {
  return sumOver(pid, (member) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/status`, 'latin1'))?.[1] ?? 0),
  );
}

/** Limit on open files and sockets of this process; Node has raised its soft limit to the hard one. */
export function openFilesLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === 'unlimited' ? Infinity : Number(soft);
}

/** The child of a process that was started with this argument; null when there is none. */
export function childWith(pid: number, argument: string): number | null {
  const isIt = (child: number) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0').includes(argument);
  return childrenOf(pid).find(isIt) ?? null;
}

function sumOver(pid: number, measure: (member: number) => number): number {
  let sum = measure(pid);
  for (const child of childrenOf(pid)) {
    try {
      sum += sumOver(child, measure);
    } catch {
      // The process ended between being listed and being read.
    }
  }
  return sum;
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    // This kernel does not list children; only websockify has any.
    return [];
  }
}
