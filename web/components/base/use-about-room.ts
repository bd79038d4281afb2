import { useEffect, useState } from 'preact/hooks';
import type { AboutRoom } from '../../../shared/protocol/about-room.ts';
import { fetchAboutRoom } from '../../net/about-room.ts';

/** Returns the server's facts about this room; null until it has answered, undefined when it does not. */
export function useAboutRoom(): AboutRoom | null | undefined {
  const [about, setAbout] = useState<AboutRoom | null | undefined>(null);
  useEffect(() => {
    const unwanted = new AbortController();
    fetchAboutRoom(unwanted.signal).then(setAbout, () => unwanted.signal.aborted || setAbout(undefined));
    return () => unwanted.abort();
  }, []);
  return about;
}
