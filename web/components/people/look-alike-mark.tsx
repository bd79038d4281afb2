import { useParts } from '../base/lazy-parts.ts';
import { peopleParts } from './parts.ts';

/** A mark beside a name that looks like another one, once it is known which do. */
export function LookAlikeMark({ login }: { login: string }) {
  const parts = useParts(peopleParts);
  return parts && <parts.LookAlike login={login} />;
}
