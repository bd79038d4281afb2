/** The files that settings name, read before anything listens. */
import { readToken } from '../admin/guard.ts';
import { readCertificate } from '../admission/certificate.ts';
import { ConfigError, type Config } from '../config/config.ts';

/** Reads what a start would read, so that `--print-config` finds the same faults. Throws one ConfigError for them all. */
export function checkFiles(config: Config): void {
  const { adminPort, tlsCert, tlsKey } = config;
  const problems = [
    () => adminPort !== null && readToken(config),
    () => tlsCert !== null && tlsKey !== null && readCertificate(tlsCert, tlsKey),
  ].flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  });
  if (problems.length > 0) throw new ConfigError(...problems);
}
