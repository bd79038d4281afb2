/** True for a host by which a machine reaches only itself; the last two are where a gateway listens on all of its addresses. */
export function isThisMachine(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|\[::\])$/.test(hostname);
}
