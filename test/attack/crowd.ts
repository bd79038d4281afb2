/** Process of a {@link Crowd}: guests that only read. Its parent is told when all are in, and each time that one is cut off. */
import { enter, listen, type Guest, type Guests } from './guests.ts';

const guests = await enter(JSON.parse(process.argv[2]!) as Guests);
const lost = new Set<Guest>();
for (const guest of guests) {
  const note = () => process.send?.(lost.add(guest).size);
  guest.wire.socket.once('end', note).once('close', note);
  listen(guest, () => {});
}
process.on('disconnect', () => process.exit());
process.send!(lost.size);
